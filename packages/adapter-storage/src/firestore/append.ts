/** The compare-and-set of Firestore: the document of an append is created where the next one belongs, or it is there already. */
import type { Answer, Appended, Head, LedgerId, Row, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { groupFault, noLeaf } from '../group.ts';
import { blockPath, blocksPath, discard, encodeBlock, ledgerPath, newMark, readHead, writeParts } from './block.ts';
import { keyOf } from './body.ts';
import type { Calls, Written } from './calls.ts';
import { type FirestoreClient, WHOLE } from './client.ts';
import { isTaken } from './fault.ts';

/** The client, and how messages call the store. */
export interface NamedClient {
  readonly client: FirestoreClient;
  readonly name: string;
}

/** A query may ask for so many values at once. */
const VALUES_AT_ONCE = 30;
/** Each receipt has an entry in an index, of which a document may have 40 000. */
const ROWS_MAX = 10_000;

/**
 * Appends. The head that is read first may be behind the ledger, never ahead of it: what it says of `expected` stays true, for no
 * block is ever changed. So the document may be created if `expected` was the head once, and creating it fails if it is not any more.
 */
export const append = async (
  place: NamedClient,
  calls: Calls,
  ledger: LedgerId,
  expected: Head,
  rows: readonly Row[],
): Answer<Appended> => {
  const malformed = groupFault(ledger, expected, rows) ?? tooMany(rows);
  if (malformed !== undefined) return E.left(malformed);
  const before = await against(place, calls, ledger, expected, rows);
  if (E.isLeft(before) || before.right !== undefined || rows.length === 0)
    return E.map((found: Appended | undefined): Appended => found ?? { appended: 'ok' })(before);
  const [first, ...others] = rows;
  if (first === undefined) return E.right({ appended: 'ok' });

  const mark = newMark();
  const { fields, parts } = encodeBlock(place.client, ledger, [first, ...others], { prev: expected.leaf, mark });
  const { client } = place;
  const block = client.doc(blockPath(ledger, expected.size));
  const ahead = await writeParts(calls, client, parts);
  // Parts alone are nothing: the block was not even asked for.
  const written: E.Either<StoreFault, Written> = E.isLeft(ahead)
    ? E.left({ ...ahead.left, outcome: 'not_written' })
    : await calls.commit(() => {
        const batch = client.batch().create(block, fields);
        return expected.size === 0 ? batch.set(client.doc(ledgerPath(ledger)), { ledger }, WHOLE) : batch;
      }, isTaken);
  if (E.isRight(written) && written.right.written) return E.right({ appended: 'ok' });
  // After an attempt that was not answered, what is there may be its own.
  const there = E.isLeft(written) && written.left.outcome === 'not_written' ? undefined : await calls.get(block);
  if (there !== undefined && E.isRight(there) && there.right.data()?.['mark'] === mark)
    return E.right({ appended: 'ok' });
  if (E.isLeft(written) && written.left.outcome === 'unknown') return written;
  // The block may be its own: nobody could look.
  if (there !== undefined && E.isLeft(there)) return E.left({ ...there.left, outcome: 'unknown' });
  await discard(calls, client, parts);
  if (E.isLeft(written)) return written;
  const after = await against(place, calls, ledger, expected, rows);
  return E.flatMap((found: Appended | undefined) =>
    found === undefined ? E.left(unlike(place, ledger)) : E.right(found),
  )(after);
};

/** The head of a ledger, `undefined` where it has no rows. */
export const headOf = async (
  { client, name }: NamedClient,
  calls: Calls,
  ledger: LedgerId,
): Answer<Head | undefined> => {
  const last = client.collection(blocksPath(ledger)).orderBy('last', 'desc').limit(1);
  const found = await calls.query(last.select('first', 'last', 'head', 'intents'));
  if (E.isLeft(found)) return found;
  const [document] = found.right;
  if (document === undefined) return E.right(undefined);
  return E.map(({ last: seq, head }: { readonly last: number; readonly head: Uint8Array }) => ({
    size: seq + 1,
    leaf: head,
  }))(readHead(name, document));
};

/** What speaks against an append: an intent that is recorded, or another head. */
const against = async (
  place: NamedClient,
  calls: Calls,
  ledger: LedgerId,
  expected: Head,
  rows: readonly Row[],
): Answer<Appended | undefined> => {
  const [recorded, head] = await Promise.all([recordedOf(place, calls, ledger, rows), headOf(place, calls, ledger)]);
  if (E.isLeft(recorded)) return recorded;
  if (recorded.right !== undefined) return recorded;
  if (E.isLeft(head)) return head;
  const actual = head.right ?? { size: 0, leaf: noLeaf() };
  const agrees = actual.size === expected.size && (actual.size === 0 || sameBytes(actual.leaf, expected.leaf));
  return E.right(agrees ? undefined : { appended: 'conflict', head: actual });
};

/** The first intent of the rows that the ledger has, and where. */
const recordedOf = async (
  { client, name }: NamedClient,
  calls: Calls,
  ledger: LedgerId,
  rows: readonly Row[],
): Answer<Appended | undefined> => {
  const ids = rows.flatMap(({ intent }) => (intent === undefined ? [] : [intent.id]));
  const keys = ids.map(keyOf);
  const chunks = Array.from({ length: Math.ceil(keys.length / VALUES_AT_ONCE) }, (_, n) =>
    keys.slice(n * VALUES_AT_ONCE, (n + 1) * VALUES_AT_ONCE),
  );
  const answers = await Promise.all(
    chunks.map((chunk) =>
      calls.query(
        client
          .collection(blocksPath(ledger))
          .where('intents', 'array-contains-any', chunk)
          .select('first', 'last', 'head', 'intents'),
      ),
    ),
  );
  const seqOf = new Map<string, number>();
  for (const answer of answers) {
    if (E.isLeft(answer)) return answer;
    for (const document of answer.right) {
      const head = readHead(name, document);
      if (E.isLeft(head)) return head;
      for (const [n, key] of head.right.intents.entries()) seqOf.set(key, head.right.first + n);
    }
  }
  const at = keys.findIndex((key) => seqOf.has(key));
  return E.right(
    at < 0 ? undefined : { appended: 'duplicate', id: ids[at] ?? '', seq: seqOf.get(keys[at] ?? '') ?? 0 },
  );
};

const tooMany = ({ length }: readonly Row[]): StoreFault | undefined =>
  length <= ROWS_MAX
    ? undefined
    : {
        fault: 'corrupt',
        detail: `malformed, and not written: ${length} receipts in one append; a document of Firestore can list ${ROWS_MAX}`,
        outcome: 'not_written',
      };

const unlike = ({ name }: NamedClient, ledger: LedgerId): StoreFault => ({
  fault: 'corrupt',
  detail: `the store ${name}: the ledger ${ledger} has a receipt where its head says there is none`,
  outcome: 'not_written',
});

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
