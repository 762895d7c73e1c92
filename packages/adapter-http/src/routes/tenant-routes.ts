/** What a caller can read without asking for a decision: its tools, itself, its ledger's end, a checkpoint. */

import { formatInstant, noticeOf } from '@tai-autonomics/core/engine';
import type { NotDecided } from '@tai-autonomics/governor';
import { callerOf } from '@tai-autonomics/governor/door';
import { answerWith, jsonResponse } from '../answer/answer.ts';
import { notDecidedProblem } from '../answer/not-decided.ts';
import { problemResponse } from '../answer/problem.ts';
import { anyRoute, IDENTIFIED, KEYED, type Route, TRANSIENT, tenantRoute } from '../interface/route.ts';

const OK = 200;

/** `GET /v1/tools`: the caller's tools, in the order of their names. */
export const readTools: Route = tenantRoute(
  {
    operationId: 'readTools',
    means: 'the tools that the caller has now',
    summary: 'The tools that the caller has now',
    success: { status: 200, means: 'sorted by name', body: { json: ['Tools'] } },
    problems: [...KEYED, ...TRANSIENT],
  },
  async ({ governor }, credential) => {
    const tools = await governor.tools(callerOf(credential));
    return tools._tag === 'Left'
      ? notDecided(tools.left)
      : jsonResponse({ ...noticeOf(governor.mode), tools: tools.right });
  },
);

/** `GET /v1/whoami`: whose key it is. `ref` is the pseudonym that a grant names; a marketplace has no tenant and no ref. */
export const readWhoami: Route = anyRoute(
  {
    operationId: 'readWhoami',
    means: 'whose key it is',
    summary: 'Whose key it is',
    success: { status: 200, means: 'a marketplace has no tenant and no ref', body: { json: ['Whoami'] } },
    problems: IDENTIFIED,
  },
  ({ governor }, { tenant, subject, scope }) => {
    const { mode } = governor;
    return tenant === undefined
      ? jsonResponse({ ...noticeOf(mode), subject, scope, mode })
      : jsonResponse({ ...noticeOf(mode), tenant, subject, ref: governor.refOf(tenant, subject), scope, mode });
  },
);

/** `GET /v1/ledger`: the end of the caller's ledger; 404 before the first receipt. */
export const readLedger: Route = tenantRoute(
  {
    operationId: 'readLedger',
    means: 'the end of the tenant’s ledger',
    summary: 'The end of the tenant’s ledger',
    success: { status: 200, means: 'its size and its last leaf', body: { json: ['Ledger'] } },
    problems: [...KEYED, ...TRANSIENT, 'unknown_tenant', 'moved'],
  },
  async ({ governor }, { tenant }) => {
    const head = await governor.head(tenant);
    if (head._tag === 'Left') return notDecided(head.left);
    return head.right === undefined
      ? notDecided(noLedger)
      : jsonResponse({ ...noticeOf(governor.mode), ...head.right });
  },
);

/**
 * `POST /v1/ledger/checkpoint`: signs everything that is durable now; the signed note, byte for byte. 404 before the first
 * receipt: there is nothing to sign. No body is read.
 */
export const postCheckpoint: Route = tenantRoute(
  {
    operationId: 'postCheckpoint',
    means: 'signs a checkpoint of the tenant’s ledger',
    summary: 'Signs a checkpoint of everything durable',
    success: { status: 200, means: 'a signed note', body: 'text' },
    problems: [...KEYED, ...TRANSIENT, 'unknown_tenant', 'moved'],
  },
  async ({ governor }, { tenant }) => {
    const head = await governor.head(tenant);
    if (head._tag === 'Left') return notDecided(head.left);
    if (head.right === undefined) return notDecided(noLedger);
    const note = await governor.seal(tenant);
    return note._tag === 'Left' ? notDecided(note.left) : answerWith('text', OK, note.right);
  },
);

/** `GET /v1/state`: how the caller's ledger stands, and what decides in it; 404 before the first receipt. */
export const readState: Route = tenantRoute(
  {
    operationId: 'readState',
    means: 'how the tenant’s ledger stands, and which catalog decides',
    summary: 'How the tenant’s ledger stands, and which catalog decides',
    success: { status: 200, means: 'its size, what is sealed, and the catalog', body: { json: ['State'] } },
    problems: [...KEYED, ...TRANSIENT, 'unknown_tenant', 'moved'],
  },
  async ({ governor }, { tenant }) => {
    const status = await governor.status(tenant);
    if (status._tag === 'Left') return notDecided(status.left);
    if (status.right === undefined) return notDecided(noLedger);
    const { origin, size, sealed, catalog, semantics, closed, open, waitsUntil } = status.right;
    const waits = waitsUntil === undefined ? {} : { waitsUntil: formatInstant(waitsUntil) };
    const state = { origin, size, sealed, catalog, semantics, closed, open: open.length, ...waits };
    return jsonResponse({ ...noticeOf(governor.mode), ...state });
  },
);

const notDecided = (why: NotDecided): Response => problemResponse(notDecidedProblem(why));

const noLedger: NotDecided = { decided: false, why: 'unknown_tenant', detail: 'no receipt yet' };
