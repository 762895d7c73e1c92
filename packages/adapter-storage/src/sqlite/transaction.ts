/** All or nothing, and never a broken connection afterwards. */
import type { StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import type { SqliteDriver } from './driver.ts';
import { outcomeOfCommit, sqliteFault } from './fault.ts';

/** What a transaction answers, and whether what it did is kept. */
export interface Finished<A> {
  readonly keep: boolean;
  readonly answer: A;
}

/**
 * Runs `body` in one write transaction: all of it is durable when this answers `Right`, or none of it is. A connection that
 * an earlier failure left inside a transaction is cleared first, so one failure never spoils the next append.
 */
export const transact = <A>(path: string, driver: SqliteDriver, body: () => Finished<A>): E.Either<StoreFault, A> => {
  try {
    begin(driver);
    const { keep, answer } = body();
    if (!keep) {
      rollback(driver);
      return E.right(answer);
    }
    return commit(path, driver, answer);
  } catch (error) {
    rollback(driver);
    return E.left(sqliteFault(path, error, 'not_written'));
  }
};

const commit = <A>(path: string, driver: SqliteDriver, answer: A): E.Either<StoreFault, A> => {
  try {
    driver.exec('COMMIT');
    return E.right(answer);
  } catch (error) {
    rollback(driver);
    return E.left(sqliteFault(path, error, outcomeOfCommit(error)));
  }
};

const begin = (driver: SqliteDriver): void => {
  try {
    driver.exec('BEGIN IMMEDIATE');
  } catch {
    rollback(driver);
    driver.exec('BEGIN IMMEDIATE');
  }
};

/** SQLite rolls back by itself after some errors; then there is nothing left to do and this says nothing. */
const rollback = (driver: SqliteDriver): void => {
  try {
    driver.exec('ROLLBACK');
  } catch {
    // Either no transaction is open, or the connection is broken: the next BEGIN tells.
  }
};
