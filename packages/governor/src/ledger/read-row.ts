/** Reads a row of a store back. A store is not believed: what it gives has to be what the ledger is made of. */
import {
  equalBytes,
  type Json,
  leafHash,
  parseReceipt,
  type Receipt,
  verifyDisclosures,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { nodeSha256 } from '../node/crypto.ts';
import { nodeTextCodec } from '../node/text-codec.ts';
import type { Row } from '../ports.ts';
import type { TreeCache } from './tree-cache.ts';

/** A row that was read back. */
export interface OpenedRow {
  readonly receipt: Receipt;
  /** By name; absent if one of them is not the receipt's own. A purged one is not there. */
  readonly disclosed?: ReadonlyMap<string, Json>;
}

/** The receipt of a row, whose bytes have its leaf hash; and the same that this ledger has at its place, where it is known. */
export const openRow = (row: Row, tree?: TreeCache): E.Either<string, OpenedRow> => {
  const known = tree?.read(0, row.seq) ?? row.leaf;
  if (!equalBytes(leafHash(nodeSha256, row.bytes), row.leaf) || !equalBytes(known, row.leaf))
    return E.left(`receipt ${row.seq} was changed in the store: its bytes have another hash`);
  const receipt = parseReceipt(row.bytes, nodeTextCodec);
  if (E.isLeft(receipt)) return E.left(`receipt ${row.seq} cannot be read: expected ${receipt.left.expected}`);
  const texts = row.disclosures.map(({ text }) => text);
  const disclosed = verifyDisclosures(nodeSha256, receipt.right, texts, nodeTextCodec);
  return E.right({ receipt: receipt.right, ...(E.isLeft(disclosed) ? {} : { disclosed: disclosed.right }) });
};
