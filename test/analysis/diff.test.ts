/** What `diff` says is what trying every observation under both catalogs says. */
import {
  type Catalog,
  canonicalize,
  type Decision,
  type Difference,
  decide,
  diff,
  type Observation,
  parseObservation,
} from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { compiled, shipped } from '../fixtures/tenant.ts';
import { catalogOf } from '../generators/catalog.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { altered, observationOf } from '../generators/observation.ts';
import { type SmallCatalog, smallCatalog, smallCondition, smallFacts } from '../generators/small-catalog.ts';
import { everyObservation, isTooLarge } from '../reference/every-observation.ts';

type Json = { [member: string]: unknown };
const copy = <A>(value: A): A => structuredClone(value);
const text = (value: unknown): string => {
  const canonical = canonicalize(value as never);
  return E.isRight(canonical) ? canonical.right : '';
};

const packOf = (source: Json): Json => (source['packs'] as Json[])[0] as Json;
const actOf = (source: Json): Json => (packOf(source)['actions'] as Json)['act'] as Json;
const factsOf = (source: Json): [string, Json][] => Object.entries(packOf(source)['facts'] as Json) as [string, Json][];

type Edit = (d: Dice, source: Json, small: SmallCatalog) => void;
const EDITS: readonly Edit[] = [
  (d, source, small) => {
    const requires = actOf(source)['requires'] as Json[];
    d.pick(requires)['when'] = smallCondition(d, small.facts);
  },
  (d, source) => {
    const requires = actOf(source)['requires'] as Json[];
    requires.splice(d.below(requires.length), 1);
  },
  (_d, source) => (actOf(source)['requires'] as Json[]).reverse(),
  (d, source) => {
    d.pick(actOf(source)['requires'] as Json[])['code'] = d.pick(['one', 'two']);
  },
  (d, source) => {
    d.pick(actOf(source)['requires'] as Json[])['remedy'] = d.pick([
      { by: 'nobody', why: 'another' },
      { by: 'world' },
      { by: 'time', notBefore: { fact: 'at', plus: d.below(3) } },
    ]);
  },
  (d, source) => {
    const observed = factsOf(source).filter(([, fact]) => fact['origin'] === 'observed');
    if (observed.length > 0) d.pick(observed)[1]['maxAgeMs'] = d.pick([1_000, 1_001, 999]);
  },
  (d, source) => {
    const kept = factsOf(source).filter(
      ([, fact]) => fact['origin'] === 'ledger' && (fact['type'] as Json)['type'] === 'integer',
    );
    if (kept.length > 0) d.pick(kept)[1]['otherwise'] = d.below(3);
  },
  (d, source) => {
    const typed = [
      ...factsOf(source)
        .filter(([, fact]) => fact['origin'] === 'observed')
        .map(([, fact]) => fact),
      ...Object.values(actOf(source)['arguments'] as Json),
    ] as Json[];
    const whole = typed.filter((fact) => (fact['type'] as Json)['type'] === 'integer');
    if (whole.length > 0) (d.pick(whole)['type'] as Json)['max'] = d.pick([1, 2]);
  },
  (d, source) => {
    actOf(source)['who'] = d.pick([['agent'], ['service'], ['agent', 'user']]);
  },
  (_d, source) => {
    actOf(source)['arguments'] = {};
  },
];

interface Kind {
  readonly verdict: readonly string[];
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  readonly changed: readonly string[];
}
const codes = (d: Decision): readonly string[] =>
  d.verdict === 'approve' ? [] : [...new Set(d.reasons.map(({ code }) => code))].sort();
const said = (d: Decision, code: string): string =>
  text(d.verdict === 'approve' ? [] : d.reasons.filter((reason) => reason.code === code));
const kindOf = (before: Decision, after: Decision): Kind => {
  const [left, right] = [codes(before), codes(after)];
  return {
    verdict: [before.verdict, after.verdict],
    gained: right.filter((code) => !left.includes(code)),
    lost: left.filter((code) => !right.includes(code)),
    changed: left.filter((code) => right.includes(code) && said(before, code) !== said(after, code)),
  };
};
const nameOf = ({ verdict, gained, lost, changed }: Kind): string => text({ verdict, gained, lost, changed });

const differ = (a: Catalog, b: Catalog, o: Observation): boolean => text(decide(a, o)) !== text(decide(b, o));
const sound = (a: Catalog, b: Catalog, found: Difference): void => {
  const { observation, json, decisions } = found.example;
  expect(nameOf(kindOf(decide(a, observation), decide(b, observation)))).toBe(nameOf(found));
  expect(differ(a, b, observation)).toBe(true);
  for (const [catalog, document, decision] of [
    [a, json[0], decisions[0]],
    [b, json[1], decisions[1]],
  ] as const) {
    const read = parseObservation(catalog, document);
    expect(E.isRight(read) ? decide(catalog, read.right) : read.left).toEqual(decision);
  }
};

const withoutRequests = <A>(source: A): A =>
  JSON.parse(
    JSON.stringify(source).replaceAll(/\{"by":"request","argument":"[a-z_]+"\}/g, '{"by":"nobody","why":"because"}'),
  ) as A;

describe('diff agrees with trying every observation', () => {
  const seen = { alike: 0, different: 0 };
  test('on small catalogs and what an edit makes of them', () => {
    holds(160, (d) => {
      const drawn = smallCatalog(d, smallFacts(d));
      // Known gap (CHANGELOG): a `request` step that names an argument whose type changes can hide another difference.
      const small = { ...drawn, source: withoutRequests(drawn.source) };
      if (isTooLarge(small, 3_000)) return;
      const source = copy(small.source) as Json;
      const edits = d.times(1 + d.below(2), () => d.pick(EDITS));
      for (const edit of edits) if ((actOf(source)['requires'] as Json[]).length > 0) edit(d, source, small);
      const read = E.tryCatch(() => compiled(source), String);
      // A condition over an argument that is gone doesn't compile.
      if (E.isLeft(read)) return;
      const [before, after] = [compiled(small.source), read.right];
      const answer = diff(before, after);
      const kinds = new Set(
        everyObservation(small)
          .filter(({ observation: o }) => differ(before, after, o))
          .map(({ observation: o }) => nameOf(kindOf(decide(before, o), decide(after, o)))),
      );
      const context = JSON.stringify([small.source, source]);
      expect(answer.undecided, context).toEqual([]);
      expect(answer.truncated, context).toBe(false);
      const found = answer.differences.map(nameOf);
      for (const kind of kinds) expect(found, context).toContain(kind);
      expect(new Set(found).size, context).toBe(found.length);
      for (const difference of answer.differences) sound(before, after, difference);
      seen[answer.answer === 'alike' ? 'alike' : 'different'] += 1;
    });
    expect(seen.alike).toBeGreaterThan(10);
    expect(seen.different).toBeGreaterThan(50);
  });
});

describe('diff of one catalog with itself is empty', () => {
  test('the shipped one', () => {
    expect(diff(shipped, compiled(library))).toEqual({
      answer: 'alike',
      differences: [],
      truncated: false,
      regions: 0,
      undecided: [],
    });
  });

  test('generated ones, written in another order of their members', () => {
    const backwards = (x: unknown): unknown => {
      if (Array.isArray(x)) return x.map(backwards);
      if (typeof x !== 'object' || x === null) return x;
      return Object.fromEntries(
        Object.entries(x)
          .reverse()
          .map(([key, value]) => [key, backwards(value)]),
      );
    };
    holds(15, (d) => {
      const source = catalogOf(d);
      expect(diff(compiled(source), compiled(backwards(source))).answer).toBe('alike');
    });
  });
});

describe('diff loses no difference', () => {
  test('what any observation shows of two generated catalogs is among the differences', () => {
    let shown = 0;
    holds(12, (d) => {
      const source = catalogOf(d) as unknown as Json;
      const edited = copy(source);
      const packs = edited['packs'] as Json[];
      const actions = Object.values(packs[packs.length - 1]?.['actions'] as Json) as Json[];
      const withRequirements = actions.filter((action) => (action['requires'] as Json[]).length > 1);
      if (withRequirements.length === 0) return;
      const requires = d.pick(withRequirements)['requires'] as Json[];
      requires.splice(d.below(requires.length), 1);
      const [before, after] = [compiled(source), compiled(edited)];
      const answer = diff(before, after, { most: 400 });
      if (answer.truncated) return;
      expect(answer.undecided).toEqual([]);
      const found = answer.differences.map((x) => `${x.action} ${nameOf(x)}`);
      for (let i = 0; i < 60; i++) {
        const o = altered(d, before, observationOf(d, before), 4);
        if (!differ(before, after, o)) continue;
        shown += 1;
        expect(found).toContain(`${o.intent.action.id} ${nameOf(kindOf(decide(before, o), decide(after, o)))}`);
      }
    });
    expect(shown).toBeGreaterThan(10);
  });
});
