/** What a proof of one receipt costs: one pass over the ledger, and memory for the proof alone. */
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  consistencyProof,
  createKeptNodes,
  inclusionProof,
  nobleSha256,
  nodesOf,
  rootOf,
  treeRoot,
} from '@tai-autonomics/core/receipt';
import { exportBundle, folderSink, type LedgerSource, type Selection } from '@tai-autonomics/governor/bundle';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { decided, people, right } from '../governor/kit.ts';
import { runs } from '../runs.ts';
import { exportTo, makeEvidence, verifyAt, workFolder } from './evidence.ts';

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

describe('with the hashes of the tree kept', () => {
  /** Where each file of an export is, and its bytes. */
  const filesIn = (path: string): ReadonlyMap<string, string> =>
    new Map(
      readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
        .map((file) => [file.slice(path.length), readFileSync(file, 'base64')]),
    );
  const counted = (source: LedgerSource, read: number[]): LedgerSource => ({
    ...source,
    store: {
      head: (...asked) => source.store.head(...asked),
      checkpoint: (...asked) => source.store.checkpoint(...asked),
      async *read(...asked) {
        for await (const row of source.store.read(...asked)) {
          read.push(right(row).seq);
          yield row;
        }
      },
    },
  });
  const selections: readonly Selection[] = [
    { seqs: [7] },
    { seqs: [0, 3, 12], continues: [1, 5, 8] },
    { seqs: [2, 9], from: { seq: 5 }, withhold: ['subject'] },
    { seqs: [11, 4_000] },
  ];

  test('the second proof reads its own receipt, the one after growth the new ones too, and both are the same bytes as without', async () => {
    const { setting, source } = await makeEvidence(work.path());
    const trees = join(work.path(), 'trees');
    const seqsOf = async (selection: Selection): Promise<readonly number[]> => {
      const read: number[] = [];
      const [kept, plain] = [work.path(), work.path()];
      await exportTo({ ...counted(source, read), trees }, kept, selection);
      await exportTo(source, plain, selection);
      expect(filesIn(kept)).toEqual(filesIn(plain));
      return read;
    };
    const size = right(await source.store.head(source.ledger))?.size ?? 0;
    expect(await seqsOf({ seqs: [7] })).toEqual([...Array(size).keys(), 7, 7]);
    expect(await seqsOf({ seqs: [7] })).toEqual([7, 7]);
    for (const selection of selections) expect((await seqsOf(selection)).length).toBeLessThanOrEqual(6);
    decided(await setting.governor.submit(people().agent, { action: 'check_health', resource: '*' }));
    expect(await seqsOf({ seqs: [7] })).toEqual([size, 7, 7]);
    expect(await seqsOf({ seqs: [size] })).toEqual([size, size]);
  });

  test('what is wrong in the folder is made anew, and never stands in a bundle', async () => {
    const { source } = await makeEvidence(work.path());
    const trees = join(work.path(), 'trees');
    const plain = work.path();
    const selection: Selection = { seqs: [4, 10], continues: [7] };
    await exportTo(source, plain, selection);
    const [hashes, known] = [join(trees, `${source.ledger}.hashes`), join(trees, `${source.ledger}.json`)];
    const turned = (path: string, at: number): void => {
      const bytes = readFileSync(path);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    };
    await exportTo({ ...source, trees }, work.path(), selection);
    const length = readFileSync(hashes).length;
    const harms: readonly (() => void)[] = [
      ...Array.from({ length: length / 64 }, (_, i) => () => turned(hashes, 64 * i + 5)),
      ...[1, 12, 40, 60, 90].map((at) => () => turned(known, at)),
      () => truncateSync(hashes, length - 1),
      () => truncateSync(hashes, 0),
      () => rmSync(hashes),
      () => rmSync(known),
      () => writeFileSync(known, 'null'),
      () => rmSync(trees, { recursive: true }),
    ];
    for (const harm of harms) {
      // What was seen to be wrong was thrown away.
      if (!existsSync(hashes) || !existsSync(known)) await exportTo({ ...source, trees }, work.path(), selection);
      harm();
      const path = work.path();
      const exported = await exportTo({ ...source, trees }, path, selection);
      expect(exported.asSealed).toBe(true);
      expect(filesIn(path)).toEqual(filesIn(plain));
    }
    // No folder can be made there: the ledger is read.
    const path = work.path();
    await exportTo({ ...source, trees: join(known, 'in a file') }, path, selection);
    expect(filesIn(path)).toEqual(filesIn(plain));
  });
});
