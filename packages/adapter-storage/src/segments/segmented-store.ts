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
    const receipt = await segments.receipt(ledger, row.seq);
    if (E.isLeft(receipt)) return receipt;
    return Buffer.compare(leafHash(nodeSha256, receipt.right), row.leaf) === 0
      ? E.right({ ...row, bytes: new Uint8Array(receipt.right) })
      : E.left(corrupt(`${objects.name}: receipt ${row.seq} of ${ledger} is another one than the store has`));
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

/** What is known of segments is asked for once; a receipt that is in none of them asks again. */
const segmentsIn = (objects: ObjectStore) => {
  const names = new Map<LedgerId, readonly SegmentName[]>();
  const kept = new Map<string, Answer<Segment>>();
  const nameOf = async (ledger: LedgerId, seq: number): Answer<SegmentName | undefined> => {
    const known = names.get(ledger)?.findLast(({ first, last }) => first <= seq && seq <= last);
    if (known !== undefined) return E.right(known);
    const listed = await listSegments(objects, ledger);
    if (E.isLeft(listed)) return listed;
    names.set(ledger, listed.right);
    return E.right(listed.right.findLast(({ first, last }) => first <= seq && seq <= last));
  };
  const segment = async (name: SegmentName): Answer<Segment> => {
    const found = kept.get(name.object) ?? readSegment(objects, name);
    kept.delete(name.object);
    kept.set(name.object, found);
    for (const object of [...kept.keys()].slice(0, -KEPT)) kept.delete(object);
    const read = await found;
    if (E.isLeft(read)) kept.delete(name.object);
    return read;
  };
  return {
    receipt: async (ledger: LedgerId, seq: number): Answer<Uint8Array> => {
      const name = await nameOf(ledger, seq);
      if (E.isLeft(name)) return name;
      if (name.right === undefined)
        return E.left(corrupt(`${objects.name}: no segment has receipt ${seq} of ${ledger}, which the store has shed`));
      const read = await segment(name.right);
      if (E.isLeft(read)) return read;
      const receipt = read.right.receipts[seq - read.right.first];
      return receipt === undefined
        ? E.left(corrupt(`${objects.name}: ${name.right.object} has no receipt ${seq}`))
        : E.right(receipt);
    },
  };
};

const corrupt = (detail: string): StoreFault => ({ fault: 'corrupt', detail, outcome: 'not_written' });
