/** Reads a body once, as bytes, and never more of it than is allowed. */
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

const tooLarge = (maxBytes: number): Problem => ({
  problem: 'too_large',
  detail: `a body has at most ${maxBytes} bytes`,
  more: { maxBytes },
});
const missing: Problem = { problem: 'length_required', detail: 'send a body, with Content-Length or chunked' };
const broken: Problem = { problem: 'malformed', detail: 'the body ended before it was complete' };

/** The slow way, for a body that does not say how long it is: chunked, HTTP/2, or a Request made in the process. */
const readCounting = async (stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array | Problem> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.byteLength;
    if (length > maxBytes) {
      // Not awaited: whoever still sends does not hold up the answer.
      reader.cancel().catch(() => undefined);
      return tooLarge(maxBytes);
    }
    parts.push(part.value);
  }
  return parts.length === 1 ? (parts[0] ?? new Uint8Array(0)) : joined(parts);
};

const readWhole = async (request: Request, maxBytes: number): Promise<Uint8Array | Problem> => {
  const declared = request.headers.get('content-length');
  if (declared === null) {
    // In HTTP/1.1 neither a length nor a transfer coding means that there is no body (RFC 9112 section 6.3).
    const bytes = request.body === null ? new Uint8Array(0) : await readCounting(request.body, maxBytes);
    const isEmpty = bytes instanceof Uint8Array && bytes.byteLength === 0;
    return isEmpty && !request.headers.has('transfer-encoding') ? missing : bytes;
  }
  if (!DECIMAL.test(declared)) return { problem: 'malformed', detail: 'Content-Length is a whole number of bytes' };
  if (Number(declared) > maxBytes) return tooLarge(maxBytes);
  const bytes = new Uint8Array(await request.arrayBuffer());
  return bytes.byteLength > maxBytes ? tooLarge(maxBytes) : bytes;
};

const JSON_TYPE = /^application\/json *(?:; *charset="?utf-8"?)? *;? *$/i;

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};
