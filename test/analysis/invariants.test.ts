/** What the shipped catalog is meant to keep: each invariant holds, is broken by what it is there for, and stands in the docs. */
import { join } from 'node:path';
import { type Catalog, decide, type Invariant, type Proof, prove } from '@tai-autonomics/core';
import { invariants, library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { compiled, shipped } from '../fixtures/tenant.ts';
import { inTheLongRun, isAmong } from '../runs.ts';
import { type Breaking, breakingOf, broken } from './broken-catalogs.ts';

const proved = (catalog: Catalog, invariant: Invariant): Proof => {
  const proof = prove(catalog, invariant);
  if (E.isLeft(proof)) throw new Error(JSON.stringify(proof.left));
  return proof.right;
};
const meansOf = ({ means = '' }: Invariant): string => means;
const breaking = (invariant: Invariant): Breaking => {
  const found = breakingOf(meansOf(invariant));
  if (found === undefined) throw new Error(`nothing breaks: ${meansOf(invariant)}`);
  return found;
};

const VERDICTS: { readonly [V in Invariant['verdict']]: string } = {
  never_approve: 'is never approved',
  always_refuse_with: 'is always refused so',
  always_approve: 'is always approved',
};

/** One digit, rounded down, and of few regions none: another action of the catalog must not change every line. */
const atLeast = (regions: number): string => {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, regions)));
  return (regions < 1_000 ? unit : Math.floor(regions / unit) * unit).toLocaleString('en');
};

const page = (proofs: readonly (readonly [Invariant, Proof])[]): string => {
  const rows = proofs.map(([invariant, proof]) => {
    const action = invariant.action === '*' ? 'every action' : `\`${invariant.action}\``;
    const regions = 'regions' in proof ? atLeast(proof.regions) : '';
    const edit = breaking(invariant).edit;
    return `| ${meansOf(invariant)} | ${action} ${VERDICTS[invariant.verdict]} | ${regions} | ${edit} |`;
  });
  return `# What the shipped catalog keeps

Each line is an invariant: a statement about every observation that the catalog’s types allow, of all eight
gates, with ledger facts, time and missing evidence included. It is proved, not sampled: the decision is
turned into a decision diagram and the diagram into regions, in each of which the decision is the same; an
invariant holds if no region breaks it. The third column counts them, rounded down to one digit; \`tai prove\`
prints all of them. The last column is an edit of the catalog that breaks the invariant, and that the proof
catches, with the smallest observation that shows it.

\`\`\`
tai prove                              the invariants below
tai prove mine.jsonc --catalog c.json  your own, of a catalog of your own
\`\`\`

You find the form of an invariant in \`packages/packs/src/invariants.ts\` and, as a file, in
\`examples/policy/invariants.jsonc\`. A test proves all of them in each build and writes this page. After a change
of the catalog, run \`npx vitest run test/analysis/invariants.test.ts -u\`.

An invariant is about one decision. That no sequence of approvals exceeds a quota, a budget, a pace or what may be
open rests on counters as well: \`test/laws/capacity.test.ts\` plays sequences, and takes each counter away to see
its law broken.

| it is meant that | so | regions, at least | broken by the same action |
| --- | --- | --- | --- |
${rows.join('\n')}

${proofs.length} invariants hold.
`;
};

/** Every fact that a condition names, however deep. */
const factsIn = (part: unknown): readonly string[] => {
  if (Array.isArray(part)) return part.flatMap(factsIn);
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([member, value]) =>
    member === 'fact' && typeof value === 'string' ? [value] : factsIn(value),
  );
};

/** The cells that the invariants rest on: without what writes them, they would hold of a ledger that remembers nothing. */
const cells = [
  ...new Set(
    invariants
      .flatMap(({ when, unless }) => factsIn([when, unless]))
      .flatMap((id) => {
        const fact = shipped.facts.get(id);
        return fact?.origin === 'ledger' ? [fact.cell] : [];
      }),
  ),
].sort();

/** Those of them that no action of a catalog writes. */
const unwritten = (source: unknown): readonly string[] => {
  const written = new Set<unknown>();
  JSON.stringify(source, (member, value: unknown) => {
    if (member === 'writes' && Array.isArray(value)) for (const { cell } of value) written.add(cell);
    return value;
  });
  return cells.filter((cell) => !written.has(cell));
};

/** The shipped catalog, in which nothing writes the cell. */
const withoutWritesOf = (cell: string): unknown =>
  JSON.parse(JSON.stringify(library), (member, value: unknown) =>
    member === 'writes' && Array.isArray(value) ? value.filter((write) => write.cell !== cell) : value,
  );

describe('the invariants of the shipped catalog', () => {
  test('rest on cells that some action writes, each of them', () => {
    expect(cells.length).toBeGreaterThan(10);
    // The gate of capacity counts by itself: test/laws/capacity.test.ts takes each counter away.
    const counted = ['quota_resets_at', 'quota_used'];
    expect(unwritten(library)).toEqual(counted);
    for (const cell of cells.filter((one) => !counted.includes(one)))
      expect(unwritten(withoutWritesOf(cell))).toEqual([...counted, cell].sort());
  });

  test('hold, and are listed with their regions', async () => {
    const proofs = invariants.map((invariant) => [invariant, proved(shipped, invariant)] as const);
    expect(proofs.filter(([, { answer }]) => answer !== 'holds')).toEqual([]);
    await expect(page(proofs)).toMatchFileSnapshot(join(repository, 'docs', 'invariants.md'));
  });

  test('each says something else', () => {
    expect(new Set(invariants.map(meansOf)).size).toBe(invariants.length);
  });

  test.for(invariants.map((invariant, i) => ({ note: meansOf(invariant), invariant, i })))(
    'is broken by an edit: $note',
    ({ invariant, i }, context) => {
      if (!isAmong(i, 4)) inTheLongRun(context);
      const catalog = compiled(broken(breaking(invariant), invariant.action));
      const proof = proved(catalog, invariant);
      expect(proof.answer).toBe('broken');
      if (proof.answer !== 'broken') return;
      const { observation, decision } = proof.counterexample;
      expect(decide(catalog, observation)).toEqual(decision);
      expect(decision.verdict === 'approve').toBe(invariant.verdict === 'never_approve');
    },
  );
});
