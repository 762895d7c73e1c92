/** The complete nodes of a ledger's tree, so that a consistency proof needs no second pass over the leaves. */
import { type NodeReader, nodeHash, type Sha256 } from '@tai-autonomics/core/receipt';

export interface TreeCache {
  readonly read: NodeReader;
  /** Appends a leaf hash. Amortised one node a leaf. */
  append(leaf: Uint8Array): void;
}

export const createTreeCache = (hash: Sha256): TreeCache => {
  const levels: Uint8Array[][] = [[]];
  return {
    read: (level, index) => levels[level]?.[index],
    append: (leaf) => {
      let node = leaf;
      for (let level = 0; ; level++) {
        levels[level] ??= [];
        const row = levels[level] as Uint8Array[];
        row.push(node);
        if (row.length % 2 === 1) return;
        node = nodeHash(hash, row[row.length - 2] as Uint8Array, node);
      }
    },
  };
};
