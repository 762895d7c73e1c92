/** The operator's door: tenants, catalogs, credentials and keys, on a listener of its own. */
import type { HttpDoor } from '../http-door.ts';
import { serving } from '../interface/serving.ts';
import { HTTP_LIMITS } from '../options.ts';
import type { OperatorDoorOptions } from './operator-options.ts';
import { OPERATOR_ROUTES } from './operator-routes.ts';

/**
 * Builds the operator's door. It takes operators' keys and no others. What changes something is recorded in the operator's ledger before
 * it is done; what is asked about a tenant has its own receipt in that tenant's ledger, too.
 */
export const createOperatorDoor = ({ limits, onFault, ...options }: OperatorDoorOptions): HttpDoor => ({
  fetch: serving(OPERATOR_ROUTES, { ...options, limits: { ...HTTP_LIMITS, ...limits } }, (fault) => onFault?.(fault)),
});
