/** What an account is promised now: by the plan that its ledger says it bought, in the words of the catalog that decides. */
import type { Catalog } from '../catalog.ts';
import type { Ms } from '../data/instant.ts';
import type { Mode } from '../observation.ts';
import type { PlanId } from '../policy/catalog-source.ts';
import type { AccountTerms } from '../policy/support-terms.ts';
import { type State, valueIn } from '../state.ts';

/** Why an account is promised nothing beside its decisions. */
export type NothingPromised = 'evaluation' | 'no_entitlement' | 'suspended' | 'expired' | 'plan_without_terms';

/** What an account is promised: the terms of its plan, or nothing and why. */
export type Promised =
  | { readonly promised: true; readonly plan: PlanId; readonly terms: AccountTerms }
  | { readonly promised: false; readonly because: NothingPromised };

/**
 * What an account is promised at an instant. The plan is what its ledger says, and nothing that is asked: an evaluation, no
 * entitlement, one that is suspended or has expired (at the very instant of its expiry it has), a plan that the catalog does not
 * have, and a plan without terms promise nothing.
 */
export const promisedTo = (catalog: Catalog, state: State, at: Ms, mode: Mode): Promised => {
  const because = nothingInForce(state, at, mode);
  if (because !== undefined) return { promised: false, because };
  const plan = String(valueIn(state, 'entitlement_plan') ?? '');
  const terms = catalog.plans.get(plan)?.support;
  return terms === undefined ? { promised: false, because: 'plan_without_terms' } : { promised: true, plan, terms };
};

const nothingInForce = (state: State, at: Ms, mode: Mode): NothingPromised | undefined => {
  if (mode === 'eval') return 'evaluation';
  const [status, expires] = [valueIn(state, 'entitlement_status'), valueIn(state, 'entitlement_expires_at')];
  if (status === 'suspended') return 'suspended';
  if (status !== 'active') return 'no_entitlement';
  return typeof expires === 'number' && at < expires ? undefined : 'expired';
};
