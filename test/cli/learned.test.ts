/** `tai operator learned`: counts over tenants that share them, told once, with a receipt, the same for ever. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import { main } from '@tai-autonomics/cli';
import { type Caller, loadCatalog } from '@tai-autonomics/governor';
import { openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { approved, clockAt, makeReady, people, right, SERVICE, startGovernor } from '../governor/kit.ts';
import { scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

const TENANTS = ['ash', 'birch', 'cedar', 'elm', 'fir', 'gum', 'hazel'];

/** A folder whose tenants, all but the last, shared in January; in February each had incidents, the first one many. */
const deploymentIn = async (dir: string): Promise<void> => {
  mkdirSync(join(dir, '.tai'));
  const config = { mode: 'eval', session: 'pilot', domain: 'learned.test', owners: {}, repositories: {} };
  writeFileSync(join(dir, '.tai', 'config.json'), JSON.stringify(config));
  writeFileSync(join(dir, '.tai', 'credentials.json'), '{"format":"tai-autonomics/credentials@1","credentials":[]}');
  const { signer, secret } = right(await openKeyFile(join(dir, '.tai', 'keys', 'eval-ledger.key'), systemRandom));
  const clock = clockAt(Date.UTC(2026, 0, 15));
  const setting = await startGovernor({
    standing: { mode: 'eval', session: 'pilot' },
    domain: 'learned.test',
    catalogs: [right(loadCatalog(library))],
    store: right(await openSqliteStore(join(dir, '.tai', 'ledger.db'))),
    signer: signer as never,
    secret,
    clock,
  });
  const ask = async (caller: Caller, action: string, args: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    const resource = action === 'report_alert' ? SERVICE : '*';
    approved(await setting.governor.submit(caller, { action, resource, arguments: args }));
  };
  for (const tenant of TENANTS) {
    await makeReady(setting, tenant);
    if (tenant !== 'hazel') await ask(people(tenant).owner, 'share_counts');
  }
  clock.now = Date.UTC(2026, 1, 10);
  for (const [i, tenant] of TENANTS.entries())
    for (let n = 0; n < (i === 0 ? 40 : 3); n++) {
      const kind = i < 4 && n === 1 ? 'rare_thing' : 'drift';
      await ask(people(tenant).agent, 'report_alert', { incident: `i-${n}`, kind, severity: 'low' });
    }
  await setting.governor.close();
};

test('a month is told over those who shared it, with a receipt; asked again it is the same, whoever is gone since', async () => {
  const dir = scratch();
  await deploymentIn(dir);
  const tai = async (...argv: readonly string[]) => {
    const { io, out, err } = captureIo(dir);
    return { code: await main(argv, io), out: out(), err: err() };
  };
  const told = async (month: string) => JSON.parse((await tai('operator', 'learned', month, '--json')).out);
  expect(await told('2026-01')).toEqual({ month: '2026-01', rows: [] });
  // 39 drifts of the first count as the fifth largest does: 2 of each of six, which is fewer than 16. What four have is not told.
  const february = await tai('operator', 'learned', '2026-02', '--json');
  expect({ code: february.code, err: february.err }).toEqual({ code: 0, err: '' });
  const rows = [{ item: 'incident drift: opened', tenants: 5, count: 0 }];
  expect(JSON.parse(february.out)).toEqual({ month: '2026-02', rows });
  for (const secret of [...TENANTS, 'rare_thing', 'panels']) expect(february.out).not.toContain(secret);
  expect((await tai('operator', 'learned', '2026-02')).out).toBe(
    'incident drift: opened: fewer than 16, of 5 tenants or more\n',
  );
  const kept = join(dir, '.tai', 'learned.json');
  expect(statSync(kept).mode & 0o777).toBe(0o600);

  for (const [month, says] of [
    ['2026-13', 'expected a month like 2026-11'],
    ['9999-11', '9999-11 is not over'],
  ] as const)
    expect(await tai('operator', 'learned', month)).toMatchObject({ code: 2, err: expect.stringContaining(says) });

  // A file that was changed is no memory of what was told: nothing is told by it.
  const text = readFileSync(kept, 'utf8');
  writeFileSync(kept, text.replace('"rows"', '"lines"'));
  expect(await tai('operator', 'learned', '2026-02')).toMatchObject({ code: 2, out: '' });
  writeFileSync(kept, text);
  expect(await told('2026-02')).toEqual({ month: '2026-02', rows });
  rmSync(dir, { recursive: true });
});
