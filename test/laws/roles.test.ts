/** A reason for want of roles says which are wanting, and its step asks for these alone. */
import { decide, type Reason } from '@tai-autonomics/core';
import { expect, test } from 'vitest';
import { lawful, merged, observed, shipped } from '../fixtures/tenant.ts';

const reasonsOf = (over: object): readonly Reason[] => {
  const decision = decide(shipped, observed(shipped, merged(lawful['trigger_rollback'], over)));
  return decision.verdict === 'refuse' ? decision.reasons : [];
};
const required = ['read_deployment', 'write_rollback'];

test.for([
  { note: 'one of two is granted', held: ['read_deployment'], missing: ['write_rollback'] },
  { note: 'the other one is granted', held: ['write_rollback'], missing: ['read_deployment'] },
  { note: 'neither is granted', held: [], missing: required },
])('$note: the owner is asked for what is missing, and for no more', ({ held, missing }) => {
  const [reason, ...rest] = reasonsOf({ state: { granted_roles: { sub_bot: [...held, 'read_iam'].sort() } } });
  expect(rest).toEqual([]);
  expect(reason).toMatchObject({ code: 'insufficient_privilege', roles: { required, held, missing } });
  expect(reason?.next).toMatchObject({
    kind: 'authority',
    submit: { action: 'grant_role', arguments: { subject: 'sub_bot', roles: missing } },
  });
});

test('a credential that carries less, and a plan that allows less, say which', () => {
  const [scope] = reasonsOf({ intent: { subject: { scope: ['read_deployment'] } } });
  expect(scope).toMatchObject({
    roles: { required, held: ['read_deployment'], missing: ['write_rollback'] },
    next: { kind: 'request', argument: 'credential' },
  });
  const [plan] = reasonsOf({ state: { entitlement_roles: ['read_deployment'] } });
  expect(plan).toMatchObject({ roles: { required, held: ['read_deployment'], missing: ['write_rollback'] } });
});

test('a reason for want of another kind of subject, or of a relation, speaks of no roles', () => {
  const [reason] = reasonsOf({ intent: { subject: { type: 'user' } } });
  expect(reason?.code).toBe('insufficient_privilege');
  expect(reason).not.toHaveProperty('roles');
});
