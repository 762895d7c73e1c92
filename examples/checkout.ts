/** The scene of the examples: a rollback of the checkout service for which everything holds that has to hold. */

/** What git says about the service. */
export const evidence = {
  deployment_stable: true,
  deployed_version: 'v1.1.0',
  rollback_target_known: true,
  rollback_target_version: 'v1.0.0',
} as const;

/** What the tenant's ledger says. */
export const ledger = {
  relations: { olivia: ['owner'], arjun: ['approver'] },
  entitlement_status: 'active',
  entitlement_plan: 'professional',
  entitlement_sku: 'rollback-guard-professional',
  entitlement_packs: ['receipt_verifier', 'rollback_guard'],
  entitlement_roles: ['read_audit_trail', 'read_deployment', 'write_rollback'],
  entitlement_expires_at: '2027-01-01T00:00:00Z',
  insurance_status: 'valid',
  insurance_verified_at: '2026-11-21T06:00:00Z',
  insurance_expires_at: '2027-06-30T00:00:00Z',
  msa_status: 'signed',
  msa_from: '2026-01-01T00:00:00Z',
  msa_until: '2027-01-01T00:00:00Z',
  granted_roles: { 'agent-1': ['read_deployment', 'write_rollback'] },
  approval_requester: { 'this rollback': 'agent-1' },
  approval_expires_at: { 'this rollback': '2026-11-21T10:00:00Z' },
} as const;

/** An agent asks to roll the service back, as a person would write the observation down. */
export const askRollback = (seen: object = evidence, state: object = ledger) => ({
  at: '2026-11-21T08:00:00Z',
  mode: 'contractual',
  intent: {
    subject: { type: 'agent', id: 'agent-1', scope: ['read_deployment', 'write_rollback'] },
    action: { id: 'trigger_rollback' },
    resource: { id: 'service/checkout' },
    binding: 'this rollback',
  },
  evidence: Object.entries(seen).map(([fact, value]) => ({ fact, value, source: 'git' })),
  state,
});
