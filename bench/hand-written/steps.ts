/** The next lawful steps of a rollback, written out by hand. */
import type { Choose, NextStep, Observation, Reason, State } from '@tai-autonomics/core';
import type { Role, Value } from '@tai-autonomics/core/author';
import { formatInstant } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';

export const DAY_MS = 86_400_000;
const ROLES: readonly Role[] = ['read_deployment', 'write_rollback'];

export interface Plan {
  readonly sku: string;
  readonly packs: readonly string[];
  readonly roles: readonly string[];
  readonly quota: number;
}

/** The price list, read once: it changes more often than the rules do. */
export const PLANS: ReadonlyMap<unknown, Plan> = new Map(
  Object.entries(library.plans).map(([id, { sku_id: sku, packs, iam_roles, quota = 0 }]) => [
    id,
    { sku, packs: packs.toSorted(), roles: iam_roles.toSorted(), quota },
  ]),
);
const PROFESSIONAL: Plan = PLANS.get('professional') ?? { sku: '', packs: [], roles: [], quota: 0 };

const text = { type: 'string', maxLength: 200 } as const;
/** What stands in clear in receipts. */
const id = { type: 'string', form: 'id' } as const;
const instant = { type: 'instant' } as const;
const marketplace = { type: 'marketplace' } as const;
const operator = { type: 'system' } as const;
const owner = { type: 'user', relation: 'owner' } as const;
const approver = { type: 'user', relation: 'approver' } as const;
const EVENT_ID: Choose = { argument: 'event_id', type: text, means: 'the marketplace’s id of the event' };
const ENTITLEMENT_ID: Choose = {
  argument: 'entitlement_id',
  type: id,
  means: 'the marketplace’s id of the entitlement',
};
const RANK: Choose = {
  argument: 'rank',
  type: { type: 'integer', min: 0 },
  means: 'orders events of one instant: the first 48 bits of the SHA-256 of the event id',
  from: 0,
};
const CERTIFICATE: Choose = { argument: 'certificate', type: id, means: 'SHA-256 of the certificate, base64url' };
const AGREEMENT: Choose = { argument: 'agreement', type: id, means: 'SHA-256 of the agreement, base64url' };
const FINDING: Choose = { argument: 'finding', type: text, means: 'what was found and done' };

export type Cells = State['cells'];
export const one = (cells: Cells, cell: string): Value | undefined => cells.get(cell)?.get('');
export const numberIn = (cells: Cells, cell: string, key: string, otherwise: number): number => {
  const value = cells.get(cell)?.get(key);
  return typeof value === 'number' ? value : otherwise;
};
export const setIn = (value: Value | undefined): readonly string[] => (typeof value === 'object' ? value : []);
export const hasRoles = (have: readonly string[]): boolean =>
  have.includes('read_deployment') && have.includes('write_rollback');

/** What of the roles is there, and what is not. */
export const wanted = (have: readonly string[]): NonNullable<Reason['roles']> => ({
  required: ROLES,
  held: ROLES.filter((name) => have.includes(name)),
  missing: ROLES.filter((name) => !have.includes(name)),
});

const chooseEvent = (o: Observation, ...more: readonly Choose[]): readonly Choose[] => [
  EVENT_ID,
  ...more,
  {
    argument: 'occurred_at',
    type: instant,
    means: 'when the event occurred',
    from: formatInstant(numberIn(o.state.cells, 'entitlement_occurred_at', '', 0) + 1),
    to: formatInstant(o.at),
  },
  RANK,
  { argument: 'expiry', type: instant, means: 'when it expires', from: formatInstant(o.at + 1) },
];

export const buyProfessional = (o: Observation): NextStep => ({
  kind: 'authority',
  who: marketplace,
  submit: {
    action: 'apply_entitlement',
    resource: o.intent.resource.id,
    arguments: {
      change: 'activated',
      enabled_packs: PROFESSIONAL.packs,
      iam_roles: PROFESSIONAL.roles,
      plan_id: 'professional',
      sku_id: PROFESSIONAL.sku,
      status: 'active',
    },
    choose: chooseEvent(o, ENTITLEMENT_ID),
  },
});

export const renew = (o: Observation): NextStep => {
  const { cells } = o.state;
  const named = one(cells, 'entitlement_id') ?? '';
  return {
    kind: 'authority',
    who: marketplace,
    submit: {
      action: 'apply_entitlement',
      resource: o.intent.resource.id,
      arguments: {
        change: 'renewed',
        enabled_packs: setIn(one(cells, 'entitlement_packs')),
        ...(named === '' ? {} : { entitlement_id: named }),
        iam_roles: setIn(one(cells, 'entitlement_roles')),
        plan_id: one(cells, 'entitlement_plan') ?? '',
        sku_id: one(cells, 'entitlement_sku') ?? '',
        status: 'active',
      },
      choose: named === '' ? [ENTITLEMENT_ID, ...chooseEvent(o)] : chooseEvent(o),
    },
  };
};

export const recordInsurance = (o: Observation): NextStep => ({
  kind: 'authority',
  who: operator,
  submit: {
    action: 'record_insurance',
    resource: o.intent.resource.id,
    arguments: { status: 'valid' },
    choose: [
      CERTIFICATE,
      {
        argument: 'verified_at',
        type: instant,
        means: 'when it was checked',
        from: formatInstant(o.at - DAY_MS),
        to: formatInstant(o.at),
      },
      { argument: 'expires_at', type: instant, means: 'when it expires', from: formatInstant(o.at + 1) },
    ],
  },
});

export const recordMsa = (o: Observation): NextStep => ({
  kind: 'authority',
  who: owner,
  submit: {
    action: 'record_msa',
    resource: o.intent.resource.id,
    arguments: { status: 'signed' },
    choose: [
      AGREEMENT,
      { argument: 'in_force_from', type: instant, means: 'since when it is in force', to: formatInstant(o.at) },
      { argument: 'in_force_until', type: instant, means: 'until when it is in force', from: formatInstant(o.at + 1) },
    ],
  },
});

export const approve = (o: Observation): NextStep => ({
  kind: 'authority',
  who: approver,
  submit: {
    action: 'approve_action',
    resource: o.intent.resource.id,
    arguments: {},
    refusal: true,
    choose: [
      {
        argument: 'expires_at',
        type: instant,
        means: 'when the approval expires; within a day',
        from: formatInstant(o.at + 1),
        to: formatInstant(o.at + DAY_MS),
      },
    ],
  },
});

export const restoreRelease = (o: Observation, release: string): NextStep => ({
  kind: 'authority',
  who: owner,
  submit: { action: 'restore_release', resource: o.intent.resource.id, arguments: { release }, choose: [] },
});

export const clearAndon = (resource: string): NextStep => ({
  kind: 'authority',
  who: owner,
  submit: { action: 'clear_andon', resource, arguments: {}, choose: [FINDING] },
});

export const letScopeGo = (action: string, scope: string, name: string): NextStep => ({
  kind: 'authority',
  who: owner,
  submit: { action, resource: '*', arguments: { scope, name }, choose: [FINDING] },
});

export const notBefore = (at: number): NextStep => ({ kind: 'time', notBefore: formatInstant(at) });

export const grantRoles = (o: Observation, roles: readonly string[]): NextStep => ({
  kind: 'authority',
  who: owner,
  submit: {
    action: 'grant_role',
    resource: o.intent.resource.id,
    arguments: { roles, subject: o.intent.subject.ref },
    choose: [],
  },
});

export const askAnew = (argument: string, means: string): NextStep => ({ kind: 'request', argument, means });
