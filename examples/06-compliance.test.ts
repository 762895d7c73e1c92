/** A compliance engineer's table: given this evidence, this decision. It runs with the suite, and reads like a policy. */
import { type Step, trials } from '@tai-autonomics/core/testing';
import { matchers } from '@tai-autonomics/core/testing/vitest';
import { library } from '@tai-autonomics/packs';
import { describe, expect, test } from 'vitest';
import { askRollback, evidence } from './checkout.ts';

expect.extend(matchers);

/** The scene in which everything holds. What a row says lies over it; `null` takes away. */
const ask = trials(library, { ...askRollback({}), facts: evidence });

/** What differs from the scene: what git saw, what the ledger says. Then the reasons, in the order of the gates. */
type Row = readonly [note: string, facts: object, state: object, ...codes: readonly string[]];

test.for<Row>([
  ['an uncommitted edit', { deployment_stable: false }, {}, 'deployment_not_stable'],
  ['nobody looked: silence is no consent', { deployment_stable: null }, {}, 'evidence_missing'],
  ['"true" is a text, not a truth', { deployment_stable: 'true' }, {}, 'evidence_missing'],
  ['nothing to go back to', { rollback_target_known: false }, {}, 'rollback_target_unknown'],
  ['bought, but granted to nobody', {}, { granted_roles: null }, 'insufficient_privilege'],
  ['approved for another agent', {}, { approval_requester: { 'this rollback': 'x' } }, 'rollback_policy_not_approved'],
  [
    'approved until this very instant',
    {},
    { approval_expires_at: { 'this rollback': '2026-11-21T08:00:00Z' } },
    'approval_expired',
  ],
  ['expires at this very instant', {}, { entitlement_expires_at: '2026-11-21T08:00:00Z' }, 'expired'],
  ['suspended', {}, { entitlement_status: 'suspended' }, 'suspended'],
  ['a plan without the pack: no such tool', {}, { entitlement_plan: 'base' }, 'tool_not_found'],
  ['insured, but not checked for a day', {}, { insurance_verified_at: '2026-11-20T07:59:59Z' }, 'insurance_stale'],
  ['no agreement', {}, { msa_status: 'none' }, 'msa_unsigned'],
  ['somebody stopped the line', {}, { andon: { 'service/checkout': 'high' } }, 'andon_open'],
  [
    'all that is wrong is said at once',
    { deployment_stable: false },
    { granted_roles: null, approval_requester: null },
    ...['insufficient_privilege', 'deployment_not_stable', 'rollback_policy_not_approved'],
  ],
])('%s', ([, facts, state, ...codes]) => expect(ask({ facts, state })).toRefuse({ codes }));

test('everything holds, so it is approved', () => expect(ask()).toApprove());

/** A refusal tells the next lawful steps. Whoever carries them out is approved, and by no other way. */
describe('what would make it lawful', () => {
  test.for<readonly [note: string, facts: object, state: object, ...steps: readonly Step[]]>([
    ['the edit is undone', { deployment_stable: false }, {}, { supply: { deployment_stable: true } }],
    ['somebody looks', { deployment_stable: null }, {}, { supply: { deployment_stable: true } }],
    ['somebody else approves it', {}, { approval_requester: null }, { submit: 'approve_action' }],
    ['the owner grants the roles', {}, { granted_roles: null }, { submit: 'grant_role' }],
    ['the agreement comes into force', {}, { msa_from: '2026-11-21T08:00:01Z' }, 'wait'],
    [
      'two things, one after the other',
      { deployment_stable: false },
      { approval_requester: null },
      ...[{ supply: { deployment_stable: true } }, { submit: 'approve_action' }],
    ],
  ])('%s', ([, facts, state, ...steps]) => expect(ask({ facts, state })).toBecomeLawfulAfter(...steps));
});
