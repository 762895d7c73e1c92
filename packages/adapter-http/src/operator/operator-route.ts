/** A route of the operator's door: it takes an operator's key, and what changes something is recorded before it is done. */

import { noticeOf } from '@tai-autonomics/core/engine';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import type { Caller, Decided, ReceiptPlace } from '@tai-autonomics/governor';
import { type OperatorKey, type OperatorRight, operatorMay, verifyOperatorKey } from '@tai-autonomics/governor/keys';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import { bearerOf } from '@tai-autonomics/governor/tokens';
import { answerWith, decidedAnswer, jsonResponse } from '../answer/answer.ts';
import { notDecidedProblem } from '../answer/not-decided.ts';
import { isProblem, type Problem, problemResponse } from '../answer/problem.ts';
import { withoutFolders } from '../answer/without-folders.ts';
import { type Declared, type Route, routeFor, type Taken } from '../interface/route.ts';
import { idOf } from '../request/idempotency.ts';
import { traceOf } from '../request/trace-parent.ts';
import type { OperatorDoor, Trouble } from './operator-options.ts';

type Answer = (door: OperatorDoor, operator: OperatorKey, taken: Taken) => Response | Promise<Response>;

/** A route for whoever may do this. */
export const operatorRoute = (
  right: OperatorRight,
  declared: Omit<Declared, 'key'>,
  answer: Answer,
): Route<OperatorDoor> =>
  routeFor<OperatorKey, OperatorDoor>('operator', async (door, request) => {
    const verified = await verifyOperatorKey(door.keys, bearerOf(request.headers), door.clock);
    if (verified._tag === 'Left') return verified.left === 'unavailable' ? UNAVAILABLE : UNAUTHENTICATED;
    return operatorMay(verified.right, right)
      ? verified.right
      : { problem: 'forbidden', detail: `this key may not change ${right}` };
  })(declared, answer);

/** An operator as the governor knows it. */
export const callerFor = ({ operator }: OperatorKey, tenant: string): Caller => ({
  tenant,
  subject: { type: 'system', id: operator },
  scope: [],
});

/** What is about to be done, recorded in the operator's ledger; `key` is the same whenever it is asked again. */
export interface Recorded {
  readonly receipt: ReceiptPlace;
  readonly repeated: boolean;
  /** The id under which it was asked; absent where it had none. */
  readonly id?: string;
}

/**
 * Records an operation before it is done. The request is kept as it is said here, so it must hold no secret. Answers the response that
 * says why nothing was recorded: then nothing is to be done.
 */
export const recordOperation = async (
  { governor }: OperatorDoor,
  operator: OperatorKey,
  { headers, members, signal }: Taken,
  operation: string,
  request: Readonly<Record<string, unknown>>,
): Promise<Recorded | Response> => {
  const id = idOf(headers, members['id'] === undefined ? {} : { id: members['id'] });
  if (isProblem(id)) return problemResponse(id);
  const text = JSON.stringify(request);
  const digest = encodeBase64url(nodeSha256(Buffer.from(text)));
  const asked = { action: 'record_operation', resource: '*', arguments: { operation, digest, request: text } };
  const submitted = await governor.submit(
    callerFor(operator, OPERATOR),
    { ...asked, ...id, ...traceOf(headers) },
    signal,
  );
  if (!submitted.decided) return problemResponse(notDecidedProblem(submitted));
  if (submitted.decision.verdict === 'refuse') return refusedResponse(governor.mode, submitted);
  return { receipt: submitted.receipt, repeated: submitted.repeated, ...id };
};

/** What was done, beside the receipt that says so. */
export const doneResponse = (
  { governor: { mode } }: OperatorDoor,
  { receipt, repeated }: Recorded,
  done: object,
): Response => jsonResponse({ ...noticeOf(mode), ...done, receipt, repeated });

/** Nothing was done, and why: in lines that repeat nothing of the request. */
export const notDone = (why: Trouble, recorded?: Recorded): Response =>
  problemResponse({
    problem: 'not_done',
    detail: why.map(withoutFolders).join('; '),
    ...(recorded === undefined ? {} : { more: { receipt: recorded.receipt } }),
  });

/** A decision that refuses, as 403. */
const refusedResponse = (mode: OperatorDoor['governor']['mode'], decided: Decided): Response =>
  answerWith('json', 403, JSON.stringify({ ...noticeOf(mode), ...decidedAnswer(decided) }));

const UNAVAILABLE: Problem = notDecidedProblem({ decided: false, why: 'store_unavailable', detail: 'keys' });
const UNAUTHENTICATED: Problem = {
  problem: 'unauthenticated',
  detail: 'send Authorization: Bearer taiop_…; keys of tenants and marketplaces count nothing here',
  headers: { 'www-authenticate': 'Bearer' },
};
