/**
 * `POST /pubsub`: the same event inside of a Pub/Sub push envelope.
 *
 * ```json
 * { "message": { "data": "<base64 of the event>", "messageId": "1", "publishTime": "…" }, "subscription": "…" }
 * ```
 *
 * Whatever has a receipt is acknowledged (204), good, bad, refused or repeated: what is not acknowledged is pushed again
 * for days, and holds up what comes after it. A fault of the subscription (key, media type, a topic whose messages are of
 * another format) is not acknowledged: then nothing is lost while somebody repairs it.
 */
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { emptyResponse } from '../answer/answer.ts';
import { isProblem, type Problem, problemResponse } from '../answer/problem.ts';
import type { Door } from '../options.ts';
import { authenticatePush } from '../request/authentication.ts';
import { checkMediaType, readBody } from '../request/body.ts';
import { readJson } from '../request/members.ts';
import { traceOf } from '../request/trace-parent.ts';
import { rejectEvent, type Taken, takeEvent } from './event.ts';

/** Either alphabet, padded or not, as the JSON mapping of Protocol Buffers reads bytes. */
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** 204 once there is a receipt; 503 while there is none; 422 for a message of another format. */
export const postPush = async (door: Door, request: Request): Promise<Response> => {
  const taken = await takePush(door, request);
  if (!('taken' in taken)) return problemResponse(taken);
  const isLeft = taken.taken === 'not_yet' || (taken.taken === 'rejected' && taken.isForeign === true);
  return isLeft ? problemResponse(taken.problem) : emptyResponse();
};

const noEvent = (detail: string): Problem => ({ problem: 'malformed', detail });

/** The event in an envelope. The envelope is the push service's own: what it adds is ignored. */
const openEnvelope = (door: Door, bytes: Uint8Array): Uint8Array | Problem => {
  const { bodyBytes, depth } = door.limits;
  // Base64 makes four bytes of three; the rest is room for attributes.
  const document = readJson(bytes, { maxBytes: bodyBytes * 2, maxDepth: depth });
  if (isProblem(document)) return document;
  const message = isPlainObject(document.value) ? document.value['message'] : undefined;
  const data = isPlainObject(message) ? message['data'] : undefined;
  if (typeof data !== 'string' || !BASE64.test(data))
    return noEvent('an envelope has an event in message.data, base64');
  return new Uint8Array(Buffer.from(data, 'base64'));
};

const takePush = async (door: Door, request: Request): Promise<Taken | Problem> => {
  const sender = await authenticatePush(door, request);
  if (isProblem(sender)) return sender;
  const unsupported = checkMediaType(request);
  if (unsupported !== undefined) return unsupported;
  const bytes = await readBody(request, door.limits.pushBytes);
  if (isProblem(bytes)) return bytes;
  const trace = traceOf(request.headers);
  const event = openEnvelope(door, bytes);
  return isProblem(event)
    ? rejectEvent(door, { sender, bytes, trace }, 'malformed', event)
    : takeEvent(door, { sender, bytes: event, trace });
};
