/** What a user is told when SQLite says no: one clear line, and whether anything may have been written. */
import type { StoreFault } from '@tai-autonomics/governor';
import { SqliteError } from './driver.ts';

/** Primary result codes, sqlite.org/rescode.html. */
export const resultCode = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
} as const;

/** True when SQLite refused a row because of a key, a check or a trigger. */
export const isConstraint = (error: unknown): boolean =>
  error instanceof SqliteError && error.resultCode === resultCode.constraint;

/** Says what went wrong with the ledger file at `path`. */
export const sqliteFault = (path: string, error: unknown, outcome: StoreFault['outcome']): StoreFault => {
  const code = error instanceof SqliteError ? error.resultCode : undefined;
  const said = error instanceof Error ? error.message : String(error);
  const because = (fault: StoreFault['fault'], what: string): StoreFault => ({
    fault,
    detail: `ledger file ${path}: ${what} (${said})`,
    outcome,
  });
  switch (code) {
    case resultCode.full:
      return because('full', 'the disk is full');
    case resultCode.notADatabase:
      return because('corrupt', 'this is not a ledger file');
    case resultCode.corrupt:
      return because('corrupt', 'the file is damaged');
    case resultCode.busy:
    case resultCode.locked:
      return because('held', 'another process holds the file');
    case resultCode.readOnly:
      return because('unavailable', 'the file, or its disk, is read-only');
    case resultCode.cannotOpen:
      return because('unavailable', 'the file cannot be opened or created');
    default:
      return because('unavailable', 'the store did not answer');
  }
};

/**
 * What is known after a failed COMMIT. On a full disk or a broken constraint the commit record was never complete; after
 * any other error its bytes may be on the disk and come back after a crash, so nobody may say that nothing was written.
 */
export const outcomeOfCommit = (error: unknown): StoreFault['outcome'] =>
  error instanceof SqliteError && notCommitted.has(error.resultCode) ? 'not_written' : 'unknown';

const notCommitted: ReadonlySet<number> = new Set([
  resultCode.full,
  resultCode.busy,
  resultCode.locked,
  resultCode.constraint,
]);
