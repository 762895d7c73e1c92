/**
 * `POST /pubsub`: the same event inside of a Pub/Sub push envelope.
 *
 * ```json
 * { "message": { "data": "<base64 of the event>", "messageId": "1", "publishTime": "…" }, "subscription": "…" }
 * ```
 *
 * A native notice of Google Cloud Marketplace goes to its desk, if that marketplace is connected.
 *
 * Whatever has a receipt is acknowledged (204), good, bad, refused or repeated: what is not acknowledged is pushed again
 * for days, and holds up what comes after it. A fault of the subscription (key, media type, a topic whose messages are of
 * another format) is not acknowledged: then nothing is lost while somebody repairs it.
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

/** 204 once there is a receipt; 503 while there is none; 422 for a message of another format. */
export const postPush: Route = pushRoute(
  {
    operationId: 'postPush',
    means: 'takes an entitlement event in a Pub/Sub push',
    summary: 'Takes an entitlement event in a Pub/Sub push; acknowledged once it has a receipt',
    body: { name: 'Push', most: 'pushBytes', holds: { schema: PUSH.schema } },
    headers: [TRACEPARENT],
    success: { status: 204, means: 'recorded: in the tenant’s ledger, or rejected in the operator’s' },
    problems: [...KEYED, ...BODIED, 'event_rejected', 'clock_skew', 'not_ready'],
  },
  async (door, sender, { bytes, headers }) => {
    const trace = traceOf(headers);
    const event = openEnvelope(door, bytes);
    if (!isProblem(event) && door.desks.google !== undefined && isNativeNotice(door, event))
      return deskResponse(await door.desks.google.take(event));
    const taken = isProblem(event)
      ? await rejectEvent(door, { sender, bytes, trace }, 'malformed', event)
      : await takeEvent(door, { sender, bytes: event, trace });
    const isLeft = taken.taken === 'not_yet' || (taken.taken === 'rejected' && taken.isForeign === true);
    return isLeft ? problemResponse(taken.problem) : emptyResponse();
  },
);

const isNativeNotice = ({ limits }: Door, event: Uint8Array): boolean => {
  const document = readJson(event, { maxBytes: limits.bodyBytes, maxDepth: limits.depth });
  return !isProblem(document) && isGoogleNotice(document.value);
};

/** The event in an envelope. */
const openEnvelope = (door: Door, bytes: Uint8Array): Uint8Array | Problem => {
  const { bodyBytes, depth } = door.limits;
  // Base64 makes four bytes of three; the rest is room for attributes.
  const document = readJson(bytes, { maxBytes: bodyBytes * 2, maxDepth: depth });
  if (isProblem(document)) return document;
  if (!PUSH.holds(document.value)) return { problem: 'malformed', detail: PUSH.expected };
  const { data } = (document.value as Members)['message'] as { readonly data: string };
  return fromBase64(data);
};
