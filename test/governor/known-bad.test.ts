/** What was rolled back from is no target any more, in whatever clone: the ledger keeps it, until an owner says otherwise. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { gitObserver, gitRollbackHandler } from '@tai-autonomics/governor/local';
import { gitDeployment } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { makeRepository, type Repository } from '../governor-parts/repository.ts';
import { scratchFolder } from '../governor-parts/scratch.ts';
import { inTheLongRun } from '../runs.ts';
import {
  approve,
  approved,
  clockAt,
  codes,
  makeReady,
  people,
  rollback,
  SERVICE,
  START,
  startGovernor,
  TENANT,
} from './kit.ts';
import { expectVerified } from './verified.ts';

const { agent, owner } = people();

/** A clone with the newest of all that was released, and no memory of its own. */
const cloneAfresh = ({ path }: Repository, into: string): string => {
  rmSync(into, { recursive: true, force: true });
  execFileSync('git', ['clone', '--quiet', path, into], { stdio: 'pipe' });
  return into;
};

test('a fresh clone does not know what was rolled back from; the ledger does, and an owner restores it', async (context) => {
  inTheLongRun(context);
  const folder = scratchFolder(context);
  const upstream = makeRepository(folder, 'upstream');
  upstream.release('a=1', 'v1.0.0');
  upstream.release('a=2', 'v1.1.0');
  const clone = `${folder}/clone`;
  const clock = clockAt(START);
  const raw = new Set<string>();
  const observer = gitObserver({
    source: 'git',
    repository: () => clone,
    detector: gitDeployment,
    timeoutMs: 60_000,
    clock,
    onRaw: (digest) => raw.add(digest),
  });
  const setting = await startGovernor({
    clock,
    observers: [observer],
    handlers: [gitRollbackHandler('rollback', { [TENANT]: { [SERVICE]: clone } })],
  });
  const { governor } = setting;
  const rollBack = async (): Promise<unknown> => {
    cloneAfresh(upstream, clone);
    await approve(setting);
    const { outcome } = approved(await governor.submit(agent, rollback));
    return outcome;
  };
  await makeReady(setting);
  expect(await rollBack()).toMatchObject({ status: 'success', result: { from: 'v1.1.0', to: 'v1.0.0' } });
  upstream.release('a=3', 'v1.2.0');
  expect(await rollBack()).toMatchObject({ status: 'success', result: { from: 'v1.2.0', to: 'v1.0.0' } });
  upstream.release('a=4', 'v1.3.0');
  const restore = { action: 'restore_release', resource: SERVICE, arguments: { release: 'v1.1.0' } };
  expect(codes(await governor.submit(agent, restore))).toContain('insufficient_privilege');
  approved(await governor.submit(owner, restore));
  expect(await rollBack()).toMatchObject({ status: 'success', result: { from: 'v1.3.0', to: 'v1.1.0' } });
  // It stands for another resource of that name in no other tenant, and for no other release.
  upstream.release('a=5', 'v1.4.0');
  expect(await rollBack()).toMatchObject({ status: 'success', result: { from: 'v1.4.0', to: 'v1.1.0' } });
  await expectVerified(setting, TENANT, raw);
}, 120_000);
