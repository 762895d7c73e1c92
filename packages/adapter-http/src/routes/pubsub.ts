/**
 * `POST /pubsub`: the same event inside of a Pub/Sub push envelope.
 *
 * ```json
 * { "message": { "data": "<base64 of the event>", "messageId": "1", "publishTime": "…" }, "subscription": "…" }
 * ```
 *
 * A native notice of Google Cloud Marketplace goes to its desk, if that marketplace is connected.
 *
 * Only what is decided in its tenant's ledger, now or earlier, or kept whole in the operator's is acknowledged (204). Of all else
 * nobody has more than a digest, so it is answered as at `/marketplace`: it is pushed again until somebody repairs the cause, or
 * the subscription moves it to its dead-letter topic. What was paid for is never lost by an acknowledgement.
 */

import { emptyResponse } from '../answer/answer.ts';
import { isProblem, type Problem, problemResponse } from '../answer/problem.ts';
import { BODIED, KEYED, pushRoute, type Route } from '../interface/route.ts';
import { isGoogleNotice } from '../marketplaces/google/google-documents.ts';
import type { Door } from '../options.ts';
import { fromBase64 } from '../request/bytes.ts';
import { type Members, readJson } from '../request/members.ts';
import { TRACEPARENT, traceOf } from '../request/trace-parent.ts';
import { openShape, textShape } from '../schema/shape.ts';
import { deskResponse } from './desk-response.ts';
import { rejectEvent, takeEvent } from './event.ts';

/** Either alphabet, padded or not, as the JSON mapping of Protocol Buffers reads bytes. */
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** The envelope is the push service's own: what it adds is ignored. */
const PUSH = openShape(
  {
    message: openShape({ data: textShape('base64', BASE64, 'base64 of an Event') }, 'a message'),
  },
  'an envelope has an event in message.data, base64',
);

/** 204 once it is decided or kept; 503 while there is no receipt; 4xx for what has a receipt of its digest alone. */
export const postPush: Route = pushRoute(
  {
    operationId: 'postPush',
    means: 'takes an entitlement event in a Pub/Sub push',
    summary: 'Takes an entitlement event in a Pub/Sub push; acknowledged once it is decided or kept',
    body: { name: 'Push', most: 'pushBytes', holds: { schema: PUSH.schema } },
    headers: [TRACEPARENT],
    success: { status: 204, means: 'decided in the tenant’s ledger, or kept whole in the operator’s' },
    problems: [...KEYED, ...BODIED, 'event_rejected', 'intent_conflict', 'clock_skew', 'not_ready'],
  },
  async (door, sender, { bytes, headers }) => {
    const trace = traceOf(headers);
    const event = openEnvelope(door, bytes);
    if (!isProblem(event) && door.desks.google !== undefined && isNativeNotice(door, event))
      return deskResponse(await door.desks.google.take(event));
    const taken = isProblem(event)
      ? await rejectEvent(door, { sender, bytes, trace }, 'malformed', event)
      : await takeEvent(door, { sender, bytes: event, trace });
    const isLeft = taken.taken === 'rejected' || taken.taken === 'not_yet';
    return isLeft ? problemResponse(taken.problem) : emptyResponse();
  },
);

const isNativeNotice = ({ limits }: Door, event: Uint8Array): boolean => {
  const document = readJson(event, { maxBytes: limits.bodyBytes, maxDepth: limits.depth });
  return !isProblem(document) && isGoogleNotice(document.value);
};

const noEnvelope: Problem = {
  problem: 'event_rejected',
  detail: `${PUSH.expected}; a subscription that unwraps payloads leaves the envelope out: switch that off`,
};

/** The event in an envelope. A push service adds attributes of its own, so the envelope may be as large as a push. */
const openEnvelope = ({ limits: { pushBytes, depth } }: Door, bytes: Uint8Array): Uint8Array | Problem => {
  const document = readJson(bytes, { maxBytes: pushBytes, maxDepth: depth });
  if (isProblem(document)) return document;
  if (!PUSH.holds(document.value)) return noEnvelope;
  const { data } = (document.value as Members)['message'] as { readonly data: string };
  return fromBase64(data);
};
