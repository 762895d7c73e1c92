/** Catalogs: the text of one that is kept, and another one that is to decide for a tenant. */
import { noticeOf } from '@tai-autonomics/core/engine';
import { loadCatalog } from '@tai-autonomics/governor';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import { answerWith, decidedAnswer, jsonResponse } from '../../answer/answer.ts';
import { notDecidedProblem } from '../../answer/not-decided.ts';
import { isProblem, problemResponse } from '../../answer/problem.ts';
import { BODIED, KEYED, type Route, TRANSIENT } from '../../interface/route.ts';
import { IDEMPOTENCY_KEY } from '../../request/idempotency.ts';
import { readJson } from '../../request/members.ts';
import { TRACEPARENT } from '../../request/trace-parent.ts';
import { textShape } from '../../schema/shape.ts';
import type { OperatorDoor } from '../operator-options.ts';
import { callerFor, notDone, operatorRoute, recordOperation } from '../operator-route.ts';
import { TENANT } from './tenants.ts';

const DIGEST = textShape(
  'a digest of 43 characters',
  /^[A-Za-z0-9_-]{43}$/,
  'SHA-256 of its canonical text, base64url',
);
/** As many faults as a person reads. */
const FAULTS_SHOWN = 10;

/** `GET /operator/v1/catalogs/{digest}`: its canonical text. */
export const showCatalog: Route<OperatorDoor> = operatorRoute(
  'read',
  {
    operationId: 'showCatalog',
    means: 'shows a catalog that is kept',
    summary: 'Shows a catalog of the deployment’s store by its digest',
    path: { digest: DIGEST },
    success: { status: 200, means: 'its canonical text', body: { schema: { type: 'object' } } },
    problems: [...KEYED, 'no_catalog'],
  },
  async ({ deployment }, _operator, { path }) => {
    const read = await deployment.catalogs.read(path['digest'] ?? '');
    if (read._tag === 'Left')
      return problemResponse(notDecidedProblem({ decided: false, why: 'store_unavailable', detail: read.left.detail }));
    return read.right === undefined
      ? problemResponse({ problem: 'no_catalog', detail: 'no catalog of this digest is kept here' })
      : answerWith('json', 200, read.right);
  },
);

/** `POST /operator/v1/tenants/{tenant}/catalog`: keeps a catalog in the deployment's store, and lets it decide for a tenant. */
export const activateCatalog: Route<OperatorDoor> = operatorRoute(
  'catalogs',
  {
    operationId: 'activateCatalog',
    means: 'lets another catalog decide for a tenant',
    summary: 'Keeps a catalog, and lets it decide for a tenant from the next receipt on',
    path: { tenant: TENANT },
    body: { name: 'CatalogDocument', most: 'catalogBytes', holds: { schema: { type: 'object' } } },
    headers: [IDEMPOTENCY_KEY, TRACEPARENT],
    success: { status: 200, means: 'decided: approved or refused', body: { json: ['Operated'] } },
    stepUp: 'Decided',
    problems: [...KEYED, ...TRANSIENT, ...BODIED, 'intent_conflict', 'purged', 'unknown_tenant', 'moved', 'not_done'],
  },
  async (door, operator, taken) => {
    const { governor, deployment, limits } = door;
    const tenant = taken.path['tenant'] ?? '';
    const document = readJson(taken.bytes, { maxBytes: limits.catalogBytes, maxDepth: CATALOG_DEPTH });
    if (isProblem(document)) return problemResponse(document);
    const loaded = loadCatalog(document.value);
    if (loaded._tag === 'Left')
      return notDone(
        loaded.left.slice(0, FAULTS_SHOWN).map(({ path, expected }) => `at ${path.join('.')}: expected ${expected}`),
      );
    const { catalog, digest, text } = loaded.right;
    const lacks = tenant === OPERATOR ? OPERATED.filter((action) => !catalog.actions.has(action)) : [];
    if (lacks.length > 0)
      return notDone([`the operator’s own ledger goes on with no catalog that lacks ${lacks.join(', ')}`]);
    const recorded = await recordOperation(door, operator, taken, 'activate_catalog', { tenant, digest });
    if (recorded instanceof Response) return recorded;
    const kept = await deployment.catalogs.write(text);
    if (kept._tag === 'Left')
      return problemResponse(notDecidedProblem({ decided: false, why: 'store_unavailable', detail: kept.left.detail }));
    const id = recorded.id === undefined ? {} : { id: recorded.id };
    const asked = { ...id, action: 'activate_catalog', resource: digest };
    const submitted = await governor.submit(callerFor(operator, tenant), asked, taken.signal);
    if (!submitted.decided) return problemResponse(notDecidedProblem(submitted));
    return jsonResponse({ ...noticeOf(governor.mode), ...decidedAnswer(submitted), operation: recorded.receipt });
  },
);

/** What the operator's ledger records: under a catalog without them this door would do nothing more, nor go back. */
const OPERATED = ['record_operation', 'hold_event', 'release_event', 'roll_back_catalog'];

const CATALOG_DEPTH = 64;
