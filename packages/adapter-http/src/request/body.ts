/** Reads a body once, as bytes, and never more of it than is allowed. */
import { readWithin } from '@tai-autonomics/governor/json';
import type { Problem } from '../answer/problem.ts';
import { modeOf } from '../events/event-http.ts';

const DECIMAL = /^\d{1,15}$/;

/**
 * The bytes of a body: at most `maxBytes`, checked before they are read where their number is declared (413 if more;
 * 411 if there is no body). A connection that breaks is malformed.
 */
export const readBody = async (request: Request, maxBytes: number): Promise<Uint8Array | Problem> => {
  try {
    return await readWhole(request, maxBytes);
  } catch {
    return broken;
  }
};

/** JSON in UTF-8, not compressed; anything else is 415, but for CloudEvents in any mode where `events` says that they are taken. */
export const checkMediaType = (request: Request, events = false): Problem | undefined => {
  const coding = request.headers.get('content-encoding');
  if (coding !== null && coding.toLowerCase() !== 'identity')
    return { problem: 'unsupported_media_type', detail: 'send the body without a content coding' };
  const type = request.headers.get('content-type') ?? '';
  const isEvent =
    events && (request.headers.has('ce-specversion') || ['structured', 'batch'].includes(modeOf(type) ?? ''));
  if (!isEvent && !JSON_TYPE.test(type))
    return { problem: 'unsupported_media_type', detail: 'send application/json in UTF-8' };
  return undefined;
};

/** 413 for what is more than so many bytes. */
export const tooLarge = (maxBytes: number): Problem => ({
  problem: 'too_large',
  detail: `a body has at most ${maxBytes} bytes`,
  more: { maxBytes },
});

const missing: Problem = { problem: 'length_required', detail: 'send a body, with Content-Length or chunked' };
const broken: Problem = { problem: 'malformed', detail: 'the body ended before it was complete' };

const readWhole = async (request: Request, maxBytes: number): Promise<Uint8Array | Problem> => {
  const declared = request.headers.get('content-length');
  if (declared === null) {
    // In HTTP/1.1 neither a length nor a transfer coding means that there is no body (RFC 9112 section 6.3).
    const bytes = await readWithin(request.body, maxBytes);
    if (bytes === undefined) return tooLarge(maxBytes);
    return bytes.byteLength === 0 && !request.headers.has('transfer-encoding') ? missing : bytes;
  }
  if (!DECIMAL.test(declared)) return { problem: 'malformed', detail: 'Content-Length is a whole number of bytes' };
  if (Number(declared) > maxBytes) return tooLarge(maxBytes);
  const bytes = new Uint8Array(await request.arrayBuffer());
  return bytes.byteLength > maxBytes ? tooLarge(maxBytes) : bytes;
};

const JSON_TYPE = /^application\/json *(?:; *charset="?utf-8"?)? *;? *$/i;
