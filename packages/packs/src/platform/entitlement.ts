/** Opening a tenant and applying what the marketplace says that it bought (P-01 to P-06, X-05, X-13). */
import type { Action, Condition, Requirement } from '@tai-autonomics/core/author';
import { EVENT_NOTES } from '@tai-autonomics/core/engine';
import { ids, instant, internal, opaqueId, pseudonym, string, words } from './action.ts';
import { pilotBegins } from './pilot.ts';
import { changesSomething, purchaseWrites } from './purchases.ts';

const ask = (argument: string): Requirement['remedy'] => ({ by: 'request', argument });

const known: readonly Requirement[] = [
  {
    code: 'unknown_plan',
    means: 'the plan exists',
    when: { fact: 'argument.plan_id', oneOf: { catalog: 'plans' } },
    remedy: ask('plan_id'),
  },
  {
    code: 'unknown_pack',
    means: 'every pack exists',
    when: { fact: 'argument.enabled_packs', subsetOf: { catalog: 'packs' } },
    remedy: ask('enabled_packs'),
  },
  {
    code: 'unknown_role',
    means: 'every role exists',
    when: { fact: 'argument.iam_roles', subsetOf: { catalog: 'roles' } },
    remedy: ask('iam_roles'),
  },
];

const sold: readonly Requirement[] = [
  {
    code: 'sku_mismatch',
    means: 'the SKU is the one under which the plan is sold',
    when: {
      each: 'plan',
      holds: {
        any: [
          { not: { fact: 'argument.plan_id', is: { row: 'id' } } },
          { fact: 'argument.sku_id', is: { row: 'sku_id' } },
        ],
      },
    },
    remedy: ask('sku_id'),
  },
  {
    code: 'pack_not_in_plan',
    means: 'the plan sells every pack',
    when: {
      each: 'plan',
      holds: {
        any: [
          { not: { fact: 'argument.plan_id', is: { row: 'id' } } },
          { fact: 'argument.enabled_packs', subsetOf: { row: 'packs' } },
        ],
      },
    },
    remedy: ask('enabled_packs'),
  },
  {
    code: 'role_not_in_plan',
    means: 'the plan allows every role',
    when: {
      each: 'plan',
      holds: {
        any: [
          { not: { fact: 'argument.plan_id', is: { row: 'id' } } },
          { fact: 'argument.iam_roles', subsetOf: { row: 'iam_roles' } },
        ],
      },
    },
    remedy: ask('iam_roles'),
  },
];

const lawfulMix: readonly Requirement[] = [
  {
    code: 'pack_prerequisite_missing',
    means: 'every pack comes with what it requires',
    when: {
      each: 'pack',
      holds: {
        any: [
          { not: { fact: 'argument.enabled_packs', contains: { row: 'id' } } },
          { fact: 'argument.enabled_packs', containsAll: { row: 'requires' } },
        ],
      },
    },
    remedy: ask('enabled_packs'),
  },
  {
    code: 'pack_conflict',
    means: 'no two packs exclude each other',
    when: {
      each: 'pack',
      holds: {
        any: [
          { not: { fact: 'argument.enabled_packs', contains: { row: 'id' } } },
          { fact: 'argument.enabled_packs', disjointFrom: { row: 'incompatible_with' } },
        ],
      },
    },
    remedy: ask('enabled_packs'),
  },
];

const CHANGES = {
  active: ['activated', 'upgraded', 'downgraded', 'renewed', 'expired', 'updated'],
  suspended: ['suspended', 'updated'],
  cancelled: ['cancelled', 'updated'],
} as const;

const agrees = (status: keyof typeof CHANGES): Condition => ({
  all: [
    { fact: 'argument.status', is: status },
    { fact: 'argument.change', oneOf: CHANGES[status] },
  ],
});

const coherent: Requirement = {
  code: 'event_contradicts_itself',
  means: 'what changed and what the entitlement is from now on agree',
  when: { any: [agrees('active'), agrees('suspended'), agrees('cancelled')] },
  remedy: ask('change'),
};

/** Of these one alone looks at the clock, and only waits: an event that is late ends in the state of one on time. */
const timely: readonly Requirement[] = [
  {
    code: 'expired',
    means: 'an entitlement that is activated had not expired when the event occurred',
    when: {
      any: [
        { not: { fact: 'argument.status', is: 'active' } },
        { fact: 'argument.change', is: 'expired' },
        { fact: 'argument.expiry', after: { fact: 'argument.occurred_at' } },
      ],
    },
    remedy: ask('expiry'),
  },
  {
    code: 'not_expired_yet',
    means: 'an entitlement that is said to have expired had when the event occurred',
    when: {
      any: [
        { not: { fact: 'argument.change', is: 'expired' } },
        { fact: 'argument.expiry', notAfter: { fact: 'argument.occurred_at' } },
      ],
    },
    remedy: ask('expiry'),
  },
  {
    code: 'event_from_future',
    means: 'the event occurred already',
    when: { fact: 'argument.occurred_at', notAfter: { fact: 'at', plus: 5_000 } },
    remedy: { by: 'time', notBefore: { fact: 'argument.occurred_at' } },
  },
  {
    code: 'entitlement_superseded',
    means: 'no newer event of the same entitlement is known',
    when: changesSomething,
    remedy: {
      by: 'nobody',
      why: 'a newer event of this entitlement is known; events may arrive late and in any order',
    },
  },
];

export const entitlementActions: Readonly<Record<string, Action>> = {
  open_tenant: internal({
    means: 'opens a tenant’s ledger and names its owner',
    who: ['system'],
    arguments: { owner: pseudonym('the pseudonym of the owner') },
    requires: [
      {
        code: 'opened_already',
        means: 'the ledger was not opened yet',
        when: { fact: 'ledger_opened', is: false },
        remedy: { by: 'nobody', why: 'a ledger is opened once, and so its pilot begins once' },
      },
    ],
    emits: { approve: 'tenant_opened', refuse: 'action_refused' },
    writes: [
      { cell: 'ledger_opened', key: [], change: { set: true } },
      { cell: 'relations', key: [{ fact: 'argument.owner' }], change: { add: 'owner' } },
      { cell: 'subject_kinds', key: [{ fact: 'argument.owner' }], change: { set: 'user' } },
      ...pilotBegins,
    ],
  }),
  apply_entitlement: internal({
    means: 'applies an entitlement event, which carries the full record',
    who: ['marketplace'],
    invalid: 'invalid_entitlement_structure',
    arguments: {
      event_id: string('the marketplace’s id of the event'),
      entitlement_id: opaqueId('the marketplace’s id of the entitlement'),
      occurred_at: instant('when the event occurred'),
      rank: {
        means: 'orders events of one instant: the first 48 bits of the SHA-256 of the event id',
        type: { type: 'integer', min: 0 },
      },
      change: {
        ...words('what changed, as the marketplace says', ...CHANGES.active, 'suspended', 'cancelled'),
        otherwise: 'updated',
      },
      status: words('what the entitlement is from now on', 'active', 'suspended', 'cancelled'),
      plan_id: opaqueId('the plan that was bought'),
      sku_id: opaqueId('the SKU under which it was bought'),
      enabled_packs: ids('the packs that it switches on'),
      iam_roles: ids('the roles that it allows at most'),
      expiry: instant('when it expires'),
      notes: {
        means: 'what was read as something else, or left out, when the event was read',
        type: { type: 'set', of: EVENT_NOTES },
        otherwise: [],
      },
    },
    requires: [...known, ...sold, ...lawfulMix, coherent, ...timely],
    emits: { approve: 'entitlement_updated', refuse: 'entitlement_update_refused' },
    writes: purchaseWrites,
    // What the marketplace says is kept, so that nothing of it is lost; it makes nothing possible that a stop forbids.
    evenWhenSuspended: true,
  }),
  register_tenant: internal({
    means: 'says which ledger is a tenant’s, in the operator’s ledger',
    who: ['system'],
    arguments: {
      tenant: opaqueId('the pseudonym of the tenant'),
      origin: { means: 'the origin of its ledger', type: { type: 'string', maxLength: 400, form: 'id' } },
    },
    requires: [],
    emits: { approve: 'tenant_registered', refuse: 'action_refused' },
    writes: [
      { cell: 'tenant_ledgers', key: [{ fact: 'argument.tenant' }], change: { set: { fact: 'argument.origin' } } },
    ],
  }),
  reject_event: internal({
    means: 'keeps the digest of an event that is bad or belongs to nobody, in the operator’s ledger',
    who: ['marketplace', 'system'],
    arguments: {
      digest: opaqueId('SHA-256 of the event’s bytes, base64url'),
      why: words('what is wrong with it', 'malformed', 'unknown_event', 'unknown_tenant', 'refused'),
    },
    requires: [],
    emits: { approve: 'event_rejected', refuse: 'action_refused' },
    writes: [],
  }),
  hold_event: internal({
    means: 'keeps an event with which nothing is wrong, until the deployment can take it, in the operator’s ledger',
    who: ['marketplace', 'system'],
    arguments: {
      digest: opaqueId('SHA-256 of the event’s bytes, base64url'),
      event: { means: 'the event as it came', type: { type: 'string', maxLength: 65_536 } },
    },
    requires: [],
    emits: { approve: 'event_held', refuse: 'action_refused' },
    writes: [{ cell: 'held_events', key: [{ fact: 'argument.digest' }], change: { set: true } }],
  }),
  release_event: internal({
    means: 'says that an event that was kept has been taken',
    who: ['system'],
    arguments: { digest: opaqueId('SHA-256 of the event’s bytes, base64url') },
    requires: [],
    emits: { approve: 'event_released', refuse: 'action_refused' },
    writes: [{ cell: 'held_events', key: [{ fact: 'argument.digest' }], change: { clear: true } }],
  }),
};
