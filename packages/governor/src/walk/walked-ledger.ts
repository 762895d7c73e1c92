/** A ledger as it is walked: the pages of whoever holds it become receipts, each checked before anything is made of it. */
import type { Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadRow } from '../api.ts';
import { createRecentlyUsed } from '../bounds/recently-used.ts';
import { type LoadedCatalog, loadKept } from '../catalogs/loaded-catalog.ts';
import { openRow } from '../ledger/read-row.ts';
import type { StoredCheckpoint } from '../ports.ts';
import type { KeptCatalog, WalkedRow } from './walk-question.ts';
import type { WalkSource } from './walk-source.ts';

/** What the answering side knows of a ledger. */
export interface WalkedLedger
  extends Pick<WalkSource, 'id' | 'size' | 'digests' | 'keptEvery' | 'takeFold' | 'keepFold'> {
  /** Ends at the first row that can't be read, with the reason. */
  raw(from: number, to: number): AsyncIterable<E.Either<string, WalkedRow>>;
  /** The receipts `from ≤ seq < to`, so many at a time. */
  rows(from: number, to: number, page?: number): AsyncIterable<E.Either<string, ReadRow>>;
  /** The newest checkpoint of this size or a smaller one. Left: why it can't be read now. */
  checkpoint(atMost?: number): Promise<E.Either<string, StoredCheckpoint | undefined>>;
  /** A catalog that decided in it; `undefined` where nobody has it. Left: why it can't be read now. */
  loaded(digest: string): Promise<E.Either<string, LoadedCatalog | undefined>>;
}

/** Rows that are fetched at once. */
const PAGE = 64;
const NOTHING: ReadonlyMap<string, Json> = new Map();

/** Loads catalogs by their texts; the ones used last stay compiled. */
export type LoadKept = (kept: KeptCatalog) => E.Either<string, LoadedCatalog>;

/** Compiled catalogs that are kept. */
const HELD_MAX = 16;

/** A loader that remembers. */
export const createLoader = (): LoadKept & { readonly held: (digest: string) => LoadedCatalog | undefined } => {
  const known = createRecentlyUsed<LoadedCatalog>(HELD_MAX);
  const load: LoadKept = ({ digest, text }) => {
    const before = known.get(digest);
    if (before !== undefined) return E.right(before);
    const loaded = loadKept(digest, text);
    if (E.isRight(loaded)) known.set(digest, loaded.right);
    return loaded;
  };
  return Object.assign(load, { held: known.get });
};

/** The ledger of a source. */
export const walkedLedger = (
  source: Omit<WalkSource, 'tenant'>,
  load: ReturnType<typeof createLoader>,
): WalkedLedger => {
  const { id, size, digests } = source;
  async function* raw(from: number, to: number, page = PAGE): AsyncGenerator<E.Either<string, WalkedRow>> {
    for (let at = from; at < to; ) {
      const rows = await source.rows(at, Math.min(to, at + page));
      if (E.isLeft(rows)) {
        yield rows;
        return;
      }
      if (rows.right.length === 0) return;
      for (const row of rows.right) yield E.right(row);
      at += rows.right.length;
    }
  }
  return {
    id,
    size,
    digests,
    raw,
    keptEvery: source.keptEvery,
    takeFold: (format) => source.takeFold(format),
    keepFold: (kept) => source.keepFold(kept),
    checkpoint: (atMost = Number.MAX_SAFE_INTEGER) => source.checkpoint(atMost),
    async *rows(from, to, page = PAGE) {
      for await (const walked of raw(from, to, page)) {
        const row = E.isLeft(walked) ? walked : opened(walked.right);
        yield row;
        if (E.isLeft(row)) return;
      }
    },
    loaded: async (digest) => {
      const held = load.held(digest);
      if (held !== undefined) return E.right(held);
      const kept = await source.catalog(digest);
      if (E.isLeft(kept) || kept.right === undefined) return kept as E.Either<string, undefined>;
      const loaded = load(kept.right);
      return E.right(E.isLeft(loaded) ? undefined : loaded.right);
    },
  };
};

/** Every catalog that decided in a ledger and that somebody has. What a missing one decided reads "not available". */
export const catalogsOf = async ({
  digests,
  loaded,
}: Pick<WalkedLedger, 'digests' | 'loaded'>): Promise<E.Either<string, readonly LoadedCatalog[]>> => {
  const found: LoadedCatalog[] = [];
  // One after the other: who walks asks for one thing at a time.
  for (const digest of digests) {
    const one = await loaded(digest);
    if (E.isLeft(one)) return one;
    if (one.right !== undefined) found.push(one.right);
  }
  return E.right(found);
};

const opened = ({ row, isOurs }: WalkedRow): E.Either<string, ReadRow> => {
  if (!isOurs) return E.left(`receipt ${row.seq} was changed in the store: its bytes have another hash`);
  return E.map(({ receipt, disclosed = NOTHING }: Extract<ReturnType<typeof openRow>, { _tag: 'Right' }>['right']) => ({
    row,
    receipt,
    disclosed,
  }))(openRow(row));
};
