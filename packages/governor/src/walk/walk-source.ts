/** A tenant's ledger, as those who walk it are given it: rows page by page, and catalogs by their digests. */
import { equalBytes, formatInclusion, inclusionProof } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { TenantId } from '../api.ts';
import type { Context } from '../context.ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { Row } from '../ports.ts';
import type { Tenant } from '../tenant.ts';
import type { KeptCatalog, WalkedRow } from './walk-question.ts';

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
      rows.push({ row: crossing(row), isOurs, ...(proof === undefined ? {} : { proof }) });
    }
    return E.right(rows);

    async function proofOf(seq: number, { note, size: sealed }: ProvedUnder): Promise<string> {
      const held = inclusionProof(nodeSha256, tree.read, seq, sealed);
      if (held !== undefined) return formatInclusion({ index: seq, proof: held, note });
      await tree.loadProof(seq, sealed - 1);
      return formatInclusion({ index: seq, proof: inclusionProof(nodeSha256, tree.read, seq, sealed) ?? [], note });
    }
  },
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
