/**
 * The Merkle tree of RFC 6962 section 2.1 as a compact frontier: the roots of its perfect subtrees, largest first.
 * Appending costs one node hash on average; sizes are safe integers, so no bit operators (they stop at 2^32).
 */
import type { Sha256 } from '../encoding/crypto.ts';
import { nodeHash } from './leaf.ts';

/** A tree of `size` leaves, as the roots of its perfect subtrees from left to right (one for each 1 bit of `size`). */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

/** The tree without leaves. */
export const emptyFrontier: Frontier = { size: 0, hashes: [] };

/** The tree with one more leaf. `leaf` is a leaf hash. */
export const appendLeaf = (hash: Sha256, tree: Frontier, leaf: Uint8Array): Frontier => {
  const hashes = tree.hashes.slice();
  let node = leaf;
  // Each trailing 1 bit of the old size is a perfect subtree that the new leaf completes.
  for (let rest = tree.size; rest % 2 === 1; rest = (rest - 1) / 2) node = nodeHash(hash, hashes.pop() ?? node, node);
  hashes.push(node);
  return { size: tree.size + 1, hashes };
};

/** Root hash; of the empty tree H(""). */
export const treeRoot = (hash: Sha256, tree: Frontier): Uint8Array => {
  let root = tree.hashes.at(-1);
  if (root === undefined) return hash(new Uint8Array(0));
  for (let i = tree.hashes.length - 2; i >= 0; i--) root = nodeHash(hash, tree.hashes[i] ?? root, root);
  return root;
};

/** How many perfect subtrees a tree of this size has: the 1 bits of the size. */
export const countSubtrees = (size: number): number => {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
};

/** A frontier that was stored, if it can be one: as many hashes of 32 bytes as the size has 1 bits. */
export const frontierOf = (size: number, hashes: readonly Uint8Array[]): Frontier | undefined =>
  Number.isSafeInteger(size) &&
  size >= 0 &&
  hashes.length === countSubtrees(size) &&
  hashes.every((h) => h.length === 32)
    ? { size, hashes }
    : undefined;
