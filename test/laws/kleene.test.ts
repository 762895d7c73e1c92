/** Kleene's three truth values, exhaustively: silence is never consent, and nothing turns it into truth. */

import { decide } from '@tai-autonomics/core';
import type { Condition } from '@tai-autonomics/core/author';
import { describe, expect, test } from 'vitest';
import { internal, packAround, seen } from '../fixtures/made-up.ts';
import { compiled, lawful, merged, observed, shipped } from '../fixtures/tenant.ts';

type Truth = 'true' | 'false' | 'unknown';
const TRUTHS: readonly Truth[] = ['true', 'false', 'unknown'];
const FACTS = ['x', 'y', 'z'] as const;

/** The shipped catalog with one action that asks for exactly this condition. */
const catalogOf = (when: Condition) =>
  compiled({
    ...shipped.source,
    packs: [
      ...shipped.source.packs,
      packAround({
        facts: Object.fromEntries(FACTS.map((id) => [id, seen({ type: 'boolean' })])),
        actions: {
          ask: internal({
            who: ['agent'],
            requires: [{ code: 'it_is_false', means: 'it holds', when, remedy: { by: 'world' } }],
          }),
        },
        codes: { it_is_false: 'it is false' },
      }),
    ],
  });

/** The truth of the condition as decide shows it: approved, refused with its code, or asked for evidence. */
const truthIn = (catalog: ReturnType<typeof catalogOf>, values: readonly Truth[]): Truth | string => {
  const evidence = values.flatMap((truth, i) =>
    truth === 'unknown' ? [] : [{ fact: FACTS[i], value: truth === 'true', source: 's' }],
  );
  const document = merged(lawful['check_health'], { intent: { action: { id: 'ask' } }, evidence });
  const decision = decide(catalog, observed(catalog, document));
  if (decision.verdict === 'approve') return 'true';
  const codes = new Set(decision.reasons.map(({ code }) => code));
  if (codes.size !== 1) return [...codes].join(' and ');
  return codes.has('it_is_false') ? 'false' : codes.has('evidence_missing') ? 'unknown' : [...codes].join();
};

const tuples = (n: number): readonly (readonly Truth[])[] =>
  n === 0 ? [[]] : tuples(n - 1).flatMap((rest) => TRUTHS.map((truth) => [...rest, truth]));
const isSo = (i: number): Condition => ({ fact: FACTS[i] as string, is: true });
const facts = (n: number): readonly Condition[] => FACTS.slice(0, n).map((_, i) => isSo(i));

const not = (x: Truth): Truth => (x === 'unknown' ? x : x === 'true' ? 'false' : 'true');
const and = (...all: readonly Truth[]): Truth =>
  all.includes('false') ? 'false' : all.includes('unknown') ? 'unknown' : 'true';
const or = (...any: readonly Truth[]): Truth =>
  any.includes('true') ? 'true' : any.includes('unknown') ? 'unknown' : 'false';

const rows: readonly { note: string; n: number; when: Condition; want: (...v: readonly Truth[]) => Truth }[] = [
  { note: 'a fact alone', n: 1, when: isSo(0), want: (x = 'unknown') => x },
  { note: 'not', n: 1, when: { not: isSo(0) }, want: (x = 'unknown') => not(x) },
  { note: 'not not', n: 1, when: { not: { not: isSo(0) } }, want: (x = 'unknown') => x },
  { note: 'all of one', n: 1, when: { all: facts(1) }, want: and },
  { note: 'all of two', n: 2, when: { all: facts(2) }, want: and },
  { note: 'all of three', n: 3, when: { all: facts(3) }, want: and },
  { note: 'any of one', n: 1, when: { any: facts(1) }, want: or },
  { note: 'any of two', n: 2, when: { any: facts(2) }, want: or },
  { note: 'any of three', n: 3, when: { any: facts(3) }, want: or },
  { note: 'all of none is true', n: 0, when: { all: [] }, want: () => 'true' },
  { note: 'any of none is false', n: 0, when: { any: [] }, want: () => 'false' },
  { note: 'not all of two (De Morgan)', n: 2, when: { not: { all: facts(2) } }, want: (...v) => or(...v.map(not)) },
  { note: 'not any of two (De Morgan)', n: 2, when: { not: { any: facts(2) } }, want: (...v) => and(...v.map(not)) },
  {
    note: 'x or not x is not true of silence',
    n: 1,
    when: { any: [isSo(0), { not: isSo(0) }] },
    want: (x = 'unknown') => or(x, not(x)),
  },
  {
    note: 'two facts are the same',
    n: 2,
    when: { fact: 'x', is: { fact: 'y' } },
    want: (x, y) => (x === 'unknown' || y === 'unknown' ? 'unknown' : x === y ? 'true' : 'false'),
  },
  {
    note: 'one of both values',
    n: 1,
    when: { fact: 'x', oneOf: [true, false] },
    want: (x) => (x === 'unknown' ? x : 'true'),
  },
  {
    note: 'nested',
    n: 3,
    when: { any: [{ all: facts(2) }, { not: isSo(2) }] },
    want: (x = 'unknown', y = 'unknown', z = 'unknown') => or(and(x, y), not(z)),
  },
];

describe('conditions have three values', () => {
  test.for(rows)('$note', ({ n, when, want }) => {
    const catalog = catalogOf(when);
    for (const values of tuples(n)) expect([values, truthIn(catalog, values)]).toEqual([values, want(...values)]);
  });
});
