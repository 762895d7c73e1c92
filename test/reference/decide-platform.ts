/** The facts that every catalog has, restated: what the governor stamps, what the plan gives, what the gates read. */
import type { Fact, FactId, Term, Type, Value } from '@tai-autonomics/core/author';
import { RELATIONS, ROLES, SUBJECT_TYPES } from '@tai-autonomics/core/author';

const STRING: Type = { type: 'string' };
const INSTANT: Type = { type: 'instant' };
const COUNT: Type = { type: 'integer', min: 0 };
const ROLE_SET: Type = { type: 'set', of: ROLES };
const words = (...values: readonly string[]): Type => ({ type: 'enum', values });

const stamped = (of: Extract<Fact, { origin: 'context' }>['of'], type: Type): Fact => ({
  means: of,
  type,
  origin: 'context',
  of,
});
const bought = (column: 'packs' | 'ceiling' | 'quota', type: Type): Fact => ({
  means: column,
  type,
  origin: 'plan',
  column,
});
const kept = (cell: string, type: Type, otherwise: Value, ...key: readonly Term[]): Fact => ({
  means: cell,
  type,
  origin: 'ledger',
  cell,
  key,
  otherwise,
});
const instant = (cell: string, ...key: readonly Term[]): Fact =>
  kept(cell, INSTANT, '1970-01-01T00:00:00.000Z', ...key);
const severity = words('none', 'low', 'medium', 'high', 'critical');

/** By name. Their meanings in words are core's own and appear in no decision. */
export const platformFacts: Readonly<Record<FactId, Fact>> = {
  at: stamped('at', INSTANT),
  mode: stamped('mode', words('eval', 'contractual')),
  action: stamped('action', STRING),
  subject: stamped('subject', STRING),
  subject_type: stamped('subject_type', words(...SUBJECT_TYPES)),
  scope: stamped('scope', ROLE_SET),
  resource: stamped('resource', STRING),
  resource_ref: stamped('resource_ref', STRING),
  environment: stamped('environment', words('sandbox', 'production', 'unknown')),
  binding: stamped('binding', STRING),
  receipt_id: stamped('receipt_id', STRING),
  catalog: stamped('catalog', STRING),
  refusal_asks: stamped('refusal_asks', { type: 'set' }),
  refusal_binding: stamped('refusal_binding', STRING),
  refusal_requester: stamped('refusal_requester', STRING),
  refusal_person: stamped('refusal_person', STRING),
  refusal_persons: stamped('refusal_persons', { type: 'set' }),
  person: stamped('person', STRING),
  persons: stamped('persons', { type: 'set' }),
  named_kind: stamped('named_kind', words('nobody', 'agent', 'user', 'service')),
  signed_by: stamped('signed_by', STRING),
  plan_packs: bought('packs', { type: 'set' }),
  plan_ceiling: bought('ceiling', ROLE_SET),
  plan_quota: bought('quota', COUNT),
  entitlement_plan: kept('entitlement_plan', STRING, ''),
  entitlement_packs: kept('entitlement_packs', { type: 'set' }, []),
  entitlement_roles: kept('entitlement_roles', ROLE_SET, []),
  entitlement_status: kept('entitlement_status', words('none', 'active', 'suspended', 'cancelled'), 'none'),
  entitlement_expires_at: instant('entitlement_expires_at'),
  entitlement_sku: kept('entitlement_sku', STRING, ''),
  entitlement_occurred_at: instant('entitlement_occurred_at'),
  entitlement_rank: kept('entitlement_rank', COUNT, 0),
  pilot_began_at: instant('pilot_began_at'),
  pilot_ends_at: kept('pilot_ends_at', INSTANT, '9999-12-31T23:59:59.999Z'),
  insurance_status: kept('insurance_status', words('none', 'valid', 'lapsed'), 'none'),
  insurance_expires_at: instant('insurance_expires_at'),
  insurance_verified_at: instant('insurance_verified_at'),
  msa_status: kept('msa_status', words('none', 'signed', 'terminated'), 'none'),
  msa_from: instant('msa_from'),
  msa_until: instant('msa_until'),
  subject_relations: kept('relations', { type: 'set', of: RELATIONS }, [], { fact: 'subject' }),
  granted_roles: kept('granted_roles', ROLE_SET, [], { fact: 'subject' }),
  ledger_status: kept('ledger_status', words('open', 'closed'), 'open'),
  tenant_suspended: kept('tenant_suspended', { type: 'boolean' }, false),
  glass_until: instant('glass_until', { fact: 'subject' }, { fact: 'action' }, { fact: 'resource_ref' }),
  andon: kept('andon', severity, 'none', { fact: 'resource_ref' }),
  andon_of_tenant: kept('andon', severity, 'none', '*'),
  quarantined: kept('quarantine', { type: 'boolean' }, false, { fact: 'resource_ref' }),
  andon_of_environment: kept('scope_andon', severity, 'none', 'environment', { fact: 'environment' }),
  andon_of_sku: kept('scope_andon', severity, 'none', 'sku', { fact: 'entitlement_sku' }),
  quarantine_of_environment: kept('scope_quarantine', { type: 'boolean' }, false, 'environment', {
    fact: 'environment',
  }),
  quarantine_of_sku: kept('scope_quarantine', { type: 'boolean' }, false, 'sku', { fact: 'entitlement_sku' }),
  quota_used: kept('quota_used', COUNT, 0, { fact: 'action' }),
  quota_resets_at: instant('quota_resets_at', { fact: 'action' }),
  rate_pace: kept('rate_pace', words('none', 'second', 'minute', 'hour', 'day'), 'none'),
  rate_next_at: instant('rate_next_at', { fact: 'action' }),
  wip_open: kept('wip_open', COUNT, 0),
  wip_limit: kept('wip_limit', COUNT, Number.MAX_SAFE_INTEGER),
  budget_spent: kept('budget_spent', COUNT, 0),
  budget_limit: kept('budget_limit', COUNT, Number.MAX_SAFE_INTEGER),
  budget_resets_at: instant('budget_resets_at'),
};
