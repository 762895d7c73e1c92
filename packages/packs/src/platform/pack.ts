/** The platform pack: always on, bought by nobody. Everything that changes who may do what is an action too. */
import type { Pack } from '@tai-autonomics/core';
import { approvalActions, approvalCells, approvalFacts } from './approvals.ts';
import { assuranceActions } from './assurance.ts';
import { glassActions, glassFacts } from './break-glass.ts';
import { catalogActions, catalogFacts } from './catalogs.ts';
import { entitlementActions } from './entitlement.ts';
import { grantActions } from './grants.ts';
import { ledgerActions } from './ledger-life.ts';
import { purchaseCells, purchaseFacts } from './purchases.ts';
import { settingActions } from './settings.ts';
import { stopActions } from './stops.ts';
import { tenantActions } from './tenant.ts';

/** The platform pack: always on, bought by nobody. */
export const platform: Pack = {
  pack_id: 'platform',
  version: '1.0.0',
  description:
    'Entitlements, grants, approvals, stops and assurance records of a tenant; keys, erasure and end of its ledger.',
  always: true,
  tools: [
    {
      tool: 'andon',
      title: 'Stop the line',
      description:
        'Stops the line for a resource, with what was seen. Use it when going on would do harm. Nothing that changes the resource is approved until an owner starts the line again.',
      actions: ['raise_andon'],
    },
    {
      tool: 'approvals',
      title: 'Approve what was refused',
      description:
        'For people who approve. Lists what waits for an approval, as a whole: what would run, about what, for whom, and why it was refused. Approves or denies exactly one of them by its receipt, or takes an approval back. Whoever asked for it can not approve it.',
      actions: ['pending_approvals', 'approve_action', 'deny_action', 'revoke_approval'],
    },
  ],
  signals: [],
  facts: {
    ...approvalFacts,
    ...catalogFacts,
    ...glassFacts,
    ...purchaseFacts,
  },
  cells: {
    ...approvalCells,
    ...purchaseCells,
    insurance_certificate: { means: 'the digest of the certificate', key: [], type: { type: 'string' } },
    ledger_key: { means: 'the key that seals the ledger, if it was ever changed', key: [], type: { type: 'string' } },
    revoked_keys: {
      means: 'the size up to which a revoked key vouches',
      key: ['key'],
      type: { type: 'integer', min: 0 },
    },
    purged_disclosures: { means: 'the names of what was erased', key: ['seq'], type: { type: 'set' } },
    engine_semantics: { means: 'the meaning to which the ledger moved', key: [], type: { type: 'integer', min: 1 } },
    active_catalog: { means: 'the digest of the catalog that decides', key: [], type: { type: 'string' } },
    previous_catalog: { means: 'the digest of the one that was active before', key: [], type: { type: 'string' } },
    tenant_ledgers: { means: 'the origin of a tenant’s ledger', key: ['tenant'], type: { type: 'string' } },
    held_events: { means: 'whether an event waits to be taken', key: ['event'], type: { type: 'boolean' } },
    glass_review_due: { means: 'when the open review is due', key: [], type: { type: 'instant' } },
    glass_broken_by: { means: 'who broke glass since the last review', key: [], type: { type: 'set' } },
    catalog_pinned: { means: 'whether an owner keeps the present catalog', key: [], type: { type: 'boolean' } },
    msa_agreement: { means: 'the digest of the agreement', key: [], type: { type: 'string' } },
  },
  actions: {
    ...entitlementActions,
    ...grantActions,
    ...approvalActions,
    ...stopActions,
    ...assuranceActions,
    ...settingActions,
    ...catalogActions,
    ...tenantActions,
    ...glassActions,
    ...ledgerActions,
  },
  codes: {
    invalid_entitlement_structure: 'the entitlement record lacks a member, or one is not of its type',
    unknown_pack: 'the entitlement names a pack that does not exist',
    unknown_role: 'the entitlement names a role that does not exist',
    unknown_plan: 'the entitlement names a plan that does not exist',
    pack_not_in_plan: 'the entitlement names a pack that its plan does not sell',
    role_not_in_plan: 'the entitlement names a role that its plan does not allow',
    pack_prerequisite_missing: 'the entitlement names a pack without what it requires',
    pack_conflict: 'the entitlement names packs that exclude each other',
    entitlement_superseded: 'a newer event of the entitlement is known already',
    event_contradicts_itself: 'what the event says changed and what the entitlement is from then on disagree',
    not_expired_yet: 'the event says that the entitlement expired, and its expiry has not come',
    event_from_future: 'the event says that it occurred in the future',
    role_beyond_plan: 'the plan does not allow the role; a grant stays below its ceiling',
    approval_names_no_receipt:
      'an approval names the receipt of the refusal that it answers; one that names a binding approves nothing',
    refusal_unknown: 'the receipt is no refusal in this ledger, about this resource, that asks for this',
    approval_denied: 'an approver denied exactly this; a denial stands for a day',
    approver_is_requester: 'who asks for an action can not approve it',
    already_approved: 'the approver approved it already, together with others',
    approval_period_invalid: 'an approval expires after now and within a day',
    record_from_future: 'the record says that it was checked in the future',
    period_invalid: 'a period ends after it begins',
    catalog_pinned: 'an owner of the tenant pinned its catalog',
    catalog_active: 'the catalog decides already',
    catalog_unknown: 'the catalog is not in the store of this deployment',
    catalog_unsound: 'the catalog does not compile, approves what must be refused, or could not be left again',
    last_owner: 'an owner can not remove itself; whoever removes an owner is one, so one is always left',
    review_overdue: 'what was broken in an emergency was not reviewed in time',
    glass_period_invalid: 'a glass is broken for an hour at most',
    review_period_invalid: 'the review of a broken glass is due within a day',
    reviewer_broke_it: 'who broke glass can not review it',
    nothing_to_review: 'no glass was broken since the last review',
    no_previous_catalog: 'no other catalog was active before the present one',
  },
  required_iam_roles: [],
  incompatible_with: [],
  requires: [],
  receipt_events: [
    'tenant_opened',
    'tenant_registered',
    'event_rejected',
    'event_held',
    'event_released',
    'role_granted',
    'role_revoked',
    'relation_granted',
    'relation_revoked',
    'ownership_transferred',
    'approval_granted',
    'approval_revoked',
    'approval_denied',
    'andon_raised',
    'andon_cleared',
    'insurance_recorded',
    'msa_recorded',
    'disclosure_set',
    'limits_set',
    'tenant_suspended',
    'tenant_resumed',
    'glass_broken',
    'glass_reviewed',
    'catalog_activated',
    'catalog_rolled_back',
    'catalog_pinned',
    'catalog_unpinned',
    'key_rotated',
    'key_revoked',
    'disclosures_purged',
    'ledger_closed',
    'heartbeat',
    'engine_upgraded',
  ],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 60_000, memoryBytes: 268_435_456, cpuPercent: 25 },
};
