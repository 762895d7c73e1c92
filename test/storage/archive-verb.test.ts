/** `tai store archive`: a deployment whose old receipts went into segments is the same to whoever reads it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteDriver } from '@tai-autonomics/adapter-storage';
import { EXIT } from '@tai-autonomics/cli';
import { expect, onTestFinished, test } from 'vitest';
import { layOutBought } from '../cli/bought.ts';
import { startTai } from '../cli/process.ts';
import { runIn } from '../cli/rows.ts';
import { scratch } from '../cli/scratch.ts';
import { inTheLongRun } from '../runs.ts';

const bot = ['--tenant', 'acme', '--as', 'agent:bot'];
const few = ['--keep', '2', '--per-segment', '3'];

/** A deployment with a dozen sealed receipts. */
const deploy = async (segments?: string) => {
  const dir = scratch();
  layOutBought(dir, segments === undefined ? {} : { segments });
  const tai = (...line: readonly string[]) => runIn(dir, line);
  expect(await tai('event', 'event.json')).toMatchObject({ code: EXIT.ok });
  for (let n = 0; n < 8; n += 1) await tai('submit', 'check_health', ...bot, '--id', `health ${n}`);
  expect(await tai('export', '--tenant', 'acme', '--seal', '-o', 'before')).toMatchObject({ code: EXIT.ok });
  return { dir, tai };
};

const sameFolders = (dir: string, a: string, b: string): void => {
  const { status, stdout } = spawnSync('diff', ['-r', a, b], { cwd: dir, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
};

test('moved, a deployment exports the same bytes, goes on, is checked, copied and backed up', async () => {
  const { dir, tai } = await deploy('folder:segments');
  const archived = await tai('store', 'archive', ...few, '--json');
  expect(archived).toMatchObject({ code: EXIT.ok });
  const ledgers = JSON.parse(archived.out) as readonly { readonly archived: number; readonly shed: number }[];
  const moved = ledgers.reduce((sum, ledger) => sum + ledger.archived, 0);
  expect(moved).toBeGreaterThanOrEqual(6);
  expect(ledgers.every((ledger) => ledger.shed === ledger.archived)).toBe(true);
  const segments = join(dir, '.tai/segments');
  expect(readdirSync(segments, { recursive: true }).some((name) => String(name).endsWith('.ndjson'))).toBe(true);

  expect(await tai('export', '--tenant', 'acme', '-o', 'after')).toMatchObject({ code: EXIT.ok });
  sameFolders(dir, 'before', 'after');
  expect(await tai('verify', 'after')).toMatchObject({ code: (await tai('verify', 'before')).code });
  expect(await tai('store', 'check')).toMatchObject({ code: EXIT.ok, out: expect.not.stringContaining('NOT SOUND') });
  // The same intent again is answered with what was recorded, and another one is decided.
  const again = await tai('submit', 'check_health', ...bot, '--id', 'health 0', '--json');
  expect(again).toMatchObject({ code: EXIT.ok });
  expect(await tai('submit', 'check_health', ...bot, '--id', 'another')).toMatchObject({ code: EXIT.ok });
  expect(await tai('store', 'copy', 'sqlite:.tai/ledger.db', 'sqlite:copied.db')).toMatchObject({ code: EXIT.ok });
  expect(await tai('store', 'check', 'sqlite:copied.db')).toMatchObject({ code: EXIT.ok });
  expect(await tai('store', 'backup', 'backup')).toMatchObject({ code: EXIT.ok });

  // Run again, it goes on where it ended.
  expect(await tai('store', 'archive', ...few)).toMatchObject({
    code: EXIT.ok,
    out: expect.stringContaining('0 of these are new'),
  });

  rmSync(segments, { recursive: true });
  const gone = await tai('export', '--tenant', 'acme', '-o', 'gone');
  expect(gone.code).not.toBe(EXIT.ok);
  expect(gone.err).toContain('no segment has receipt 0');
  expect(await tai('store', 'check')).toMatchObject({ code: EXIT.failed, out: expect.stringContaining('NOT SOUND') });
  expect(readFileSync(join(dir, 'before/receipts.jsonl'), 'utf8').length).toBeGreaterThan(0);
}, 240_000);

test('what was changed at rest is not moved, and the store keeps it as it is', async () => {
  const { dir, tai } = await deploy('folder:segments');
  const path = join(dir, '.tai/ledger.db');
  const driver = await openSqliteDriver(path);
  driver.exec('DROP TRIGGER receipts_unchanged');
  driver.exec("UPDATE receipts SET bytes = CAST(CAST(bytes AS TEXT) || ' ' AS BLOB) WHERE seq = 2");
  driver.close();
  const archived = await tai('store', 'archive', ...few);
  expect(archived).toMatchObject({ code: EXIT.failed, err: expect.stringContaining('was changed in the store') });
  expect(statSync(path).size).toBeGreaterThan(0);
}, 120_000);

test('beside a process that holds the ledgers nothing is moved', async (context) => {
  inTheLongRun(context);
  const { dir, tai } = await deploy('folder:segments');
  const serving = startTai(dir, 'serve', '--port', '0');
  onTestFinished(async () => {
    serving.child.kill('SIGTERM');
    await serving.ended;
  });
  await serving.says(/stop with Ctrl-C\n/);
  expect(await tai('store', 'archive', ...few)).toMatchObject({
    code: EXIT.unreadable,
    err: expect.stringContaining('ledger.db'),
  });
}, 120_000);

test.for([
  { note: 'no segments', segments: undefined, line: [], says: 'names no segments' },
  { note: 'a bucket without keys', segments: 's3://bucket/x', line: [], says: 'needs AWS_ACCESS_KEY_ID' },
  {
    note: 'too many in a segment',
    segments: 'folder:segments',
    line: ['--per-segment', '100001'],
    says: '--per-segment',
  },
  { note: 'what is no number', segments: 'folder:segments', line: ['--keep', 'all'], says: '--keep' },
])('$note is refused', async ({ segments, line, says }) => {
  const dir = scratch();
  layOutBought(dir, {});
  writeFileSync(
    join(dir, '.tai/config.json'),
    JSON.stringify({
      ...JSON.parse(readFileSync(join(dir, '.tai/config.json'), 'utf8')),
      ...(segments === undefined ? {} : { segments }),
    }),
    { mode: 0o600 },
  );
  expect(await runIn(dir, ['store', 'archive', ...line])).toMatchObject({
    code: EXIT.unreadable,
    err: expect.stringContaining(says),
  });
});
