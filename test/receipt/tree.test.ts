import {
  appendLeaf,
  consistencyProof,
  emptyFrontier,
  type Frontier,
  frontierOf,
  inclusionProof,
  leafHash,
  nodeHash,
  nodesOf,
  parseDecimal,
  rootOf,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '@tai-autonomics/core/receipt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { referenceConsistency, referencePath, referenceRoot } from '../reference/tree.ts';
import { runs } from '../runs.ts';
import { readVector, sha256, vector } from './fixture.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const b64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

interface TreeVector {
  readonly leafInputsHex: readonly string[];
  readonly nodeHashesHexByLevel: readonly (readonly string[])[];
  readonly emptyRootHex: string;
  readonly rootHashesHexBySize1to8: readonly string[];
}

const grow = (leaves: readonly Uint8Array[]): Frontier =>
  leaves.reduce<Frontier>((tree, leaf) => appendLeaf(sha256, tree, leaf), emptyFrontier);

describe('published tree', () => {
  const tree = readVector('merkle/tree.json') as TreeVector;
  const leaves = tree.leafInputsHex.map((input) => leafHash(sha256, new Uint8Array(Buffer.from(input, 'hex'))));

  test('node hashes and roots of sizes 0 to 8', () => {
    expect(hex(treeRoot(sha256, emptyFrontier))).toBe(tree.emptyRootHex);
    for (let size = 1; size <= 8; size++)
      expect(hex(treeRoot(sha256, grow(leaves.slice(0, size))))).toBe(tree.rootHashesHexBySize1to8[size - 1]);
    const nodes = nodesOf(sha256, leaves);
    for (const [level, row] of tree.nodeHashesHexByLevel.entries()) {
      for (const [i, node] of row.entries()) expect(hex(nodes(level, i) ?? new Uint8Array(0))).toBe(node);
    }
  });
});

/** The published cases, with sizes and indexes as text: two of them are beyond what a number holds. */
const cases = (file: string): readonly Record<string, string | boolean | readonly string[] | null>[] =>
  JSON.parse(
    vector(file)
      .toString('utf8')
      .replace(/("(?:leafIdx|treeSize|size1|size2)": )(\d+)/g, '$1"$2"'),
  ) as readonly Record<string, string | boolean | readonly string[] | null>[];

const size = (text: unknown): number => parseDecimal(String(text)) ?? Number.NaN;
const hashes = (list: unknown): readonly Uint8Array[] => ((list ?? []) as readonly string[]).map(b64);

test('the published cases are all here, and two indexes are 2^64 - 1', () => {
  expect(cases('merkle/inclusion.json')).toHaveLength(98);
  expect(cases('merkle/consistency.json')).toHaveLength(98);
  expect(cases('merkle/inclusion.json').filter((c) => c['leafIdx'] === '18446744073709551615')).toHaveLength(2);
});

test.for(cases('merkle/inclusion.json'))('$file', (c) => {
  const verdict = verifyInclusion(
    sha256,
    b64(String(c['leafHash'])),
    size(c['leafIdx']),
    size(c['treeSize']),
    b64(String(c['root'])),
    hashes(c['proof']),
  );
  expect(verdict).toBe(!c['wantErr']);
});

test.for(cases('merkle/consistency.json'))('$file', (c) => {
  const verdict = verifyConsistency(
    sha256,
    size(c['size1']),
    b64(String(c['root1'])),
    size(c['size2']),
    b64(String(c['root2'])),
    hashes(c['proof']),
  );
  // Roots of 4 bytes in one published case that only compares them: here a root is 32 bytes or none.
  const short = b64(String(c['root1'])).length !== 32;
  expect(verdict).toBe(!c['wantErr'] && !short);
});

const data = (n: number): readonly Uint8Array[] => [...Array(n).keys()].map((i) => Uint8Array.of(i & 255, i >> 8));
const leavesOf = (inputs: readonly Uint8Array[]): readonly Uint8Array[] =>
  inputs.map((input) => leafHash(sha256, input));

describe('laws, against the slow reference', () => {
  test('frontier, stored nodes and reference have one root at every size', () => {
    const inputs = data(70);
    const leaves = leavesOf(inputs);
    const nodes = nodesOf(sha256, leaves);
    let tree = emptyFrontier;
    for (let n = 1; n <= inputs.length; n++) {
      tree = appendLeaf(sha256, tree, leaves[n - 1] as Uint8Array);
      const root = hex(referenceRoot(inputs.slice(0, n)));
      expect(hex(treeRoot(sha256, tree))).toBe(root);
      expect(hex(rootOf(sha256, nodes, n) as Uint8Array)).toBe(root);
      expect(frontierOf(n, tree.hashes)).toEqual(tree);
    }
  });

  test('every inclusion proof is the reference’s, verifies at its own place and nowhere else', () => {
    const inputs = data(33);
    const leaves = leavesOf(inputs);
    const nodes = nodesOf(sha256, leaves);
    for (let n = 1; n <= inputs.length; n++) {
      const root = referenceRoot(inputs.slice(0, n));
      for (let m = 0; m < n; m++) {
        const proof = inclusionProof(sha256, nodes, m, n) as readonly Uint8Array[];
        expect(proof.map(hex)).toEqual(referencePath(m, inputs.slice(0, n)).map(hex));
        for (let other = 0; other < n; other++) {
          expect(verifyInclusion(sha256, leaves[m] as Uint8Array, other, n, root, proof)).toBe(other === m);
        }
      }
    }
  });

  test('every consistency proof is the reference’s, and verifies for its own sizes alone', () => {
    const inputs = data(24);
    const nodes = nodesOf(sha256, leavesOf(inputs));
    const roots = inputs.map((_, i) => referenceRoot(inputs.slice(0, i + 1)));
    for (let n = 1; n <= inputs.length; n++) {
      for (let m = 1; m <= n; m++) {
        const proof = consistencyProof(sha256, nodes, m, n) as readonly Uint8Array[];
        expect(proof.map(hex)).toEqual(referenceConsistency(m, inputs.slice(0, n)).map(hex));
        for (let other = 1; other <= n; other++) {
          const verdict = verifyConsistency(
            sha256,
            other,
            roots[other - 1] as Uint8Array,
            n,
            roots[n - 1] as Uint8Array,
            proof,
          );
          expect(verdict).toBe(other === m);
        }
      }
    }
  });

  test('any single-bit change of leaf, root or proof is refused', () => {
    const inputs = data(50);
    const leaves = leavesOf(inputs);
    const nodes = nodesOf(sha256, leaves);
    const root = referenceRoot(inputs);
    fc.assert(
      fc.property(fc.nat(49), fc.nat(8 * 32 * 8), (m, bit) => {
        const proof = inclusionProof(sha256, nodes, m, 50) as readonly Uint8Array[];
        const parts = [leaves[m] as Uint8Array, root, ...proof];
        const which = Math.floor(bit / 256) % parts.length;
        const flipped = parts.map((part, i) =>
          i === which ? part.with((bit >> 3) & 31, (part[(bit >> 3) & 31] ?? 0) ^ (1 << (bit & 7))) : part,
        );
        const [leaf, otherRoot, ...otherProof] = flipped as [Uint8Array, Uint8Array, ...Uint8Array[]];
        expect(verifyInclusion(sha256, leaf, m, 50, otherRoot, otherProof)).toBe(false);
      }),
      { numRuns: runs(300) },
    );
  });

  test('any other root of the older tree, or of the newer, is refused', () => {
    const inputs = data(24);
    const nodes = nodesOf(sha256, leavesOf(inputs));
    const roots = inputs.map((_, i) => referenceRoot(inputs.slice(0, i + 1)));
    const n = inputs.length;
    const newer = roots[n - 1] as Uint8Array;
    for (let m = 1; m <= n; m++) {
      const proof = consistencyProof(sha256, nodes, m, n) as readonly Uint8Array[];
      const older = roots[m - 1] as Uint8Array;
      const another = older.with(0, (older[0] ?? 0) ^ 1);
      expect(verifyConsistency(sha256, m, older, n, newer, proof)).toBe(true);
      expect(verifyConsistency(sha256, m, another, n, newer, proof)).toBe(false);
      expect(verifyConsistency(sha256, m, older, n, another, proof)).toBe(false);
    }
  });

  test('an inner node does not pass for a leaf', () => {
    const inputs = data(8);
    const nodes = nodesOf(sha256, leavesOf(inputs));
    const root = referenceRoot(inputs);
    const inner = nodes(1, 0) as Uint8Array;
    const proof = [nodes(1, 1) as Uint8Array, nodes(2, 1) as Uint8Array];
    expect(verifyInclusion(sha256, inner, 0, 4, root, proof)).toBe(true);
    // At the ledger's size, which the signature covers, it does not.
    for (let index = 0; index < 8; index++) expect(verifyInclusion(sha256, inner, index, 8, root, proof)).toBe(false);
  });
});

test('sizes near 2^53 are computed exactly, larger ones refused', () => {
  const top = Number.MAX_SAFE_INTEGER;
  const proof = Array<Uint8Array>(53).fill(new Uint8Array(32));
  const root = proof.reduce((node, sibling) => nodeHash(sha256, node, sibling), new Uint8Array(32));
  expect(verifyInclusion(sha256, new Uint8Array(32), 0, top, root, proof)).toBe(true);
  expect(verifyInclusion(sha256, new Uint8Array(32), 0, top + 1, root, proof)).toBe(false);
  expect(verifyInclusion(sha256, new Uint8Array(32), 1.5, 4, root, proof)).toBe(false);
  expect(verifyInclusion(sha256, new Uint8Array(32), -1, 4, root, proof)).toBe(false);
});

test('proofs are not made for what is not there', () => {
  const nodes = nodesOf(sha256, leavesOf(data(5)));
  expect(inclusionProof(sha256, nodes, 5, 5)).toBeUndefined();
  expect(inclusionProof(sha256, nodes, 0, 9)).toBeUndefined();
  expect(inclusionProof(sha256, nodes, -1, 5)).toBeUndefined();
  expect(consistencyProof(sha256, nodes, 0, 5)).toBeUndefined();
  expect(consistencyProof(sha256, nodes, 4, 3)).toBeUndefined();
  expect(frontierOf(3, [new Uint8Array(32)])).toBeUndefined();
});
