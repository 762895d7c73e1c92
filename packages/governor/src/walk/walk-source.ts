/** A tenant's ledger, as those who walk it are given it: rows page by page, and catalogs by their digests. */
import { equalBytes, formatInclusion, inclusionProof } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { TenantId } from '../api.ts';
import type { Context } from '../context.ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { Row, StoredCheckpoint, StoreFault } from '../ports.ts';
import type { Tenant } from '../tenant.ts';
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
  /** The fold of this format that an earlier process kept; `undefined` where there is none. Never rejects. */
  takeFold(format: string): Promise<KeptFold | undefined>;
  /** Keeps a fold for processes to come. Never rejects. */
  keepFold(kept: KeptFold): Promise<void>;
  /** `undefined`: nobody has it. Left: why it can't be read now. */
  catalog(digest: string): Promise<E.Either<string, KeptCatalog | undefined>>;
}

/** A signed checkpoint under which each row is proved. */
export interface ProvedUnder {
  readonly note: string;
  readonly size: number;
}

/** The ledger of a tenant before the receipt at `size`, for the governor of a number. */
export const walkSource = (
  { store, catalogs }: Pick<Context, 'store' | 'catalogs'>,
  governor: number,
  { id, ledger }: Tenant,
  size: number,
  under?: ProvedUnder,
): WalkSource => ({
  id: `${governor} ${ledger.origin}`,
  tenant: id,
  size,
  digests: ledger.annals.catalogs,
  rows: async (from, to) => {
    const rows: WalkedRow[] = [];
    for await (const read of store.read(ledger.id, from, to)) {
      if (E.isLeft(read)) return E.left(read.left.detail);
      const { seq } = read.right;
      const known = ledger.tree.read(0, seq);
      const isOurs = known === undefined || equalBytes(known, read.right.leaf);
      rows.push({ row: crossing(read.right), isOurs, ...(under === undefined ? {} : { proof: proofOf(seq, under) }) });
    }
    return E.right(rows);

    function proofOf(seq: number, { note, size: sealed }: ProvedUnder): string {
      const proof = inclusionProof(nodeSha256, ledger.tree.read, seq, sealed) ?? [];
      return formatInclusion({ index: seq, proof, note });
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

/** What crosses to a thread is copied with the memory around it: a view of a larger one would take that along. */
const crossing = ({ seq, leaf, bytes, disclosures }: Row): WalkedRow['row'] => ({
  seq,
  leaf: alone(leaf),
  bytes: alone(bytes),
  disclosures,
});

const alone = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
