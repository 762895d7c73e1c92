/**
 * Proofs about a tree (RFC 6962 sections 2.1.1 and 2.1.2, verified as RFC 9162 sections 2.1.3.2 and 2.1.4.2 say):
 * that a leaf is in it, and that an older tree is its beginning. The side of each sibling comes from index and size
 * alone; a proof that is longer or shorter than it must be is refused, so no inner node can pass for a leaf.
 */
import { equalBytes } from '../encoding/bytes.ts';
import type { Sha256 } from '../encoding/crypto.ts';
import { nodeHash } from './leaf.ts';

/**
 * Hash of the perfect subtree over the leaves [index · 2^level, (index + 1) · 2^level); level 0 is a leaf hash.
 * `undefined` where that is not stored. A proof reads O(log n) of them.
 */
export type NodeReader = (level: number, index: number) => Uint8Array | undefined;

/** Most hashes that a proof of any tree needs (C2SP tlog-witness: at most 63 lines). */
export const MAX_PROOF_HASHES = 63;

/** Every perfect subtree of a list of leaf hashes, for proofs about it. Memory: two hashes a leaf. */
export const nodesOf = (hash: Sha256, leaves: readonly Uint8Array[]): NodeReader => {
  const levels: Uint8Array[][] = [leaves.slice()];
  for (let below = levels[0] ?? []; below.length > 1; below = levels.at(-1) ?? []) {
    const row: Uint8Array[] = [];
    for (let i = 0; i + 1 < below.length; i += 2)
      row.push(nodeHash(hash, below[i] as Uint8Array, below[i + 1] as Uint8Array));
    levels.push(row);
  }
  return (level, index) => levels[level]?.[index];
};

/** Root of the first `size` leaves; `undefined` for 0, or if a node that it needs is not stored. */
export const rootOf = (hash: Sha256, nodes: NodeReader, size: number): Uint8Array | undefined =>
  isSize(size) && size > 0 ? rangeHash(hash, nodes, 0, size) : undefined;

/** Siblings from the leaf up to the root's child. `undefined` unless 0 ≤ index < size and all nodes are stored. */
export const inclusionProof = (
  hash: Sha256,
  nodes: NodeReader,
  index: number,
  size: number,
): readonly Uint8Array[] | undefined => {
  if (!isSize(index) || !isSize(size) || index >= size) return undefined;
  const proof: Uint8Array[] = [];
  let [from, count] = [0, size];
  while (count > 1) {
    const left = 2 ** splitLevel(count);
    const goLeft = index < from + left;
    const sibling = goLeft ? rangeHash(hash, nodes, from + left, count - left) : rangeHash(hash, nodes, from, left);
    if (sibling === undefined) return undefined;
    proof.unshift(sibling);
    if (goLeft) count = left;
    else [from, count] = [from + left, count - left];
  }
  return proof;
};

/** Proof that the first `size1` leaves are the beginning of the first `size2`. Needs 1 ≤ size1 ≤ size2; empty if equal. */
export const consistencyProof = (
  hash: Sha256,
  nodes: NodeReader,
  size1: number,
  size2: number,
): readonly Uint8Array[] | undefined => {
  if (!isSize(size1) || !isSize(size2) || size1 < 1 || size1 > size2) return undefined;
  const proof: Uint8Array[] = [];
  let [from, count, whole] = [0, size2, true];
  while (from + count !== size1) {
    const left = 2 ** splitLevel(count);
    const goLeft = size1 <= from + left;
    const sibling = goLeft ? rangeHash(hash, nodes, from + left, count - left) : rangeHash(hash, nodes, from, left);
    if (sibling === undefined) return undefined;
    proof.unshift(sibling);
    if (goLeft) count = left;
    else [from, count, whole] = [from + left, count - left, false];
  }
  // The old tree is itself a node of the new one: then the verifier holds its root already.
  if (whole) return proof;
  const last = rangeHash(hash, nodes, from, count);
  return last === undefined ? undefined : [last, ...proof];
};

/**
 * Whether the leaf hash is at `index` in the tree of `size` leaves with this root. False for sizes that are not safe
 * integers, an index that is not below the size, hashes that are not 32 bytes and proofs of any other length.
 */
export const verifyInclusion = (
  hash: Sha256,
  leaf: Uint8Array,
  index: number,
  size: number,
  root: Uint8Array,
  proof: readonly Uint8Array[],
): boolean => {
  if (!isSize(index) || !isSize(size) || index >= size || proof.length > MAX_PROOF_HASHES) return false;
  if (!is32(leaf) || !is32(root) || !proof.every(is32)) return false;
  let node = leaf;
  let [place, last] = [index, size - 1];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      node = nodeHash(hash, sibling, node);
      // A node without a right sibling moves up unchanged until it is a right child.
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else {
      node = nodeHash(hash, node, sibling);
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 && equalBytes(node, root);
};

/**
 * Whether the tree (size1, root1) is the beginning of (size2, root2). An empty old tree proves nothing and is refused;
 * equal sizes need equal roots and an empty proof.
 */
export const verifyConsistency = (
  hash: Sha256,
  size1: number,
  root1: Uint8Array,
  size2: number,
  root2: Uint8Array,
  proof: readonly Uint8Array[],
): boolean => {
  if (!isSize(size1) || !isSize(size2) || size1 < 1 || size1 > size2 || proof.length > MAX_PROOF_HASHES) return false;
  if (!is32(root1) || !is32(root2) || !proof.every(is32)) return false;
  if (size1 === size2) return proof.length === 0 && equalBytes(root1, root2);
  let [place, last] = [size1 - 1, size2 - 1];
  while (place % 2 === 1) [place, last] = [(place - 1) / 2, Math.floor(last / 2)];
  // A perfect old tree is a node of the new one, and the proof leaves it out.
  const [first, ...others] = place === 0 ? [root1, ...proof] : proof;
  if (first === undefined) return false;
  let [older, newer] = [first, first];
  for (const sibling of others) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      older = nodeHash(hash, sibling, older);
      newer = nodeHash(hash, sibling, newer);
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else {
      newer = nodeHash(hash, newer, sibling);
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 && equalBytes(older, root1) && equalBytes(newer, root2);
};

const isSize = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

/** Hash of the leaves [from, from + count), where `from` is a multiple of the power of two at or above `count`. */
const rangeHash = (hash: Sha256, nodes: NodeReader, from: number, count: number): Uint8Array | undefined => {
  if (count === 1) return nodes(0, from);
  const level = splitLevel(count);
  if (2 ** (level + 1) === count) return nodes(level + 1, from / count);
  const left = nodes(level, from / 2 ** level);
  const right = rangeHash(hash, nodes, from + 2 ** level, count - 2 ** level);
  return left === undefined || right === undefined ? undefined : nodeHash(hash, left, right);
};

/** Level of the largest perfect subtree that is smaller than a tree of `size` > 1: the RFC's k is 2 to this. */
const splitLevel = (size: number): number => {
  let level = 0;
  while (2 ** (level + 1) < size) level += 1;
  return level;
};

const is32 = (bytes: Uint8Array): boolean => bytes.length === 32;
