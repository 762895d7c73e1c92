/** An argument that the action does not have: the step says to leave it out, and which one may have been meant. */
import { decide, explain, type Reason } from '@tai-autonomics/core';
import { matchers } from '@tai-autonomics/core/testing';
import { describe, expect, test } from 'vitest';
import { type Document, lawful, merged, observed, shipped } from '../fixtures/tenant.ts';

const asked = (given: Document) =>
  observed(shipped, merged(lawful['grant_role'], { intent: { action: { arguments: given } } }));
const reasonsFor = (given: Document): readonly Reason[] => {
  const decision = decide(shipped, asked(given));
  return decision.verdict === 'refuse' ? decision.reasons : [];
};

describe('an argument that the action does not have', () => {
  test.for([
    { note: 'a slip of the pen', name: 'role', nearest: 'roles' },
    { note: 'nothing like it', name: 'because', nearest: undefined },
    { note: 'a name that every object has', name: 'constructor', nearest: undefined },
  ])('$note ($name): it is to be left out', ({ name, nearest }) => {
    const [reason] = reasonsFor({ [name]: 'x' });
    expect(reason?.next).toEqual({
      kind: 'request',
      argument: name,
      means: `${name}: the action has no such argument`,
      leaveOut: true,
      ...(nearest === undefined ? {} : { nearest }),
    });
  });

  test('in words', () => {
    expect(explain(decide(shipped, asked({ role: 'x' }))).at(-1)).toBe(
      '    next: ask again without role: the action has no such argument; did you mean `roles`?',
    );
  });

  test('that cannot be printed is not repeated, and nothing is near it', () => {
    const [reason] = reasonsFor({ 'rol es': 'x' });
    expect(reason?.next).toMatchObject({ argument: 'an argument', leaveOut: true });
    expect(reason?.next).not.toHaveProperty('nearest');
  });

  test('many of them: each is told, and the first eight with what may have been meant', () => {
    const names = Array.from({ length: 90 }, (_, i) => `roles${i + 10}`);
    const reasons = reasonsFor(Object.fromEntries(names.map((name) => [name, 'x'])));
    expect(reasons).toHaveLength(90);
    expect(reasons.filter(({ next }) => 'nearest' in next)).toHaveLength(8);
  });

  test('is left out where the step is carried out', () => {
    const o = asked({ role: 'x' });
    const after = matchers.toBecomeLawfulAfter({ catalog: shipped, observation: o }, { ask: {} });
    expect(after).toMatchObject({ pass: true });
  });
});
