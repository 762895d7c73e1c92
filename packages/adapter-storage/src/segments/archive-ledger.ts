/** Moves sealed receipts out of a store: each segment is written, read back and compared before the store forgets anything. */
import {
  appendLeaf,
  encodeBase64url,
  equalBytes,
  type Frontier,
  parseCheckpoint,
  treeRoot,
} from '@tai-autonomics/core/receipt';
import type { LedgerId, LedgerStore, StoreFault } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { encodeSegment, type Line, noTree, type SegmentName } from './segment.ts';
import { listSegments, readSegment } from './shelf.ts';

/** How much to move. */
export interface ArchiveOptions {
  /** Receipts of a segment, 4096 where absent; what is left over is not moved. A segment of 32 MB ends earlier. */
  readonly perSegment?: number;
  /** The newest receipts, which stay in any case: 4096 where absent. */
  readonly keep?: number;
  /** So many more receipts are in segments, read back and compared. */
  readonly onMoved?: (receipts: number) => void;
  readonly isStopped?: () => boolean;
}

/** What became of it. */
export interface ArchivedLedger {
  readonly ledger: LedgerId;
  /** How many receipts are in segments now. */
  readonly archived: number;
  /** How many of them the store has no bytes of any more; fewer where it can't forget. */
  readonly shed: number;
  /** New segments. */
  readonly segments: number;
}

const PER_SEGMENT = 4_096;
const KEEP = 4_096;
const SEGMENT_BYTES = 32_000_000;

/**
 * Moves what a checkpoint covers and is not among the newest. Run again after a break it goes on where it ended: an object that is
 * there already is read and compared like a new one. Fails, and forgets nothing, at the first thing that is not as it should be.
 */
export const archiveLedger = async (
  store: LedgerStore,
  objects: ObjectStore,
  ledger: LedgerId,
  options: ArchiveOptions = {},
): Promise<E.Either<string, ArchivedLedger>> => {
  const end = await endOf(store, ledger, options.keep ?? KEEP);
  if (E.isLeft(end)) return end;
  const known = saying(await listSegments(objects, ledger));
  if (E.isLeft(known)) return known;
  const canShed = store.shed !== undefined;
  let [tree, segments, compared]: [Frontier, number, boolean] = [noTree, 0, false];
  for (;;) {
    const own = await longest(store, known.right, tree.size);
    if (E.isLeft(own)) return own;
    const next = own.right;
    // Of what an earlier run moved, only what the store still has is compared again.
    const moved = next === undefined ? E.right(undefined) : await movedBefore(store, objects, next, canShed);
    if (E.isLeft(moved)) return moved;
    const done =
      moved.right === undefined
        ? await move(store, objects, ledger, { next, before: tree, end: end.right, options })
        : E.right(moved.right);
    if (E.isLeft(done)) return done;
    if (done.right === undefined) break;
    options.onMoved?.(done.right.size - tree.size);
    tree = done.right;
    if (next === undefined) segments += 1;
    if (moved.right === undefined) compared = true;
    if (options.isStopped?.() === true) break;
  }
  // Once for all of them: a store goes through all that stands before.
  if (compared && store.shed !== undefined) {
    const forgotten = saying(await store.shed(ledger, tree.size));
    if (E.isLeft(forgotten)) return forgotten;
  }
  return E.right({ ledger, archived: tree.size, shed: canShed ? tree.size : 0, segments });
};

const saying = E.mapLeft(({ detail }: StoreFault) => detail);

/** Up to where a ledger may be moved: its newest checkpoint is signed over these very leaves, and newer receipts stay. */
const endOf = async (store: LedgerStore, ledger: LedgerId, keep: number): Promise<E.Either<string, number>> => {
  const head = saying(await store.head(ledger));
  if (E.isLeft(head)) return head;
  const sealed = saying(await store.checkpoint(ledger));
  if (E.isLeft(sealed)) return sealed;
  const end = Math.min(sealed.right?.size ?? 0, (head.right?.size ?? 0) - keep);
  if (sealed.right === undefined || end <= 0) return E.right(0);
  const checkpoint = parseCheckpoint(sealed.right.note);
  if (E.isLeft(checkpoint)) return E.left(`${ledger}: the checkpoint of size ${sealed.right.size} cannot be read`);
  let tree = noTree;
  for await (const row of store.read(ledger, 0, sealed.right.size)) {
    if (E.isLeft(row)) return E.left(row.left.detail);
    tree = appendLeaf(nodeSha256, tree, row.right.leaf);
  }
  const isSealed = checkpoint.right.size === tree.size && equalBytes(checkpoint.right.root, treeRoot(nodeSha256, tree));
  return isSealed
    ? E.right(end)
    : E.left(
        `${ledger}: its receipts have another root than its checkpoint of size ${sealed.right.size}; nothing was moved`,
      );
};

/**
 * Of the segments that begin here the one that goes furthest, and ends with the receipt that the store has there. Others are of a time
 * that a restore gave up.
 */
const longest = async (
  store: LedgerStore,
  known: readonly SegmentName[],
  first: number,
): Promise<E.Either<string, SegmentName | undefined>> => {
  for (const name of known.filter((each) => each.first === first).sort((a, b) => b.last - a.last))
    for await (const row of store.read(name.ledger, name.last, name.last + 1)) {
      if (E.isLeft(row)) return E.left(row.left.detail);
      if (encodeBase64url(row.right.leaf) === name.head) return E.right(name);
    }
  return E.right(undefined);
};

/** The tree after a segment of which the store has nothing left; `undefined` where it has, or can't forget. */
const movedBefore = async (
  store: LedgerStore,
  objects: ObjectStore,
  name: SegmentName,
  canShed: boolean,
): Promise<E.Either<string, Frontier | undefined>> => {
  if (!canShed) return E.right(undefined);
  const rows = await linesOf(store, name.ledger, name.first, name.last + 1);
  if (E.isLeft(rows)) return rows;
  if (rows.right.some(({ bytes }) => bytes.length > 0)) return E.right(undefined);
  return E.map(({ tree }: { readonly tree: Frontier }) => tree)(saying(await readSegment(objects, name)));
};

/** Writes the next segment, or meets the one that is there, and compares it. Answers the tree after it; nothing where no more is to be moved. */
const move = async (
  store: LedgerStore,
  objects: ObjectStore,
  ledger: LedgerId,
  {
    next,
    before,
    end,
    options: { perSegment = PER_SEGMENT },
  }: {
    readonly next: SegmentName | undefined;
    readonly before: Frontier;
    readonly end: number;
    readonly options: ArchiveOptions;
  },
): Promise<E.Either<string, Frontier | undefined>> => {
  const first = before.size;
  const to = next === undefined ? first + perSegment : next.last + 1;
  if (to > end) return E.right(undefined);
  const rows = await linesOf(store, ledger, first, to, next === undefined ? SEGMENT_BYTES : undefined);
  if (E.isLeft(rows)) return rows;
  const lines = await withTheirs(objects, next, rows.right);
  if (E.isLeft(lines)) return lines;
  const [head, ...tail] = lines.right;
  if (head === undefined) return E.right(undefined);
  const encoded = encodeSegment(ledger, before, [head, ...tail]);
  if (E.isLeft(encoded)) return E.left(`${ledger}: ${encoded.left}; nothing from there on was moved`);
  const { name, bytes, tree } = encoded.right;
  const put = saying(await objects.put(name.object, bytes));
  if (E.isLeft(put)) return put;
  const back = saying(await objects.get(name.object));
  if (E.isLeft(back)) return back;
  return back.right !== undefined && Buffer.compare(back.right, bytes) === 0
    ? E.right(tree)
    : E.left(
        `${objects.name}: ${name.object} does not hold what was to be written; nothing from there on was forgotten`,
      );
};

/** A store that forgets row by row may have stopped in the middle: what it has not is taken from the segment, whose hashes are looked at again. */
const withTheirs = async (
  objects: ObjectStore,
  next: SegmentName | undefined,
  rows: readonly Line[],
): Promise<E.Either<string, readonly Line[]>> => {
  if (next === undefined || rows.every(({ bytes }) => bytes.length > 0)) return E.right(rows);
  return E.map(({ receipts }: { readonly receipts: readonly Uint8Array[] }) =>
    rows.map((row, n) => (row.bytes.length > 0 ? row : { ...row, bytes: receipts[n] ?? row.bytes })),
  )(saying(await readSegment(objects, next)));
};

/** What a segment holds of the receipts `from ≤ seq < to`; with a limit the first of them that fit in, one in any case, and no more is read. */
const linesOf = async (
  store: LedgerStore,
  ledger: LedgerId,
  from: number,
  to: number,
  bytesMax: number = Number.POSITIVE_INFINITY,
): Promise<E.Either<string, readonly Line[]>> => {
  const lines: Line[] = [];
  let size = 0;
  for await (const row of store.read(ledger, from, to)) {
    if (E.isLeft(row)) return E.left(row.left.detail);
    const { seq, leaf, bytes } = row.right;
    size += bytes.length + 1;
    if (lines.length > 0 && size > bytesMax) return E.right(lines);
    lines.push({ seq, leaf, bytes });
  }
  return lines.length === to - from ? E.right(lines) : E.left(`${ledger}: receipt ${from + lines.length} is missing`);
};
