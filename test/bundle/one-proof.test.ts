/** What a proof of one receipt costs: one pass over the ledger, and memory for the proof alone. */
import {
  consistencyProof,
  createKeptNodes,
  inclusionProof,
  nobleSha256,
  nodesOf,
  rootOf,
  treeRoot,
} from '@tai-autonomics/core/receipt';
import { exportBundle, folderSink } from '@tai-autonomics/governor/bundle';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { right } from '../governor/kit.ts';
import { runs } from '../runs.ts';
import { makeEvidence, verifyAt, workFolder } from './evidence.ts';

const work = workFolder();
afterAll(work.remove);

const leafAt = (i: number): Uint8Array => nobleSha256(Uint8Array.of(i & 255, i >> 8));
const MAX = 700;
const LEAVES = Array.from({ length: MAX }, (_, i) => leafAt(i));

test('of a tree that goes by once exactly the nodes are kept that the proofs need', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: MAX }),
      fc.array(fc.nat({ max: MAX }), { maxLength: 4 }),
      fc.array(fc.nat({ max: MAX }), { maxLength: 3 }),
      (size, chosen, older) => {
        const tree = createKeptNodes(nobleSha256);
        const leaves = LEAVES.slice(0, size);
        for (const [i, leaf] of leaves.entries()) {
          if (chosen.includes(i)) tree.wantInclusion(size);
          for (const old of older)
            if (i === Math.min(old, 1 + ((old * 7) % (old + 1)))) tree.wantConsistency(old, size);
          tree.append(leaf);
        }
        const nodes = nodesOf(nobleSha256, leaves);
        for (const i of chosen)
          expect(inclusionProof(nobleSha256, tree.read, i, size)).toEqual(inclusionProof(nobleSha256, nodes, i, size));
        for (const old of older)
          expect(consistencyProof(nobleSha256, tree.read, old, size)).toEqual(
            consistencyProof(nobleSha256, nodes, old, size),
          );
        expect(treeRoot(nobleSha256, tree.frontier)).toEqual(rootOf(nobleSha256, nodes, size));
        // Ten levels: a proof is as long, and its ragged end as long again.
        expect(tree.count).toBeLessThanOrEqual(20 * (new Set(chosen).size + new Set(older).size));
      },
    ),
    { numRuns: runs(500) },
  );
});

test('the proof of one receipt reads each row once, and that receipt once more', async () => {
  const { source, trust } = await makeEvidence(work.path());
  const size = right(await source.store.head(source.ledger))?.size ?? 0;
  const read: number[] = [];
  const counting: typeof source = {
    ...source,
    store: {
      ...source.store,
      head: (...asked) => source.store.head(...asked),
      checkpoint: (...asked) => source.store.checkpoint(...asked),
      async *read(...asked) {
        for await (const row of source.store.read(...asked)) {
          read.push(right(row).seq);
          yield row;
        }
      },
    },
  };
  const path = work.path();
  right(await exportBundle(counting, { seqs: [7] }, right(await folderSink(path))));
  expect(size).toBeGreaterThan(10);
  expect(read).toEqual([...Array(size).keys(), 7]);
  expect((await verifyAt(path, { trust })).steps.find(({ step }) => step === 'tree')?.status).toBe('passed');
});
