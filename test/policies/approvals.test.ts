/** Approvals by several: who counts, until when, and what takes a count away. */

import { decide, type Observation, type State } from '@tai-autonomics/core';
import { type CellWrite, evolve, formatInstant } from '@tai-autonomics/core/engine';
import { describe, expect, test } from 'vitest';
import { type Document, lawful, merged, observed, shipped } from '../fixtures/tenant.ts';
import { holds } from '../generators/dice.ts';
import { sightings } from '../runs.ts';

const APPROVERS = ['sub_bob', 'sub_carol', 'sub_dave'] as const;
const NOON = Date.UTC(2026, 0, 26, 12);
const HOUR = 3_600_000;

const relations = Object.fromEntries([...APPROVERS.map((ref) => [ref, ['approver']]), ['sub_ann', ['owner']]]);
const none: Document = { approval_requester: null, approval_expires_at: null, relations };
const start = observed(shipped, merged(lawful['approve_action'], { state: none }));

const RECEIPT = { receipt: 7, leaf: 'leaf-7' };
const by = (o: Observation, ref: string, action: string, args: Document, at: number): Observation => ({
  ...o,
  at,
  intent: {
    ...o.intent,
    subject: { type: 'user', id: ref, ref, scope: [] },
    action: { id: action, arguments: { ...RECEIPT, ...args } },
  },
});
/** The state after it, or the codes that refuse it. */
const done = (state: State, ref: string, action: string, args: Document, at: number): State | readonly string[] => {
  const decision = decide(shipped, by({ ...start, state }, ref, action, args, at));
  return decision.verdict === 'refuse'
    ? decision.reasons.map(({ code }) => code)
    : evolve(state, { kind: 'decision', seq: 0, verdict: 'approve', writes: decision.writes as readonly CellWrite[] });
};
const approve = (state: State, ref: string, until: number, at = NOON) =>
  done(state, ref, 'approve_action', { expires_at: formatInstant(until) }, at);
const revoke = (state: State, ref: string, at = NOON) => done(state, ref, 'revoke_approval', {}, at);
const deny = (state: State, ref: string, at = NOON) =>
  done(state, ref, 'deny_action', { why: 'not_now', finding: 'the release before is broken too' }, at);

const given = (x: State | readonly string[]): State => {
  if ('cells' in x) return x;
  throw new Error(x.join());
};
/** Requester, expiry, who and how many; of the one binding. */
const kept = ({ cells }: State) => {
  const of = (cell: string): unknown => cells.get(cell)?.get('bind');
  const until = of('approval_expires_at');
  return {
    for: of('approval_requester'),
    until: typeof until === 'number' ? (until - NOON) / HOUR : until,
    by: of('approval_approvers'),
    count: of('approval_count'),
  };
};
const NOTHING = { for: undefined, until: undefined, by: undefined, count: undefined };
const first = given(approve(start.state, 'sub_bob', NOON + 2 * HOUR));
const both = given(approve(first, 'sub_carol', NOON + HOUR));

describe('an approval', () => {
  test.for<{ readonly note: string; readonly after: State | readonly string[]; readonly want: unknown }>([
    { note: 'the first begins the count', after: first, want: { for: 'sub_bot', until: 2, by: ['sub_bob'], count: 1 } },
    {
      note: 'somebody else’s is counted with it, and the earlier expiry holds for both',
      after: both,
      want: { for: 'sub_bot', until: 1, by: ['sub_bob', 'sub_carol'], count: 2 },
    },
    {
      note: 'a later expiry does not lengthen the first one’s',
      after: approve(first, 'sub_carol', NOON + 3 * HOUR),
      want: { for: 'sub_bot', until: 2, by: ['sub_bob', 'sub_carol'], count: 2 },
    },
    {
      note: 'the same approver again counts once, and renews it',
      after: approve(first, 'sub_bob', NOON + 4 * HOUR, NOON + HOUR),
      want: { for: 'sub_bot', until: 4, by: ['sub_bob'], count: 1 },
    },
    {
      note: 'at the instant of the expiry it begins anew',
      after: approve(both, 'sub_dave', NOON + 5 * HOUR, NOON + HOUR),
      want: { for: 'sub_bot', until: 5, by: ['sub_dave'], count: 1 },
    },
    {
      note: 'a millisecond before it, it is counted',
      after: approve(both, 'sub_dave', NOON + 5 * HOUR, NOON + HOUR - 1),
      want: { for: 'sub_bot', until: 1, by: ['sub_bob', 'sub_carol', 'sub_dave'], count: 3 },
    },
    {
      note: 'one that is used up leaves nothing to count',
      after: approve(
        {
          ...both,
          cells: new Map(
            [...both.cells].filter(([cell]) => cell !== 'approval_requester' && cell !== 'approval_expires_at'),
          ),
        },
        'sub_dave',
        NOON + HOUR,
      ),
      want: { for: 'sub_bot', until: 1, by: ['sub_dave'], count: 1 },
    },
    {
      note: 'revoked by one of several: that one is gone',
      after: revoke(both, 'sub_bob'),
      want: { for: 'sub_bot', until: 1, by: ['sub_carol'], count: 1 },
    },
    { note: 'revoked by the only one: all of it is gone', after: revoke(first, 'sub_bob'), want: NOTHING },
    { note: 'revoked by an approver who gave none: all of it is gone', after: revoke(both, 'sub_dave'), want: NOTHING },
    { note: 'denied by an approver: all of it is gone', after: deny(both, 'sub_dave'), want: NOTHING },
    {
      note: 'who denied it approves after all',
      after: approve(given(deny(both, 'sub_dave')), 'sub_dave', NOON + HOUR),
      want: { for: 'sub_bot', until: 1, by: ['sub_dave'], count: 1 },
    },
    {
      note: 'a day after the denial anybody may approve it again',
      after: approve(given(deny(both, 'sub_dave')), 'sub_bob', NOON + 25 * HOUR, NOON + 24 * HOUR),
      want: { for: 'sub_bot', until: 25, by: ['sub_bob'], count: 1 },
    },
  ])('$note', ({ after, want }) => {
    expect(kept(given(after))).toEqual(want);
  });

  test('what one approver denied no other approves, for a day', () => {
    const denied = given(deny(both, 'sub_dave'));
    expect(approve(denied, 'sub_bob', NOON + 25 * HOUR, NOON + 24 * HOUR - 1)).toEqual(['approval_denied']);
  });

  test('one of several cannot begin anew what others approved; the requester never counts', () => {
    expect(approve(both, 'sub_bob', NOON + HOUR)).toEqual(['already_approved']);
    expect(approve(start.state, 'sub_bot', NOON + HOUR)).toContain('approver_is_requester');
  });
});

test('whatever is approved and revoked by whom and when, what is counted was approved by so many and has not expired', () => {
  const seen = { counted: 0, several: 0 };
  holds(150, (d) => {
    let state = start.state;
    let at = NOON;
    // The last approval of each approver that nothing has taken back.
    const own = new Map<string, number>();
    for (let i = 0; i < 12; i++) {
      at += d.pick([0, 1, HOUR, 3 * HOUR]);
      const ref = d.pick(APPROVERS);
      const until = at + d.pick([1, HOUR, 2 * HOUR, 20 * HOUR]);
      const isRevoked = d.chance(20);
      const after = isRevoked ? revoke(state, ref, at) : approve(state, ref, until, at);
      if (!('cells' in after)) continue;
      state = after;
      if (isRevoked) own.delete(ref);
      else own.set(ref, until);
      const now = kept(state);
      const who = (now.by ?? []) as readonly string[];
      expect(now.count ?? 0).toBe(who.length);
      expect(new Set(who).size).toBe(who.length);
      const shared = state.cells.get('approval_expires_at')?.get('bind');
      if (typeof shared !== 'number' || shared <= at) continue;
      seen.counted += 1;
      seen.several += Number(who.length > 1);
      for (const one of who) expect(own.get(one) ?? 0, one).toBeGreaterThanOrEqual(shared);
    }
  });
  expect(seen.counted).toBeGreaterThan(sightings(200));
  expect(seen.several).toBeGreaterThan(sightings(50));
});
