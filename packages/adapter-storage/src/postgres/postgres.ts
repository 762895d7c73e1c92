/** Ledgers in PostgreSQL, or in an engine that speaks its protocol: many processes may write at once. */
import { setTimeout as pause } from 'node:timers/promises';
import type {
  Answer,
  Appended,
  Head,
  LedgerId,
  LedgerStore,
  Ms,
  Row as Receipt,
  StoredCheckpoint,
  StoreFault,
} from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { entriesOf, toDisclosures } from '../entries.ts';
import { checkpointFault, closedFault, groupFault, isLedgerId, isPlainText, noLeaf } from '../group.ts';
import { pagedRead } from '../paged-read.ts';
import { type Call, createDatabase, type Database, type Flown, faultOf, type Row } from './database.ts';
import { isTaken, isTransient, postgresFault } from './fault.ts';
import { migratePostgres, newer, versionIn } from './migrate.ts';
import { parsePostgresUrl } from './place.ts';
import { schemaVersion } from './schema.ts';
import { pageRows, statements } from './statements.ts';

/** How to open a PostgreSQL store otherwise than by default. */
export interface PostgresOptions {
  /** Connections at most, 8 where absent: so many tenants can append at once. */
  readonly connections?: number;
  /** How long to wait for a connection or a statement, 10 seconds where absent. */
  readonly answerWithinMs?: Ms;
  /** Where the server keeps what it acknowledged, in the operator's words: shown by whoever shows the store. */
  readonly regions?: readonly string[];
}

/**
 * Opens the ledgers of a database: `postgres://ROLE@HOST:PORT/DATABASE`. A database without tables gets them, if the role may
 * create them; tables of a newer release are refused, and older ones until `migratePostgres` has been there. A server that
 * doesn't keep what it acknowledges (`fsync` or `synchronous_commit` off) is refused.
 */
export const openPostgresStore = async (url: string, options: PostgresOptions = {}): Answer<LedgerStore> => {
  const opened = await openPostgres(url, options);
  return E.map((database: Database) => postgresStore(database, options))(opened);
};

/** The database of a store, looked at. */
export const openPostgres = async (url: string, options: PostgresOptions = {}): Answer<Database> => {
  const place = parsePostgresUrl(url);
  if (E.isLeft(place)) return place;
  const { connections = CONNECTIONS, answerWithinMs = ANSWER_MS } = options;
  const database = createDatabase(place.right, { connections, answerWithinMs });
  const unfit = (await unfitness(database)) ?? (await outdated(database, url));
  if (unfit === undefined) return E.right(database);
  await database.close();
  return E.left(unfit);
};

/** The ledgers of a database that was opened; closing the store closes it. */
export const postgresStore = (database: Database, { regions }: Pick<PostgresOptions, 'regions'> = {}): LedgerStore => {
  let closed = false;
  const answer = async <A>(compute: () => Answer<A>): Answer<A> => (closed ? E.left(closedFault) : compute());
  return {
    capabilities: { durable: true, shared: true, ...(regions === undefined ? {} : { regions }) },
    append: (ledger, expected, rows) => answer(() => append(database, ledger, expected, rows)),
    head: (ledger) =>
      answer(async () =>
        E.map((rows: readonly Row[]) => headOf(rows))(await about(database, ledger, [statements.head, [ledger]])),
      ),
    read: (ledger, from, to) =>
      pagedRead((next) => answer(() => page(database, ledger, next, to)), `the store ${database.name}`, from, pageRows),
    find: (ledger, intentId) =>
      answer(async () =>
        isPlainText(intentId)
          ? E.map((rows: readonly Row[]) => rows.map(toReceipt)[0])(
              await about(database, ledger, [statements.find, [ledger, intentId]]),
            )
          : E.right(undefined),
      ),
    purge: (ledger, seq, names) => answer(() => purge(database, ledger, seq, names)),
    putCheckpoint: (ledger, checkpoint) => answer(() => putCheckpoint(database, ledger, checkpoint)),
    checkpoint: (ledger, atMost = Number.MAX_SAFE_INTEGER) =>
      answer(async () =>
        E.map((rows: readonly Row[]) => rows.map(toCheckpoint)[0])(
          await about(database, ledger, [statements.checkpoint, [ledger, Math.min(atMost, Number.MAX_SAFE_INTEGER)]]),
        ),
      ),
    ledgers: () =>
      answer(async () =>
        E.map((rows: readonly Row[]) => rows.map(({ ledger }) => String(ledger)))(
          first(database, await database.ask([statements.ledgers, []])),
        ),
      ),
    probe: () =>
      answer(async () => E.map(() => undefined)(first(database, await database.ask([statements.probe, []])))),
    close: async () => {
      if (closed) return;
      closed = true;
      await database.close();
    },
  };
};

const CONNECTIONS = 8;
const ANSWER_MS: Ms = 10_000;
/** How often an append is tried whose transaction the server gave up in favour of another one. */
const TRIES = 6;

const DURABLE = {
  name: 'durable',
  text: `SELECT coalesce(current_setting('fsync', true), 'on') AS fsync,
    coalesce(current_setting('synchronous_commit', true), 'on') AS synchronous_commit`,
};

/** Why an acknowledged receipt could be lost here, or why the server can't be asked. */
const unfitness = async (database: Database): Promise<StoreFault | undefined> => {
  const asked = first(database, await database.ask([DURABLE, []]));
  if (E.isLeft(asked)) return asked.left;
  const off = Object.entries(asked.right[0] ?? {}).find(([, value]) => value === 'off');
  return off === undefined
    ? undefined
    : {
        fault: 'unavailable',
        detail: `the store ${database.name}: the server runs with ${off[0]} = off, so a receipt could be lost; not opened`,
        outcome: 'not_written',
      };
};

const outdated = async (database: Database, url: string): Promise<StoreFault | undefined> => {
  try {
    const version = await versionIn(async (text) => {
      const asked = await database.ask([{ name: 'version', text }, []]);
      if (E.isLeft(asked)) throw asked.left.error;
      return { rows: asked.right[0] ?? [] };
    });
    if (version === 0) {
      const migrated = await migratePostgres(url);
      return E.isLeft(migrated) ? migrated.left : undefined;
    }
    if (version > schemaVersion) return newer(database.name, version);
    return version === schemaVersion
      ? undefined
      : {
          fault: 'unavailable',
          detail: `the store ${database.name}: its tables have version ${version}, and this release needs ${schemaVersion}; run tai store migrate`,
          outcome: 'not_written',
        };
  } catch (error) {
    return postgresFault(database.name, error, 'not_written');
  }
};

/** The rows of the one call. */
const first = (database: Database, flown: Flown): E.Either<StoreFault, readonly Row[]> =>
  E.isLeft(flown) ? E.left(faultOf(database, flown.left)) : E.right(flown.right[0] ?? []);

/** Asks about one ledger. What is no ledger id has nothing. */
const about = async (database: Database, ledger: LedgerId, call: Call): Answer<readonly Row[]> =>
  isLedgerId(ledger) ? first(database, await insist(() => database.fly(ledger, [call]))) : E.right([]);

/** Sends again what the server gave up in favour of another transaction, a little later each time. */
const insist = async (attempt: () => Promise<Flown>): Promise<Flown> => {
  for (let n = 1; ; n += 1) {
    const flown = await attempt();
    const isLost = E.isLeft(flown) && flown.left.outcome === 'not_written' && isTransient(flown.left.error);
    if (!isLost || n === TRIES) return flown;
    await pause(Math.random() * 5 * 2 ** n);
  }
};

const append = async (
  database: Database,
  ledger: LedgerId,
  expected: Head,
  rows: readonly Receipt[],
): Answer<Appended> => {
  const malformed = groupFault(ledger, expected, rows);
  if (malformed !== undefined) return E.left(malformed);
  for (let n = 1; ; n += 1) {
    const flown =
      rows.length === 0 ? E.right([]) : await insist(() => database.fly(ledger, [insertion(ledger, expected, rows)]));
    if (E.isRight(flown) && Number(flown.right[0]?.[0]?.['written'] ?? 0) > 0) return E.right({ appended: 'ok' });
    if (E.isLeft(flown) && !isTaken(flown.left.error)) return E.left(faultOf(database, flown.left));
    const why = await whyNot(database, ledger, expected, rows);
    if (E.isLeft(why)) return why;
    if (why.right !== undefined) return E.right(why.right);
    if (rows.length === 0) return E.right({ appended: 'ok' });
    // Whoever held the key a moment ago gave it back.
    if (n === TRIES) return E.left(faultOf(database, E.isLeft(flown) ? flown.left : GIVEN_UP));
    await pause(Math.random() * 5 * 2 ** n);
  }
};

const GIVEN_UP = { error: new Error('the row that is expected comes and goes'), outcome: 'not_written' } as const;

const insertion = (ledger: LedgerId, expected: Head, rows: readonly Receipt[]): Call => {
  const disclosing = rows.filter(({ disclosures }) => disclosures.length > 0);
  const values = [
    ledger,
    rows.map(({ seq }) => seq),
    rows.map(({ leaf }) => leaf),
    rows.map(({ bytes }) => bytes),
    rows.map(({ intent }) => intent?.id ?? null),
    rows.map(({ intent }) => intent?.digest ?? null),
    disclosing.map(({ seq }) => seq),
    disclosing.map(({ disclosures }) => entriesOf(disclosures)),
  ];
  return expected.size === 0
    ? [statements.begin, values]
    : [statements.extend, [...values, expected.size - 1, Buffer.from(expected.leaf)]];
};

/**
 * Looked up only when something was wrong: the hot path pays for no query. A repeated intent is answered as such even to a
 * caller whose head is old: it is the same call again after a lost answer.
 */
const whyNot = async (
  database: Database,
  ledger: LedgerId,
  expected: Head,
  rows: readonly Receipt[],
): Answer<Appended | undefined> => {
  const ids = rows.flatMap(({ intent }) => (intent === undefined ? [] : [intent.id]));
  const flown = await insist(() =>
    database.fly(ledger, [
      [statements.recorded, [ledger, ids]],
      [statements.head, [ledger]],
    ]),
  );
  if (E.isLeft(flown)) return E.left(faultOf(database, flown.left));
  const recorded = new Map(flown.right[0]?.map((row) => [String(row['intent_id']), Number(row['seq'])]));
  const id = ids.find((one) => recorded.has(one));
  if (id !== undefined) return E.right({ appended: 'duplicate', id, seq: recorded.get(id) ?? 0 });
  const head = headOf(flown.right[1] ?? []) ?? { size: 0, leaf: noLeaf() };
  const agrees = head.size === expected.size && (head.size === 0 || Buffer.compare(head.leaf, expected.leaf) === 0);
  return E.right(agrees ? undefined : { appended: 'conflict', head });
};

const page = async (database: Database, ledger: LedgerId, from: number, to: number): Answer<readonly Receipt[]> =>
  E.map((rows: readonly Row[]) => rows.map(toReceipt))(
    await about(database, ledger, [statements.page, [ledger, from, Math.min(to, Number.MAX_SAFE_INTEGER)]]),
  );

/** Takes the row of a receipt's disclosures away and puts back what stays of it; again if another purge was faster. */
const purge = async (database: Database, ledger: LedgerId, seq: number, names: readonly string[]): Answer<number> => {
  if (!isLedgerId(ledger)) return E.right(0);
  for (let n = 1; ; n += 1) {
    const purged = await database.inTransaction<number | 'again'>(ledger, async (ask) => {
      const entries = (await ask([statements.entries, [ledger, seq]]))[0]?.['entries'];
      if (typeof entries !== 'string') return 0;
      const disclosures = toDisclosures(entries);
      const kept = disclosures.filter(({ name }) => !names.includes(name));
      if (kept.length === disclosures.length) return 0;
      const dropped = await ask([statements.dropEntries, [ledger, seq, entries]]);
      if (dropped.length === 0) return 'again';
      if (kept.length > 0) await ask([statements.keepEntries, [ledger, seq, entriesOf(kept)]]);
      return disclosures.length - kept.length;
    });
    if (E.isRight(purged) && purged.right !== 'again') return E.right(purged.right);
    const mayPass = E.isRight(purged) || isTaken(purged.left.error) || isTransient(purged.left.error);
    if (!mayPass || n === TRIES) return E.left(faultOf(database, E.isLeft(purged) ? purged.left : GIVEN_UP));
    await pause(Math.random() * 5 * 2 ** n);
  }
};

const putCheckpoint = async (
  database: Database,
  ledger: LedgerId,
  checkpoint: StoredCheckpoint,
): Answer<StoredCheckpoint> => {
  const malformed = checkpointFault(ledger, checkpoint);
  if (malformed !== undefined) return E.left(malformed);
  const { size, note } = checkpoint;
  const flown = await insist(() => database.fly(ledger, [[statements.addCheckpoint, [ledger, size, note]]]));
  if (E.isLeft(flown)) return E.left(faultOf(database, flown.left));
  const stored = await about(database, ledger, [statements.checkpoint, [ledger, size]]);
  return E.map((rows: readonly Row[]) => rows.map(toCheckpoint)[0] ?? checkpoint)(stored);
};

const headOf = (rows: readonly Row[]): Head | undefined => {
  const last = rows[0];
  return last === undefined ? undefined : { size: Number(last['seq']) + 1, leaf: bytesOf(last['leaf']) };
};

const toCheckpoint = ({ size, note }: Row): StoredCheckpoint => ({ size: Number(size), note: String(note) });

const toReceipt = (row: Row): Receipt => {
  const { seq, leaf, bytes, intent_id: id, intent_digest: digest, entries } = row;
  return {
    seq: Number(seq),
    leaf: bytesOf(leaf),
    bytes: bytesOf(bytes),
    disclosures: toDisclosures(entries),
    ...(typeof id === 'string' && typeof digest === 'string' ? { intent: { id, digest } } : {}),
  };
};

/** A copy, which nobody else holds. */
const bytesOf = (value: Row[string] | undefined): Uint8Array =>
  value instanceof Uint8Array ? new Uint8Array(value) : new Uint8Array(0);
