/**
 * What a caller is told. A pure projection of the inner decision: an unknown action and one that the tenant did not buy
 * look the same, and a trace says no more than the reasons do.
 */
import type { Catalog } from './catalog.ts';
import type { Decision, Reason } from './decision.ts';
import { TOOL_NOT_FOUND } from './gates/tool-not-found.ts';
import type { NextStep } from './next-step.ts';
import type { Observation } from './observation.ts';
import type { Role } from './policy/role.ts';
import { valueIn } from './state.ts';

/** Whether who asks is told what the tenant could buy, instead of the bare fact that there is no such tool. */
export interface Audience {
  readonly disclosesCatalog: boolean;
  /** Whether who asks is told names of resources that are spelt like one that is not known; not where absent. */
  readonly namesResources?: boolean;
}

/** The outward answer. With `disclosesCatalog` the registry's own next step is shown too. */
export const outward = (decision: Decision, to: Audience = { disclosesCatalog: false }): Decision => {
  if (decision.verdict === 'approve') return decision;
  const [first, ...rest] = decision.reasons;
  if (first.gate === 'registry' && !to.disclosesCatalog) return { ...decision, reasons: [NOT_FOUND] };
  if (to.namesResources === true || !decision.reasons.some(({ next }) => isNaming(next))) return decision;
  return { ...decision, reasons: [nameless(first), ...rest.map(nameless)] };
};

/**
 * Who a caller is to a refusal of the registry: the catalog is disclosed to it if the tenant's owner set
 * `disclose_catalog`, or if `read_audit_trail` is effective for it, which is in the plan's ceiling, in the tenant's grant
 * and in the credential's scope at once. Names of resources are for people of the tenant (an owner, an approver, a responder) and
 * for whoever may read deployments.
 */
export const audienceOf = (catalog: Catalog, o: Observation): Audience => {
  const listed = (fact: string): readonly string[] => {
    const read = catalog.readerOf(fact)(o);
    return typeof read === 'object' ? (read as readonly string[]) : [];
  };
  const effective = (role: Role): boolean =>
    ['scope', 'granted_roles', 'plan_ceiling'].every((fact) => listed(fact).includes(role));
  return {
    disclosesCatalog: valueIn(o.state, 'catalog_disclosed') === true || effective('read_audit_trail'),
    namesResources: effective('read_deployment') || listed('subject_relations').length > 0,
  };
};

const isNaming = (next: NextStep): boolean => next.kind === 'request' && next.candidates !== undefined;

const nameless = (reason: Reason): Reason => {
  const { next } = reason;
  if (next.kind !== 'request' || next.candidates === undefined) return reason;
  const { candidates: _, ...rest } = next;
  return { ...reason, next: rest };
};

/** The one answer for every tool that does not exist for a caller. */
const NOT_FOUND: Reason = {
  gate: 'registry',
  ...TOOL_NOT_FOUND,
  facts: [],
  next: { kind: 'none', why: 'no such tool exists for this tenant; list the tools again, or see the plan catalogue' },
};
