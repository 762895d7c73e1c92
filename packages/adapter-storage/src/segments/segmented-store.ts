/** A store whose oldest receipts are in segments: whoever reads it sees one ledger. */
import { leafHash } from '@tai-autonomics/core/receipt';
import type { Answer, LedgerId, LedgerStore, Row, StoreFault } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { decodeSegment, type Segment, type SegmentName, segmentNamed, segmentsPrefix } from './segment.ts';

/** Segments of some megabytes that are kept in memory: a reader goes from one to the next. */
const KEPT = 2;

/**
 * Reads what the store has shed from segments, and passes everything else on. What a segment says is believed where it has the leaf
 * that the store kept; an object that is missing or another one is a fault, never a shorter ledger.
 */
export const segmentedStore = (store: LedgerStore, objects: ObjectStore): LedgerStore => {
  const segments = segmentsIn(objects);
  const whole = async (ledger: LedgerId, row: Row): Answer<Row> => {
    if (row.bytes.length > 0) return E.right(row);
    return E.map((receipt: Uint8Array) => ({ ...row, bytes: new Uint8Array(receipt) }))(
      await segments.receipt(ledger, row),
    );
  };
  return {
    ...store,
    read: async function* (ledger, from, to) {
      for await (const row of store.read(ledger, from, to)) {
        const filled = E.isLeft(row) ? row : await whole(ledger, row.right);
        yield filled;
        if (E.isLeft(filled)) return;
      }
    },
    find: async (ledger, intentId) => {
      const row = await store.find(ledger, intentId);
      return E.isLeft(row) || row.right === undefined ? row : whole(ledger, row.right);
    },
  };
};

/** The segments of a ledger, by their names, in the order of their first receipts. */
export const listSegments = async (objects: ObjectStore, ledger: LedgerId): Answer<readonly SegmentName[]> =>
  E.map((names: readonly string[]) =>
    names.flatMap((object) => {
      const name = segmentNamed(object);
      return name === undefined || name.ledger !== ledger ? [] : [name];
    }),
  )(await objects.list(segmentsPrefix(ledger)));

/** A segment, read and looked at. */
export const readSegment = async (objects: ObjectStore, name: SegmentName): Answer<Segment> => {
  const bytes = await objects.get(name.object);
  if (E.isLeft(bytes)) return bytes;
  if (bytes.right === undefined) return E.left(corrupt(`${objects.name}: ${name.object} is missing`));
  return E.mapLeft((why: string) => corrupt(`${objects.name}: ${why}`))(decodeSegment(name, bytes.right));
};

/**
 * What is known of segments is asked for once; a receipt that is in none of them asks again. A store that was restored has segments of
 * the time that was given up beside its own: the leaf tells which is which.
 */
const segmentsIn = (objects: ObjectStore) => {
  const names = new Map<LedgerId, readonly SegmentName[]>();
  const kept = new Map<string, Answer<Segment>>();
  /** Where the last receipt of a ledger was found: its neighbours are there too. */
  const latest = new Map<LedgerId, SegmentName>();
  const segment = async (name: SegmentName): Answer<Segment> => {
    const found = kept.get(name.object) ?? readSegment(objects, name);
    kept.delete(name.object);
    kept.set(name.object, found);
    for (const object of [...kept.keys()].slice(0, -KEPT)) kept.delete(object);
    const read = await found;
    if (E.isLeft(read)) kept.delete(name.object);
    return read;
  };
  /** Looks through every segment of these that has this place; `undefined` where there is none. */
  const among = async (
    known: readonly SegmentName[],
    ledger: LedgerId,
    { seq, leaf }: Row,
  ): Promise<E.Either<StoreFault, Uint8Array> | undefined> => {
    const last = latest.get(ledger);
    const all = [
      ...(last === undefined ? [] : [last]),
      ...[...known].reverse().filter(({ object }) => object !== last?.object),
    ];
    let fault: StoreFault | undefined;
    for (const name of all.filter((each) => each.first <= seq && seq <= each.last)) {
      const read = await segment(name);
      const receipt = E.isRight(read) ? read.right.receipts[seq - name.first] : undefined;
      if (receipt !== undefined && Buffer.compare(leafHash(nodeSha256, receipt), leaf) === 0) {
        latest.set(ledger, name);
        return E.right(receipt);
      }
      fault ??= E.isLeft(read)
        ? read.left
        : corrupt(`${objects.name}: receipt ${seq} of ${ledger} is another one than the store has`);
    }
    return fault === undefined ? undefined : E.left(fault);
  };
  return {
    receipt: async (ledger: LedgerId, row: Row): Answer<Uint8Array> => {
      const known = await among(names.get(ledger) ?? [], ledger, row);
      if (known !== undefined && E.isRight(known)) return known;
      const listed = await listSegments(objects, ledger);
      if (E.isLeft(listed)) return listed;
      names.set(ledger, listed.right);
      const none = corrupt(`${objects.name}: no segment has receipt ${row.seq} of ${ledger}, which the store has shed`);
      return (await among(listed.right, ledger, row)) ?? E.left(none);
    },
  };
};

const corrupt = (detail: string): StoreFault => ({ fault: 'corrupt', detail, outcome: 'not_written' });
