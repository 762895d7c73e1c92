/** What is read of the statements about a fact: in any order the same, and in so many looks as there are statements. */
import { decide, type Evidence, type Observation } from '@tai-autonomics/core';
import { describe, expect, test } from 'vitest';
import { catalogAround, internal } from '../fixtures/made-up.ts';
import { compiled } from '../fixtures/tenant.ts';
import { type Dice, holds } from '../generators/dice.ts';

const AT = Date.UTC(2026, 0, 26, 12);
const SOURCES = ['git', 'probe', 'ci'] as const;
const catalog = compiled(
  catalogAround({
    facts: {
      stable: { means: 'stable', type: { type: 'boolean' }, origin: 'observed', sources: SOURCES, maxAgeMs: 60_000 },
    },
    actions: {
      act: internal({
        requires: [
          {
            code: 'no',
            means: 'stable',
            when: { fact: 'stable', is: true },
            remedy: { by: 'nobody', why: 'it is not' },
          },
        ],
      }),
    },
  }),
);

const of = (evidence: readonly Evidence[]): Observation => ({
  id: 'i-1',
  at: AT,
  mode: 'eval',
  intent: {
    subject: { type: 'user', id: 'ann', ref: 'ann', scope: [] },
    action: { id: 'act', arguments: {} },
    resource: { id: 'svc', ref: 'svc' },
    binding: 'bind',
  },
  evidence,
  state: { cells: new Map(), open: new Map() },
});
const codesOf = (evidence: readonly Evidence[]): readonly string[] => {
  const decision = decide(catalog, of(evidence));
  return decision.verdict === 'approve' ? [] : decision.reasons.map(({ code }) => code);
};
const said = (source: string, value: unknown = true, age = 0): Evidence => ({
  fact: 'stable',
  about: 'svc',
  value,
  source,
  observedAt: AT - age,
});

const shuffled = <A>(d: Dice, list: readonly A[]): readonly A[] => {
  const all = [...list];
  return list.map(() => all.splice(d.below(all.length), 1)[0] as A);
};

test('in whatever order statements come, the decision is the same', () => {
  holds(800, (d) => {
    const evidence = d.times(d.below(7), () =>
      said(
        d.pick([...SOURCES, 'somebody']),
        d.pick([true, true, false, 'true', null]),
        d.pick([0, 1, 60_000, 60_001, -1]),
      ),
    );
    expect(codesOf(shuffled(d, evidence))).toEqual(codesOf(evidence));
  });
});

describe('of several faults one is named', () => {
  test.for([
    {
      note: 'stale before what nobody may state',
      faults: [said('git', true, 60_001), said('somebody')],
      code: 'evidence_stale',
    },
    {
      note: 'a statement of the future before all',
      faults: [said('git', true, -1), said('probe', 'no')],
      code: 'evidence_untrusted',
    },
    {
      note: 'ill-typed before conflicting',
      faults: [said('git', 1), said('probe'), said('ci', false)],
      code: 'evidence_missing',
    },
    {
      note: 'conflicting before stale',
      faults: [said('git'), said('probe', false), said('ci', true, 60_001)],
      code: 'evidence_conflicting',
    },
  ])('$note', ({ faults, code }) => {
    expect(codesOf(faults)).toEqual([code]);
    expect(codesOf([...faults].reverse())).toEqual([code]);
  });

  test('what one trusted source says now is known, whatever others say that may not, or said long ago', () => {
    expect(codesOf([said('git'), said('somebody', false), said('probe', false, 60_001)])).toEqual([]);
  });
});

test('evidence counts at its very age, and not a millisecond longer', () => {
  expect(codesOf([said('git', true, 60_000)])).toEqual([]);
  expect(codesOf([said('git', true, 60_001)])).toEqual(['evidence_stale']);
});

test('a set is known only with the statement that it is complete', () => {
  const fact = { means: 'm', type: { type: 'set' }, origin: 'observed', sources: SOURCES, maxAgeMs: 60_000 };
  const empty = { code: 'no', means: 'm', when: { fact: 'members', is: [] }, remedy: { by: 'world' } };
  const members = compiled(
    catalogAround({ facts: { members: fact }, actions: { act: internal({ requires: [empty] }) } }),
  );
  const verdictOn = (value: unknown): string =>
    decide(members, of([{ ...said('git', value), fact: 'members' }])).verdict;
  expect(verdictOn({ complete: true, items: [] })).toBe('approve');
  for (const value of [{ items: [] }, { complete: false, items: [] }, { complete: 'true', items: [] }, []])
    expect(verdictOn(value), JSON.stringify(value)).toBe('refuse');
});

test('twice as many statements take twice as many looks', () => {
  const looksAt = (n: number): number => {
    let looks = 0;
    const counted = new Proxy(said('git'), {
      get: (e, name) => {
        looks += 1;
        return Reflect.get(e, name);
      },
    });
    expect(codesOf(Array.from({ length: n }, () => counted))).toEqual([]);
    return looks;
  };
  expect(looksAt(2_000)).toBeLessThanOrEqual(2 * looksAt(1_000) + 100);
});

test('twice as many facts, of each of which something was said, take twice as many looks', () => {
  const looksAt = (n: number): number => {
    const ids = Array.from({ length: n }, (_, i) => `stable_${i}`);
    const fact = { means: 's', type: { type: 'boolean' }, origin: 'observed', sources: SOURCES, maxAgeMs: 60_000 };
    const many = compiled(
      catalogAround({
        facts: Object.fromEntries(ids.map((id) => [id, fact])),
        actions: {
          act: internal({
            requires: ids.map((id) => ({
              code: 'no',
              means: id,
              when: { fact: id, is: true },
              remedy: { by: 'nobody', why: 'it is not' },
            })),
          }),
        },
      }),
    );
    let looks = 0;
    const evidence = ids.map(
      (id) =>
        new Proxy(
          { ...said('git'), fact: id },
          {
            get: (e, name) => {
              looks += 1;
              return Reflect.get(e, name);
            },
          },
        ),
    );
    expect(decide(many, of(evidence)).verdict).toBe('approve');
    return looks;
  };
  expect(looksAt(400)).toBeLessThanOrEqual(2 * looksAt(200) + 100);
});
