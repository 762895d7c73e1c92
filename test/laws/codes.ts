/**
 * Where each reason code of the shipped catalog comes from: a lawful observation of an action, spoilt in one way. A code
 * without a row fails `codes.test.ts`: whoever adds a code adds what produces it.
 */
import type { NextStep } from '@tai-autonomics/core';
import { type Document, lawful, stable } from '../fixtures/tenant.ts';

/** What produces a code, and the kind of step that removes it. */
export interface Produced {
  readonly code: string;
  readonly note: string;
  readonly action: string;
  readonly over: Document;
  readonly next: NextStep['kind'];
  /** What is wanting for the same cause. */
  readonly also?: readonly string[];
}
/** A code that no shipped action can give. */
export interface Impossible {
  readonly code: string;
  readonly why: string;
}

const ROLLBACK = 'trigger_rollback';
const NOW = '2026-01-26T12:00:00.000Z';
const SOON = '2026-01-26T12:00:00.001Z';
const DAY_AND_A_MS_AGO = '2026-01-25T11:59:59.999Z';
const LATER_THAN_A_DAY = '2026-01-27T12:00:00.001Z';

const state = (cells: Document): Document => ({ state: cells });
const args = (values: Document): Document => ({ intent: { action: { arguments: values } } });
const saw = (action: string, fact: string, over: Document): Document => ({
  evidence: ((lawful[action] as Document)['evidence'] as readonly Document[]).map((e) =>
    e['fact'] === fact ? { ...e, ...over } : e,
  ),
});
const event = (code: string, note: string, values: Document, next: NextStep['kind'] = 'request'): Produced => ({
  code,
  note,
  action: 'apply_entitlement',
  over: args(values),
  next,
});
const rollback = (code: string, note: string, over: Document, next: NextStep['kind']): Produced => ({
  code,
  note,
  action: ROLLBACK,
  over,
  next,
});

const activation = (code: string, note: string, over: Document): Produced => ({
  code,
  note,
  action: 'activate_policy',
  over,
  next: 'world',
});

export const produced: readonly Produced[] = [
  rollback(
    'tool_not_found',
    'the pack was not bought',
    state({ entitlement_packs: ['receipt_verifier'] }),
    'authority',
  ),
  rollback('no_entitlement', 'it was cancelled', state({ entitlement_status: 'cancelled' }), 'authority'),
  rollback('expired', 'at the instant of its expiry', state({ entitlement_expires_at: NOW }), 'authority'),
  event('expired', 'activated too late', { expiry: NOW }),
  rollback('suspended', 'it is suspended', state({ entitlement_status: 'suspended' }), 'authority'),
  rollback('sku_mismatch', 'bought under another SKU', state({ entitlement_sku: 'rollback-guard-base' }), 'authority'),
  event('sku_mismatch', 'sold under another SKU', { sku_id: 'rollback-guard-professional' }),
  rollback('eval_only_refusal', 'in production', { mode: 'eval', ...state({ pilot_ends_at: SOON }) }, 'request'),
  rollback(
    'pilot_ended',
    'at the instant of its end',
    {
      mode: 'eval',
      intent: { resource: { environment: 'sandbox' } },
      ...state({ pilot_began_at: DAY_AND_A_MS_AGO, pilot_ends_at: NOW }),
    },
    'authority',
  ),
  {
    code: 'pilot_extended_already',
    note: 'it was extended',
    action: 'extend_pilot',
    over: state({ pilot_extended: true }),
    next: 'none',
  },
  {
    code: 'pilot_converted_already',
    note: 'the tenant went live',
    action: 'convert_pilot',
    over: state({ pilot_converted_to: 'ledger.test/r1/c/0' }),
    next: 'none',
  },
  {
    code: 'not_an_evaluation',
    note: 'the ledger is contractual',
    action: 'convert_pilot',
    over: { mode: 'contractual' },
    next: 'none',
  },
  {
    code: 'clock_not_behind',
    note: 'another instant is named',
    action: 'accept_clock',
    over: args({ until: SOON }),
    next: 'request',
  },
  {
    code: 'clock_not_behind',
    note: 'the clock has caught up',
    action: 'accept_clock',
    over: args({ clock: NOW }),
    next: 'request',
  },
  {
    code: 'pilot_period_invalid',
    note: 'until now',
    action: 'extend_pilot',
    over: args({ until: NOW }),
    next: 'request',
  },
  rollback('insurance_missing', 'none was recorded', state({ insurance_status: null }), 'authority'),
  rollback('insurance_expired', 'at the instant of its expiry', state({ insurance_expires_at: NOW }), 'authority'),
  rollback('insurance_stale', 'checked too long ago', state({ insurance_verified_at: DAY_AND_A_MS_AGO }), 'authority'),
  rollback('msa_unsigned', 'none was recorded', state({ msa_status: null }), 'authority'),
  rollback('policy_not_in_force', 'not yet', state({ msa_from: SOON }), 'time'),
  rollback('policy_not_in_force', 'no longer', state({ msa_until: NOW }), 'authority'),
  rollback(
    'insufficient_privilege',
    'the plan’s ceiling',
    state({ entitlement_roles: ['read_deployment'] }),
    'authority',
  ),
  rollback('insufficient_privilege', 'the tenant’s grant', state({ granted_roles: null }), 'authority'),
  rollback('insufficient_privilege', 'the credential’s scope', { intent: { subject: { scope: [] } } }, 'request'),
  rollback('insufficient_privilege', 'another kind of subject', { intent: { subject: { type: 'user' } } }, 'request'),
  rollback('andon_open', 'for the resource', state({ andon: { res_svc: 'high' } }), 'authority'),
  rollback('andon_open', 'for the whole tenant', state({ andon: { '*': 'high' } }), 'authority'),
  rollback('quarantined', 'the resource is in quarantine', state({ quarantine: { res_svc: true } }), 'authority'),
  rollback('ledger_closed', 'the ledger has ended', state({ ledger_status: 'closed' }), 'none'),
  rollback(
    'quota_exceeded',
    'the plan’s approvals are used up',
    state({ quota_used: { [ROLLBACK]: 10_000 }, quota_resets_at: { [ROLLBACK]: SOON } }),
    'time',
  ),
  rollback('rate_limited', 'too soon after the last', state({ rate_next_at: { [ROLLBACK]: SOON } }), 'time'),
  rollback('wip_limit_reached', 'as many open as may be', state({ wip_open: 2, wip_limit: 2 }), 'world'),
  rollback(
    'budget_exceeded',
    'nothing is left',
    state({ budget_spent: 9, budget_limit: 9, budget_resets_at: SOON }),
    'time',
  ),
  {
    code: 'quarantine_too_wide',
    note: 'the whole tenant',
    action: 'quarantine_resource',
    over: { intent: { resource: { id: '*', ref: '*' } } },
    next: 'none',
  },
  {
    code: 'listing_invalid',
    note: 'the document is no listing',
    action: 'publish_listing',
    over: saw('publish_listing', 'listing_valid', { value: false }),
    next: 'world',
  },
  {
    code: 'listing_not_sold',
    note: 'another SKU than the plan’s',
    action: 'publish_listing',
    over: saw('publish_listing', 'listing_sold', { value: false }),
    next: 'world',
  },
  {
    code: 'listing_not_published',
    note: 'nothing to withdraw',
    action: 'withdraw_listing',
    over: saw('withdraw_listing', 'published_listing', { value: 'none' }),
    next: 'world',
  },
  {
    code: 'desired_state_not_clean',
    note: 'somebody edited it',
    action: 'deploy_release',
    over: saw('deploy_release', 'desired_state_clean', { value: false }),
    next: 'world',
  },
  {
    code: 'release_not_newest',
    note: 'an older release',
    action: 'deploy_release',
    over: args({ release: 'v0.9.0' }),
    next: 'request',
  },
  {
    code: 'release_deployed',
    note: 'the newest is deployed',
    action: 'deploy_release',
    over: saw('deploy_release', 'desired_release', { value: 'v1.1.0' }),
    next: 'world',
  },
  {
    code: 'nothing_to_revert',
    note: 'the newest commit is no deployment',
    action: 'revert_release',
    over: saw('revert_release', 'release_revertible', { value: false }),
    next: 'world',
  },
  {
    code: 'release_not_approved',
    note: 'nobody approved it',
    action: 'deploy_release',
    over: state({ approval_requester: null, approval_expires_at: null }),
    next: 'authority',
  },
  {
    code: 'andon_too_wide',
    note: 'an agent stops the whole tenant',
    action: 'raise_andon',
    over: { intent: { resource: { id: '*', ref: '*' } } },
    next: 'request',
  },
  rollback(
    'resource_unknown',
    'a name that the directory does not have',
    { intent: { resource: { environment: 'unknown' } } },
    'request',
  ),
  rollback('arguments_invalid', 'the action has no such argument', args({ force: true }), 'request'),
  rollback('evidence_missing', 'nobody looked', { evidence: stable.slice(1) }, 'information'),
  rollback(
    'evidence_stale',
    'seen too long ago',
    saw(ROLLBACK, 'deployment_stable', { observedAt: DAY_AND_A_MS_AGO }),
    'information',
  ),
  rollback(
    'evidence_untrusted',
    'said by somebody else',
    saw(ROLLBACK, 'deployment_stable', { source: 'agent' }),
    'information',
  ),
  rollback(
    'evidence_conflicting',
    'said twice differently',
    { evidence: [...stable, { fact: 'deployment_stable', value: false, source: 'git' }] },
    'information',
  ),
  rollback(
    'approval_expired',
    'at the instant of its expiry',
    state({ approval_expires_at: { bind: NOW } }),
    'authority',
  ),
  rollback(
    'deployment_not_stable',
    'an uncommitted change',
    saw(ROLLBACK, 'deployment_stable', { value: false }),
    'world',
  ),
  rollback(
    'rollback_target_unknown',
    'the first release',
    saw(ROLLBACK, 'rollback_target_known', { value: false }),
    'world',
  ),
  rollback(
    'rollback_target_withdrawn',
    'it was itself rolled back from',
    state({ release_standing: { res_svc: { 'v1.2.3': 'withdrawn' } } }),
    'authority',
  ),
  rollback('rollback_policy_not_approved', 'nobody approved', state({ approval_requester: null }), 'authority'),
  event('invalid_entitlement_structure', 'a member is missing', { expiry: null }),
  event('unknown_plan', 'no such plan', { plan_id: 'platinum' }),
  { ...event('unknown_pack', 'no such pack', { enabled_packs: ['time_travel'] }), also: ['pack_not_in_plan'] },
  { ...event('unknown_role', 'no such role', { iam_roles: ['root'] }), also: ['role_not_in_plan'] },
  event('pack_not_in_plan', 'more than is sold', { enabled_packs: ['receipt_verifier', 'rollback_guard'] }),
  event('role_not_in_plan', 'more than is allowed', { iam_roles: ['write_rollback'] }),
  event('entitlement_superseded', 'an older event', { occurred_at: '2026-01-01T00:00:00Z' }, 'none'),
  event('event_contradicts_itself', 'suspended, and active', { change: 'suspended' }),
  event('not_expired_yet', 'said to have expired', { change: 'expired' }, 'time'),
  event('event_from_future', 'more than 5 s ahead', { occurred_at: '2026-01-26T12:00:05.001Z' }, 'time'),
  {
    code: 'role_beyond_plan',
    note: 'a role that the plan does not allow',
    action: 'grant_role',
    over: args({ roles: ['write_iam'] }),
    next: 'request',
  },
  {
    code: 'approver_is_requester',
    note: 'his own request',
    action: 'approve_action',
    over: { intent: { refusal: { requester: 'sub_bob' } } },
    next: 'request',
  },
  {
    code: 'approver_is_same_person',
    note: 'he stands behind the agent that asked',
    action: 'approve_action',
    over: { intent: { refusal: { person: 'sub_bob' } } },
    next: 'request',
  },
  {
    code: 'refusal_unknown',
    note: 'the receipt is no refusal that asks for an approval',
    action: 'approve_action',
    over: { intent: { refusal: null } },
    next: 'request',
  },
  {
    code: 'refusal_unknown',
    note: 'the refusal asks for another approval',
    action: 'approve_remediation',
    over: { intent: { refusal: { asks: ['approve_action'] } } },
    next: 'request',
  },
  {
    code: 'approval_names_no_receipt',
    note: 'of the old form',
    action: 'approve_action',
    over: args({ binding: 'bind' }),
    next: 'request',
  },
  {
    code: 'approval_denied',
    note: 'another approver denied it',
    action: 'approve_action',
    over: state({ approval_denied_until: { bind: SOON }, approval_denied_by: { bind: 'sub_carol' } }),
    next: 'time',
  },
  rollback(
    'approval_denied',
    'an approver denied exactly this',
    state({ approval_denied_until: { bind: SOON }, approval_denied_why: { bind: 'not_now' } }),
    'time',
  ),
  {
    code: 'already_approved',
    note: 'with somebody else, an hour ago',
    action: 'approve_action',
    over: state({ approval_approvers: { bind: ['sub_bob', 'sub_carol'] }, approval_count: { bind: 2 } }),
    next: 'request',
  },
  {
    code: 'cell_out_of_range',
    note: 'one more than the 256 who may have approved the same',
    action: 'approve_action',
    over: state({
      approval_approvers: { bind: Array.from({ length: 256 }, (_, i) => `sub_${String(i).padStart(3, '0')}`) },
      approval_count: { bind: 256 },
    }),
    next: 'none',
  },
  {
    code: 'approval_period_invalid',
    note: 'longer than a day',
    action: 'approve_action',
    over: args({ expires_at: LATER_THAN_A_DAY }),
    next: 'request',
  },
  {
    code: 'record_from_future',
    note: 'checked tomorrow',
    action: 'record_insurance',
    over: args({ verified_at: SOON }),
    next: 'request',
  },
  {
    code: 'period_invalid',
    note: 'ends as it begins',
    action: 'record_msa',
    over: args({ in_force_until: NOW }),
    next: 'request',
  },
  rollback('tenant_suspended', 'the operator says so', state({ tenant_suspended: true }), 'authority'),
  {
    code: 'last_owner',
    note: 'an owner removes itself',
    action: 'revoke_relation',
    over: args({ subject: 'sub_ann', relation: 'owner' }),
    next: 'request',
  },
  {
    code: 'last_owner',
    note: 'an owner hands over to itself',
    action: 'transfer_ownership',
    over: args({ to: 'sub_ann' }),
    next: 'request',
  },
  {
    code: 'approval_unsigned',
    note: 'who has a key signs',
    action: 'approve_action',
    over: state({ approver_keys: { sub_bob: 'key-of-bob' } }),
    next: 'request',
  },
  {
    code: 'approver_key_registered',
    note: 'a key is there',
    action: 'register_approver_key',
    over: state({ approver_keys: { sub_bob: 'another' } }),
    next: 'authority',
  },
  {
    code: 'approver_key_unproved',
    note: 'signed by another key',
    action: 'register_approver_key',
    over: { intent: { signedBy: 'another' } },
    next: 'request',
  },
  {
    code: 'subject_unknown',
    note: 'nobody is known by that name',
    action: 'grant_role',
    over: { intent: { named: null } },
    next: 'request',
  },
  {
    code: 'subject_unknown',
    note: 'an agent becomes no owner',
    action: 'transfer_ownership',
    over: { intent: { named: 'agent' } },
    next: 'request',
  },
  {
    code: 'subject_is_otherwise',
    note: 'an agent is no user',
    action: 'register_subject',
    over: { intent: { named: 'agent' } },
    next: 'request',
  },
  {
    code: 'person_is_otherwise',
    note: 'somebody else stands behind it',
    action: 'register_subject',
    over: { ...args({ person: 'sub_bob' }), ...state({ subject_persons: { sub_new: 'sub_ann' } }) },
    next: 'request',
  },
  {
    code: 'ownership_not_offered',
    note: 'it was offered to somebody else',
    action: 'accept_ownership',
    over: state({ ownership_offered_to: { sub_ann: 'sub_ros' } }),
    next: 'world',
  },
  {
    code: 'review_overdue',
    note: 'at the very instant',
    action: 'break_glass',
    over: state({ glass_review_due: NOW }),
    next: 'authority',
  },
  {
    code: 'glass_period_invalid',
    note: 'longer than an hour',
    action: 'break_glass',
    over: args({ until: '2026-01-26T13:00:00.001Z' }),
    next: 'request',
  },
  {
    code: 'review_period_invalid',
    note: 'later than one that is due already',
    action: 'break_glass',
    over: state({ glass_review_due: '2026-01-27T11:00:00.000Z' }),
    next: 'request',
  },
  {
    code: 'reviewer_broke_it',
    note: 'its own',
    action: 'review_break_glass',
    over: state({ glass_broken_by: ['sub_bob'] }),
    next: 'request',
  },
  {
    code: 'nothing_to_review',
    note: 'nothing was broken',
    action: 'review_break_glass',
    over: state({ glass_review_due: null, glass_broken_by: null }),
    next: 'world',
  },
  {
    code: 'catalog_pinned',
    note: 'the owner keeps the present one',
    action: 'activate_catalog',
    over: state({ catalog_pinned: true }),
    next: 'authority',
  },
  {
    code: 'catalog_active',
    note: 'it decides already',
    action: 'activate_catalog',
    over: { catalog: 'svc' },
    next: 'none',
  },
  {
    code: 'catalog_unknown',
    note: 'nobody wrote it to the store',
    action: 'activate_catalog',
    over: saw('activate_catalog', 'catalog_standing', { value: 'unknown' }),
    next: 'world',
  },
  {
    code: 'catalog_unsound',
    note: 'it does not compile',
    action: 'activate_catalog',
    over: saw('activate_catalog', 'catalog_standing', { value: 'unsound' }),
    next: 'world',
  },
  {
    code: 'no_previous_catalog',
    note: 'none was activated yet',
    action: 'roll_back_catalog',
    over: state({ previous_catalog: null }),
    next: 'world',
  },
  {
    code: 'no_storm_detected',
    note: 'the rate is calm',
    action: 'activate_throttle',
    over: saw('activate_throttle', 'storm_detected', { value: false }),
    next: 'world',
  },
  {
    code: 'throttle_policy_undefined',
    note: 'the owner has not said',
    action: 'activate_throttle',
    over: state({ throttle_policy_least: null, throttle_policy_most: null }),
    next: 'authority',
  },
  {
    code: 'throttle_limit_outside_policy',
    note: 'the proposal',
    action: 'activate_throttle',
    over: state({ throttle_policy_most: { res_svc: 119 } }),
    next: 'authority',
  },
  {
    code: 'throttle_limit_outside_policy',
    note: 'the limit that is asked for',
    action: 'adjust_throttle',
    over: args({ limit: 501 }),
    next: 'request',
  },
  {
    code: 'throttle_not_active',
    note: 'nothing to adjust',
    action: 'adjust_throttle',
    over: state({ throttle_limit: null }),
    next: 'world',
  },
  {
    code: 'storm_not_over',
    note: 'its throttle is still active',
    action: 'clear_storm',
    over: state({ throttle_limit: { res_svc: 100 } }),
    next: 'world',
  },
  {
    code: 'drift_not_detected',
    note: 'what is declared is in force',
    action: 'remediate_drift',
    over: saw('remediate_drift', 'drift_detected', { value: false }),
    next: 'world',
  },
  {
    code: 'remediation_not_approved',
    note: 'nobody approved',
    action: 'remediate_drift',
    over: state({ remediation_requester: null }),
    next: 'authority',
  },
  {
    code: 'remediation_locks_out',
    note: 'nobody would be left who can repair',
    action: 'remediate_drift',
    over: saw('remediate_drift', 'drift_locks_out', { value: true }),
    next: 'authority',
  },
  {
    code: 'iam_service_unreachable',
    note: 'the policy cannot be read',
    action: 'remediate_drift',
    over: saw('remediate_drift', 'iam_reachable', { value: false }),
    next: 'world',
  },
  activation(
    'policy_base_differs',
    'it adds to another catalog',
    saw('activate_policy', 'policy_base', { value: 'cat7' }),
  ),
  activation('policy_lint_failed', 'one error', saw('activate_policy', 'policy_lint_errors', { value: 1 })),
  activation(
    'policy_invariants_broken',
    'one of them',
    saw('activate_policy', 'policy_invariants_broken', { value: 1 }),
  ),
  activation('policy_not_proposed', 'nobody did', state({ policy_proposer: null })),
  activation('policy_not_simulated', 'not yet', state({ policy_simulated_size: null })),
  activation('policy_simulation_outdated', 'one new flip since', saw('activate_policy', 'policy_news', { value: 1 })),
  activation('policy_not_approved', 'nobody did', state({ policy_approver: null })),
  {
    code: 'policy_undecided',
    note: 'one way that nobody accepted',
    action: 'approve_policy',
    over: state({ policy_simulated_undecided: { svc: 1 } }),
    next: 'request',
  },
  activation('policy_approval_outdated', 'one flip more', state({ policy_simulated_flips: { svc: 3 } })),
  {
    code: 'policy_not_active',
    note: 'another catalog decides',
    action: 'roll_back_policy',
    over: state({ active_policy: 'cat7' }),
    next: 'world',
  },
];

export const impossible: readonly Impossible[] = [
  { code: 'pack_prerequisite_missing', why: 'every shipped pack requires only what is always on' },
  { code: 'pack_conflict', why: 'no shipped pack excludes another' },
];
