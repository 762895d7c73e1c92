/**
 * What a caller is told. A pure projection of the inner decision: an unknown action and one that the tenant did not buy
 * look the same, and a trace says no more than the reasons do.
 */
import type { Decision, Reason } from './decision.ts';

/** The one answer for every tool that does not exist for a caller. */
const NOT_FOUND: Reason = {
  gate: 'registry',
  code: 'tool_not_found',
  means: 'the tool exists for this tenant',
  facts: [],
  next: { kind: 'none', why: 'no such tool exists for this tenant; list the tools again, or see the plan catalogue' },
};

/** What whoever may read the audit trail, or owns the catalogue, is told instead of the bare fact. */
export interface Audience {
  readonly disclosesCatalog: boolean;
}

/** The outward answer. With `disclosesCatalog` the registry's own next step is shown too. */
export const outward = (decision: Decision, to: Audience = { disclosesCatalog: false }): Decision => {
  if (decision.verdict === 'approve' || to.disclosesCatalog) return decision;
  const [first] = decision.reasons;
  return first.gate === 'registry' ? { ...decision, reasons: [NOT_FOUND] } : decision;
};
