/**
 * Many conditions on one list of records: with room for a record for each of them, and without. What the analysis says is
 * what trying every list says.
 */
import { decide, diff, type Invariant, lint, type Observation, prove } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { compiled } from '../fixtures/tenant.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { OBSERVED, type SmallCatalog, smallCatalog, smallFacts } from '../generators/small-catalog.ts';
import { everyObservation, isTooLarge } from '../reference/every-observation.ts';
import { sightings } from '../runs.ts';

type Json = Record<string, unknown>;
interface Source {
  readonly packs: readonly [
    { readonly facts: Record<string, Json>; readonly actions: { readonly act: { requires: readonly Json[] } } },
  ];
}

const list = OBSERVED.filter(({ id }) => id === 'l');
const NEVER: Invariant = { verdict: 'never_approve', action: 'act' };
/** No diagram: everything is searched. */
const SEARCHED = { nodes: 400_000, diagram: 0 };

/** A catalog of three to seven requirements, most of them on one list that may have so many records. */
const listCatalog = (d: Dice, most: number): { readonly small: SmallCatalog; readonly source: Source } => {
  const small = smallCatalog(d, [...list, ...list, ...list, ...smallFacts(d, 1)], 3 + d.below(5));
  const source = structuredClone(small.source) as unknown as Source;
  const [{ facts }] = source.packs;
  facts['l'] = { ...facts['l'], type: { ...(facts['l']?.['type'] as Json), max: most } };
  return { small: { ...small, facts: [...new Set(small.facts)] }, source };
};

const recordsIn = (o: Observation): number =>
  o.evidence.reduce(
    (sum, { value }) => sum + ((value as { items?: readonly unknown[] } | null)?.items?.length ?? 0),
    0,
  );

describe.for([
  { note: 'room for each condition', most: 200 },
  { note: 'at most three records', most: 3 },
])('conditions on one list, $note', ({ most }) => {
  const seen = { holds: 0, broken: 0, constant: 0, different: 0, alike: 0 };

  test('prove says what trying every list says, in diagrams and by search', () => {
    holds(200, (d) => {
      const { small, source } = listCatalog(d, most);
      if (isTooLarge(small, 3_000)) return;
      const catalog = compiled(source);
      const all = everyObservation(small).map(({ observation }) => observation);
      const approved = all.filter((o) => decide(catalog, o).verdict === 'approve');
      const text = JSON.stringify(source);
      for (const budget of [undefined, SEARCHED]) {
        const proof = prove(catalog, NEVER, budget);
        if (E.isLeft(proof)) throw new Error(JSON.stringify(proof.left));
        const { right } = proof;
        expect(right.answer, text).not.toBe('not_decided');
        if (approved.length > 0) expect(right.answer, text).toBe('broken');
        seen[right.answer === 'holds' ? 'holds' : 'broken'] += 1;
        if (right.answer !== 'broken') continue;
        const { observation } = right.counterexample;
        expect(decide(catalog, observation).verdict, text).toBe('approve');
        if (budget === undefined && approved.length > 0)
          expect(observation.evidence.length * 1_000 + recordsIn(observation), text).toBeLessThanOrEqual(
            Math.min(...approved.map((o) => o.evidence.length * 1_000 + recordsIn(o))),
          );
      }
    });
    expect(seen.holds).toBeGreaterThan(sightings(10));
    expect(seen.broken).toBeGreaterThan(sightings(50));
  });

  test('a requirement that lint calls constant is constant', () => {
    holds(200, (d) => {
      const { small, source } = listCatalog(d, most);
      if (isTooLarge(small, 3_000)) return;
      const [{ actions }] = source.packs;
      const findings = lint(source, { budget: SEARCHED });
      const all = everyObservation(small).map(({ observation }) => observation);
      for (const [i, requirement] of actions.act.requires.entries()) {
        const alone = structuredClone(source);
        alone.packs[0].actions.act.requires = [{ ...requirement, code: 'one', remedy: { by: 'nobody', why: 'x' } }];
        const catalog = compiled(alone);
        const truths = new Set(
          all.map((o) => {
            const decision = decide(catalog, o);
            if (decision.verdict === 'approve') return 'true';
            return decision.reasons.some(({ code }) => code === 'one') ? 'false' : 'unknown';
          }),
        );
        const here = findings.filter(({ path }) => path.join('/') === `packs/0/actions/act/requires/${i}/when`);
        const said = here.find(({ rule }) => rule.startsWith('condition_'))?.rule;
        if (said === 'condition_never_true') expect(truths.has('true'), JSON.stringify(source)).toBe(false);
        if (said === 'condition_always_true') expect(truths.has('false'), JSON.stringify(source)).toBe(false);
        if (said !== undefined) seen.constant += 1;
      }
    });
    expect(seen.constant).toBeGreaterThan(sightings(4));
  });

  test('what a requirement less changes is found, and nothing else is shown', () => {
    holds(100, (d) => {
      const { small, source } = listCatalog(d, most);
      if (isTooLarge(small, 3_000)) return;
      const less = structuredClone(source);
      const { act } = less.packs[0].actions;
      const out = d.below(act.requires.length);
      act.requires = act.requires.filter((_, i) => i !== out);
      const [before, after] = [compiled(source), compiled(less)];
      const verdictsOf = (o: Observation): string => `${decide(before, o).verdict} ${decide(after, o).verdict}`;
      const flips = new Set(
        everyObservation(small)
          .map(({ observation }) => verdictsOf(observation))
          .filter((both) => both === 'refuse approve'),
      );
      for (const budget of [undefined, SEARCHED]) {
        const answer = diff(before, after, { most: 1_000, ...(budget === undefined ? {} : { budget }) });
        expect(answer.undecided, JSON.stringify([source, less])).toEqual([]);
        const shown = new Set(answer.differences.map(({ verdict }) => verdict.join(' ')));
        for (const flip of flips) expect(shown.has(flip), JSON.stringify([source, less])).toBe(true);
        for (const { example } of answer.differences)
          expect(decide(before, example.observation), JSON.stringify([source, less])).not.toEqual(
            decide(after, example.observation),
          );
        seen[answer.answer === 'alike' ? 'alike' : 'different'] += 1;
      }
    });
    expect(seen.different).toBeGreaterThan(sightings(30));
  });
});
