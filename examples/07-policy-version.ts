/** A tenant's own policy, from its draft to its first refusal; and what the ledger counts afterwards. */
import type { Role } from '@tai-autonomics/core/author';
import { readEntitlementEvent } from '@tai-autonomics/core/engine';
import type { Asked, Caller } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { governor } from './deployment.ts';

const as = (type: 'agent' | 'user', id: string, ...scope: readonly Role[]): Caller => ({
  tenant: 'acme',
  subject: { type, id },
  scope,
});
const olivia = as('user', 'olivia');
const author = as('agent', 'pia', 'write_policy');
const approver = as('user', 'arjun', 'write_policy');
const agent = as('agent', 'agent-1', 'read_deployment', 'write_rollback', 'read_metrics');

/** Asks, and says in a line what came of it; answers what a read found. */
const ask = async (caller: Caller, action: string, resource: string, args: Asked['arguments'] = {}) => {
  const submitted = await governor.submit(caller, { action, resource, arguments: args });
  if (!submitted.decided) throw new Error(submitted.detail);
  const { decision, receipt, outcome } = submitted;
  const reasons = decision.verdict === 'approve' ? [] : decision.reasons;
  const codes = [...new Set(reasons.map(({ code }) => code))].join(', ');
  console.log(
    `${caller.subject.id}: ${action}: ${decision.verdict}${codes === '' ? '' : ` (${codes})`} #${receipt.seq}`,
  );
  return { reasons, found: (outcome?.result ?? {}) as Readonly<Record<string, unknown>> };
};

// The tenant buys everything, and its owner says who may do what.
const { sku_id, packs, iam_roles } = library.plans['enterprise'] ?? { sku_id: '', packs: [], iam_roles: [] };
const bought = readEntitlementEvent(nodeSha256, {
  event: 'entitlement.activated',
  event_id: 'evt-1',
  entitlement_id: 'ent-1',
  occurred_at: '2026-11-21T08:00:00Z',
  record: {
    tenant_id: 'acme',
    plan_id: 'enterprise',
    sku_id,
    enabled_packs: packs,
    iam_roles,
    expiry: '2027-11-21T08:00:00Z',
  },
});
if (bought === undefined) throw new Error('this is no event of ours');
const { tenant, ...event } = bought;
await governor.submit({ tenant, subject: { type: 'marketplace', id: 'a-marketplace' }, scope: [] }, event);
const named = ({ subject: { type, id } }: Caller): string => `${type}:${id}`;
for (const caller of [author, approver, agent])
  await ask(olivia, 'grant_role', 'people', { subject: named(caller), roles: caller.scope });
await ask(olivia, 'grant_relation', 'people', { subject: named(approver), relation: 'approver' });

// A document is drafted: what it makes of the catalog that decides is kept under its digest.
const document = {
  policy: { id: 'own_changes', version: '1.0.0' },
  requirements: [
    {
      actions: ['*external'],
      code: 'window_closed',
      means: 'a change window is open: Monday to Thursday from 08:00 to 16:00 UTC',
      when: { fact: 'at', during: [{ days: ['mon', 'tue', 'wed', 'thu'], from: '08:00', to: '16:00' }] },
      remedy: { by: 'time' },
    },
  ],
  codes: { window_closed: 'no change window is open' },
  invariants: [
    {
      action: 'trigger_rollback',
      verdict: 'never_approve',
      when: { fact: 'at', during: [{ days: ['sat', 'sun'], from: '00:00', to: '24:00' }] },
    },
  ],
};
const { found: draft } = await ask(author, 'lint_policy', '*', { document: JSON.stringify(document) });
console.log(`  loads: ${draft['loads']}, kept: ${draft['kept']}, findings: ${JSON.stringify(draft['findings'])}`);
const candidate = String(draft['candidate']);

// Step by step, each with a receipt; too early is refused, with what is wanting.
await ask(author, 'propose_policy', candidate);
await ask(approver, 'activate_policy', candidate);
await ask(author, 'simulate_policy', candidate);
await ask(author, 'approve_policy', candidate);
await ask(approver, 'approve_policy', candidate);
await ask(approver, 'activate_policy', candidate);

// From the next receipt on it decides. It is Saturday.
const { reasons } = await ask(agent, 'trigger_rollback', 'service/checkout');
for (const { code, next } of reasons) if (next.kind === 'time') console.log(`  ${code}: not before ${next.notBefore}`);

// What was refused so far, by code; and which receipts say so.
const { found } = await ask(agent, 'count_refusals', '*');
console.log(`  ${JSON.stringify((found['figure'] as { readonly codes: unknown }).codes)}`);
const { size, first, last } = found['computedFrom'] as Readonly<Record<string, unknown>>;
console.log(`  computed from receipts ${first} to ${last} of ${size}`);
await governor.close();
