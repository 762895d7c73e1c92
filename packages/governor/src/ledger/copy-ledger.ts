/** Copies a ledger from one store to another: byte for byte, in parts that can be taken up again, and read back at the end. */
import { equalBytes } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { LedgerId, LedgerStore, Row, StoreFault } from '../ports.ts';
import { type CheckedStore, checkpointsOf, type LedgerWatch } from './check-ledger.ts';
import { receiptOfRow } from './read-row.ts';

/** What became of a copy. */
export interface CopiedLedger {
  readonly ledger: LedgerId;
  /** How many stand in both stores now. */
  readonly receipts: number;
  /** How many of them were not there before. */
  readonly copied: number;
  readonly checkpoints: number;
  /** Disclosures that an earlier copy had and that were erased since: erased there, too. */
  readonly erased: number;
}

/** What a copy is written to, and compared with. */
export type CopyTarget = CheckedStore & Pick<LedgerStore, 'append' | 'putCheckpoint' | 'purge'>;

/** Rows of one append. */
const GROUP = 256;

/**
 * Copies what the target has not, then reads both and compares every byte, up to what stood in the first when it began, or to `upTo`
 * receipts of it: what is written there meanwhile is the next copy's. Again after a break it goes on where it ended. A target that
 * holds another ledger of this id, or a longer one, is left alone, and so is a receipt whose bytes have another hash.
 */
export const copyLedger = async (
  from: CheckedStore,
  to: CopyTarget,
  ledger: LedgerId,
  watch: LedgerWatch = {},
  upTo: number = Number.MAX_SAFE_INTEGER,
): Promise<E.Either<string, CopiedLedger>> => {
  const start = await startOf(from, to, ledger);
  if (E.isLeft(start)) return start;
  const stands = saying(await from.head(ledger));
  if (E.isLeft(stands)) return stands;
  const end = Math.min(stands.right?.size ?? 0, upTo);
  const copied = await copyRows(from, to, ledger, { start: start.right, end }, watch);
  if (E.isLeft(copied)) return copied;
  const checkpoints = await copyCheckpoints(from, to, ledger, end);
  if (E.isLeft(checkpoints)) return checkpoints;
  const compared = await compare(from, to, ledger, end, watch);
  if (E.isLeft(compared)) return compared;
  return E.right({
    ledger,
    receipts: compared.right.receipts,
    copied: copied.right,
    checkpoints: checkpoints.right,
    erased: compared.right.erased,
  });
};

const STOPPED = 'stopped; run it again to go on from there';

const saying = E.mapLeft(({ detail }: StoreFault) => detail);

/** How much of the ledger the target has; it must be a beginning of it. */
const startOf = async (from: CheckedStore, to: CopyTarget, ledger: LedgerId): Promise<E.Either<string, number>> => {
  const head = saying(await to.head(ledger));
  if (E.isLeft(head)) return head;
  if (head.right === undefined) return E.right(0);
  const { size, leaf } = head.right;
  for await (const row of from.read(ledger, size - 1, size)) {
    if (E.isLeft(row)) return E.left(row.left.detail);
    return equalBytes(row.right.leaf, leaf)
      ? E.right(size)
      : E.left(`${ledger}: the target holds another ledger: its receipt ${size - 1} is another one`);
  }
  return E.left(`${ledger}: the target holds ${size} receipts, and there are fewer to copy`);
};

const copyRows = async (
  from: CheckedStore,
  to: CopyTarget,
  ledger: LedgerId,
  { start, end }: { readonly start: number; readonly end: number },
  { onRead, isStopped }: LedgerWatch,
): Promise<E.Either<string, number>> => {
  const before = saying(await to.head(ledger));
  if (E.isLeft(before)) return before;
  let head = before.right ?? { size: 0, leaf: new Uint8Array(32) };
  let group: Row[] = [];
  const flush = async (): Promise<string | undefined> => {
    const last = group.at(-1);
    if (last === undefined) return undefined;
    const appended = await to.append(ledger, head, group);
    if (E.isLeft(appended)) return appended.left.detail;
    if (appended.right.appended !== 'ok') return `${ledger}: somebody else writes into the target`;
    head = { size: last.seq + 1, leaf: last.leaf };
    group = [];
    return undefined;
  };
  for await (const row of from.read(ledger, start, end)) {
    if (E.isLeft(row)) return E.left(row.left.detail);
    const receipt = receiptOfRow(nodeSha256, row.right);
    if (E.isLeft(receipt)) return E.left(`${ledger}: ${receipt.left}; nothing from there on was copied`);
    group.push(row.right);
    onRead?.(1);
    const wrong = group.length === GROUP ? await flush() : undefined;
    if (wrong !== undefined) return E.left(wrong);
    if (isStopped?.() === true) return E.left((await flush()) ?? STOPPED);
  }
  const wrong = await flush();
  return wrong === undefined ? E.right(head.size - start) : E.left(wrong);
};

const copyCheckpoints = async (
  from: CheckedStore,
  to: CopyTarget,
  ledger: LedgerId,
  end: number,
): Promise<E.Either<string, number>> => {
  const all = saying(await checkpointsOf(from, ledger));
  if (E.isLeft(all)) return all;
  const copied = [...all.right.values()].filter(({ size }) => size <= end);
  for (const checkpoint of copied) {
    const stored = saying(await to.putCheckpoint(ledger, checkpoint));
    if (E.isLeft(stored)) return stored;
    if (stored.right.note !== checkpoint.note)
      return E.left(`${ledger}: the target holds another checkpoint of size ${checkpoint.size}`);
  }
  return E.right(copied.length);
};

/** Reads both side by side. What was erased since an earlier copy is erased in the target. */
const compare = async (
  from: CheckedStore,
  to: CopyTarget,
  ledger: LedgerId,
  end: number,
  { onRead, isStopped }: LedgerWatch,
): Promise<E.Either<string, { readonly receipts: number; readonly erased: number }>> => {
  const theirs = to.read(ledger, 0, end)[Symbol.asyncIterator]();
  let [receipts, erased] = [0, 0];
  for await (const row of from.read(ledger, 0, end)) {
    if (E.isLeft(row)) return E.left(row.left.detail);
    const step = await theirs.next();
    if (step.done === true) return E.left(`${ledger}: the target ends before receipt ${row.right.seq}`);
    if (E.isLeft(step.value)) return E.left(step.value.left.detail);
    const copy = step.value.right;
    const own = new Set(row.right.disclosures.map(({ name }) => name));
    const gone = [...new Set(copy.disclosures.map(({ name }) => name))].filter((name) => !own.has(name));
    const kept = { ...copy, disclosures: copy.disclosures.filter(({ name }) => own.has(name)) };
    if (!isSame(row.right, kept)) return E.left(`${ledger}: receipt ${row.right.seq} is not the same in the target`);
    if (gone.length > 0) {
      const purged = saying(await to.purge(ledger, copy.seq, gone));
      if (E.isLeft(purged)) return purged;
      erased += purged.right;
    }
    receipts += 1;
    onRead?.(1);
    if (isStopped?.() === true) return E.left(STOPPED);
  }
  return E.right({ receipts, erased });
};

const isSame = (one: Row, other: Row): boolean =>
  one.seq === other.seq &&
  equalBytes(one.leaf, other.leaf) &&
  equalBytes(one.bytes, other.bytes) &&
  one.intent?.id === other.intent?.id &&
  one.intent?.digest === other.intent?.digest &&
  one.disclosures.length === other.disclosures.length &&
  one.disclosures.every(({ name, text }, n) => {
    const its = other.disclosures[n];
    return its !== undefined && its.name === name && its.text === text;
  });
