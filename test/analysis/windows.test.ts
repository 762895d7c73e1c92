/**
 * What the analysis says of windows is what trying every observation says. Everything happens at multiples of six hours;
 * the instants that are tried lie two hours apart, so that there is one strictly between any two that matter.
 */
import {
  type Catalog,
  type CatalogSource,
  decide,
  diff,
  type Invariant,
  lint,
  type Observation,
  parseObservation,
  prove,
  whatWouldApprove,
} from '@tai-autonomics/core';
import { type Condition, DAYS, type Window } from '@tai-autonomics/core/author';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { compiled } from '../fixtures/tenant.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { placeOf, worldOf } from '../reference/decide.ts';
import { truthOf } from '../reference/decide-condition.ts';
import { sightings } from '../runs.ts';
import { asked, catalogWith } from '../windows/scene.ts';

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;
/** A Monday. */
const START = Date.UTC(2026, 10, 23);
const GRID = Array.from({ length: 252 }, (_, i) => START - WEEK + i * 2 * HOUR);
const EVERY: readonly Observation[] = GRID.flatMap((at) => [asked(at), ...GRID.map((until) => asked(at, until))]);
/** Few enough to be compared letter by letter. */
const SOME: readonly Observation[] = EVERY.filter((_, i) => i % 11 === 0);

const CLOCKS = ['00:00', '06:00', '12:00', '18:00', '24:00'] as const;
const windows = (d: Dice): readonly Window[] =>
  d.times(1 + d.below(2), () => {
    const from = d.pick(CLOCKS.slice(0, 4));
    const to = d.pick(CLOCKS.slice(1).filter((clock) => clock !== from));
    const days = d.some(DAYS);
    return days.length === 0 ? { from, to } : { days, from, to };
  });
const instant = (d: Dice): string => new Date(START + (d.below(9) - 4) * 6 * HOUR).toISOString();

const comparison = (d: Dice): Condition => {
  const [fact, other] = d.pick([
    ['at', 'until'],
    ['until', 'at'],
  ] as const);
  switch (d.below(5)) {
    case 0:
    case 1:
      return { fact, during: windows(d) };
    case 2:
      return { fact, [d.pick(['before', 'after', 'notBefore', 'notAfter'])]: instant(d) } as Condition;
    case 3:
      return { fact: 'until', within: d.pick([0, 6, 48]) * HOUR };
    default:
      return {
        fact,
        [d.pick(['before', 'after', 'notBefore', 'notAfter'])]: {
          fact: other,
          plus: d.pick([-24, -6, 0, 6, 30, 168]) * HOUR,
        },
      } as Condition;
  }
};
const condition = (d: Dice, depth = 2): Condition => {
  switch (depth === 0 ? 0 : d.below(6)) {
    case 3:
      return { not: condition(d, depth - 1) };
    case 4:
      return { all: d.times(2, () => condition(d, depth - 1)) };
    case 5:
      return { any: d.times(2, () => condition(d, depth - 1)) };
    default:
      return comparison(d);
  }
};

const sourceOf = (d: Dice): CatalogSource =>
  catalogWith(
    ...d.times(1 + d.below(2), () => ({ when: condition(d), remedy: { by: 'nobody', why: 'because' } })),
  ) as never;
const isTrue = (catalog: Catalog, c: Condition, o: Observation): boolean => {
  const place = placeOf(catalog.source, 'act');
  return place !== undefined && truthOf(c, worldOf(place, o)) === 'true';
};

describe('prove', () => {
  test('agrees with trying every observation', () => {
    const seen = { holds: 0, broken: 0, elsewhere: 0 };
    holds(60, (d) => {
      const catalog = compiled(sourceOf(d));
      const [required] = catalog.source.packs[0]?.actions['act']?.requires ?? [];
      // What is required without its narrowest part holds more often than chance would have it.
      const own = required !== undefined && 'all' in required.when ? required.when.all[0] : required?.when;
      const unless = own !== undefined && d.chance(30) ? { any: [condition(d), own] } : condition(d);
      const invariant: Invariant = { verdict: 'never_approve', action: 'act', unless };
      const proof = prove(catalog, invariant);
      if (E.isLeft(proof)) throw new Error(JSON.stringify(proof.left));
      const text = JSON.stringify({ unless, requires: catalog.source.packs[0]?.actions['act']?.requires });
      const isBroken = EVERY.some((o) => decide(catalog, o).verdict === 'approve' && !isTrue(catalog, unless, o));
      expect(proof.right.answer, text).not.toBe('not_decided');
      if (isBroken) expect(proof.right.answer, text).toBe('broken');
      seen[proof.right.answer === 'holds' ? 'holds' : isBroken ? 'broken' : 'elsewhere'] += 1;
      if (proof.right.answer !== 'broken') return;
      const { observation, json, decision } = proof.right.counterexample;
      expect(decision.verdict).toBe('approve');
      expect(isTrue(catalog, unless, observation), text).toBe(false);
      const read = parseObservation(catalog, json);
      expect(E.isRight(read) ? decide(catalog, read.right) : read.left, text).toEqual(decision);
    });
    expect(seen.holds).toBeGreaterThan(sightings(12));
    expect(seen.broken).toBeGreaterThan(sightings(20));
    // What is tried lies in three weeks of 2026, or was never written: few answers need another week.
    expect(seen.elsewhere).toBeLessThan(4);
  });

  test('two instants so far apart that their windows never meet: proved, however many weeks there are', () => {
    const meets = (plus: number, at: Window, until: Window): Condition => ({
      all: [
        { fact: 'at', is: { fact: 'until', plus } },
        { fact: 'at', during: [at] },
        { fact: 'until', during: [until] },
      ],
    });
    const answer = (when: Condition): string | undefined => {
      const catalog = compiled(catalogWith({ when, remedy: { by: 'nobody', why: 'because' } }));
      const proof = prove(catalog, { verdict: 'never_approve', action: 'act' });
      return E.isRight(proof) ? proof.right.answer : undefined;
    };
    const morning: Window = { from: '06:00', to: '12:00' };
    const evening: Window = { from: '18:00', to: '24:00' };
    expect(answer(meets(WEEK, morning, evening))).toBe('holds');
    expect(answer(meets(-WEEK, morning, evening))).toBe('holds');
    expect(answer(meets(6 * HOUR, morning, evening))).toBe('holds');
    expect(answer(meets(6 * HOUR + 1, morning, evening))).toBe('broken');
    expect(answer(meets(6 * HOUR + 1, evening, morning))).toBe('broken');
    expect(answer(meets(6 * HOUR, evening, morning))).toBe('holds');
    expect(answer(meets(12 * HOUR, evening, morning))).toBe('broken');
  });

  test('the edges are exact to the millisecond, and the years have an end', () => {
    const holdsNever = (...all: readonly Condition[]): boolean => {
      const catalog = compiled(catalogWith({ when: { all }, remedy: { by: 'nobody', why: 'because' } }));
      const proof = prove(catalog, { verdict: 'never_approve', action: 'act' });
      return E.isRight(proof) && proof.right.answer === 'holds';
    };
    const night: Condition = { fact: 'at', during: [{ days: ['mon'], from: '22:00', to: '06:00' }] };
    const notBefore = (value: string): Condition => ({ fact: 'at', notBefore: value });
    const before = (value: string): Condition => ({ fact: 'at', before: value });
    expect(holdsNever(night, notBefore('2026-11-24T06:00:00Z'), before('2026-11-30T22:00:00.000Z'))).toBe(true);
    expect(holdsNever(night, notBefore('2026-11-24T06:00:00Z'), before('2026-11-30T22:00:00.001Z'))).toBe(false);
    expect(holdsNever(night, notBefore('2026-11-24T05:59:59.999Z'), before('2026-11-30T22:00:00Z'))).toBe(false);
    // 9999-12-31 is a Friday.
    const saturday: Condition = { fact: 'at', during: [{ days: ['sat'], from: '00:00', to: '24:00' }] };
    expect(holdsNever(saturday, notBefore('9999-12-26T00:00:00Z'))).toBe(true);
    expect(holdsNever(saturday, notBefore('9999-12-25T23:59:59.999Z'))).toBe(false);
    // 1970-01-01 was a Thursday.
    const wednesday: Condition = { fact: 'at', during: [{ days: ['wed'], from: '00:00', to: '24:00' }] };
    expect(holdsNever(wednesday, before('1970-01-07T00:00:00Z'))).toBe(true);
  });
});

describe('lint', () => {
  test.for<{ readonly note: string; readonly when: Condition; readonly says: string | undefined }>([
    {
      note: 'two windows of which only the union is always open',
      when: {
        fact: 'at',
        during: [
          { from: '06:00', to: '18:00' },
          { from: '18:00', to: '06:00' },
        ],
      },
      says: 'condition_always_true',
    },
    {
      note: 'the same as two conditions',
      when: {
        any: [
          { fact: 'at', during: [{ from: '06:00', to: '18:00' }] },
          { fact: 'at', during: [{ from: '18:00', to: '06:00' }] },
        ],
      },
      says: 'condition_always_true',
    },
    {
      note: 'a window inside a freeze of the same hours',
      when: {
        all: [
          { fact: 'at', during: [{ days: ['sat'], from: '22:00', to: '02:00' }] },
          { not: { fact: 'at', during: [{ days: ['sat', 'sun'], from: '00:00', to: '24:00' }] } },
        ],
      },
      says: 'condition_never_true',
    },
    {
      note: 'a window that reaches beyond the freeze',
      when: {
        all: [
          { fact: 'at', during: [{ days: ['sun'], from: '22:00', to: '02:00' }] },
          { not: { fact: 'at', during: [{ days: ['sat', 'sun'], from: '00:00', to: '24:00' }] } },
        ],
      },
      says: undefined,
    },
  ])('$note', ({ when, says }) => {
    const found = lint(catalogWith({ when }))
      .map(({ rule }) => rule)
      .filter((rule) => rule.startsWith('condition_'));
    expect(found).toEqual(says === undefined ? [] : [says]);
  });

  test('a wait for an opening removes its reason, from its first instant to its last', () => {
    holds(10, (d) => {
      const findings = lint(catalogWith({ when: { fact: 'at', during: windows(d) } }));
      expect(findings.filter(({ rule }) => rule === 'step_does_not_help' || rule === 'step_would_help')).toEqual([]);
    });
  });
});

describe('diff', () => {
  test('agrees with trying every observation', () => {
    const seen = { alike: 0, different: 0, elsewhere: 0 };
    holds(25, (d) => {
      const [one, other] = [sourceOf(d), d.chance(20) ? undefined : sourceOf(d)];
      const [before, after] = [compiled(one), compiled(other ?? one)];
      const differ = SOME.some((o) => JSON.stringify(decide(before, o)) !== JSON.stringify(decide(after, o)));
      const answer = diff(before, after);
      const text = JSON.stringify([one, other].map((source) => source?.packs[0]?.actions['act']?.requires));
      expect(answer.answer, text).not.toBe('not_decided');
      if (differ) expect(answer.answer, text).toBe('different');
      for (const { example } of answer.differences)
        expect(example.decisions, text).toEqual([
          decide(before, example.observation),
          decide(after, example.observation),
        ]);
      seen[answer.answer === 'alike' ? 'alike' : differ ? 'different' : 'elsewhere'] += 1;
    });
    expect(seen.different).toBeGreaterThan(sightings(8));
    expect(seen.alike).toBeGreaterThan(sightings(2));
    expect(seen.elsewhere).toBeLessThan(3);
  });

  test('the same windows written otherwise decide alike, the wait included', () => {
    const written = (during: readonly Window[]) =>
      compiled(catalogWith({ when: { fact: 'at', during }, remedy: { by: 'nobody', why: 'because' } }));
    const night: readonly Window[] = [{ days: ['mon'], from: '22:00', to: '06:00' }];
    const parts: readonly Window[] = [
      { days: ['mon'], from: '22:00', to: '24:00' },
      { days: ['tue'], from: '00:00', to: '06:00' },
    ];
    expect(diff(written(night), written(parts)).answer).toBe('alike');
    const waiting = compiled(catalogWith({ when: { fact: 'at', during: night } }));
    expect(diff(waiting, waiting).answer).toBe('alike');
    const later = compiled(
      catalogWith({ when: { fact: 'at', during: [{ days: ['mon'], from: '23:00', to: '06:00' }] } }),
    );
    expect(diff(waiting, later).answer).toBe('different');
  });
});

describe('whatWouldApprove', () => {
  test('agrees with trying every later instant, and every other value of what can be written', () => {
    const seen = { now: 0, time: 0, write: 0, both: 0, none: 0 };
    holds(30, (d) => {
      const catalog = compiled(sourceOf(d));
      const o = d.pick(EVERY);
      if (decide(catalog, o).verdict === 'approve') {
        seen.now += 1;
        return;
      }
      const answer = whatWouldApprove(catalog, o);
      const text = JSON.stringify({
        o: [o.at, [...o.state.cells]],
        requires: catalog.source.packs[0]?.actions['act']?.requires,
      });
      expect(answer.answer, text).not.toBe('not_decided');
      const sets = answer.answer === 'sets' ? answer.sets : [];
      const told = sets.map(({ changes }) =>
        changes
          .map(({ fact }) => fact)
          .sort()
          .join(),
      );
      for (const { after } of sets) expect(decide(catalog, after).verdict, text).toBe('approve');
      const until = o.state.cells.get('until')?.get('') as number | undefined;
      const approves = (x: Observation): boolean => decide(catalog, x).verdict === 'approve';
      const later = GRID.filter((at) => at >= o.at);
      const byTime = later.some((at) => approves(asked(at, until)));
      const byWriting = GRID.some((other) => approves(asked(o.at, other)));
      const byBoth = EVERY.some((x) => x.at >= o.at && approves(x));
      if (byTime) expect(told, text).toContain('at');
      if (byWriting) expect(told, text).toContain('until');
      if (byBoth) expect(answer.answer, text).toBe('sets');
      seen[told.includes('at') ? 'time' : told.includes('until') ? 'write' : told.length > 0 ? 'both' : 'none'] += 1;
    });
    expect(seen.time).toBeGreaterThan(sightings(5));
    expect(seen.write + seen.both).toBeGreaterThan(0);
  });

  test('waits for the next opening, and says in words a catalog could hold when it may be', () => {
    const catalog = compiled(
      catalogWith({ when: { fact: 'at', during: [{ days: ['sun'], from: '22:00', to: '06:00' }] } }),
    );
    const answer = whatWouldApprove(catalog, asked(START + 12 * HOUR));
    const [set] = answer.answer === 'sets' ? answer.sets : [];
    expect(set?.changes).toMatchObject([
      {
        fact: 'at',
        by: 'time',
        to: '2026-11-29T22:00:00.000Z',
        where: [
          {
            fact: 'at',
            during: [{ days: ['sun'], from: '22:00', to: '06:00' }],
          },
          { fact: 'at', after: '2026-11-23T12:00:00.000Z' },
        ],
      },
    ]);
  });
});
