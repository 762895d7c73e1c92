/** `POST /marketplace`: our own event, posted by whoever has a marketplace's key. */
import { decidedAnswer, jsonResponse } from './answer.ts';
import { authenticateMarketplace } from './authentication.ts';
import { checkMediaType, readBody } from './body.ts';
import { takeEvent } from './event.ts';
import type { Door } from './options.ts';
import { isProblem, problemResponse } from './problem.ts';
import { traceOf } from './trace-parent.ts';

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
  return taken.taken === 'decided' ? jsonResponse(decidedAnswer(taken.decided)) : problemResponse(taken.problem);
};
