/** Reads that go through the governor as intents, so that the same rights count as for tools, and a receipt says who was shown what. */

import { noticeOf } from '@tai-autonomics/core/engine';
import type { ReceiptPlace } from '@tai-autonomics/governor';
import { callerOf } from '@tai-autonomics/governor/door';
import type { AuthenticatedTenant } from '@tai-autonomics/governor/tokens';
import { answerWith, decidedAnswer, jsonResponse } from '../answer/answer.ts';
import { notDecidedProblem } from '../answer/not-decided.ts';
import { type ProblemCode, problemResponse } from '../answer/problem.ts';
import { KEYED, TRANSIENT } from '../interface/route.ts';
import type { Door } from '../options.ts';
import { traceOf } from '../request/trace-parent.ts';

/** What a read found, and the receipt that says so. */
export interface Found {
  readonly result: Readonly<Record<string, unknown>>;
  readonly receipt: ReceiptPlace;
}

/** What may go wrong with a read. A refusal is the decision, as 403. */
export const READ_PROBLEMS: readonly ProblemCode[] = [
  ...KEYED,
  ...TRANSIENT,
  'intent_conflict',
  'purged',
  'unknown_tenant',
  'moved',
  'no_receipt',
  'no_answer',
];

/** What a read says of a place that is not the caller's, or not there: nobody learns which. */
const NOT_YOURS = 'there is no receipt of yours at this place';

/** Asks for a read, of the whole tenant unless a resource is named. What was found, or the response that says why nothing was. */
export const readRecorded = async (
  { governor }: Door,
  credential: AuthenticatedTenant,
  { headers, signal }: Pick<Request, 'headers' | 'signal'>,
  action: string,
  args: Readonly<Record<string, unknown>>,
  resource = '*',
): Promise<Found | Response> => {
  const asked = { action, resource, arguments: args, ...traceOf(headers) };
  const submitted = await governor.submit(callerOf(credential), asked, signal);
  if (!submitted.decided) return problemResponse(notDecidedProblem(submitted));
  const { decision, outcome, receipt } = submitted;
  if (decision.verdict === 'refuse')
    return answerWith('json', 403, JSON.stringify({ ...noticeOf(governor.mode), ...decidedAnswer(submitted) }));
  const result = (outcome?.result ?? {}) as Found['result'];
  if (outcome?.status === 'success') return { result, receipt };
  const { why } = result;
  return problemResponse({
    problem: why === NOT_YOURS ? 'no_receipt' : 'no_answer',
    detail: why === NOT_YOURS ? NOT_YOURS : 'the read was recorded, and found no answer; `tai export` has no limit',
    more: { receipt },
  });
};

/** What was found as JSON, beside its receipt. */
export const foundResponse = ({ governor: { mode } }: Door, { result, receipt }: Found): Response =>
  jsonResponse({ ...noticeOf(mode), ...result, receipt });
