import { readdir, rm, writeFile } from 'node:fs/promises';
import {
  folderCatalogs,
  folderSnapshots,
  memoryCatalogs,
  memorySnapshots,
  memoryStore,
  openSqliteStore,
  sqliteDrivers,
} from '@tai-autonomics/adapter-storage';
import {
  type ConformanceOptions,
  type ConformanceRow,
  catalogStoreConformance,
  conformanceTable,
  ledgerStoreConformance,
  type Skip,
  snapshotStoreConformance,
} from '@tai-autonomics/adapter-storage/conformance';
import { afterAll, describe, expect, test } from 'vitest';
import { everyStore } from '../runs.ts';
import { newFolder, openedOr } from './folder.ts';

const api = { describe, test };

const rows: ConformanceRow[] = [];
const long = everyStore || { none: 'one of `npm run test:long`: it takes minutes' };
const told = (none: string): ConformanceOptions => ({ wire: { none }, long, tell: (row) => rows.push(row) });
afterAll(() => {
  if (everyStore) process.stdout.write(`${conformanceTable(rows)}\n`);
});

ledgerStoreConformance('memory', async () => memoryStore(), api, {
  ...told('it is in the process: there is no way to cut'),
  long: { none: 'it holds all of it in memory' },
});

for (const [name, driver] of Object.entries(sqliteDrivers())) {
  const folder = newFolder();
  let count = 0;
  afterAll(() => rm(folder, { recursive: true }));
  ledgerStoreConformance(
    `SQLite by ${name}`,
    async () => {
      count += 1;
      return openedOr(await openSqliteStore(`${folder}/${count}.db`, { driver }));
    },
    api,
    told('it is a file: test/storage/failures.test.ts breaks each of its statements'),
  );
}

catalogStoreConformance('memory', async () => memoryCatalogs(), api);
{
  const folder = newFolder();
  let count = 0;
  afterAll(() => rm(folder, { recursive: true }));
  catalogStoreConformance('folder', async () => folderCatalogs(`${folder}/${++count}`), api);
}

snapshotStoreConformance('memory', async () => memorySnapshots(), api);
{
  const folder = newFolder();
  let count = 0;
  afterAll(() => rm(folder, { recursive: true }));
  snapshotStoreConformance('folder', async () => folderSnapshots(`${folder}/${++count}`), api);
}

test('a catalog file that was changed is corrupt, and writing the catalog again repairs it', async () => {
  const folder = newFolder();
  const store = folderCatalogs(folder);
  const digest = openedOr(await store.write('{"a":1}'));
  await writeFile(`${folder}/${digest}.json`, '{"a":2}');
  expect(await store.read(digest)).toMatchObject({ left: { fault: 'corrupt', outcome: 'not_written' } });
  expect(openedOr(await store.write('{"a":1}'))).toBe(digest);
  expect(openedOr(await store.read(digest))).toBe('{"a":1}');
  expect(await readdir(folder)).toEqual([`${digest}.json`]);
  await rm(folder, { recursive: true });
});

describe('the suite itself', () => {
  const registered = (skips: readonly Skip[]) => {
    const run: string[] = [];
    const skipped: string[] = [];
    const record = (name: string) => run.push(name);
    const seen = Object.assign(record, { skip: (name: string) => skipped.push(name) });
    ledgerStoreConformance(
      'any',
      async () => memoryStore(),
      { describe: (_, body) => body(), test: seen },
      { skips, wire: { none: 'memory' } },
    );
    return { run, skipped };
  };

  test('a skip shows its reason', () => {
    const note = registered([]).run[0] ?? '';
    const { run, skipped } = registered([{ note, reason: 'no such clock' }]);
    expect(run).not.toContain(note);
    expect(skipped).toEqual([`${note} (skipped: no such clock)`]);
  });

  test.for([
    { note: 'a skip of a case that does not exist is a failing test', skip: { note: 'nothing', reason: 'any' } },
    { note: 'a skip without a reason is a failing test', skip: { note: 'nothing', reason: ' ' } },
  ])('$note', ({ skip }) => {
    expect(registered([skip]).run).toContain('skips "nothing"');
  });
});
