/** The operator's own ledger: what is bad, or belongs to no tenant, is kept there. */
import { nameFault } from '@tai-autonomics/core/engine';
import type { TenantId } from '../api.ts';

/** The tenant id of the operator's ledger. No credential of a tenant can name it. */
export const OPERATOR: TenantId = '(operator)';

/** What is said of it where a tenant is wanted. */
export const NO_TENANT: string = 'this is the operator’s own ledger, and no tenant';

/**
 * Why a name can be no tenant's, with the good spelling where there is one; `undefined` for one that can. With `nameRuleBroken` as the
 * rule nothing of the name is said.
 */
export const tenantFault = (name: unknown, rule: typeof nameFault = nameFault): string | undefined =>
  name === OPERATOR ? NO_TENANT : rule(name);
