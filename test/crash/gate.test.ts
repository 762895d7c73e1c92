/** A gate whose process is killed: no call is lost, none is passed on twice, and of what nobody knows an Andon says so. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import { openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { expect, test } from 'vitest';
import { until } from '../governor/deployment.ts';
import { clockAt, ledgerOf, right, type Setting, startGovernor, TENANT } from '../governor/kit.ts';
import { sealedLedger, verify } from '../governor/verified.ts';
import { scratchFolder } from '../governor-parts/scratch.ts';
import { catalogOf, importedPack, writeFile } from '../mcp-gate/gated.ts';
import { builtFrom } from '../programs/program.ts';
import { nameOf, type Point } from './points.ts';

/** The call's deadline and its grace are over. */
const LATER_MS = 120_000;

const killedAt = async (folder: string, point: Point): Promise<void> => {
  const script = builtFrom(import.meta.resolve('./gate-child.ts'));
  const child = spawn(process.execPath, [script, folder, JSON.stringify(point)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
};

const reopened = async (folder: string): Promise<Setting> => {
  const key = right(await openKeyFile(join(folder, 'key.json'), systemRandom));
  return startGovernor({
    standing: { mode: 'eval', session: 'test' },
    domain: 'tai.example',
    catalogs: [right(catalogOf(importedPack([writeFile])))],
    store: right(await openSqliteStore(join(folder, 'ledger.db'))),
    signer: key.signer,
    secret: key.secret,
    clock: clockAt(Date.now() + LATER_MS),
  });
};

const append = 'LedgerStore.append';
const unknown = ['files_approved', 'files_begun', 'files_failed', 'andon_raised'];

const ROWS: readonly { readonly point: Point; readonly events: readonly string[]; readonly calls: number }[] = [
  { point: { when: 'before', call: append, of: 'approval' }, events: [], calls: 0 },
  { point: { when: 'after', call: append, of: 'approval' }, events: unknown, calls: 0 },
  { point: { when: 'after', call: append, of: 'beginning' }, events: unknown, calls: 0 },
  { point: { when: 'during', call: 'Handler' }, events: unknown, calls: 1 },
  { point: { when: 'before', call: append, of: 'outcome' }, events: unknown, calls: 1 },
  {
    point: { when: 'after', call: append, of: 'outcome' },
    events: ['files_approved', 'files_begun', 'files_done'],
    calls: 1,
  },
];

/** One of them on every `npm test`; `npm run test:crash` has all. */
const isWhole = process.env['TAI_CRASH'] === 'all';
const rows = ROWS.map((row) => ({ ...row, note: nameOf(row.point) })).filter(
  ({ note }) => isWhole || note === 'after LedgerStore.append (approval)',
);

test.for(rows)('killed $note', async ({ point, events, calls }, context) => {
  const folder = scratchFolder(context);
  await killedAt(folder, point);
  const setting = await reopened(folder);
  const { governor } = setting;
  await governor.head(TENANT);
  expect(await until(async () => (right(await governor.status(TENANT))?.open.length ?? 0) === 0)).toBe(true);
  const ledger = await ledgerOf(setting);
  const own = new Set([...unknown, 'files_done']);
  const found = (): Promise<readonly string[]> =>
    ledgerOf(setting).then((rows) => rows.map(({ receipt }) => receipt.event).filter((event) => own.has(event)));
  expect(await until(async () => (await found()).length === events.length), nameOf(point)).toBe(true);
  expect(await found()).toEqual(events);
  const called = join(folder, 'called');
  expect(existsSync(called) ? readFileSync(called, 'utf8').split('\n').length - 1 : 0).toBe(calls);
  const outcomes = ledger.flatMap(({ receipt }) => (receipt.kind === 'outcome' ? [receipt.status] : []));
  expect(outcomes).toEqual(events.length === 0 ? [] : [events.includes('files_done') ? 'success' : 'unknown']);
  const { findings, labels, rederived } = verify(await sealedLedger(setting));
  expect({ findings, linked: labels.linked, signed: labels.signed }).toEqual({
    findings: [],
    linked: 'yes',
    signed: 'yes',
  });
  expect(rederived).toMatchObject({ falsified: 0, notAvailable: 0 });
  await governor.close();
});
