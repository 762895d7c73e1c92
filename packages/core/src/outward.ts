/**
 * What a caller is told. A pure projection of the inner decision: an unknown action and one that the tenant did not buy
 * look the same, and a trace says no more than the reasons do.
 */
import type { Catalog } from './catalog.ts';
import type { Decision, Reason } from './decision.ts';
import type { Observation } from './observation.ts';
import { valueIn } from './state.ts';

/** Whether who asks is told what the tenant could buy, instead of the bare fact that there is no such tool. */
export interface Audience {
  readonly disclosesCatalog: boolean;
}

/** The outward answer. With `disclosesCatalog` the registry's own next step is shown too. */
export const outward = (decision: Decision, to: Audience = { disclosesCatalog: false }): Decision => {
  if (decision.verdict === 'approve' || to.disclosesCatalog) return decision;
  const [first] = decision.reasons;
  return first.gate === 'registry' ? { ...decision, reasons: [NOT_FOUND] } : decision;
};

/**
 * Who a caller is to a refusal of the registry: the catalog is disclosed to it if the tenant's owner set
 * `disclose_catalog`, or if `read_audit_trail` is effective for it, which is in the plan's ceiling, in the tenant's grant
 * and in the credential's scope at once.
 */
export const audienceOf = (catalog: Catalog, o: Observation): Audience => {
  if (valueIn(o.state, 'catalog_disclosed') === true) return { disclosesCatalog: true };
  const among = (fact: string): boolean => {
    const roles = catalog.readerOf(fact)(o);
    return typeof roles === 'object' && roles.includes('read_audit_trail');
  };
  return { disclosesCatalog: among('scope') && among('granted_roles') && among('plan_ceiling') };
};

/** The one answer for every tool that does not exist for a caller. */
const NOT_FOUND: Reason = {
  gate: 'registry',
  code: 'tool_not_found',
  means: 'the tool exists for this tenant',
  facts: [],
  next: { kind: 'none', why: 'no such tool exists for this tenant; list the tools again, or see the plan catalogue' },
};
