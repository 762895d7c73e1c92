/** Reads a row of a store back. A store is not believed: what it gives has to be what the ledger is made of. */
import {
  equalBytes,
  type Json,
  leafHash,
  parseReceipt,
  type Receipt,
  type Sha256,
  verifyDisclosures,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { sha256 } from '../bare/sha256.ts';
import { textCodec } from '../bare/text-codec.ts';
import type { Row } from '../ports.ts';
import type { TreeCache } from './tree-cache.ts';

/** A row that was read back. */
export interface OpenedRow {
  readonly receipt: Receipt;
  /** By name; absent if one of them is not the receipt's own. A purged one is not there. */
  readonly disclosed?: ReadonlyMap<string, Json>;
}

/** The receipt of a row that stands in a ledger of this process: it has to be the very one at its place. */
export const openOwnRow = async (
  row: Row,
  { read, load }: Pick<TreeCache, 'read' | 'load'>,
): Promise<E.Either<string, OpenedRow>> => {
  if (read(0, row.seq) === undefined) {
    const loaded = await load(row.seq, row.seq + 1);
    if (E.isLeft(loaded)) return loaded;
  }
  return openRow(row, read(0, row.seq));
};

/** The receipt of a row, whose bytes have its leaf hash; `known` is the leaf at its place, where another one than the row's says it. */
export const openRow = (row: Row, known?: Uint8Array): E.Either<string, OpenedRow> => {
  const receipt = receiptOfRow(sha256, row, known);
  if (E.isLeft(receipt)) return receipt;
  const texts = row.disclosures.map(({ text }) => text);
  const disclosed = verifyDisclosures(sha256, receipt.right, texts, textCodec);
  return E.right({ receipt: receipt.right, ...(E.isLeft(disclosed) ? {} : { disclosed: disclosed.right }) });
};

/** The receipt of a row alone; `known` is the leaf hash at its place, where another one than the row's says it. */
export const receiptOfRow = (sha256: Sha256, row: Row, known: Uint8Array = row.leaf): E.Either<string, Receipt> => {
  // A receipt has bytes; where a store has none of it, they were moved.
  if (row.bytes.length === 0)
    return E.left(
      `receipt ${row.seq} is not in the store itself: it was moved into segments, which the deployment’s config.json names`,
    );
  if (!equalBytes(leafHash(sha256, row.bytes), row.leaf) || !equalBytes(known, row.leaf))
    return E.left(`receipt ${row.seq} was changed in the store: its bytes have another hash`);
  return E.mapLeft(
    ({ expected }: { readonly expected: string }) => `receipt ${row.seq} cannot be read: expected ${expected}`,
  )(parseReceipt(row.bytes, textCodec));
};
