/** Segments as they are read: one at a time, a few of them kept whole, and of many the places of their receipts. */
import { leafHash } from '@tai-autonomics/core/receipt';
import type { Answer, LedgerId, Row, StoreFault } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import type { ObjectStore } from '../objects/object-store.ts';
import {
  decodeSegment,
  placesIn,
  receiptOfLine,
  type Segment,
  type SegmentName,
  segmentNamed,
  segmentsPrefix,
} from './segment.ts';

/** Whether one receipt is asked for, or one after another. */
export type Looking = 'one' | 'run';

/** Segments of some megabytes that are kept in memory: a reader goes from one to the next. */
const KEPT = 2;
/** Segments of which it is known where each receipt stands: 4096 receipts of one take 32 kB. */
const KNOWN = 256;

/** A segment, read and looked at. */
export const readSegment = async (objects: ObjectStore, name: SegmentName): Answer<Segment> =>
  E.map(({ segment }: Read) => segment)(await readWhole(objects, name));

/** The segments of a ledger, by their names, in the order of their first receipts. */
export const listSegments = async (objects: ObjectStore, ledger: LedgerId): Answer<readonly SegmentName[]> =>
  E.map((names: readonly string[]) =>
    names.flatMap((object) => {
      const name = segmentNamed(object);
      return name === undefined || name.ledger !== ledger ? [] : [name];
    }),
  )(await objects.list(segmentsPrefix(ledger)));

/**
 * What is known of segments is asked for once; a receipt that is in none of them asks again. A store that was restored has segments of
 * the time that was given up beside its own: the leaf tells which is which.
 */
export const shelvedSegments = (objects: ObjectStore) => {
  const names = new Map<LedgerId, readonly SegmentName[]>();
  /** Where the last receipt of a ledger was found: its neighbours are there too. */
  const latest = new Map<LedgerId, SegmentName>();
  const read = createReader(objects);
  /** Looks through every segment of these that has this place; `undefined` where there is none. */
  const among = async (
    known: readonly SegmentName[],
    ledger: LedgerId,
    { seq, leaf }: Row,
    how: Looking,
  ): Promise<E.Either<StoreFault, Uint8Array> | undefined> => {
    const last = latest.get(ledger);
    const all = [
      ...(last === undefined ? [] : [last]),
      ...[...known].reverse().filter(({ object }) => object !== last?.object),
    ];
    let fault: StoreFault | undefined;
    for (const name of all.filter((each) => each.first <= seq && seq <= each.last)) {
      const found = await read(name, seq, how);
      const receipt = E.isRight(found) ? found.right : undefined;
      if (receipt !== undefined && Buffer.compare(leafHash(nodeSha256, receipt), leaf) === 0) {
        latest.set(ledger, name);
        return E.right(receipt);
      }
      fault ??= E.isLeft(found)
        ? found.left
        : corrupt(`${objects.name}: receipt ${seq} of ${ledger} is another one than the store has`);
    }
    return fault === undefined ? undefined : E.left(fault);
  };
  return {
    receipt: async (ledger: LedgerId, row: Row, how: Looking): Answer<Uint8Array> => {
      const known = await among(names.get(ledger) ?? [], ledger, row, how);
      if (known !== undefined && E.isRight(known)) return known;
      const listed = await listSegments(objects, ledger);
      if (E.isLeft(listed)) return listed;
      names.set(ledger, listed.right);
      const none = corrupt(`${objects.name}: no segment has receipt ${row.seq} of ${ledger}, which the store has shed`);
      return (await among(listed.right, ledger, row, how)) ?? E.left(none);
    },
  };
};

/**
 * Reads a receipt of a segment. One segment is read at a time, whoever else waits for another; where objects can be read in parts, a
 * segment that was read once is not read whole again for one receipt.
 */
const createReader = (objects: ObjectStore) => {
  const kept = new Map<string, Answer<Segment>>();
  const places = new Map<string, Float64Array>();
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (name: SegmentName): Answer<Segment> => {
    const reading = turn.then(async () => {
      const read = await readWhole(objects, name);
      if (E.isLeft(read)) return read;
      keepNewest(places, name.object, read.right.places, KNOWN);
      return E.right(read.right.segment);
    });
    turn = reading.catch(() => {});
    return reading;
  };
  const whole = async (name: SegmentName): Answer<Segment> => {
    const found = kept.get(name.object) ?? inTurn(name);
    keepNewest(kept, name.object, found, KEPT);
    const read = await found.catch((thrown: unknown) => {
      kept.delete(name.object);
      throw thrown;
    });
    if (E.isLeft(read)) kept.delete(name.object);
    return read;
  };
  /** One receipt of a segment whose places are known, without the rest of it. */
  const alone = async (name: SegmentName, seq: number): Answer<Uint8Array | undefined> => {
    const known = places.get(name.object);
    const [from, to] = [known?.[seq - name.first], known?.[seq - name.first + 1]];
    if (known === undefined || from === undefined || to === undefined || objects.part === undefined)
      return E.right(undefined);
    keepNewest(places, name.object, known, KNOWN);
    return E.map((line: Uint8Array | undefined) => (line === undefined ? undefined : receiptOfLine(line)))(
      await objects.part(name.object, from, to - 1),
    );
  };
  return async (name: SegmentName, seq: number, how: Looking): Answer<Uint8Array | undefined> => {
    const part = how === 'one' && !kept.has(name.object) ? await alone(name, seq) : E.right(undefined);
    if (E.isRight(part) && part.right !== undefined) return part;
    return E.map(({ receipts }: Segment) => receipts[seq - name.first])(await whole(name));
  };
};

interface Read {
  readonly segment: Segment;
  readonly places: Float64Array;
}

const readWhole = async (objects: ObjectStore, name: SegmentName): Answer<Read> => {
  const bytes = await objects.get(name.object);
  if (E.isLeft(bytes)) return bytes;
  const { right: found } = bytes;
  if (found === undefined) return E.left(corrupt(`${objects.name}: ${name.object} is missing`));
  const decoded = decodeSegment(name, found);
  return E.isLeft(decoded)
    ? E.left(corrupt(`${objects.name}: ${decoded.left}`))
    : E.right({ segment: decoded.right, places: placesIn(found) });
};

/** Puts an entry at the end, and leaves out those at the beginning that are too many. */
const keepNewest = <A>(map: Map<string, A>, name: string, value: A, most: number): void => {
  map.delete(name);
  map.set(name, value);
  for (const old of map.keys()) {
    if (map.size <= most) return;
    map.delete(old);
  }
};

const corrupt = (detail: string): StoreFault => ({ fault: 'corrupt', detail, outcome: 'not_written' });
