import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { OpenSqliteDriver, SqliteDriver } from '@tai-autonomics/adapter-storage';
import { openSqliteDriver, openSqliteStore } from '@tai-autonomics/adapter-storage';
import type { Row } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { afterAll, describe, expect, test } from 'vitest';
import { newFolder, openedOr } from './folder.ts';
import { allRows, headAt, ledger, ok, rowAt, rowsFrom } from './rows.ts';

const root = newFolder();
afterAll(() => rm(root, { recursive: true }));

let count = 0;
/** A folder of its own for one test, so that it can see every file that was made. */
const fresh = (): { folder: string; path: string } => {
  count += 1;
  const folder = `${root}/${count}`;
  mkdirSync(folder);
  return { folder, path: `${folder}/ledger.db` };
};

/** A closed ledger file with `size` rows. */
const written = async (size: number): Promise<{ folder: string; path: string }> => {
  const place = fresh();
  const store = openedOr(await openSqliteStore(place.path));
  expect(await store.append(ledger, headAt(0), rowsFrom(0, size))).toEqual(ok);
  await store.close();
  return place;
};

/** Runs `use` on a plain connection to a closed ledger file. */
const directly = async <A>(path: string, use: (driver: SqliteDriver) => A): Promise<A> => {
  const driver = await openSqliteDriver(path);
  try {
    return use(driver);
  } finally {
    driver.close();
  }
};

/** A driver that is changed by `change` before the store sees it. */
const through =
  (change: (driver: SqliteDriver) => Partial<SqliteDriver>): OpenSqliteDriver =>
  async (path) => {
    const driver = await openSqliteDriver(path);
    return { ...driver, ...change(driver) };
  };

describe('a ledger file', () => {
  test('keeps rows, disclosures, intents and checkpoints when it is opened again', async () => {
    const { path } = await written(300);
    const store = openedOr(await openSqliteStore(path));
    expect(await store.purge(ledger, 7, ['request/intent'])).toEqual(E.right(1));
    await store.putCheckpoint(ledger, { size: 256, note: 'note' });
    await store.close();

    const again = openedOr(await openSqliteStore(path));
    const kept = rowAt(7).disclosures.filter(({ name }) => name !== 'request/intent');
    const expected = rowsFrom(0, 300).map((row) => (row.seq === 7 ? { ...row, disclosures: kept } : row));
    expect(await allRows(again)).toEqual(expected);
    expect(await again.head(ledger)).toEqual(E.right(headAt(300)));
    expect(await again.find(ledger, 'intent-299')).toEqual(E.right(rowAt(299)));
    expect(await again.checkpoint(ledger)).toEqual(E.right({ size: 256, note: 'note' }));
    expect(await again.ledgers()).toEqual(E.right([ledger]));
    expect(await again.append(ledger, headAt(300), [rowAt(300)])).toEqual(ok);
    await again.close();
  });

  test('belongs to its user alone, and leaves one file behind when it is closed', async () => {
    const { folder, path } = fresh();
    const store = openedOr(await openSqliteStore(path));
    await store.append(ledger, headAt(0), rowsFrom(0, 1));
    expect(readdirSync(folder).map((name) => [name, statSync(`${folder}/${name}`).mode & 0o777])).toEqual([
      ['ledger.db', 0o600],
      ['ledger.db-wal', 0o600],
      ['ledger.db.owner', 0o600],
    ]);
    await store.close();
    expect(readdirSync(folder)).toEqual(['ledger.db']);
  });

  test('cannot be opened twice by one process, and is free as soon as it is closed', async () => {
    const { path } = fresh();
    for (let round = 0; round < 3; round += 1) {
      const store = openedOr(await openSqliteStore(path));
      const detail = expect.stringContaining(`this process (${process.pid}) has it open already`);
      expect(await openSqliteStore(path)).toEqual(E.left({ fault: 'held', detail, outcome: 'not_written' }));
      expect(await store.append(ledger, headAt(round), [rowAt(round)])).toEqual(ok);
      await store.close();
    }
  });

  test('holds no trace of a purged disclosure, in the file or in its log', async () => {
    const { folder, path } = fresh();
    const store = openedOr(await openSqliteStore(path));
    const secret = (seq: number) => `secret-${seq}-${'x'.repeat((seq * 37) % 1500)}`;
    const rows = rowsFrom(0, 200).map(
      (row): Row => ({ ...row, disclosures: [...row.disclosures, { name: 'request/secret', text: secret(row.seq) }] }),
    );
    expect(await store.append(ledger, headAt(0), rows)).toEqual(ok);
    const bytesOnDisk = () =>
      readdirSync(folder)
        .map((name) => readFileSync(`${folder}/${name}`, 'latin1'))
        .join();
    expect(bytesOnDisk()).toContain('secret-77-');
    for (const { seq } of rows) expect(await store.purge(ledger, seq, ['request/secret'])).toEqual(E.right(1));
    expect(bytesOnDisk()).not.toContain('secret-');
    await store.close();
    expect(bytesOnDisk()).not.toContain('secret-');
    expect(bytesOnDisk()).toContain('intent-text-77');
  });

  test.for([
    { note: 'a receipt cannot be changed', sql: "UPDATE receipts SET bytes = x'00' WHERE seq = 1" },
    { note: 'a receipt cannot be removed', sql: 'DELETE FROM receipts WHERE seq = 2' },
    {
      note: 'a receipt cannot be replaced',
      sql: "INSERT OR REPLACE INTO receipts (place, ledger, seq, leaf, bytes) VALUES (2, 1, 1, zeroblob(32), x'00')",
    },
    { note: 'a checkpoint cannot be changed', sql: "UPDATE checkpoints SET note = 'other'" },
    { note: 'a checkpoint cannot be removed', sql: 'DELETE FROM checkpoints' },
  ])('by its own triggers: $note', async ({ sql }) => {
    const { path } = await written(3);
    const store = openedOr(await openSqliteStore(path));
    await store.putCheckpoint(ledger, { size: 3, note: 'note' });
    await store.close();
    await directly(path, (driver) =>
      expect(() => driver.exec(`PRAGMA recursive_triggers = ON; ${sql}`)).toThrow('append-only'),
    );
    const again = openedOr(await openSqliteStore(path));
    expect(await allRows(again)).toEqual(rowsFrom(0, 3));
    expect(await again.checkpoint(ledger)).toEqual(E.right({ size: 3, note: 'note' }));
    await again.close();
  });
});

describe('what is not a ledger file is refused in one line and left as it was', () => {
  const cases: readonly { note: string; make: (path: string) => Promise<void>; fault: string; says: RegExp }[] = [
    {
      note: 'a text file',
      make: async (path) => writeFileSync(path, 'hello\n'),
      fault: 'corrupt',
      says: /not a ledger file/,
    },
    {
      note: 'a megabyte of zeros',
      make: async (path) => writeFileSync(path, new Uint8Array(1_000_000)),
      fault: 'corrupt',
      says: /not a ledger file/,
    },
    {
      note: 'a ledger file that was cut off',
      make: async (path) => truncateSync(path, 8192),
      fault: 'corrupt',
      says: /damaged/,
    },
    {
      note: 'a ledger file with a broken first page',
      make: async (path) => {
        const bytes = readFileSync(path);
        writeFileSync(path, bytes.fill(0xff, 100, 900));
      },
      fault: 'corrupt',
      says: /damaged/,
    },
    {
      note: 'the database of another program',
      make: async (path) => {
        await rm(path);
        await directly(path, (driver) => driver.exec('CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT)'));
      },
      fault: 'corrupt',
      says: /database of something else/,
    },
    {
      note: 'a ledger file of a newer release',
      make: (path) => directly(path, (driver) => driver.exec('PRAGMA user_version = 99')),
      fault: 'unavailable',
      says: /schema version 99.*newer release/,
    },
  ];
  test.for(cases)('$note', async ({ make, fault, says }) => {
    const { folder, path } = await written(100);
    await make(path);
    const before = readFileSync(path);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const opened = await openSqliteStore(path);
      expect(opened).toMatchObject({ left: { fault, detail: expect.stringMatching(says), outcome: 'not_written' } });
      expect(E.isLeft(opened) && opened.left.detail).not.toContain('\n');
    }
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes('.owner'))).toEqual([]);
  });

  test('a folder that does not exist is named, and not made', async () => {
    const { folder } = fresh();
    const opened = await openSqliteStore(`${folder}/none/ledger.db`);
    expect(opened).toMatchObject({
      left: { fault: 'unavailable', detail: expect.stringContaining('cannot be opened') },
    });
    expect(existsSync(`${folder}/none`)).toBe(false);
  });

  test('damage in the middle is a fault where it is read, and never an exception', async () => {
    const { path } = await written(500);
    const bytes = readFileSync(path);
    for (let at = 30 * 4096; at < bytes.length - 4096; at += 4096) bytes.fill(0xee, at, at + 64);
    writeFileSync(path, bytes);
    const opened = await openSqliteStore(path);
    const store = openedOr(opened);
    const read: E.Either<{ fault: string }, Row>[] = [];
    for await (const row of store.read(ledger, 0, 500)) read.push(row);
    expect(read.at(-1)).toMatchObject({ left: { fault: 'corrupt', detail: expect.stringContaining('damaged') } });
    expect(read.filter(E.isLeft)).toHaveLength(1);
    await store.close();
  });

  test('a row that somebody took out is missed by name', async () => {
    const { path } = await written(9);
    await directly(path, (driver) =>
      driver.exec('DROP TRIGGER receipts_kept; DELETE FROM disclosures; DELETE FROM receipts WHERE seq = 4'),
    );
    const store = openedOr(await openSqliteStore(path));
    const read: unknown[] = [];
    for await (const row of store.read(ledger, 0, 9)) read.push(row);
    expect(read).toHaveLength(5);
    expect(read[4]).toMatchObject({ left: { fault: 'corrupt', detail: expect.stringContaining('seq 4 is missing') } });
    await store.close();
  });
});

describe('every setting that durability needs is read back', () => {
  test.for([
    { name: 'locking_mode', kept: 'NORMAL' },
    { name: 'journal_mode', kept: 'TRUNCATE' },
    { name: 'synchronous', kept: 'NORMAL' },
    { name: 'busy_timeout', kept: '0' },
    { name: 'foreign_keys', kept: 'OFF' },
    { name: 'secure_delete', kept: 'FAST' },
    { name: 'recursive_triggers', kept: 'OFF' },
    { name: 'cache_size', kept: '-2000' },
    { name: 'fullfsync', kept: 'OFF' },
    { name: 'checkpoint_fullfsync', kept: 'OFF' },
  ])('an SQLite that does not keep $name is not used', async ({ name, kept }) => {
    const { path } = await written(1);
    const driver = through(({ exec }) => ({
      exec: (sql) => exec(sql.startsWith(`PRAGMA ${name} =`) ? `PRAGMA ${name} = ${kept}` : sql),
    }));
    const detail = expect.stringContaining(`did not keep ${name} = `);
    expect(await openSqliteStore(path, { driver })).toEqual(
      E.left({ fault: 'unavailable', detail, outcome: 'not_written' }),
    );
    const store = openedOr(await openSqliteStore(path));
    expect(await allRows(store)).toEqual(rowsFrom(0, 1));
    await store.close();
  });
});
