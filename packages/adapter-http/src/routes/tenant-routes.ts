/** What a caller can read without asking for a decision: its tools, itself, its ledger's end, a checkpoint. */
import { noticeOf } from '@tai-autonomics/core/engine';
import { callerOf, type NotDecided } from '@tai-autonomics/governor';
import { answerWith, jsonResponse } from '../answer/answer.ts';
import { notDecidedProblem } from '../answer/not-decided.ts';
import { isProblem, problemResponse } from '../answer/problem.ts';
import type { Door } from '../options.ts';
import { authenticate, authenticateTenant } from '../request/authentication.ts';

const OK = 200;

/** `GET /v1/tools`: the caller's tools, in the order of their names. */
export const readTools = async (door: Door, request: Request): Promise<Response> => {
  const credential = await authenticateTenant(door, request);
  if (isProblem(credential)) return problemResponse(credential);
  const tools = await door.governor.tools(callerOf(credential));
  return tools._tag === 'Left'
    ? notDecided(tools.left)
    : jsonResponse({ ...noticeOf(door.governor.mode), tools: tools.right });
};

/** `GET /v1/whoami`: whose key it is. `ref` is the pseudonym that a grant names; a marketplace has no tenant and no ref. */
export const readWhoami = async (door: Door, request: Request): Promise<Response> => {
  const credential = await authenticate(door, request);
  if (isProblem(credential)) return problemResponse(credential);
  const { tenant, subject, scope } = credential;
  const { mode } = door.governor;
  return tenant === undefined
    ? jsonResponse({ ...noticeOf(mode), subject, scope, mode })
    : jsonResponse({ ...noticeOf(mode), tenant, subject, ref: door.governor.refOf(tenant, subject), scope, mode });
};

/** `GET /v1/ledger`: the end of the caller's ledger; 404 before the first receipt. */
export const readLedger = async (door: Door, request: Request): Promise<Response> => {
  const credential = await authenticateTenant(door, request);
  if (isProblem(credential)) return problemResponse(credential);
  const head = await door.governor.head(credential.tenant);
  if (head._tag === 'Left') return notDecided(head.left);
  return head.right === undefined
    ? notDecided(noLedger)
    : jsonResponse({ ...noticeOf(door.governor.mode), ...head.right });
};

/**
 * `POST /v1/ledger/checkpoint`: signs everything that is durable now; the signed note, byte for byte. 404 before the first
 * receipt: there is nothing to sign. No body is read.
 */
export const postCheckpoint = async (door: Door, request: Request): Promise<Response> => {
  const credential = await authenticateTenant(door, request);
  if (isProblem(credential)) return problemResponse(credential);
  const head = await door.governor.head(credential.tenant);
  if (head._tag === 'Left') return notDecided(head.left);
  if (head.right === undefined) return notDecided(noLedger);
  const note = await door.governor.seal(credential.tenant);
  return note._tag === 'Left' ? notDecided(note.left) : answerWith('text', OK, note.right);
};

const notDecided = (why: NotDecided): Response => problemResponse(notDecidedProblem(why));

const noLedger: NotDecided = { decided: false, why: 'unknown_tenant', detail: 'no receipt yet' };
