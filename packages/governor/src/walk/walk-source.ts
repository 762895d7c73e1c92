/** A tenant's ledger, as those who walk it are given it: rows page by page, and catalogs by their digests. */
import { equalBytes, formatInclusion, inclusionProof } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { TenantId } from '../api.ts';
import type { Context } from '../context.ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { Row, StoredCheckpoint, StoreFault } from '../ports.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import type { Tenant } from '../tenant.ts';
import { alone } from './alone.ts';
import type { KeptCatalog, KeptFold, WalkedRow } from './walk-question.ts';

/** Where rows and catalogs come from. */
export interface WalkSource {
  /** Names the ledger among all of this process. */
  readonly id: string;
  readonly tenant: TenantId;
  /** Receipts that the question is about. */
  readonly size: number;
  /** The digests of the catalogs that decided in it. */
  readonly digests: readonly string[];
  /** The rows `from ≤ seq < to`; few enough to be in memory at once. Left: why they can't be read. */
  rows(from: number, to: number): Promise<E.Either<string, readonly WalkedRow[]>>;
  /** The newest checkpoint of this size or a smaller one. Left: why it can't be read now. */
  checkpoint(atMost: number): Promise<E.Either<string, StoredCheckpoint | undefined>>;
  /** A fold is kept when it saw so many receipts more than the one before; `undefined`: none is. */
  readonly keptEvery: number | undefined;
  /** The fold of this format that an earlier process kept; `undefined` where there is none. Never rejects. */
  takeFold(format: string): Promise<KeptFold | undefined>;
  /** Keeps a fold for processes to come. Never rejects. */
  keepFold(kept: KeptFold): Promise<void>;
  /** `undefined`: nobody has it. Left: why it can't be read now. */
  catalog(digest: string): Promise<E.Either<string, KeptCatalog | undefined>>;
}

/** Keeps folds of ledgers for processes to come. */
export interface KeptFolds {
  readonly snapshots: Snapshots;
  readonly every: number;
}

/** A signed checkpoint under which each row is proved. */
export interface ProvedUnder {
  readonly note: string;
  readonly size: number;
}

/** The ledger of a tenant before the receipt at `size`, for the governor of a number. */
export const walkSource = (
  { store, catalogs, folds }: Pick<Context, 'store' | 'catalogs'> & { readonly folds: KeptFolds | undefined },
  governor: number,
  { id, ledger }: Tenant,
  size: number,
  under?: ProvedUnder,
): WalkSource => ({
  keptEvery: folds?.every,
  takeFold: async (format) => {
    const taken = await folds?.snapshots.take(ledger.id, FOLD_PART, ledger.origin);
    if (taken === undefined || taken.binding['format'] !== format) return undefined;
    const { size: seen, leaf } = taken.binding;
    return { format, size: seen, leaf, bytes: Uint8Array.from(taken.payload) };
  },
  keepFold: async ({ format, size: seen, leaf, bytes }) => {
    const { origin, annals } = ledger;
    const binding = { part: FOLD_PART, origin, size: seen, leaf, semantics: annals.semantics, format };
    await folds?.snapshots.keep(ledger.id, binding, bytes);
  },
  id: `${governor} ${ledger.origin}`,
  tenant: id,
  size,
  digests: ledger.annals.catalogs,
  rows: async (from, to) => {
    const read: Row[] = [];
    for await (const row of store.read(ledger.id, from, to)) {
      if (E.isLeft(row)) return E.left(row.left.detail);
      read.push(row.right);
    }
    const { tree } = ledger;
    const isHeld = read.every(({ seq }) => tree.read(0, seq) !== undefined);
    const loaded = isHeld
      ? E.right(undefined)
      : await tree.load(from, to, { from, leaves: read.map((row) => row.leaf) });
    if (E.isLeft(loaded)) return loaded;
    const rows: WalkedRow[] = [];
    for (const row of read) {
      const known = tree.read(0, row.seq);
      const isOurs = known === undefined || equalBytes(known, row.leaf);
      const proof = under === undefined ? undefined : await proofOf(row.seq, under);
      rows.push({ row: alone(row), isOurs, ...(proof === undefined ? {} : { proof }) });
    }
    return E.right(rows);

    async function proofOf(seq: number, { note, size: sealed }: ProvedUnder): Promise<string> {
      const held = inclusionProof(nodeSha256, tree.read, seq, sealed);
      if (held !== undefined) return formatInclusion({ index: seq, proof: held, note });
      await tree.loadProof(seq, sealed - 1);
      return formatInclusion({ index: seq, proof: inclusionProof(nodeSha256, tree.read, seq, sealed) ?? [], note });
    }
  },
  checkpoint: async (atMost) =>
    E.mapLeft(({ detail }: StoreFault) => detail)(await store.checkpoint(ledger.id, atMost)),
  catalog: async (digest) => {
    const found = await catalogs.load(digest);
    if (E.isRight(found)) return E.right({ digest, text: found.right.text });
    return found.left.fault === 'unavailable' ? E.left(found.left.detail) : E.right(undefined);
  },
});

/** The part of the snapshots under which the usual fold of a ledger is kept. */
const FOLD_PART = 'folds-usual';
