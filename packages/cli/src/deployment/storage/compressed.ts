/** Big answers of programs are sent in less: gzip, for whoever takes it. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Below this it is not worth the time. */
const LEAST_BYTES = 2_048;
const TEXTS = /^(?:application\/(?:[a-z0-9.-]+\+)?json|text\/(?:plain|html))\b/;
const pack = promisify(gzip);

/**
 * The answer, in gzip where the request takes it and it is a text of some size. A stream, a file and an answer that sets a cookie stay as
 * they are: what a secret stands beside is not compressed.
 */
export const compressed = async (request: Request, response: Response): Promise<Response> => {
  const { headers, status } = response;
  if (!TEXTS.test(headers.get('content-type') ?? '') || headers.has('content-encoding') || response.body === null)
    return response;
  if (headers.has('set-cookie') || request.headers.has('cookie')) return response;
  headers.append('vary', 'accept-encoding');
  if (request.method === 'HEAD' || !takesGzip(request.headers.get('accept-encoding') ?? '')) return response;
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isSmall = bytes.length < LEAST_BYTES;
  if (!isSmall) headers.set('content-encoding', 'gzip');
  headers.delete('content-length');
  return new Response(isSmall ? bytes : new Uint8Array(await pack(bytes)), { status, headers });
};

/** Whether gzip, or anything, is taken with a weight above 0 (RFC 9110 section 12.5.3). */
const takesGzip = (header: string): boolean => {
  const weights = new Map(
    header.split(',').map((part) => {
      const [coding = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase());
      const q = parameters.find((one) => one.startsWith('q='))?.slice(2);
      return [coding, q === undefined ? 1 : Number(q)];
    }),
  );
  return (weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0) > 0;
};
