/**
 * Folds beside ledgers: what was computed of a ledger is kept, and goes on where it stopped, so that asking again costs what was
 * written since. Kept by ledger and name, the ones used last; the usual one of a ledger outlives its thread as a snapshot. Any of it
 * can be thrown away: nothing here is a source of anything.
 */
import { deserialize, serialize } from 'node:v8';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadRow } from '../api.ts';
import { createRecentlyUsed, type RecentlyUsed } from '../bounds/recently-used.ts';
import type { WalkedLedger } from './walked-ledger.ts';

/** One computation over the receipts of a ledger, in their order. */
export interface Fold {
  readonly step: (row: ReadRow) => void;
  /** Whether no later receipt changes it any more. */
  readonly isDone?: () => boolean;
}

/** How to make a fold, and what it may be asked for. */
export interface FoldKind<F extends Fold> {
  readonly name: string;
  readonly make: () => F;
  /** One of a ledger, which makes no room for what else is asked of it. */
  readonly isUsual?: true;
  /** Whether it may have seen more of the ledger than the question is about. */
  readonly mayBeAhead?: true;
  /** How it is kept beyond this process, where it is. */
  readonly kept?: {
    /** What can be read again is of this format. */
    readonly format: string;
    /** All that the fold is, as data that can be cloned. */
    readonly save: (fold: F) => unknown;
    readonly restore: (memory: unknown) => F;
  };
  /** Prepares for a row, where that takes waiting. Left: why the row can't be looked at now. */
  readonly before?: (fold: F, row: ReadRow) => Promise<E.Either<string, unknown>> | undefined;
}

/** Lends a fold that has seen a ledger up to its size. */
export type Folded = <F extends Fold, A>(
  kind: FoldKind<F>,
  ledger: WalkedLedger,
  use: (fold: F) => A,
) => Promise<E.Either<string, A>>;

/** Ledgers whose folds are kept at once. */
const LEDGERS_MAX = 128;
/** Of one ledger, the folds that are kept beside the usual one. */
const OTHERS_MAX = 8;

/** What is larger is computed again: nobody waits for so much to be written. */
const KEPT_BYTES_MAX = 16_777_216;

/** A fold, and how far it has come. */
interface Progress {
  fold: Fold;
  /** Receipts that it has seen. */
  size: number;
  /** base64url of the leaf of the last of them. */
  leaf: string;
  /** How many its newest snapshot has seen; `undefined` before one was looked for. */
  keptAt: number | undefined;
}

interface Kept extends Progress {
  /** Whoever goes on with it waits for the one before. */
  turn: Promise<unknown>;
}

/** Folds over ledgers; none is kept at the start. */
export const createFolds = (): Folded => {
  const usual = createRecentlyUsed<Kept>(LEDGERS_MAX);
  const others = createRecentlyUsed<RecentlyUsed<Kept>>(LEDGERS_MAX);
  const othersOf = (ledger: string): RecentlyUsed<Kept> => {
    const own = others.get(ledger) ?? createRecentlyUsed<Kept>(OTHERS_MAX);
    others.set(ledger, own);
    return own;
  };
  return (kind, ledger, use) => {
    const [known, name] = kind.isUsual === true ? [usual, ledger.id] : [othersOf(ledger.id), kind.name];
    const kept = known.get(name) ?? { ...begun(kind), turn: Promise.resolve() };
    known.set(name, kept);
    const brought = async (own: Progress) => {
      await restore(kind, own, ledger);
      const failed = await bring(kind, own, ledger);
      if (failed === undefined) await keep(kind, own, ledger);
      return failed === undefined ? E.right(use(own.fold as ReturnType<typeof kind.make>)) : E.left(failed);
    };
    // It can't go back. Whoever asks again what was asked long ago pays for it again, and nobody waits for them.
    const isAhead = (): boolean => kept.size > ledger.size && kind.mayBeAhead !== true;
    const inTurn = kept.turn.then(() => (isAhead() ? undefined : brought(kept)));
    kept.turn = inTurn.catch(() => undefined);
    return inTurn.then((answer) => answer ?? brought(begun(kind)));
  };
};

const begun = <F extends Fold>({ make }: FoldKind<F>): Progress => ({
  fold: make(),
  size: 0,
  leaf: '',
  keptAt: undefined,
});

/** Goes on from the snapshot of an earlier process, if there is one that this ledger goes on from. */
const restore = async <F extends Fold>(
  { kept: how, mayBeAhead }: FoldKind<F>,
  own: Progress,
  ledger: WalkedLedger,
): Promise<void> => {
  if (how === undefined || ledger.keptEvery === undefined || own.keptAt !== undefined) return;
  own.keptAt = 0;
  const found = await ledger.takeFold(how.format);
  if (found === undefined || (found.size > ledger.size && mayBeAhead !== true)) return;
  for await (const row of ledger.rows(found.size - 1, found.size, 1)) {
    if (E.isLeft(row) || encodeBase64url(row.right.row.leaf) !== found.leaf) return;
    try {
      own.fold = how.restore(deserialize(found.bytes));
      own.size = found.size;
      own.leaf = found.leaf;
      own.keptAt = found.size;
    } catch {
      // Written by another version of Node, say: the ledger is read again.
    }
  }
};

const keep = async <F extends Fold>({ kept: how }: FoldKind<F>, own: Progress, ledger: WalkedLedger): Promise<void> => {
  if (how === undefined || ledger.keptEvery === undefined) return;
  if (own.size - (own.keptAt ?? 0) < ledger.keptEvery) return;
  own.keptAt = own.size;
  const bytes = serialize(how.save(own.fold as F));
  if (bytes.length <= KEPT_BYTES_MAX)
    await ledger.keepFold({ format: how.format, size: own.size, leaf: own.leaf, bytes: Uint8Array.from(bytes) });
};

/** Goes on to the size of the ledger. A ledger that is not the one it was begun on is begun anew. */
const bring = async <F extends Fold>(
  kind: FoldKind<F>,
  kept: Progress,
  ledger: WalkedLedger,
): Promise<string | undefined> => {
  if (kept.fold.isDone?.() === true || kept.size >= ledger.size) return undefined;
  const start = kept.size;
  for await (const row of ledger.rows(start, ledger.size)) {
    if (E.isLeft(row)) return row.left;
    const { receipt } = row.right;
    if (kept.size > 0 && receipt.prev !== kept.leaf) {
      if (kept.size > start) return `receipt ${receipt.seq} does not follow the one before it`;
      Object.assign(kept, begun(kind));
      return bring(kind, kept, ledger);
    }
    const waits = kind.before?.(kept.fold as F, row.right);
    const prepared = waits === undefined ? undefined : await waits;
    if (prepared !== undefined && E.isLeft(prepared)) return prepared.left;
    try {
      kept.fold.step(row.right);
    } catch (thrown) {
      // Half of a step may have been done: what it made is no use to anybody.
      Object.assign(kept, begun(kind));
      throw thrown;
    }
    kept.size += 1;
    kept.leaf = encodeBase64url(row.right.row.leaf);
    if (kept.fold.isDone?.() === true) return undefined;
  }
  return kept.size < ledger.size ? `the ledger ends at receipt ${kept.size}` : undefined;
};
