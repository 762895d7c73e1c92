/** Removes a whole ledger from PostgreSQL, as the owner of its tables: the role that decides has no right to. */
import { Buffer } from 'node:buffer';
import type { Answer, Head, LedgerId } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import pg from 'pg';
import { postgresFault } from './fault.ts';
import { connectionTo } from './migrate.ts';
import { parsePostgresUrl } from './place.ts';

/** The longest that others wait for the tables, and this for them. */
const LOCK_MS = 10_000;

/** What is append-only for everybody else; the triggers and the policies stand again when the transaction ends. */
const APPEND_ONLY = ['receipts', 'checkpoints'] as const;
const GUARDED = [...APPEND_ONLY, 'disclosures'] as const;
const OF_LEDGER = ['disclosures', 'checkpoints', 'receipts', 'ledgers'] as const;

const HEAD = 'SELECT seq, leaf FROM tai.receipts WHERE ledger = $1 ORDER BY seq DESC LIMIT 1';

/**
 * Removes a ledger that has ended and is archived, with its disclosures and checkpoints, all of it or nothing; `false` where `expected`
 * is not its head. `url` is of the owner of the tables. Nobody reads or writes the tables for as long as it takes. The receipt of the
 * operator's ledger that says so comes first: without it a ledger that is gone is one that was cut.
 */
export const removeFromPostgres = async (url: string, ledger: LedgerId, expected: Head): Answer<boolean> => {
  const place = parsePostgresUrl(url);
  if (E.isLeft(place)) return place;
  const client = new pg.Client(connectionTo(place.right));
  client.on('error', () => undefined);
  let isSent = false;
  try {
    await client.connect();
    await client.query('BEGIN');
    await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
    for (const table of GUARDED) await client.query(`ALTER TABLE tai.${table} NO FORCE ROW LEVEL SECURITY`);
    for (const table of APPEND_ONLY) await client.query(`ALTER TABLE tai.${table} DISABLE TRIGGER ${table}_unchanged`);
    const { rows } = await client.query(HEAD, [ledger]);
    const isIt =
      rows[0] !== undefined &&
      Number(rows[0].seq) + 1 === expected.size &&
      Buffer.compare(rows[0].leaf, expected.leaf) === 0;
    if (isIt) for (const table of OF_LEDGER) await client.query(`DELETE FROM tai.${table} WHERE ledger = $1`, [ledger]);
    for (const table of APPEND_ONLY) await client.query(`ALTER TABLE tai.${table} ENABLE TRIGGER ${table}_unchanged`);
    for (const table of GUARDED) await client.query(`ALTER TABLE tai.${table} FORCE ROW LEVEL SECURITY`);
    isSent = isIt;
    await client.query(isIt ? 'COMMIT' : 'ROLLBACK');
    return E.right(isIt);
  } catch (error) {
    return E.left(postgresFault(place.right.name, error, isSent ? 'unknown' : 'not_written'));
  } finally {
    // A transaction that is open is rolled back with its connection.
    await client.end().catch(() => undefined);
  }
};
