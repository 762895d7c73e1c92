/** `POST /marketplace`: our own event, posted with a marketplace's key, or signed. */
import { noticeOf } from '@tai-autonomics/core/engine';
import { ENTITLEMENT_EVENT_SCHEMA } from '@tai-autonomics/core/schemas';
import { decidedAnswer, jsonResponse } from '../answer/answer.ts';
import { isProblem, problemResponse } from '../answer/problem.ts';
import { BODIED, eventRoute, KEYED, type Route } from '../interface/route.ts';
import { signerOf } from '../request/authentication.ts';
import { TRACEPARENT, traceOf } from '../request/trace-parent.ts';
import { takeEvent } from './event.ts';

/**
 * 200 once the event has its receipt in the tenant's ledger, approved, refused, superseded or repeated alike; 4xx once it
 * has one in the operator's, or had one whose answer has been erased since; 503 while it has none.
 */
export const postEvent: Route = eventRoute(
  {
    operationId: 'postEvent',
    means: 'takes an entitlement event',
    summary: 'Takes an entitlement event; 200 once it has a receipt, whatever was decided',
    body: { name: 'Event', most: 'bodyBytes', holds: { schema: ENTITLEMENT_EVENT_SCHEMA } },
    headers: [TRACEPARENT],
    success: { status: 200, means: 'recorded in the tenant’s ledger', body: { json: ['Decided'] } },
    problems: [...KEYED, ...BODIED, 'event_rejected', 'intent_conflict', 'purged', 'clock_skew', 'not_ready'],
  },
  async (door, known, { bytes, headers }) => {
    const sender = known === 'signed' ? await signerOf(door, headers, bytes) : known;
    if (isProblem(sender)) return problemResponse(sender);
    const taken = await takeEvent(door, { sender, bytes, trace: traceOf(headers) });
    return taken.taken === 'decided'
      ? jsonResponse({ ...noticeOf(door.governor.mode), ...decidedAnswer(taken.decided) })
      : problemResponse(taken.problem);
  },
);
