/** `POST /marketplace`: our own event, posted by whoever has a marketplace's key. */
import { noticeOf } from '@tai-autonomics/core/engine';
import { decidedAnswer, jsonResponse } from '../answer/answer.ts';
import { isProblem, problemResponse } from '../answer/problem.ts';
import type { Door } from '../options.ts';
import { authenticateMarketplace } from '../request/authentication.ts';
import { checkMediaType, readBody } from '../request/body.ts';
import { traceOf } from '../request/trace-parent.ts';
import { takeEvent } from './event.ts';

/**
 * 200 once the event has its receipt in the tenant's ledger, approved, refused, superseded or repeated alike; 4xx once it
 * has one in the operator's, or had one whose answer has been erased since; 503 while it has none.
 */
export const postEvent = async (door: Door, request: Request): Promise<Response> => {
  const sender = await authenticateMarketplace(door, request);
  if (isProblem(sender)) return problemResponse(sender);
  const unsupported = checkMediaType(request);
  if (unsupported !== undefined) return problemResponse(unsupported);
  const bytes = await readBody(request, door.limits.bodyBytes);
  if (isProblem(bytes)) return problemResponse(bytes);
  const taken = await takeEvent(door, { sender, bytes, trace: traceOf(request.headers) });
  return taken.taken === 'decided'
    ? jsonResponse({ ...noticeOf(door.governor.mode), ...decidedAnswer(taken.decided) })
    : problemResponse(taken.problem);
};
