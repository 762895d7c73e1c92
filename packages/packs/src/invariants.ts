/**
 * What the shipped catalog is meant to keep, whatever anybody does: proved over every typed observation, in each build.
 * `tai prove` without a file proves them; docs/invariants.md lists them with the regions that were examined.
 */

import type { Invariant } from '@tai-autonomics/core';
import type { Condition } from '@tai-autonomics/core/author';
import { ofDoctrine } from './incident/invariants.ts';
import { never } from './never.ts';

/** Actions that change something outside the ledger, with the roles that they take. */
const EFFECTS: readonly (readonly [action: string, thing: string, roles: readonly string[]])[] = [
  ['trigger_rollback', 'rollback', ['read_deployment', 'write_rollback']],
  ['activate_throttle', 'throttle', ['read_deployment', 'write_config']],
  ['adjust_throttle', 'change of a throttle', ['read_deployment', 'write_config']],
  ['remediate_drift', 'repair of a policy', ['read_iam', 'write_iam', 'write_policy']],
  ['publish_listing', 'publication of a listing', ['read_deployment', 'write_config']],
  ['deploy_release', 'deployment of a release', ['read_deployment', 'write_config']],
];

/** What holds of everything that changes the world. */
const ofEffects: readonly Invariant[] = EFFECTS.flatMap(([action, thing, roles]) => [
  never(action, `no ${thing} without an entitlement that is active and has not expired`, {
    all: [
      { fact: 'entitlement_status', is: 'active' },
      { fact: 'entitlement_expires_at', after: { fact: 'at' } },
    ],
  }),
  never(
    action,
    `in a contractual deployment, no ${thing} without insurance that was checked in the last day`,
    {
      all: [
        { fact: 'insurance_status', is: 'valid' },
        { fact: 'insurance_expires_at', after: { fact: 'at' } },
        { fact: 'insurance_verified_at', within: 86_400_000 },
      ],
    },
    { fact: 'mode', is: 'contractual' },
  ),
  never(
    action,
    `in a contractual deployment, no ${thing} without a signed agreement that is in force`,
    {
      all: [
        { fact: 'msa_status', is: 'signed' },
        { fact: 'msa_from', notAfter: { fact: 'at' } },
        { fact: 'msa_until', after: { fact: 'at' } },
      ],
    },
    { fact: 'mode', is: 'contractual' },
  ),
  never(action, `no ${thing} with a role that plan, grant and credential do not all have`, {
    all: [
      { fact: 'plan_ceiling', containsAll: roles },
      { fact: 'granted_roles', containsAll: roles },
      { fact: 'scope', containsAll: roles },
    ],
  }),
  never(action, `no ${thing} while an Andon is open for the resource or the tenant, but by who was let pass for it`, {
    any: [
      {
        all: [
          { fact: 'andon', is: 'none' },
          { fact: 'andon_of_tenant', is: 'none' },
        ],
      },
      { fact: 'at', before: { fact: 'glass_until' } },
    ],
  }),
  never(action, `no ${thing} while an Andon is open for its environment or its SKU, but by who was let pass for it`, {
    any: [
      {
        all: [
          { fact: 'andon_of_environment', is: 'none' },
          { fact: 'andon_of_sku', is: 'none' },
        ],
      },
      { fact: 'at', before: { fact: 'glass_until' } },
    ],
  }),
  never(action, `no ${thing} of what is in quarantine, or of a tenant that is suspended, whoever was let pass`, {
    all: [
      { fact: 'quarantined', is: false },
      { fact: 'quarantine_of_environment', is: false },
      { fact: 'quarantine_of_sku', is: false },
      { fact: 'tenant_suspended', is: false },
    ],
  }),
  never(action, `no ${thing} beyond the plan’s quota`, {
    any: [
      {
        all: [
          { fact: 'plan_quota', above: 0 },
          { fact: 'quota_used', below: { fact: 'plan_quota' } },
        ],
      },
      {
        all: [
          { fact: 'plan_quota', above: 0 },
          { fact: 'quota_resets_at', notAfter: { fact: 'at' } },
        ],
      },
    ],
  }),
]);

const inForce: Condition = {
  all: [
    { fact: 'approved_for', is: { fact: 'subject' } },
    { fact: 'approval_expires_at', after: { fact: 'at' } },
  ],
};

/** What binds a tenant: an evaluation never approves it, and nobody approves their own (M-02, M-03). */
const ofBinding: readonly Invariant[] = (
  [
    ['publish_listing', 'publication of a listing'],
    ['withdraw_listing', 'withdrawal of a listing'],
    ['deploy_release', 'deployment of a release'],
    ['revert_release', 'revert of a release'],
  ] as const
).flatMap(([action, thing]) => [
  never(action, `no ${thing} in an evaluation, on whatever resource`, { fact: 'mode', is: 'contractual' }),
  never(action, `no ${thing} without somebody else’s approval of exactly this, in force`, inForce),
]);

const ofPacks: readonly Invariant[] = [
  never('trigger_rollback', 'no rollback without somebody else’s approval of exactly this, in force', inForce),
  never('deploy_release', 'no deployment of a release that is no tag, or that was reverted or rolled back from', {
    all: [
      {
        any: [
          { fact: 'argument.release', is: { fact: 'newest_release' } },
          { fact: 'releases', contains: { fact: 'argument.release' } },
        ],
      },
      { fact: 'named_release_standing', oneOf: ['none', 'restored'] },
    ],
  }),
  never('trigger_rollback', 'no rollback of a deployment that is not known to be stable', {
    fact: 'deployment_stable',
    is: true,
  }),
  never('activate_throttle', 'no throttle without a storm, and none outside the owner’s policy', {
    all: [
      { fact: 'storm_detected', is: true },
      { fact: 'throttle_proposal', atLeast: { fact: 'throttle_policy_least' } },
      { fact: 'throttle_proposal', atMost: { fact: 'throttle_policy_most' } },
    ],
  }),
  never(
    'adjust_throttle',
    'no throttle is lifted before the storm is known to be over, by the baseline that it began with',
    {
      all: [
        { fact: 'storm_detected', is: false },
        {
          any: [
            { fact: 'request_peak', atMost: { fact: 'storm_calm_rate' } },
            { fact: 'storm_calm_rate', is: 0 },
          ],
        },
      ],
    },
    { fact: 'argument.limit', is: 0 },
  ),
  never('remediate_drift', 'no repair without somebody else’s approval of exactly this drift, in force', {
    all: [
      { fact: 'drift_detected', is: true },
      { fact: 'remediation_approved_for', is: { fact: 'subject' } },
      { fact: 'remediation_approval_expires_at', after: { fact: 'at' } },
    ],
  }),
  never('remediate_drift', 'no repair that may lock everybody out without an owner’s approval of exactly that', {
    any: [
      { fact: 'drift_locks_out', is: false },
      { fact: 'lockout_approved_for', is: { fact: 'subject' } },
    ],
  }),
  never('approve_remediation', 'nobody approves the repair that they asked for, under any name', {
    all: [
      { not: { fact: 'refusal_requester', is: { fact: 'subject' } } },
      { not: { fact: 'refusal_person', is: { fact: 'person' } } },
    ],
  }),
  {
    means: 'at the very instant of its expiry an entitlement is expired',
    verdict: 'always_refuse_with',
    code: 'expired',
    action: 'trigger_rollback',
    when: {
      all: [
        { fact: 'plan_packs', contains: 'rollback_guard' },
        { fact: 'entitlement_status', is: 'active' },
        { fact: 'entitlement_expires_at', notAfter: { fact: 'at' } },
      ],
    },
  },
  {
    means: 'what was not bought does not exist',
    verdict: 'always_refuse_with',
    code: 'tool_not_found',
    action: 'trigger_rollback',
    unless: { fact: 'plan_packs', contains: 'rollback_guard' },
  },
];

/** What is possible in a ledger that was closed: all that keys and erasure ask for, and nothing else. */
const EVEN_WHEN_CLOSED = [
  'rotate_key',
  'revoke_key',
  'purge_disclosures',
  'upgrade_engine',
  'accept_restore',
  'accept_clock',
];

const ofPlatform: readonly Invariant[] = [
  never('apply_entitlement', 'only a marketplace changes what a tenant bought', {
    fact: 'subject_type',
    is: 'marketplace',
  }),
  never('grant_role', 'only an owner grants a role, and none beyond the plan', {
    all: [
      { fact: 'subject_type', is: 'user' },
      { fact: 'subject_relations', contains: 'owner' },
      { fact: 'plan_ceiling', containsAll: { fact: 'argument.roles' } },
    ],
  }),
  never('grant_role', 'nobody is granted a role whom nobody knows', {
    any: [
      { fact: 'named_kind', oneOf: ['agent', 'user', 'service'] },
      { fact: 'registered_kind', oneOf: ['agent', 'user', 'service'] },
    ],
  }),
  never('accept_ownership', 'nobody takes an ownership that no owner offered', {
    all: [
      { fact: 'offered_to', is: { fact: 'subject' } },
      { fact: 'offered_until', after: { fact: 'at' } },
      { fact: 'offerer_relations', contains: 'owner' },
    ],
  }),
  never('approve_action', 'only an approver approves, and only what a refusal of somebody else’s asks for', {
    all: [
      { fact: 'subject_relations', contains: 'approver' },
      { not: { fact: 'refusal_requester', is: { fact: 'subject' } } },
      { not: { fact: 'refusal_person', is: { fact: 'person' } } },
      { fact: 'refusal_asks', contains: 'approve_action' },
    ],
  }),
  never('purge_disclosures', 'only an owner erases', { fact: 'subject_relations', contains: 'owner' }),
  never('break_glass', 'nobody lets pass for more than an hour, nor without being a responder', {
    all: [
      { fact: 'argument.until', notAfter: { fact: 'at', plus: 3_600_000 } },
      { fact: 'subject_relations', contains: 'responder' },
    ],
  }),
  never('revoke_relation', 'no owner removes itself', {
    any: [
      { not: { fact: 'argument.relation', is: 'owner' } },
      { not: { fact: 'argument.subject', is: { fact: 'subject' } } },
    ],
  }),
  never('rotate_key', 'only the system changes the key of a ledger', { fact: 'subject_type', is: 'system' }),
  never('activate_catalog', 'no other catalog becomes active while the owner has pinned the one that is', {
    fact: 'catalog_pinned',
    is: false,
  }),
  never(
    '*',
    'a closed ledger takes nothing but keys, erasure, its engine, its clock and what it lost',
    { fact: 'action', oneOf: EVEN_WHEN_CLOSED },
    { fact: 'ledger_status', is: 'closed' },
  ),
  never('raise_andon', 'nobody but an owner, a responder and the operator stops the whole tenant', {
    any: [
      { not: { fact: 'resource', is: '*' } },
      { fact: 'subject_relations', contains: 'owner' },
      { fact: 'subject_relations', contains: 'responder' },
      { fact: 'subject_type', is: 'system' },
    ],
  }),
  {
    means: 'anybody with a well-formed finding can stop a resource ten times a minute, marketplaces excepted',
    verdict: 'always_approve',
    action: 'raise_andon',
    when: {
      all: [
        { fact: 'ledger_status', is: 'open' },
        { not: { fact: 'resource', is: '*' } },
        { not: { fact: 'environment', is: 'unknown' } },
        { fact: 'andons_raised', below: 10 },
      ],
    },
    unless: { fact: 'subject_type', is: 'marketplace' },
  },
];

/** The invariants of the shipped catalog. Each holds; each is broken by a catalog that a test makes. */
export const invariants: readonly Invariant[] = [...ofEffects, ...ofBinding, ...ofPacks, ...ofPlatform, ...ofDoctrine];
