/** A deployment with more ledgers than are compared before the start: it starts, and what was cut is found all the same. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import type { LedgerStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { until } from './deployment.ts';
import { approved, entitlement, people, restart, right, START, startGovernor, TENANT } from './kit.ts';
import { memorySigner } from './signer.ts';

const { agent, shop } = people();

test('a ledger that was cut, behind a thousand others: readiness says so, and its tenant is refused', async () => {
  const signer = memorySigner();
  const store = { ...memoryStore(), close: async () => {} };
  const setting = await startGovernor({ store, signer, standing: { mode: 'eval', session: 'many' } });
  approved(await setting.governor.submit(shop, entitlement(START)));
  right(await setting.governor.seal(TENANT));
  await setting.governor.close();
  const origin = setting.identity.origin(TENANT);
  const root = new Uint8Array(32);
  // Of an evaluation, a ledger that is wholly gone may be an earlier pilot's.
  for (let n = 0; n < 1_100; n += 1) {
    const other = setting.identity.origin(`tenant-${n}`);
    signer.kept.set(other, { origin: other, size: 1, root });
  }
  signer.kept.delete(origin);
  signer.kept.set(origin, { origin, size: 50, root });
  const next = await restart(setting);
  const isSaid = async () => (await next.governor.ready()).some((line) => /50 were signed: it was cut/.test(line));
  expect(await until(isSaid)).toBe(true);
  expect(setting.faults).toEqual([expect.stringContaining('it was cut or restored from an older copy')]);
  expect(await next.governor.submit(agent, { action: 'check_health', resource: '*' })).toMatchObject({
    decided: false,
    why: 'not_ready',
  });
  await next.governor.close();
  // A store that does not answer once says nothing about a ledger: the log tells it, and readiness goes on.
  signer.kept.delete(origin);
  (setting.faults as string[]).splice(0);
  const unanswered = setting.identity.ledger('tenant-1050');
  const head: LedgerStore['head'] = async (ledger) =>
    ledger === unanswered
      ? E.left({ fault: 'unavailable', outcome: 'not_written', detail: 'the disk is away' })
      : store.head(ledger);
  const again = await restart(setting, { store: { ...store, head } });
  expect(await until(() => setting.faults.some((line) => line.endsWith('the disk is away')))).toBe(true);
  expect(await again.governor.ready()).toEqual([]);
  await again.governor.close();
});
