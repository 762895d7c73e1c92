/** What can go wrong before a rollback: each fault as somebody brings it about, through the doors or in the world. */
import { formatInstant } from '@tai-autonomics/core/engine';
import { DAY, eventOf, SERVICE, submitted, type Tenant } from './tenant.ts';

type Strike = (tenant: Tenant) => Promise<void>;

const insure = (t: Tenant, status: 'valid' | 'lapsed', forMs = 90 * DAY): Promise<void> =>
  submitted(t.actors.monitor, 'record_insurance', {
    status,
    certificate: 'EM-2026-0417',
    verified_at: formatInstant(t.now()),
    expires_at: formatInstant(t.now() + forMs),
  });

const agree = (t: Tenant, status: 'signed' | 'terminated', inMs = 0): Promise<void> =>
  submitted(t.actors.olivia, 'record_msa', {
    status,
    agreement: 'msa-1',
    in_force_from: formatInstant(t.now() + inMs),
    in_force_until: formatInstant(t.now() + 365 * DAY),
  });

const roles = (t: Tenant, action: 'grant_role' | 'revoke_role'): Promise<void> =>
  submitted(t.actors.olivia, action, {
    subject: 'agent:agent',
    roles: ['read_deployment', 'write_rollback'],
  });

const relate = (t: Tenant, id: 'arjun' | 'beatrix'): Promise<void> =>
  submitted(t.actors.olivia, 'grant_relation', { subject: `user:${id}`, relation: 'approver' });

const approve = (t: Tenant, forMs: number): Promise<void> => {
  const args = { ...t.approval, expires_at: formatInstant(t.now() + forMs) };
  return submitted(t.actors.beatrix, 'approve_action', args, SERVICE);
};

const buy = (t: Tenant, plan: 'base' | 'professional', changed: object = {}): Promise<void> =>
  submitted(t.actors.marketplace, 'apply_entitlement', eventOf(t.now(), plan, changed));

/** What git will say from now on. */
const change =
  (fact: string, value: boolean): Strike =>
  async ({ world }) => {
    world.facts[fact] = value;
  };

const raise = (t: Tenant, resource: string): Promise<void> =>
  submitted(
    resource === '*' ? t.actors.olivia : t.actors.agent,
    'raise_andon',
    { severity: 'high', finding: 'error rate doubled' },
    resource,
  );

/** What a rollback needs of people; the reason where one is left out. */
export const PREPARATIONS = {
  insurance: { code: 'insurance_missing', make: (t) => insure(t, 'valid') },
  agreement: { code: 'msa_unsigned', make: (t) => agree(t, 'signed') },
  grant: { code: 'insufficient_privilege', make: (t) => roles(t, 'grant_role') },
  approver: { code: 'rollback_policy_not_approved', make: (t) => relate(t, 'arjun') },
  approval: { code: 'rollback_policy_not_approved', make: (t) => approve(t, DAY / 2) },
} as const satisfies Readonly<Record<string, { readonly code: string; readonly make: Strike }>>;
export type Preparation = keyof typeof PREPARATIONS;

/** Prepares the tenant, but for some. Without arjun as an approver nobody whom the driver knows can approve. */
export const prepare = async (t: Tenant, without: readonly Preparation[]): Promise<void> => {
  await relate(t, 'beatrix');
  const left = new Set<Preparation>(without.includes('approver') ? [...without, 'approval'] : without);
  for (const [name, { make }] of Object.entries(PREPARATIONS)) if (!left.has(name as Preparation)) await make(t);
};

export interface Fault {
  readonly note: string;
  /** A reason that it gives to a tenant who is prepared. */
  readonly code: string;
  readonly strike: Strike;
}

/** Faults that can strike at any time. */
export const FAULTS: readonly Fault[] = [
  { note: 'the plan is only base', code: 'tool_not_found', strike: (t) => buy(t, 'base') },
  { note: 'suspended', code: 'suspended', strike: (t) => buy(t, 'professional', { status: 'suspended' }) },
  { note: 'cancelled', code: 'no_entitlement', strike: (t) => buy(t, 'professional', { status: 'cancelled' }) },
  {
    note: 'the entitlement expires',
    code: 'expired',
    strike: async (t) => {
      await buy(t, 'professional', { expiry: formatInstant(t.now() + 1_000) });
      t.pass(2_000);
    },
  },
  { note: 'the insurance lapses', code: 'insurance_missing', strike: (t) => insure(t, 'lapsed') },
  {
    note: 'the insurance expires',
    code: 'insurance_expired',
    strike: async (t) => {
      await insure(t, 'valid', 1_000);
      t.pass(2_000);
    },
  },
  { note: 'nobody checks the insurance for days', code: 'insurance_stale', strike: async (t) => t.pass(2 * DAY) },
  { note: 'the agreement is terminated', code: 'msa_unsigned', strike: (t) => agree(t, 'terminated') },
  { note: 'the agreement begins later', code: 'policy_not_in_force', strike: (t) => agree(t, 'signed', DAY / 24) },
  { note: 'the grant is revoked', code: 'insufficient_privilege', strike: (t) => roles(t, 'revoke_role') },
  { note: 'an Andon on the service', code: 'andon_open', strike: (t) => raise(t, SERVICE) },
  { note: 'an Andon on the whole tenant', code: 'andon_open', strike: (t) => raise(t, '*') },
  {
    note: 'somebody edits in place',
    code: 'deployment_not_stable',
    strike: change('deployment_stable', false),
  },
  {
    note: 'the earlier release is gone',
    code: 'rollback_target_unknown',
    strike: change('rollback_target_known', false),
  },
  {
    note: 'git is silent once',
    code: 'evidence_missing',
    strike: async ({ world }) => {
      world.blind = 1;
    },
  },
  {
    note: 'git says once what it saw minutes ago',
    code: 'evidence_stale',
    strike: async ({ world }) => {
      world.late = 1;
    },
  },
  {
    note: 'the approval is taken back',
    code: 'rollback_policy_not_approved',
    strike: (t) => submitted(t.actors.beatrix, 'revoke_approval', t.approval, SERVICE),
  },
  {
    note: 'the approval expires',
    code: 'approval_expired',
    strike: async (t) => {
      await approve(t, 1_000);
      t.pass(2_000);
    },
  },
];
