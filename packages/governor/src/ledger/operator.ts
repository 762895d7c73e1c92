/** The operator's own ledger: what is bad, or belongs to no tenant, is kept there. */
import type { TenantId } from '../api.ts';

/** The tenant id of the operator's ledger. No credential of a tenant can name it. */
export const OPERATOR: TenantId = '(operator)';
