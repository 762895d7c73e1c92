import { rm } from 'node:fs/promises';
import type { OpenSqliteDriver, SqliteDriver } from '@tai-autonomics/adapter-storage';
import { openSqliteDriver, openSqliteStore, SqliteError } from '@tai-autonomics/adapter-storage';
import type { StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { afterAll, describe, expect, test } from 'vitest';
import { newFolder, openedOr } from './folder.ts';
import { allRows, headAt, ledger, ok, rowsFrom } from './rows.ts';

const folder = newFolder();
afterAll(() => rm(folder, { recursive: true }));

/** What a disk can do to SQLite, by the primary result codes of sqlite.org/rescode.html. */
const full = () => new SqliteError('database or disk is full', 13);
const ioError = () => new SqliteError('disk I/O error', 10);

/** A driver whose statements fail when `failure` says so. Armed from the outside, so that opening works. */
const failing = (): {
  open: OpenSqliteDriver;
  arm: (failure: (sql: string) => Error | undefined) => void;
  raw: () => SqliteDriver;
} => {
  let failure: (sql: string) => Error | undefined = () => undefined;
  let opened: SqliteDriver | undefined;
  const check = (sql: string): void => {
    const error = failure(sql);
    if (error !== undefined) throw error;
  };
  return {
    open: async (path) => {
      const driver = await openSqliteDriver(path);
      opened = driver;
      return {
        ...driver,
        exec: (sql) => {
          check(sql);
          driver.exec(sql);
        },
        run: (sql, values) => {
          check(sql);
          return driver.run(sql, values);
        },
      };
    },
    arm: (next) => {
      failure = next;
    },
    raw: () => opened!,
  };
};

/** Fails the `nth` statement (from 1) that `matches`, once. */
const nth = (position: number, matches: RegExp, error: () => Error): ((sql: string) => Error | undefined) => {
  let seen = 0;
  return (sql) => {
    if (!matches.test(sql)) return undefined;
    seen += 1;
    return seen === position ? error() : undefined;
  };
};

describe('a disk that fails during an append', () => {
  const insert = /^INSERT/;
  const cases: readonly {
    note: string;
    failure: () => (sql: string) => Error | undefined;
    fault: StoreFault['fault'];
    outcome: StoreFault['outcome'];
  }[] = [
    ...[1, 2, 7, 10].flatMap((position) => [
      {
        note: `is full at insert ${position} of 10`,
        failure: () => nth(position, insert, full),
        fault: 'full' as const,
        outcome: 'not_written' as const,
      },
      {
        note: `breaks at insert ${position} of 10`,
        failure: () => nth(position, insert, ioError),
        fault: 'unavailable' as const,
        outcome: 'not_written' as const,
      },
    ]),
    { note: 'is full at the commit', failure: () => nth(1, /^COMMIT/, full), fault: 'full', outcome: 'not_written' },
    {
      note: 'breaks at the commit',
      failure: () => nth(1, /^COMMIT/, ioError),
      fault: 'unavailable',
      outcome: 'unknown',
    },
    {
      note: 'does not let a transaction begin',
      failure: () => () => ioError(),
      fault: 'unavailable',
      outcome: 'not_written',
    },
    {
      note: 'does not even roll back',
      failure: () => {
        const first = nth(3, insert, ioError);
        return (sql) => (sql === 'ROLLBACK' ? ioError() : first(sql));
      },
      fault: 'unavailable',
      outcome: 'not_written',
    },
  ];
  test.for(cases)(
    'and $note: the ledger is intact and the next append works',
    async ({ note, failure, fault, outcome }) => {
      const { open, arm } = failing();
      const path = `${folder}/${note}.db`;
      const store = openedOr(await openSqliteStore(path, { driver: open }));
      expect(await store.append(ledger, headAt(0), rowsFrom(0, 3))).toEqual(ok);

      arm(failure());
      const failed = await store.append(ledger, headAt(3), rowsFrom(3, 8));
      expect(failed).toEqual(E.left({ fault, outcome, detail: expect.stringContaining('ledger file') }));
      arm(() => undefined);

      expect(await store.append(ledger, headAt(3), rowsFrom(3, 8))).toEqual(ok);
      expect(await allRows(store)).toEqual(rowsFrom(0, 8));
      await store.close();
      const again = openedOr(await openSqliteStore(path));
      expect(await allRows(again)).toEqual(rowsFrom(0, 8));
      await again.close();
    },
  );

  test('in its first append leaves no trace of the ledger', async () => {
    const { open, arm } = failing();
    const store = openedOr(await openSqliteStore(`${folder}/first.db`, { driver: open }));
    arm(nth(2, insert, full));
    expect(await store.append(ledger, headAt(0), rowsFrom(0, 2))).toMatchObject({ left: { fault: 'full' } });
    arm(() => undefined);
    expect(await store.ledgers()).toEqual(E.right([]));
    expect(await store.head(ledger)).toEqual(E.right(undefined));
    expect(await store.append(ledger, headAt(0), rowsFrom(0, 2))).toEqual(ok);
    await store.close();
  });
});

describe('a file that may not grow', () => {
  test('refuses the append as full, keeps what it has, and grows again when it may', async () => {
    const { open, raw } = failing();
    const store = openedOr(await openSqliteStore(`${folder}/limited.db`, { driver: open }));
    expect(await store.append(ledger, headAt(0), rowsFrom(0, 50))).toEqual(ok);
    raw().exec('PRAGMA max_page_count = 1');
    const large = rowsFrom(50, 60).map((row) => ({ ...row, bytes: new Uint8Array(20_000) }));
    expect(await store.append(ledger, headAt(50), large)).toEqual(
      E.left({ fault: 'full', outcome: 'not_written', detail: expect.stringContaining('the disk is full') }),
    );
    expect(await allRows(store)).toEqual(rowsFrom(0, 50));
    raw().exec('PRAGMA max_page_count = 1000000');
    expect(await store.append(ledger, headAt(50), large)).toEqual(ok);
    expect(await allRows(store)).toEqual([...rowsFrom(0, 50), ...large]);
    await store.close();
  });
});

describe('a purge whose log cannot be emptied', () => {
  test('says so, and purging again finishes it', async () => {
    const { open, arm } = failing();
    const store = openedOr(await openSqliteStore(`${folder}/purge.db`, { driver: open }));
    await store.append(ledger, headAt(0), rowsFrom(0, 1));
    arm(nth(1, /wal_checkpoint/, ioError));
    expect(await store.purge(ledger, 0, ['request/intent'])).toMatchObject({
      left: {
        fault: 'unavailable',
        outcome: 'unknown',
        detail: expect.stringContaining('write-ahead log: do it again'),
      },
    });
    expect(await store.purge(ledger, 0, ['request/intent'])).toEqual(E.right(0));
    await store.close();
  });
});

describe('a file that became read-only', () => {
  test('refuses the append and the probe, says so, and takes the next one when it may be written again', async () => {
    const { open, raw } = failing();
    const store = openedOr(await openSqliteStore(`${folder}/read-only.db`, { driver: open }));
    expect(await store.append(ledger, headAt(0), rowsFrom(0, 2))).toEqual(ok);
    raw().exec('PRAGMA query_only = ON');
    const refused = { left: { fault: 'unavailable', detail: expect.stringContaining('is read-only') } };
    expect(await store.append(ledger, headAt(2), rowsFrom(2, 4))).toMatchObject(refused);
    expect(await store.putCheckpoint(ledger, { size: 2, note: 'a note' })).toMatchObject(refused);
    expect(await allRows(store)).toEqual(rowsFrom(0, 2));
    raw().exec('PRAGMA query_only = OFF');
    expect(await store.append(ledger, headAt(2), rowsFrom(2, 4))).toEqual(ok);
    await store.close();
  });
});
