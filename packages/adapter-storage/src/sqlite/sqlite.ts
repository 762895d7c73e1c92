/** Ledgers in one SQLite file, owned by one process: the embedded default. */
import { closeSync, openSync, statfsSync } from 'node:fs';
import { resolve } from 'node:path';
import type {
  Answer,
  Appended,
  Head,
  LedgerId,
  LedgerStore,
  Row,
  StoredCheckpoint,
  StoreFault,
} from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { entriesOf, toDisclosures } from '../entries.ts';
import { checkpointFault, closedFault, groupFault, isLedgerId, isPlainText, noLeaf } from '../group.ts';
import { pagedRead } from '../paged-read.ts';
import type { OpenSqliteDriver, SqliteDriver, SqliteRow } from './driver.ts';
import { openSqliteDriver } from './driver.ts';
import { isConstraint, sqliteFault } from './fault.ts';
import { cutFile, guardFile } from './file-guard.ts';
import { removeOwner, writeOwner } from './owner.ts';
import { kept, prepareSqlite, receiptsUnchanged, releaseSqlite } from './schema.ts';
import type { Finished } from './transaction.ts';
import { transact } from './transaction.ts';

/** How to open a ledger file otherwise than by default. */
export interface SqliteOptions {
  /** The SQLite library to use; absent: `node:sqlite` where Node has it, else `libsql`. */
  readonly driver?: OpenSqliteDriver;
}

/**
 * Opens or creates the ledger file at `path` (mode 0600) and takes its lock until `close`. Answers a fault when another
 * process (or this one) holds the file, when it is not a ledger file or a newer one (it is left untouched), or when SQLite
 * does not keep a setting that durability needs.
 */
export const openSqliteStore = async (
  path: string,
  options: SqliteOptions = {},
): Promise<E.Either<StoreFault, LedgerStore>> => {
  // An absolute path: libsql would take a URL for a server on the network.
  const file = resolve(path);
  createPrivate(file);
  try {
    const cut = cutFile(file);
    if (cut !== undefined)
      return E.left({ fault: 'corrupt', detail: `ledger file ${file}: ${cut}`, outcome: 'not_written' });
    const driver = await (options.driver ?? openSqliteDriver)(file);
    const prepared = prepareSqlite(file, driver);
    if (E.isLeft(prepared)) {
      driver.close();
      return prepared;
    }
    writeOwner(file);
    return E.right(sqliteStore(file, driver));
  } catch (error) {
    return E.left(sqliteFault(file, error, 'not_written'));
  }
};

/** Rows that one query of `read` fetches: at most 128 receipts of 64 kB are in memory at a time. */
const pageRows = 128;

interface File {
  readonly path: string;
  readonly driver: SqliteDriver;
}

const sqliteStore = (path: string, driver: SqliteDriver): LedgerStore => {
  const file: File = { path, driver };
  let closed = false;
  const lost = guardFile(path);
  const gone = (outcome: StoreFault['outcome']): E.Either<StoreFault, never> | undefined => {
    const detail = lost();
    return detail === undefined ? undefined : E.left({ fault: 'unavailable', detail, outcome });
  };
  const answer = async <A>(compute: () => E.Either<StoreFault, A>): Answer<A> => {
    try {
      return closed ? E.left(closedFault) : (gone('not_written') ?? compute());
    } catch (error) {
      return E.left(sqliteFault(path, error, 'not_written'));
    }
  };
  /** Looks again before anybody is told that it is durable. */
  const written = async <A>(compute: () => E.Either<StoreFault, A>): Answer<A> => {
    const done = await answer(compute);
    return E.isLeft(done) ? done : (gone('unknown') ?? done);
  };
  return {
    capabilities: { durable: true, shared: false },
    append: (ledger, expected, rows) => written(() => append(file, ledger, expected, rows)),
    head: (ledger) => answer(() => E.right(headOf(file, numberOf(file, ledger)))),
    read: (ledger, from, to) =>
      pagedRead((next) => answer(() => E.right(page(file, ledger, next, to))), `ledger file ${path}`, from, pageRows),
    find: (ledger, intentId) => answer(() => E.right(find(file, ledger, intentId))),
    purge: (ledger, seq, names) => written(() => purge(file, ledger, seq, names)),
    putCheckpoint: (ledger, checkpoint) => written(() => putCheckpoint(file, ledger, checkpoint)),
    checkpoint: (ledger, atMost = Number.MAX_SAFE_INTEGER) =>
      answer(() => E.right(latestCheckpoint(file, numberOf(file, ledger), atMost))),
    shed: (ledger, to) => written(() => shed(file, ledger, to)),
    forget: (ledger, expected) => written(() => forget(file, ledger, expected)),
    ledgers: () => answer(() => E.right(driver.all(sql.ledgers, []).map(({ id }) => String(id)))),
    probe: () => written(() => probe(file)),
    close: async () => {
      if (closed) return;
      closed = true;
      removeOwner(path);
      releaseSqlite(driver);
      driver.close();
    },
  };
};

const sql = {
  number: 'SELECT no FROM ledgers WHERE id = ?',
  addLedger: 'INSERT INTO ledgers (id) VALUES (?)',
  head: 'SELECT seq, leaf FROM receipts WHERE ledger = ? ORDER BY seq DESC LIMIT 1',
  addReceipt: 'INSERT INTO receipts (ledger, seq, leaf, bytes, intent_id, intent_digest) VALUES (?, ?, ?, ?, ?, ?)',
  addDisclosures: 'INSERT INTO disclosures (place, entries) VALUES (last_insert_rowid(), ?)',
  seqOfIntent: 'SELECT seq FROM receipts WHERE ledger = ? AND intent_id = ?',
  page: `SELECT r.seq, r.leaf, r.bytes, r.intent_id, r.intent_digest, d.entries
    FROM receipts r LEFT JOIN disclosures d ON d.place = r.place
    WHERE r.ledger = ? AND r.seq >= ? AND r.seq < ? ORDER BY r.seq LIMIT ${pageRows}`,
  find: `SELECT r.seq, r.leaf, r.bytes, r.intent_id, r.intent_digest, d.entries
    FROM receipts r LEFT JOIN disclosures d ON d.place = r.place WHERE r.ledger = ? AND r.intent_id = ?`,
  entries: `SELECT d.place, d.entries FROM receipts r JOIN disclosures d ON d.place = r.place
    WHERE r.ledger = ? AND r.seq = ?`,
  keepEntries: 'UPDATE disclosures SET entries = ? WHERE place = ?',
  dropEntries: 'DELETE FROM disclosures WHERE place = ?',
  shed: "UPDATE receipts SET bytes = x'' WHERE ledger = ? AND seq < ? AND length(bytes) > 0",
  forget: [
    'DELETE FROM disclosures WHERE place IN (SELECT place FROM receipts WHERE ledger = ?)',
    'DELETE FROM receipts WHERE ledger = ?',
    'DELETE FROM checkpoints WHERE ledger = ?',
    'DELETE FROM ledgers WHERE no = ?',
  ],
  addCheckpoint: 'INSERT INTO checkpoints (ledger, size, note) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  checkpoint: 'SELECT size, note FROM checkpoints WHERE ledger = ? AND size <= ? ORDER BY size DESC LIMIT 1',
  ledgers: `SELECT id FROM ledgers l WHERE EXISTS (SELECT 1 FROM receipts WHERE ledger = l.no) ORDER BY id`,
} as const;

const append = (file: File, ledger: LedgerId, expected: Head, rows: readonly Row[]): E.Either<StoreFault, Appended> => {
  const malformed = groupFault(ledger, expected, rows);
  if (malformed !== undefined) return E.left(malformed);
  let broken: unknown;
  const tried = transact(file.path, file.driver, () => {
    try {
      return insertAfter(file, ledger, expected, rows);
    } catch (error) {
      if (!isConstraint(error)) throw error;
      broken = error;
      return { keep: false, answer: undefined };
    }
  });
  if (E.isLeft(tried)) return tried;
  const { right: appended } = tried;
  if (appended?.appended === 'ok') return E.right(appended);
  // Looked up only when something was wrong (the unique index found it): the hot path pays for no query. A repeated
  // intent is answered as such even to a caller whose head is old: it is the same call again after a lost answer.
  const answer = duplicateIn(file, numberOf(file, ledger), rows) ?? appended;
  return answer === undefined ? E.left(sqliteFault(file.path, broken, 'not_written')) : E.right(answer);
};

/** The compare-and-set: only inside a transaction, so that the head which is read is the head which is extended. */
const insertAfter = (file: File, ledger: LedgerId, expected: Head, rows: readonly Row[]): Finished<Appended> => {
  const number = numberOf(file, ledger);
  const head = headOf(file, number) ?? { size: 0, leaf: noLeaf() };
  const agrees = head.size === expected.size && (head.size === 0 || Buffer.compare(head.leaf, expected.leaf) === 0);
  if (!agrees) return { keep: false, answer: { appended: 'conflict', head } };
  if (rows.length > 0) {
    const into = number ?? openLedger(file, ledger);
    for (const row of rows) insert(file.driver, into, row);
  }
  return { keep: rows.length > 0, answer: { appended: 'ok' } };
};

const insert = (driver: SqliteDriver, ledger: number, { seq, leaf, bytes, disclosures, intent }: Row): void => {
  driver.run(sql.addReceipt, [ledger, seq, leaf, bytes, intent?.id ?? null, intent?.digest ?? null]);
  if (disclosures.length > 0) driver.run(sql.addDisclosures, [entriesOf(disclosures)]);
};

/** The first intent of the group that is recorded already. */
const duplicateIn = ({ driver }: File, ledger: number | undefined, rows: readonly Row[]): Appended | undefined => {
  if (ledger === undefined) return undefined;
  for (const { intent } of rows) {
    if (intent === undefined) continue;
    const seq = driver.all(sql.seqOfIntent, [ledger, intent.id])[0]?.['seq'];
    if (seq !== undefined) return { appended: 'duplicate', id: intent.id, seq: Number(seq) };
  }
  return undefined;
};

/** `undefined` for a ledger that was never written to, and for what is no ledger id: SQLite might read half of it. */
const numberOf = ({ driver }: File, ledger: LedgerId): number | undefined => {
  const no = !isLedgerId(ledger) ? undefined : driver.all(sql.number, [ledger])[0]?.['no'];
  return no === undefined ? undefined : Number(no);
};

const openLedger = (file: File, ledger: LedgerId): number => {
  file.driver.run(sql.addLedger, [ledger]);
  return numberOf(file, ledger) ?? 0;
};

const headOf = ({ driver }: File, ledger: number | undefined): Head | undefined => {
  const last = ledger === undefined ? undefined : driver.all(sql.head, [ledger])[0];
  return last === undefined ? undefined : { size: Number(last['seq']) + 1, leaf: last['leaf'] as Uint8Array };
};

const find = (file: File, ledger: LedgerId, intentId: string): Row | undefined => {
  const number = numberOf(file, ledger);
  const isKnowable = number !== undefined && isPlainText(intentId);
  const row = isKnowable ? file.driver.all(sql.find, [number, intentId])[0] : undefined;
  return row === undefined ? undefined : toRow(row);
};

const page = (file: File, ledger: LedgerId, from: number, to: number): readonly Row[] => {
  const number = numberOf(file, ledger);
  const end = Math.min(to, Number.MAX_SAFE_INTEGER);
  return number === undefined ? [] : file.driver.all(sql.page, [number, from, end]).map(toRow);
};

/** Ends by emptying the write-ahead log, which still holds what was overwritten; so calling it again is never in vain. */
const purge = (file: File, ledger: LedgerId, seq: number, names: readonly string[]): E.Either<StoreFault, number> => {
  const { path, driver } = file;
  const purged = transact(path, driver, () => {
    const row = driver.all(sql.entries, [numberOf(file, ledger) ?? 0, seq])[0];
    if (row === undefined) return { keep: false, answer: 0 };
    const disclosures = toDisclosures(row['entries']);
    const kept = disclosures.filter(({ name }) => !names.includes(name));
    const place = Number(row['place']);
    if (kept.length === 0) driver.run(sql.dropEntries, [place]);
    else if (kept.length < disclosures.length) driver.run(sql.keepEntries, [entriesOf(kept), place]);
    return { keep: true, answer: disclosures.length - kept.length };
  });
  return E.isLeft(purged) ? purged : emptyLog(file, 'purged', purged.right);
};

/** Empties the write-ahead log, which still holds what was overwritten. */
const emptyLog = <A>({ path, driver }: File, done: string, answer: A): E.Either<StoreFault, A> => {
  try {
    driver.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return E.right(answer);
  } catch (error) {
    const { detail } = sqliteFault(path, error, 'unknown');
    const left = `${done}, but the bytes may still be in the write-ahead log: do it again`;
    return E.left({ fault: 'unavailable', detail: `${detail}; ${left}`, outcome: 'unknown' });
  }
};

/** The trigger that keeps receipts as they are stands aside for this one statement, in its transaction. */
const shed = (file: File, ledger: LedgerId, to: number): E.Either<StoreFault, void> =>
  transact(file.path, file.driver, () => {
    file.driver.exec('DROP TRIGGER IF EXISTS receipts_unchanged');
    file.driver.run(sql.shed, [numberOf(file, ledger) ?? 0, Math.min(to, Number.MAX_SAFE_INTEGER)]);
    file.driver.exec(receiptsUnchanged);
    return { keep: true, answer: undefined };
  });

/** The triggers that keep what is written stand aside within the transaction. What was removed is overwritten, in the log too. */
const forget = (file: File, ledger: LedgerId, expected: Head): E.Either<StoreFault, boolean> => {
  const { path, driver } = file;
  const gone = transact(path, driver, () => {
    const number = numberOf(file, ledger);
    const head = headOf(file, number);
    const agrees = head?.size === expected.size && Buffer.compare(head.leaf, expected.leaf) === 0;
    if (!agrees || number === undefined) return { keep: false, answer: false };
    for (const name of Object.keys(kept)) driver.exec(`DROP TRIGGER IF EXISTS ${name}`);
    for (const statement of sql.forget) driver.run(statement, [number]);
    for (const trigger of Object.values(kept)) driver.exec(trigger);
    return { keep: true, answer: true };
  });
  return E.isRight(gone) && gone.right ? emptyLog(file, 'removed', true) : gone;
};

const putCheckpoint = (
  file: File,
  ledger: LedgerId,
  checkpoint: StoredCheckpoint,
): E.Either<StoreFault, StoredCheckpoint> => {
  const malformed = checkpointFault(ledger, checkpoint);
  if (malformed !== undefined) return E.left(malformed);
  return transact(file.path, file.driver, () => {
    const number = numberOf(file, ledger) ?? openLedger(file, ledger);
    file.driver.run(sql.addCheckpoint, [number, checkpoint.size, checkpoint.note]);
    return { keep: true, answer: latestCheckpoint(file, number, checkpoint.size) ?? checkpoint };
  });
};

const latestCheckpoint = (
  { driver }: File,
  ledger: number | undefined,
  atMost: number,
): StoredCheckpoint | undefined => {
  const row =
    ledger === undefined
      ? undefined
      : driver.all(sql.checkpoint, [ledger, Math.min(atMost, Number.MAX_SAFE_INTEGER)])[0];
  return row === undefined ? undefined : { size: Number(row['size']), note: String(row['note']) };
};

const toRow = (row: SqliteRow): Row => {
  const { seq, leaf, bytes, intent_id: id, intent_digest: digest, entries } = row;
  return {
    seq: Number(seq),
    leaf: leaf as Uint8Array,
    bytes: bytes as Uint8Array,
    disclosures: toDisclosures(entries),
    ...(typeof id === 'string' && typeof digest === 'string' ? { intent: { id, digest } } : {}),
  };
};

/** The ledger holds disclosures: nobody but its owner reads it. SQLite gives its log the mode of the file. */
const createPrivate = (path: string): void => {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch {
    // It exists, or it can't be created: then opening it says why.
  }
};

/** With less room the next receipts may not fit, though so small a write as the probe's does. */
const ROOM_BYTES_MIN = 1_048_576;

/** The version of the tables, written once more: a commit like every other, that changes nothing. */
const probe = ({ path, driver }: File): E.Either<StoreFault, void> => {
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize < ROOM_BYTES_MIN) {
    const detail = `ledger file ${path}: the disk is full (${bavail * bsize} bytes are left)`;
    return E.left({ fault: 'full', detail, outcome: 'not_written' });
  }
  const version = Object.values(driver.all('PRAGMA user_version', [])[0] ?? {})[0];
  return transact(path, driver, () => {
    driver.exec(`PRAGMA user_version = ${Number(version)}`);
    return { keep: true, answer: undefined };
  });
};
