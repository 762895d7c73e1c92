/** What a ledger file looks like inside, and how a connection to it has to be set up before it may be used. */
import type { StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import type { SqliteDriver, SqliteValue } from './driver.ts';
import { SqliteError } from './driver.ts';
import { resultCode, sqliteFault } from './fault.ts';
import { describeOwner } from './owner.ts';

/** 'taiL': tells a ledger from any other SQLite file. */
const applicationId = 0x7461694c;

/** The version of the tables below; a file with a larger one was written by a newer release and is refused. */
const schemaVersion = 1;

/** A receipt stays as it was written. */
export const receiptsUnchanged = `CREATE TRIGGER receipts_unchanged BEFORE UPDATE ON receipts
BEGIN SELECT RAISE(ABORT, 'receipts are append-only'); END`;

/** Nothing is removed, but a whole ledger that has ended. */
export const kept = {
  receipts_kept: `CREATE TRIGGER receipts_kept BEFORE DELETE ON receipts
BEGIN SELECT RAISE(ABORT, 'receipts are append-only'); END`,
  checkpoints_kept: `CREATE TRIGGER checkpoints_kept BEFORE DELETE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END`,
} as const;

/**
 * `place` is the order of arrival. Receipts grow at one end of one table (dense, and no overflow below 4 kB); the key
 * (ledger, seq) is an index. A receipt's disclosures are one row, `name\ntext` for each: measured 1.5 times the appends of
 * one row a disclosure, and a purge rewrites that row. A receipt can't be changed or removed. That receipts follow each
 * other without a gap is kept by `append` alone; a trigger for it costs a sixth of the throughput and stops nobody who
 * could drop it.
 */
const tables = `
CREATE TABLE ledgers (no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE receipts (
  place INTEGER PRIMARY KEY,
  ledger INTEGER NOT NULL REFERENCES ledgers (no),
  seq INTEGER NOT NULL,
  leaf BLOB NOT NULL CHECK (length(leaf) = 32),
  bytes BLOB NOT NULL,
  intent_id TEXT,
  intent_digest TEXT,
  UNIQUE (ledger, seq),
  CHECK ((intent_id IS NULL) = (intent_digest IS NULL))
) STRICT;
CREATE UNIQUE INDEX receipts_intent ON receipts (ledger, intent_id) WHERE intent_id IS NOT NULL;
CREATE TABLE disclosures (place INTEGER PRIMARY KEY REFERENCES receipts (place), entries TEXT NOT NULL) STRICT;
CREATE TABLE checkpoints (
  ledger INTEGER NOT NULL REFERENCES ledgers (no),
  size INTEGER NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (ledger, size)
) WITHOUT ROWID, STRICT;
${receiptsUnchanged};
${kept.receipts_kept};
CREATE TRIGGER checkpoints_unchanged BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
${kept.checkpoints_kept};
PRAGMA application_id = ${applicationId};
PRAGMA user_version = ${schemaVersion};
`;

/**
 * What every connection runs with, and what it must read back. FULL: an acknowledged receipt survives the loss of power;
 * some builds of SQLite quietly reopen a WAL file with less. EXCLUSIVE: one process owns the file, and there is no shared
 * memory whose bugs could matter. `secure_delete`: a purged disclosure is overwritten. `recursive_triggers`: REPLACE is a
 * deletion too, so it meets the trigger against that. The two `fullfsync` are for macOS, where a plain fsync stays in the
 * drive's cache. The cache holds the pages of a large group, so that none is written to the log twice.
 */
export const pragmas: readonly (readonly [name: string, set: string, readBack: SqliteValue])[] = [
  ['locking_mode', 'EXCLUSIVE', 'exclusive'],
  ['journal_mode', 'WAL', 'wal'],
  ['synchronous', 'FULL', 2],
  ['busy_timeout', '5000', 5000],
  ['foreign_keys', 'ON', 1],
  ['secure_delete', 'ON', 1],
  ['recursive_triggers', 'ON', 1],
  ['fullfsync', 'ON', 1],
  ['checkpoint_fullfsync', 'ON', 1],
  ['cache_size', '-16000', -16000],
];

/**
 * Takes the file's lock, looks at what it is, sets the connection up and creates the tables in an empty file. A file that
 * is not a ledger, or is newer than this code, is left as it was found.
 */
export const prepareSqlite = (path: string, driver: SqliteDriver): E.Either<StoreFault, void> => {
  try {
    const fresh = takeLock(driver);
    if (E.isLeft(fresh)) return E.left({ ...fresh.left, detail: `ledger file ${path}: ${fresh.left.detail}` });
    for (const [name, set] of pragmas) driver.exec(`PRAGMA ${name} = ${set}`);
    const different = pragmas.find(([name, , expected]) => readPragma(driver, name) !== expected);
    if (different !== undefined) {
      releaseSqlite(driver);
      return E.left(unsafe(path, driver, different[0], different[1]));
    }
    if (fresh.right) driver.exec(`BEGIN EXCLUSIVE; ${tables} COMMIT`);
    return E.right(undefined);
  } catch (error) {
    attempt(driver, 'ROLLBACK');
    unlock(driver);
    return E.left(held(error) ? heldFault(path) : sqliteFault(path, error, 'not_written'));
  }
};

/**
 * Gives a ledger file back; call it before `close`. libsql keeps a closed connection, and with it the lock, until the last
 * prepared statement is collected; so the lock is let go in words. Best effort: the end of the process does the same.
 */
export const releaseSqlite = (driver: SqliteDriver): void => {
  attempt(driver, 'PRAGMA journal_mode = DELETE');
  unlock(driver);
};

/** `Right(true)` for an empty file. Nothing is written here; with EXCLUSIVE the lock outlives the transaction. */
const takeLock = (driver: SqliteDriver): E.Either<StoreFault, boolean> => {
  driver.exec('PRAGMA busy_timeout = 0');
  driver.exec('PRAGMA locking_mode = EXCLUSIVE');
  driver.exec('BEGIN EXCLUSIVE');
  const application = readPragma(driver, 'application_id');
  const version = Number(readPragma(driver, 'user_version'));
  const objects = Number(driver.all('SELECT count(*) AS objects FROM sqlite_schema', [])[0]?.['objects']);
  driver.exec('ROLLBACK');
  const isFresh = application === 0 && version === 0 && objects === 0;
  const refusal = isFresh ? undefined : refusalOf(application, version);
  if (refusal === undefined) return E.right(isFresh);
  unlock(driver);
  return E.left(refusal);
};

/** Why a file that holds something already is not for us. */
const refusalOf = (application: SqliteValue | undefined, version: number): StoreFault | undefined => {
  if (application !== applicationId)
    return refused('corrupt', 'this is a database of something else, not a ledger file');
  if (version <= schemaVersion) return undefined;
  const newer = `it has schema version ${version}, and this release knows ${schemaVersion}; open it with a newer release`;
  return refused('unavailable', newer);
};

const readPragma = (driver: SqliteDriver, name: string): SqliteValue | undefined =>
  Object.values(driver.all(`PRAGMA ${name}`, [])[0] ?? {})[0];

const refused = (fault: StoreFault['fault'], detail: string): StoreFault => ({ fault, detail, outcome: 'not_written' });

/** Leaves EXCLUSIVE without a write; the lock goes with the next read. A file in WAL mode keeps it until the process ends. */
const unlock = (driver: SqliteDriver): void => {
  attempt(driver, 'PRAGMA locking_mode = NORMAL');
  attempt(driver, 'SELECT count(*) FROM sqlite_schema');
};

/** For what may fail on a full disk or a broken connection without harm: the file is only locked for longer. */
const attempt = (driver: SqliteDriver, sql: string): void => {
  try {
    driver.exec(sql);
  } catch {
    // As said above.
  }
};

const unsafe = (path: string, driver: SqliteDriver, name: string, set: string): StoreFault => ({
  fault: 'unavailable',
  detail: `ledger file ${path}: ${driver.name} did not keep ${name} = ${set}, so a receipt could be lost; not opened`,
  outcome: 'not_written',
});

const held = (error: unknown): boolean =>
  error instanceof SqliteError && (error.resultCode === resultCode.busy || error.resultCode === resultCode.locked);

const heldFault = (path: string): StoreFault => ({
  fault: 'held',
  detail: `ledger file ${path}: ${describeOwner(path)}`,
  outcome: 'not_written',
});
