/** Ledgers in Firestore, in Native mode: many processes may write at once, and no server is to be run. */
import type {
  Answer,
  Head,
  LedgerId,
  LedgerStore,
  Ms,
  Row,
  StoredCheckpoint,
  StoreFault,
} from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { checkpointFault, closedFault, isLedgerId } from '../group.ts';
import { pagedRead } from '../paged-read.ts';
import { append, headOf, type NamedClient } from './append.ts';
import { type Block, blocksPath, checkpointsPath, readBlock, sixteen } from './block.ts';
import { keyOf } from './body.ts';
import { type Calls, callsWithin } from './calls.ts';
import { type FirestoreClient, type FirestoreDocument, WHOLE } from './client.ts';
import { damaged, isTaken } from './fault.ts';
import { purge } from './purge.ts';
import { shed } from './shed.ts';

/** How to open a Firestore store otherwise than by default. */
export interface FirestoreOptions {
  /** How messages call the store: `firestore:PROJECT/DATABASE`. `firestore` where absent. */
  readonly name?: string;
  /** The budget of a call, every attempt within: 10 seconds where absent. */
  readonly answerWithinMs?: Ms;
  /** Where Firestore keeps what it acknowledged, in the operator's words: shown by whoever shows the store. */
  readonly regions?: readonly string[];
}

const VERSION = 1;
const ANSWER_MS: Ms = 10_000;

/**
 * Opens the ledgers of a database, by a client that stays the caller's: closing the store leaves it open. Documents that a newer
 * release wrote are refused.
 */
export const openFirestoreStore = async (
  client: FirestoreClient,
  options: FirestoreOptions = {},
): Answer<LedgerStore> => {
  const { name = 'firestore', answerWithinMs = ANSWER_MS } = options;
  const calls = callsWithin(name, answerWithinMs);
  const ref = client.doc('tai_stores/store');
  const written = await calls.commit(() => client.batch().create(ref, { version: VERSION }), isTaken);
  if (E.isLeft(written)) return written;
  const found = await calls.get(ref);
  if (E.isLeft(found)) return found;
  const version = found.right.data()?.['version'];
  if (version === VERSION) return E.right(storeOf({ client, name }, options));
  return E.left({
    fault: 'unavailable',
    detail: `the store ${name}: its documents have version ${version}, and this release knows ${VERSION}; open it with a newer release`,
    outcome: 'not_written',
  });
};

const storeOf = (place: NamedClient, { answerWithinMs = ANSWER_MS, regions }: FirestoreOptions): LedgerStore => {
  const { client, name } = place;
  const purging = oneAfterAnother();
  let closed = false;
  const answer = async <A>(compute: (calls: Calls) => Answer<A>): Answer<A> =>
    closed ? E.left(closedFault) : compute(callsWithin(name, answerWithinMs));
  /** For a ledger that can't be, nothing is asked. */
  const about = <A>(ledger: LedgerId, otherwise: A, compute: (calls: Calls) => Answer<A>): Answer<A> =>
    answer(async (calls) => (isLedgerId(ledger) ? compute(calls) : E.right(otherwise)));
  return {
    capabilities: { durable: true, shared: true, ...(regions === undefined ? {} : { regions }) },
    append: (ledger, expected, rows) => answer((calls) => append(place, calls, ledger, expected, rows)),
    head: (ledger) => about<Head | undefined>(ledger, undefined, (calls) => headOf(place, calls, ledger)),
    read: (ledger, from, to) => {
      const page = pageBy(place, ledger, to);
      return pagedRead((next) => about(ledger, [], (calls) => page(calls, next)), `the store ${name}`, from, 1);
    },
    find: (ledger, intentId) =>
      about<Row | undefined>(ledger, undefined, (calls) => find(place, calls, ledger, intentId)),
    purge: (ledger, seq, names) =>
      about(ledger, 0, (calls) =>
        seq < 0 || names.length === 0
          ? Promise.resolve(E.right(0))
          : purging(ledger, () => purge(place, calls, ledger, seq, names)),
      ),
    shed: (ledger, to) =>
      about(ledger, undefined, () =>
        purging(ledger, () => shed(place, () => callsWithin(name, answerWithinMs), ledger, to)),
      ),
    putCheckpoint: (ledger, checkpoint) => answer((calls) => putCheckpoint(place, calls, ledger, checkpoint)),
    checkpoint: (ledger, atMost = Number.MAX_SAFE_INTEGER) =>
      about<StoredCheckpoint | undefined>(ledger, undefined, async (calls) => {
        const sizes = client.collection(checkpointsPath(ledger)).orderBy('size', 'desc').limit(1);
        const found = await calls.query(sizes.where('size', '<=', Math.min(atMost, Number.MAX_SAFE_INTEGER)));
        return E.flatMap(([document]: readonly FirestoreDocument[]) =>
          document === undefined ? E.right(undefined) : toCheckpoint(name, document),
        )(found);
      }),
    ledgers: () =>
      answer(async (calls) =>
        E.map((documents: readonly FirestoreDocument[]) =>
          documents
            .map((document) => document.data()?.['ledger'])
            .filter((ledger) => typeof ledger === 'string')
            .sort(),
        )(await calls.query(client.collection('tai_ledgers').select('ledger'))),
      ),
    probe: () => answer((calls) => probe(place, calls)),
    close: async () => {
      closed = true;
    },
  };
};

/** A document takes about one write a second: so several, of which one is chosen by chance. */
const PROBES = 16;

const probe = async ({ client }: NamedClient, calls: Calls): Answer<void> => {
  const ref = client.doc(`tai_probes/${Math.floor(Math.random() * PROBES)}`);
  const written = await calls.commit(
    () => client.batch().set(ref, { beat: Math.random() }, WHOLE),
    () => false,
  );
  return E.map(() => undefined)(written);
};

/** Two purges of one ledger in one process wait for one another: it is the document that they both change. */
const oneAfterAnother = () => {
  const lines = new Map<LedgerId, Promise<unknown>>();
  return async <A>(ledger: LedgerId, act: () => Promise<A>): Promise<A> => {
    const turn = (lines.get(ledger) ?? Promise.resolve()).then(act);
    lines.set(ledger, turn);
    try {
      return await turn;
    } finally {
      if (lines.get(ledger) === turn) lines.delete(ledger);
    }
  };
};

const BLOCKS_MIN = 4;
const BLOCKS_MAX = 16;
/** Of a page, about: blocks are few where they are large. */
const PAGE_BYTES = 4_000_000;
const REREADS = 5;

/** Reads page by page. A block has as many receipts as its append had: the next page asks for as many as the last one's size allows. */
const pageBy = (place: NamedClient, ledger: LedgerId, to: number) => {
  let limit = BLOCKS_MIN;
  return async (calls: Calls, next: number): Answer<readonly Row[]> => {
    if (next >= to || next > Number.MAX_SAFE_INTEGER) return E.right([]);
    const blocks = place.client.collection(blocksPath(ledger)).where('last', '>=', next).orderBy('last');
    const documents = await calls.query(blocks.limit(Math.min(limit, to - next)));
    if (E.isLeft(documents)) return documents;
    const rows: Row[] = [];
    let bytes = 0;
    for (const document of documents.right) {
      const block = await wholeBlock(place, calls, ledger, document);
      if (E.isLeft(block)) return block;
      for (const row of block.right.rows) if (row.seq >= next && row.seq < to) rows.push(row);
      bytes += block.right.rows.reduce((sum, row) => sum + sizeOf(row), 0);
    }
    const each = Math.max(1, bytes / Math.max(1, documents.right.length));
    limit = Math.max(BLOCKS_MIN, Math.min(BLOCKS_MAX, limit * 2, Math.floor(PAGE_BYTES / each)));
    return E.right(rows);
  };
};

const sizeOf = ({ bytes, disclosures }: Row): number =>
  disclosures.reduce((sum, { text }) => sum + text.length, bytes.length);

/** A block, read again where a purge took a part away while it was read. */
const wholeBlock = async (
  place: NamedClient,
  calls: Calls,
  ledger: LedgerId,
  document: FirestoreDocument,
): Answer<Block> => {
  let read = await readBlock(calls, place, ledger, document);
  for (let n = 0; n < REREADS && E.isRight(read) && read.right === undefined; n += 1) {
    const again = await calls.get(document.ref);
    if (E.isLeft(again)) return again;
    read = await readBlock(calls, place, ledger, again.right);
  }
  return E.flatMap(
    (block: Block | undefined): E.Either<StoreFault, Block> =>
      block === undefined ? E.left(damaged(place.name, `a part of ${document.ref.path} is missing`)) : E.right(block),
  )(read);
};

const find = async (place: NamedClient, calls: Calls, ledger: LedgerId, intentId: string): Answer<Row | undefined> => {
  const blocks = place.client.collection(blocksPath(ledger));
  const documents = await calls.query(blocks.where('intents', 'array-contains-any', [keyOf(intentId)]).limit(1));
  if (E.isLeft(documents)) return documents;
  const [document] = documents.right;
  if (document === undefined) return E.right(undefined);
  return E.map(({ rows }: Block) => rows.find(({ intent }) => intent?.id === intentId))(
    await wholeBlock(place, calls, ledger, document),
  );
};

const putCheckpoint = async (
  { client, name }: NamedClient,
  calls: Calls,
  ledger: LedgerId,
  { size, note }: StoredCheckpoint,
): Answer<StoredCheckpoint> => {
  const malformed = checkpointFault(ledger, { size, note });
  if (malformed !== undefined) return E.left(malformed);
  const ref = client.doc(`${checkpointsPath(ledger)}/${sixteen(size)}`);
  const written = await calls.commit(() => client.batch().create(ref, { size, note }), isTaken);
  if (E.isLeft(written)) return written;
  if (written.right.written) return E.right({ size, note });
  const stored = await calls.get(ref);
  return E.isLeft(stored) ? stored : toCheckpoint(name, stored.right);
};

const toCheckpoint = (name: string, document: FirestoreDocument): E.Either<StoreFault, StoredCheckpoint> => {
  const { size, note } = document.data() ?? {};
  return typeof size === 'number' && typeof note === 'string'
    ? E.right({ size, note })
    : E.left(damaged(name, `${document.ref.path} is no checkpoint`));
};
