/**
 * The nodes of a tree that some proofs will need, kept while its leaves go by once: as many as the proofs are long, however
 * large the tree is.
 */
import type { Sha256 } from '../encoding/crypto.ts';
import { nodeHash } from './leaf.ts';
import { consistencyProof, inclusionProof, type NodeReader } from './proof.ts';
import type { Frontier } from './tree.ts';

/** A tree of which only what is asked for is remembered. */
export interface KeptNodes {
  /** The next leaf will be proved under the tree of `size` leaves. To be told before it is appended. */
  wantInclusion(size: number): void;
  /** That the tree of `oldSize` leaves is the beginning of the tree of `size`. To be told before that many leaves were appended. */
  wantConsistency(oldSize: number, size: number): void;
  append(leaf: Uint8Array): void;
  readonly read: NodeReader;
  readonly frontier: Frontier;
  /** How many nodes are kept for proofs. */
  readonly count: number;
}

interface Node {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

/** An empty tree. */
export const createKeptNodes = (hash: Sha256): KeptNodes => {
  const wanted = new Set<number>();
  const kept = new Map<number, Uint8Array>();
  const stack: Node[] = [];
  let size = 0;
  // A proof that is made of nothing says which nodes it would be made of.
  const want: NodeReader = (level, index) => {
    const there = stack.find((node) => node.level === level && node.index === index);
    if (there === undefined) wanted.add(keyOf(level, index));
    else kept.set(keyOf(level, index), there.hash);
    return NOTHING;
  };
  const push = (node: Node): void => {
    stack.push(node);
    if (wanted.delete(keyOf(node.level, node.index))) kept.set(keyOf(node.level, node.index), node.hash);
  };
  return {
    wantInclusion: (of) => void inclusionProof(hash, want, size, of),
    wantConsistency: (oldSize, of) => void consistencyProof(hash, want, oldSize, of),
    append: (leaf) => {
      push({ level: 0, index: size, hash: leaf });
      size += 1;
      // Two neighbours of one level, the left one even, are the children of a node.
      for (let right = stack.at(-1); right !== undefined && right.index % 2 === 1; right = stack.at(-1)) {
        stack.pop();
        const left = stack.pop();
        const node = nodeHash(hash, left?.hash ?? right.hash, right.hash);
        push({ level: right.level + 1, index: (right.index - 1) / 2, hash: node });
      }
    },
    read: (level, index) => kept.get(keyOf(level, index)),
    get frontier() {
      return { size, hashes: stack.map((node) => node.hash) };
    },
    get count() {
      return kept.size;
    },
  };
};

const NOTHING = new Uint8Array(32);
const LEVELS = 64;

const keyOf = (level: number, index: number): number => index * LEVELS + level;
