/** What `prove` says is what trying every observation says. */
import {
  type Catalog,
  decide,
  type Invariant,
  type Observation,
  type Proof,
  parseObservation,
  prove,
} from '@tai-autonomics/core';
import type { Condition, Type } from '@tai-autonomics/core/author';
import type { CompiledAction } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { compiled } from '../fixtures/tenant.ts';
import { catalogOf } from '../generators/catalog.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { requirements, sourceOf } from '../generators/large-catalog.ts';
import { altered, observationOf } from '../generators/observation.ts';
import { type SmallCatalog, smallCatalog, smallCondition, smallFacts } from '../generators/small-catalog.ts';
import { placeOf, worldOf } from '../reference/decide.ts';
import { truthOf } from '../reference/decide-condition.ts';
import { everyObservation, isTooLarge } from '../reference/every-observation.ts';
import { pinned } from '../reference/pinned.ts';
import { sightings } from '../runs.ts';

const proved = (catalog: Catalog, invariant: Invariant): Proof => {
  const proof = prove(catalog, invariant);
  if (E.isLeft(proof)) throw new Error(JSON.stringify(proof.left));
  return proof.right;
};

const invariantOf = (d: Dice, { facts }: SmallCatalog): Invariant => {
  const part = (): Condition => smallCondition(d, facts, 1) as unknown as Condition;
  const scoped = {
    action: d.pick(['act', '*']),
    ...(d.chance(40) ? { when: part() } : {}),
    ...(d.chance(60) ? { unless: part() } : {}),
  };
  switch (d.below(3)) {
    case 0:
      return { ...scoped, verdict: 'never_approve' };
    case 1:
      return {
        ...scoped,
        verdict: 'always_refuse_with',
        code: d.pick(['one', 'two', 'arguments_invalid', 'evidence_missing', 'evidence_stale']),
      };
    default:
      return { ...scoped, verdict: 'always_approve' };
  }
};

const breaks = (catalog: Catalog, invariant: Invariant, o: Observation): boolean => {
  const place = placeOf(catalog.source, 'act');
  const isTrue = (c: Condition): boolean => place !== undefined && truthOf(c, worldOf(place, o)) === 'true';
  if (invariant.when !== undefined && !isTrue(invariant.when)) return false;
  if (invariant.unless !== undefined && isTrue(invariant.unless)) return false;
  const decision = decide(catalog, o);
  if (invariant.verdict === 'never_approve') return decision.verdict === 'approve';
  if (invariant.verdict === 'always_refuse_with')
    return decision.verdict === 'approve' || !decision.reasons.some(({ code }) => code === invariant.code);
  const action = catalog.actions.get('act') as CompiledAction;
  return decision.verdict === 'refuse' && action.invalidArguments(o).length === 0;
};

/** How many things an observation has. */
const sizeOf = (o: Observation): number =>
  o.evidence.length +
  Object.keys(o.intent.action.arguments).length +
  [...o.state.cells.values()].reduce((sum, cell) => sum + cell.size, 0);

const seen = { holds: 0, broken: 0, elsewhere: 0 };
describe('prove agrees with trying every observation', () => {
  test('on small catalogs with every kind of fact and comparison', () => {
    holds(150, (d) => {
      const small = smallCatalog(d, smallFacts(d));
      if (isTooLarge(small)) return;
      const catalog = compiled(small.source);
      const all = everyObservation(small);
      for (let i = 0; i < 3; i++) {
        const invariant = invariantOf(d, small);
        const proof = proved(catalog, invariant);
        const broken = all.filter(({ observation }) => breaks(catalog, invariant, observation));
        const text = JSON.stringify({ invariant, source: small.source });
        // What is written down has few values of each kind: an invariant may be broken by another one, and then it is.
        if (broken.length > 0) expect(proof.answer, text).toBe('broken');
        else expect(proof.answer, text).not.toBe('not_decided');
        seen[proof.answer === 'holds' ? 'holds' : broken.length > 0 ? 'broken' : 'elsewhere'] += 1;
        if (proof.answer !== 'broken') continue;
        const { observation, json, decision } = proof.counterexample;
        expect(breaks(catalog, invariant, observation), text).toBe(true);
        expect(sizeOf(observation), text).toBeLessThanOrEqual(Math.min(...broken.map(({ size }) => size)));
        const read = parseObservation(catalog, json);
        expect(E.isRight(read) ? decide(catalog, read.right) : read.left, text).toEqual(decision);
      }
    });
    expect(seen.holds, 'some invariants hold').toBeGreaterThan(sightings(50));
    expect(seen.broken, 'some do not').toBeGreaterThan(sightings(50));
    expect(seen.elsewhere, 'few are broken by other values alone').toBeLessThan(seen.broken / 10);
  });
});

describe('a search says what a diagram says', () => {
  const tally = { holds: 0, broken: 0, not_decided: 0 };
  test('on small catalogs, where no diagram may be built', () => {
    holds(150, (d) => {
      const small = smallCatalog(d, smallFacts(d, 4), 3 + d.below(4));
      const catalog = compiled(small.source);
      const invariant = invariantOf(d, small);
      const read = prove(catalog, invariant, { nodes: 400_000, diagram: 0 });
      if (E.isLeft(read)) throw new Error(JSON.stringify(read.left));
      const searched = read.right;
      tally[searched.answer] += 1;
      const text = JSON.stringify({ invariant, source: small.source });
      expect(searched.answer, text).toBe(proved(catalog, invariant).answer);
      if (searched.answer !== 'broken') return;
      expect(breaks(catalog, invariant, searched.counterexample.observation), text).toBe(true);
    });
    expect(tally.holds, 'some hold').toBeGreaterThan(sightings(20));
    expect(tally.broken, 'some are broken').toBeGreaterThan(sightings(80));
    expect(tally.not_decided, 'all are decided').toBe(0);
  });
});

describe('prove loses no observation', () => {
  test('one region around any observation is decided as the observation is, on generated catalogs', () => {
    let asked = 0;
    holds(20, (d) => {
      const catalog = compiled(catalogOf(d));
      for (let i = 0; i < 12; i++) {
        const o = altered(d, catalog, observationOf(d, catalog), 4);
        const action = catalog.actions.get(o.intent.action.id);
        const when = action === undefined ? undefined : pinned(catalog, action, o);
        if (action === undefined || when === undefined) continue;
        const decision = decide(catalog, o);
        const given = new Set(decision.verdict === 'refuse' ? decision.reasons.map(({ code }) => code) : []);
        const text = JSON.stringify({ action: action.action, when });
        const never = proved(catalog, { verdict: 'never_approve', action: action.id, when });
        expect(never.answer, text).toBe(decision.verdict === 'approve' ? 'broken' : 'holds');
        const { code } = d.pick(action.requirements);
        if (code !== action.action.invalid && !code.startsWith('evidence_')) {
          const always = proved(catalog, { verdict: 'always_refuse_with', code, action: action.id, when });
          expect(always.answer, `${code}: ${text}`).toBe(given.has(code) ? 'holds' : 'broken');
          asked += 1;
        }
      }
    });
    expect(asked).toBeGreaterThan(sightings(80));
  });
});

test('a round of differences is broken by one, and holds by one', () => {
  const integer = { means: 'x', type: { type: 'integer' }, origin: 'observed', sources: ['s'], maxAgeMs: 1 };
  const facts = Object.fromEntries(['a', 'b', 'c', 'd'].map((id) => [id, integer]));
  const answer = (most: number): string => {
    const all = [
      { fact: 'a', below: { fact: 'b' } },
      { fact: 'b', below: { fact: 'c' } },
      { fact: 'c', below: { fact: 'd' } },
      { fact: 'd', atMost: { fact: 'a', plus: most } },
    ];
    const catalog = compiled(sourceOf(facts as never, requirements(...(all as never[]))));
    return proved(catalog, { verdict: 'never_approve', action: 'act' }).answer;
  };
  expect([2, 3].map(answer)).toEqual(['holds', 'broken']);
});

test('a chain fits into a range that it just fills', () => {
  const answer = (max: number): string => {
    const type = { type: 'integer', min: 0, max };
    const fact = { means: 'x', type, origin: 'observed', sources: ['s'], maxAgeMs: 1 };
    const facts = Object.fromEntries(['a', 'b', 'c', 'd'].map((id) => [id, fact]));
    const all = ['ab', 'bc', 'cd'].map(([x, y]) => ({ fact: x, below: { fact: y } }));
    const catalog = compiled(sourceOf(facts as never, requirements(...(all as never[]))));
    return proved(catalog, { verdict: 'never_approve', action: 'act' }).answer;
  };
  expect([2, 3].map(answer)).toEqual(['holds', 'broken']);
});

test('what is in a set is in every set that contains it, however many of them there are', () => {
  const observed = (type: Type): object => ({ means: 'x', type, origin: 'observed', sources: ['s'], maxAgeMs: 1 });
  const sets = ['a', 'b', 'c', 'd'].map((id) => [id, observed({ type: 'set' })] as const);
  const facts = { ...Object.fromEntries(sets), w: observed({ type: 'string' }) };
  const inside = [0, 1, 2].map((i) => ({ fact: 'abcd'[i], subsetOf: { fact: 'abcd'[i + 1] } }));
  const holding = (set: string): object => ({ fact: set, contains: { fact: 'w' } });
  const answer = (...last: readonly object[]): string =>
    proved(compiled(sourceOf(facts as never, requirements(...([...inside, holding('a'), ...last] as never[])))), {
      verdict: 'never_approve',
      action: 'act',
    }).answer;
  expect(answer(holding('d'))).toBe('broken');
  for (const set of ['b', 'c', 'd']) expect(answer({ not: holding(set) }), set).toBe('holds');
});

describe('an example that a search found', () => {
  test('does not say that it is the smallest, and one from a diagram does', () => {
    const facts = { x: { means: 'x', type: { type: 'boolean' }, origin: 'observed', sources: ['s'], maxAgeMs: 1 } };
    const catalog = compiled(sourceOf(facts, requirements({ fact: 'x', is: true })));
    for (const [budget, isSmallest] of [
      [{ nodes: 400_000 }, true],
      [{ nodes: 400_000, diagram: 0 }, false],
    ] as const) {
      const proof = prove(catalog, { verdict: 'never_approve', action: 'act' }, budget);
      expect(E.isRight(proof) && proof.right.answer === 'broken' && proof.right.counterexample.isSmallest).toBe(
        isSmallest,
      );
    }
  });
});
