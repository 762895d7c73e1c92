/** What `diff` says is what trying every observation under both catalogs says. */
import {
  type Catalog,
  type Decision,
  type Difference,
  decide,
  diff,
  type Observation,
  parseObservation,
} from '@tai-autonomics/core';
import { canonicalize } from '@tai-autonomics/core/receipt';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { catalogAround, internal, kept, seen } from '../fixtures/made-up.ts';
import { compiled, shipped } from '../fixtures/tenant.ts';
import { catalogOf } from '../generators/catalog.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { altered, observationOf } from '../generators/observation.ts';
import {
  ASKED,
  OBSERVED,
  type SmallCatalog,
  smallCatalog,
  smallCondition,
  smallFacts,
} from '../generators/small-catalog.ts';
import { everyObservation, isTooLarge } from '../reference/every-observation.ts';
import { sightings } from '../runs.ts';

type Json = { [member: string]: unknown };
/** Without shared parts: an edit of one type must not edit another. */
const copy = <A>(value: A): A => JSON.parse(JSON.stringify(value)) as A;
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

const anotherMax = (d: Dice, type: Json): void => {
  type['max'] = d.pick([1, 2]);
};
/** Other declarations of the records: fields, their types, how many there may be. */
const RECORD_EDITS: readonly ((d: Dice, type: Json) => void)[] = [
  (_d, type) => {
    (type['fields'] as Json)['extra'] = { type: 'boolean' };
  },
  anotherMax,
  (_d, type) => {
    type['fields'] = Object.fromEntries(
      Object.entries(type['fields'] as Readonly<Record<string, Json>>).map(([name, field]) => [
        name,
        field['type'] === 'integer'
          ? { ...field, max: 0 }
          : field['type'] === 'enum'
            ? { ...field, values: ['a'] }
            : { ...field, maxLength: 1 },
      ]),
    );
  },
];

describe('diff of lists of records that are declared otherwise', () => {
  const seen = { alike: 0, different: 0, undecided: 0 };
  test('never says that they decide alike where they do not, and shows no difference that there is not', () => {
    holds(40, (d) => {
      const lists = [...OBSERVED, ...ASKED].filter(({ type }) => type.type === 'records');
      const small = smallCatalog(d, [d.pick(lists), ...smallFacts(d, 1)]);
      if (isTooLarge(small, 3_000)) return;
      const source = copy(small.source) as Json;
      const typed = [
        ...factsOf(source).map(([, fact]) => fact),
        ...Object.values(actOf(source)['arguments'] as Json),
      ] as Json[];
      const records = typed.map((fact) => fact['type'] as Json).filter((type) => type['type'] === 'records');
      const edit = d.pick(RECORD_EDITS);
      edit(d, d.pick(records));
      const read = E.tryCatch(() => compiled(source), String);
      // A condition may name a word that there is no more.
      if (E.isLeft(read)) return;
      const [before, after] = [compiled(small.source), read.right];
      const answer = diff(before, after, { most: 1_000 });
      const kinds = new Set(
        everyObservation(small)
          .filter(({ observation: o }) => differ(before, after, o))
          .map(({ observation: o }) => nameOf(kindOf(decide(before, o), decide(after, o)))),
      );
      for (const found of answer.differences) sound(before, after, found);
      const shown = new Set(answer.differences.map(nameOf));
      const context = JSON.stringify([small.source, source, [...kinds], answer]);
      if (answer.undecided.length === 0) for (const kind of kinds) expect(shown.has(kind), context).toBe(true);
      // Which lists are longer than another declaration allows is not told apart; everything else is.
      if (edit !== anotherMax) expect(answer.undecided, context).toEqual([]);
      seen[answer.undecided.length > 0 ? 'undecided' : answer.answer === 'alike' ? 'alike' : 'different'] += 1;
    });
    expect(seen.different).toBeGreaterThan(sightings(10));
  });
});

describe('diff agrees with trying every observation', () => {
  const seen = { alike: 0, different: 0 };
  test('on small catalogs and what an edit makes of them', () => {
    holds(160, (d) => {
      const small = smallCatalog(d, smallFacts(d));
      if (isTooLarge(small, 3_000)) return;
      const source = copy(small.source) as Json;
      const edits = d.times(1 + d.below(2), () => d.pick(EDITS));
      for (const edit of edits) if ((actOf(source)['requires'] as Json[]).length > 0) edit(d, source, small);
      const read = E.tryCatch(() => compiled(source), String);
      // A condition over an argument that is gone doesn't compile.
      if (E.isLeft(read)) return;
      const [before, after] = [compiled(small.source), read.right];
      const answer = diff(before, after, { most: 1_000 });
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
    expect(seen.alike).toBeGreaterThan(sightings(10));
    expect(seen.different).toBeGreaterThan(sightings(50));
  });
});

describe('diff by search finds what diff by diagrams finds', () => {
  test('on small catalogs of which each lacks what the other requires', () => {
    let searched = 0;
    holds(60, (d) => {
      const small = smallCatalog(d, smallFacts(d, 4), 4 + d.below(4));
      const source = copy(small.source) as Json;
      d.pick(EDITS.slice(0, 4))(d, source, small);
      const [before, after] = [compiled(small.source), compiled(source)];
      const found = diff(before, after, { most: 1_000, budget: { nodes: 400_000, diagram: 0 } });
      for (const difference of found.differences) sound(before, after, difference);
      const context = JSON.stringify([small.source, source]);
      const known = diff(before, after, { most: 1_000 });
      expect(found.differences.map(nameOf).sort(), context).toEqual(known.differences.map(nameOf).sort());
      expect(found.undecided, context).toEqual(known.undecided);
      if (found.answer === 'different') searched += 1;
    });
    expect(searched).toBeGreaterThan(sightings(20));
  });
});

describe('diff of conditions about what has no name', () => {
  test('takes no text that has one, where nothing is said of it', () => {
    const set = { type: 'set' };
    const small = { type: 'integer', min: 0, max: 2 };
    const requirement = (code: string, when: unknown): Json => ({ code, means: 'so', when, remedy: { by: 'world' } });
    const source = (requires: readonly unknown[]): Json =>
      catalogAround({
        facts: { r: seen(set), z: kept('z', set, []), n: kept('n', small, 1) },
        cells: { z: { means: 'z', key: [], type: set }, n: { means: 'n', key: [], type: small } },
        actions: { act: internal({ who: ['agent'], requires }) },
        codes: { one: 'the first', two: 'the second' },
      });
    const some = requirement('two', { all: [{ fact: 'n', above: 0 }, { not: { fact: 'z', subsetOf: ['a'] } }] });
    const few = requirement('two', { any: [{ not: { fact: 'n', is: 1 } }, { fact: 'r', subsetOf: ['a'] }] });
    const apart = requirement('one', {
      any: [
        { not: { fact: 'z', contains: 'a' } },
        {
          any: [
            { fact: 'r', containsAll: { fact: 'z' } },
            { fact: 'r', disjointFrom: { fact: 'z' } },
          ],
        },
      ],
    });
    const [before, after] = [compiled(source([some, few, apart])), compiled(source([apart, some]))];
    const answer = diff(before, after);
    expect(answer.undecided).toEqual([]);
    for (const difference of answer.differences) sound(before, after, difference);
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
    expect(shown).toBeGreaterThan(sightings(10));
  });
});
