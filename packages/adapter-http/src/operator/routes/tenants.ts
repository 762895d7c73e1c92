/** Tenants, as the operator sees them, and what it asks about one of them. */
import { noticeOf } from '@tai-autonomics/core/engine';
import { NO_TENANT, OPERATOR } from '@tai-autonomics/governor/operator';
import { decidedAnswer, jsonResponse } from '../../answer/answer.ts';
import { notDecidedProblem } from '../../answer/not-decided.ts';
import { problemResponse } from '../../answer/problem.ts';
import { BODIED, KEYED, type Route, TRANSIENT } from '../../interface/route.ts';
import { IDEMPOTENCY_KEY } from '../../request/idempotency.ts';
import { TRACEPARENT } from '../../request/trace-parent.ts';
import { nameShape, objectShape, optional, type Shape, type Shapes, textShape } from '../../schema/shape.ts';
import type { OperatorDoor } from '../operator-options.ts';
import { callerFor, notDone, operatorRoute, recordOperation } from '../operator-route.ts';

/** What an operator may ask about a tenant through its door. Catalogs and keys have routes of their own. */
const TENANT_ACTIONS = [
  'suspend_tenant',
  'resume_tenant',
  'extend_pilot',
  'restore_owner',
  'roll_back_catalog',
  'register_subject',
  'raise_andon',
  'quarantine_resource',
] as const;

/** A tenant in a path. */
export const TENANT: Shape = nameShape('the tenant');

/** `GET /operator/v1/tenants`: every tenant that the deployment knows by name. */
export const listTenants: Route<OperatorDoor> = operatorRoute(
  'read',
  {
    operationId: 'listTenants',
    means: 'lists the tenants',
    summary: 'Lists the tenants by their names, and how each ledger stands',
    success: { status: 200, means: 'sorted by name', body: { json: ['Tenants'] } },
    problems: [...KEYED, ...TRANSIENT, 'not_done'],
  },
  async ({ deployment, governor }, _operator, { signal }) => {
    const found = await deployment.tenants(signal);
    return found._tag === 'Left' ? notDone([found.left]) : jsonResponse({ ...noticeOf(governor.mode), ...found.right });
  },
);

/** `GET /operator/v1/tenants/{tenant}`: how its ledger stands; 404 before the first receipt. */
export const showTenant: Route<OperatorDoor> = operatorRoute(
  'read',
  {
    operationId: 'showTenant',
    means: 'shows how a tenant’s ledger stands',
    summary: 'Shows how the ledger of a tenant stands',
    path: { tenant: TENANT },
    success: { status: 200, means: 'how it stands', body: { json: ['Tenant'] } },
    problems: [...KEYED, ...TRANSIENT, 'unknown_tenant'],
  },
  async ({ governor }, _operator, { path }) => {
    const tenant = path['tenant'] ?? '';
    const status = await governor.status(tenant);
    if (status._tag === 'Left') return problemResponse(notDecidedProblem(status.left));
    return status.right === undefined
      ? problemResponse(notDecidedProblem({ decided: false, why: 'unknown_tenant', detail: 'no receipt yet' }))
      : jsonResponse({ ...noticeOf(governor.mode), tenant, ...status.right });
  },
);

const ASKED: Shapes = {
  action: textShape(`one of ${TENANT_ACTIONS.join(', ')}`, new RegExp(`^(?:${TENANT_ACTIONS.join('|')})$`), 'what'),
  resource: optional(nameShape('what it is about; * for the whole tenant, and where absent')),
  arguments: optional(objectShape('what the action wants to know')),
};

/** `POST /operator/v1/tenants/{tenant}/actions`: suspends, resumes, stops, extends a pilot; decided in the tenant's own ledger. */
export const operateTenant: Route<OperatorDoor> = operatorRoute(
  'tenants',
  {
    operationId: 'operateTenant',
    means: 'suspends, resumes or stops a tenant, and the like',
    summary: 'Asks for an action about a tenant as its operator; the receipt is in the ledger of the tenant',
    path: { tenant: TENANT },
    body: { name: 'TenantActionRequest', most: 'bodyBytes', holds: { members: ASKED } },
    headers: [IDEMPOTENCY_KEY, TRACEPARENT],
    success: { status: 200, means: 'decided: approved or refused', body: { json: ['Operated'] } },
    stepUp: 'Decided',
    problems: [...KEYED, ...TRANSIENT, ...BODIED, 'intent_conflict', 'purged', 'unknown_tenant', 'moved'],
  },
  async (door, operator, taken) => {
    const { governor } = door;
    const tenant = taken.path['tenant'] ?? '';
    const { action, resource = '*', arguments: args } = taken.members as unknown as Asked;
    // Suspended, the operator's own ledger would record nothing more, and the door would do nothing more.
    if (tenant === OPERATOR && action !== 'roll_back_catalog')
      return problemResponse({ problem: 'malformed', detail: NO_TENANT });
    const known = await governor.knows(tenant);
    if (known._tag === 'Left')
      return problemResponse(
        notDecidedProblem({ decided: false, why: 'store_unavailable', detail: known.left.detail }),
      );
    if (!known.right)
      return problemResponse(notDecidedProblem({ decided: false, why: 'unknown_tenant', detail: 'no receipt yet' }));
    const asked = { action, resource, ...(args === undefined ? {} : { arguments: args }) };
    const recorded = await recordOperation(door, operator, taken, 'tenant_action', { tenant, ...asked });
    if (recorded instanceof Response) return recorded;
    const id = recorded.id === undefined ? {} : { id: recorded.id };
    const submitted = await governor.submit(callerFor(operator, tenant), { ...asked, ...id }, taken.signal);
    if (!submitted.decided) return problemResponse(notDecidedProblem(submitted));
    return jsonResponse({ ...noticeOf(governor.mode), ...decidedAnswer(submitted), operation: recorded.receipt });
  },
);

interface Asked {
  readonly action: string;
  readonly resource?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}
