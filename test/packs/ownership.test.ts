/** Who owns a tenant, after any script of lawful actions: always somebody who can act as its owner. */
import { decide, type Observation, type State } from '@tai-autonomics/core';
import { RELATIONS } from '@tai-autonomics/core/author';
import { emptyState, evolve } from '@tai-autonomics/core/engine';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shipped } from '../fixtures/tenant.ts';
import { runs } from '../runs.ts';

/** Those who are there: they can ask for something. The deployment knows their kinds. */
const THERE = { ann: 'user', bob: 'user', cleo: 'user', bot: 'agent' } as const;
/** Nobody: a typing error, or somebody whom an owner registered and who never came. */
const GHOSTS = ['bobb', 'zoe'] as const;
const USERS = ['ann', 'bob', 'cleo'] as const;
const ANYBODY = [...Object.keys(THERE), ...GHOSTS];
const OPERATOR = { type: 'system', id: 'operator' } as const;

interface Act {
  readonly by: keyof typeof THERE | 'operator';
  readonly action: string;
  readonly whom: string;
  readonly relation: string;
  readonly kind: string;
  readonly laterMs: number;
}

/** What changes who owns a tenant, or may; opening it is how every script begins. */
const ACTIONS = [
  'register_subject',
  'restore_owner',
  'grant_relation',
  'revoke_relation',
  'transfer_ownership',
  'accept_ownership',
] as const;

const kindOf = (ref: string): 'user' | 'agent' | undefined =>
  (THERE as Readonly<Record<string, 'user' | 'agent'>>)[ref];

const argumentsOf = ({ action, whom, relation, kind }: Act): Readonly<Record<string, unknown>> => {
  switch (action) {
    case 'register_subject':
      return { subject: whom, kind };
    case 'restore_owner':
      return { subject: whom, why: 'owner_left', finding: 'asked' };
    case 'transfer_ownership':
      return { to: whom };
    case 'accept_ownership':
      return { from: whom };
    default:
      return { subject: whom, relation };
  }
};

const observationOf = (act: Act, at: number, state: State): Observation => {
  const subject = act.by === 'operator' ? OPERATOR : { type: THERE[act.by], id: act.by };
  const named = kindOf(act.whom);
  return {
    id: 'i',
    at,
    mode: 'contractual',
    intent: {
      subject: { ...subject, ref: subject.id, scope: [] },
      action: { id: act.action, arguments: argumentsOf(act) },
      resource: { id: '*', ref: '*' },
      binding: 'b',
      ...(named === undefined ? {} : { named }),
    },
    evidence: [],
    state,
  };
};

const after = (state: State, o: Observation): State => {
  const decision = decide(shipped, o);
  return decision.verdict === 'refuse'
    ? state
    : evolve(state, { kind: 'decision', seq: 0, verdict: 'approve', writes: decision.writes });
};

const opened: State = after(emptyState, {
  ...observationOf(
    { by: 'operator', action: 'open_tenant', whom: '', relation: '', kind: '', laterMs: 0 },
    0,
    emptyState,
  ),
  intent: {
    subject: { ...OPERATOR, ref: 'operator', scope: [] },
    action: { id: 'open_tenant', arguments: { owner: 'ann' } },
    resource: { id: '*', ref: '*' },
    binding: 'b',
  },
});

const ownersIn = ({ cells }: State): readonly string[] =>
  ANYBODY.filter((ref) => (cells.get('relations')?.get(ref) as readonly string[] | undefined)?.includes('owner'));

const act: fc.Arbitrary<Act> = fc.record({
  by: fc.constantFrom(...(Object.keys(THERE) as (keyof typeof THERE)[]), ...USERS, 'operator' as const),
  action: fc.constantFrom(...ACTIONS, 'transfer_ownership', 'accept_ownership'),
  whom: fc.constantFrom(...ANYBODY, ...USERS),
  relation: fc.constantFrom(...RELATIONS, 'owner'),
  kind: fc.constantFrom('user', 'agent'),
  laterMs: fc.constantFrom(0, 0, 3_600_000, 8 * 86_400_000),
});

test('no sequence of lawful platform actions leaves a tenant without somebody who can act as its owner', () => {
  let transferred = 0;
  fc.assert(
    fc.property(fc.array(act, { minLength: 20, maxLength: 100, size: 'max' }), (script) => {
      let state = opened;
      let at = 1_769_428_800_000;
      for (const one of script) {
        at += one.laterMs;
        const before = ownersIn(state);
        state = after(state, observationOf(one, at, state));
        const owners = ownersIn(state);
        if (one.action === 'accept_ownership' && owners.join() !== before.join()) transferred += 1;
        expect(owners.filter((ref) => USERS.includes(ref as 'ann'))).not.toEqual([]);
      }
    }),
    { numRuns: runs(1_000) },
  );
  // It says nothing unless the ownership did change hands.
  expect(transferred).toBeGreaterThan(0);
});

test('no other action of the shipped catalog takes a relation away', () => {
  const writers = [...shipped.actions].flatMap(([id, { action }]) =>
    action.writes.some(({ cell, change }) => cell === 'relations' && !('add' in change)) ? [id] : [],
  );
  expect(writers.sort()).toEqual(['accept_ownership', 'revoke_relation']);
});

test.for([
  { note: 'a typing error', whom: 'bobb' },
  { note: 'an agent', whom: 'bot' },
])('the ownership is offered to no one who could not be an owner: $note', ({ whom }) => {
  const asked: Act = { by: 'ann', action: 'transfer_ownership', whom, relation: 'owner', kind: 'user', laterMs: 0 };
  const decision = decide(shipped, observationOf(asked, 1, opened));
  expect(decision).toMatchObject({ verdict: 'refuse', reasons: [{ code: 'subject_unknown' }] });
});
