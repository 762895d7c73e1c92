/** Large actions and extreme values: an analysis answers, or says what it was not enough for; it never throws. */
import { decide, diff, type Invariant, lint, type Proof, parseObservation, prove } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { seen } from '../fixtures/made-up.ts';
import { compiled } from '../fixtures/tenant.ts';
import { FAMILIES, requirements, sourceOf } from '../generators/large-catalog.ts';
import { runs } from '../runs.ts';

const NEVER: Invariant = { verdict: 'never_approve', action: 'act' };
const proofOf = (source: unknown, invariant = NEVER): Proof => {
  const proof = prove(compiled(source), invariant);
  if (E.isLeft(proof)) throw new Error(JSON.stringify(proof.left));
  return proof.right;
};

const M = Number.MAX_SAFE_INTEGER;
const INTEGER = seen({ type: 'integer' });

describe('differences up to the largest integers', () => {
  const facts = { x: INTEGER, y: INTEGER, z: INTEGER };
  test.for([
    { note: 'x > y + M', when: { fact: 'x', above: { fact: 'y', plus: M } }, want: 'broken' },
    {
      note: 'x = y + M and y = z + M',
      when: {
        all: [
          { fact: 'x', is: { fact: 'y', plus: M } },
          { fact: 'y', is: { fact: 'z', plus: M } },
        ],
      },
      want: 'broken',
    },
    {
      note: 'x > y + M and y > z + M',
      when: {
        all: [
          { fact: 'x', above: { fact: 'y', plus: M } },
          { fact: 'y', above: { fact: 'z', plus: M } },
        ],
      },
      want: 'holds',
    },
    {
      note: 'x = y + M, y = z + M and z above the least',
      when: {
        all: [
          { fact: 'x', is: { fact: 'y', plus: M } },
          { fact: 'y', is: { fact: 'z', plus: M } },
          { fact: 'z', above: -M },
        ],
      },
      want: 'holds',
    },
    {
      note: 'x < y and y < x',
      when: {
        all: [
          { fact: 'x', below: { fact: 'y' } },
          { fact: 'y', below: { fact: 'x' } },
        ],
      },
      want: 'holds',
    },
    {
      note: 'x ≤ y − M and y ≤ x + M − 1',
      when: {
        all: [
          { fact: 'x', atMost: { fact: 'y', plus: -M } },
          { fact: 'y', atMost: { fact: 'x', plus: M - 1 } },
        ],
      },
      want: 'holds',
    },
  ])('$note: $want', ({ when, want }) => {
    expect(proofOf(sourceOf(facts, requirements(when))).answer).toBe(want);
  });
});

describe('sets of as many members as a set can have', () => {
  const named = (from: number, to: number): readonly string[] =>
    Array.from({ length: to - from }, (_, i) => `m${from + i}`);
  test.for([
    { note: 'all of 256', all: [{ fact: 's', containsAll: named(0, 256) }], want: 'broken' },
    { note: 'all of 300', all: [{ fact: 's', containsAll: named(0, 300) }], want: 'holds' },
    {
      note: 'all of 200 and of 100 others',
      all: [
        { fact: 's', containsAll: named(0, 200) },
        { fact: 's', containsAll: named(200, 300) },
      ],
      want: 'holds',
    },
    {
      note: 'all of 256 and something else',
      all: [{ fact: 's', containsAll: named(0, 256) }, { not: { fact: 's', subsetOf: named(0, 256) } }],
      want: 'holds',
    },
    {
      note: 'all of 255 and something else',
      all: [{ fact: 's', containsAll: named(0, 255) }, { not: { fact: 's', subsetOf: named(0, 255) } }],
      want: 'broken',
    },
  ])('$note: $want', ({ all, want }) => {
    expect(proofOf(sourceOf({ s: seen({ type: 'set' }) }, requirements(...all))).answer).toBe(want);
  });
});

describe('an action of hundreds of requirements, in the long run of a thousand', () => {
  const many = Math.max(250, runs(1_000));
  const facts = Object.fromEntries(Array.from({ length: many }, (_, i) => [`f${i}`, seen({ type: 'boolean' })]));
  const all = Array.from({ length: many }, (_, i) => ({ fact: `f${i}`, is: true }));
  const source = sourceOf(facts, requirements(...all));

  test('is proved of, or it is said that the budget was not enough', { timeout: 600_000 }, () => {
    const proof = proofOf(source);
    if (proof.answer === 'not_decided') expect(proof.why).toContain('budget');
    else expect(proof.answer).toBe('broken');
  });

  test('is linted, or it is said that the budget was not enough', { timeout: 600_000 }, () => {
    const rules = lint(source, { budget: { nodes: 10_000 } }).filter(
      ({ severity, rule }) => severity === 'error' && rule !== 'not_decided',
    );
    expect(rules).toEqual([]);
  });

  test('is compared with one that requires one thing less, or it is said that the budget was not enough', {
    timeout: 600_000,
  }, () => {
    const [before, after] = [compiled(source), compiled(sourceOf(facts, requirements(...all.slice(1))))];
    const { answer, differences } = diff(before, after, { budget: { nodes: 10_000 } });
    expect(answer).not.toBe('alike');
    for (const { example } of differences) {
      const read = parseObservation(before, example.json[0]);
      expect(E.isRight(read) ? decide(before, read.right) : read.left).toEqual(example.decisions[0]);
    }
  });
});

describe('actions of ten requirements of one kind, in the long run of sixteen', () => {
  // A quarter of the budget that an analysis has: it is counted in steps, so this is what an answer costs at most.
  const budget = { nodes: 100_000 };
  test.for(Object.entries(FAMILIES))('%s: prove, lint and diff decide within a quarter of the budget', ([, family]) => {
    const { facts, all } = family(runs(16));
    const source = sourceOf(facts, requirements(...all));
    const [before, after] = [compiled(source), compiled(sourceOf(facts, requirements(...all.slice(1))))];
    const proof = prove(before, NEVER, budget);
    expect(E.isRight(proof) ? proof.right.answer : proof.left).not.toBe('not_decided');
    expect(lint(source, { budget }).filter(({ rule }) => rule === 'not_decided')).toEqual([]);
    const { undecided, differences } = diff(before, after, { budget });
    expect(undecided).toEqual([]);
    for (const { example } of differences)
      expect(decide(before, example.observation)).not.toEqual(decide(after, example.observation));
  });
});
