/** Pages of other origins (CORS, Fetch standard): closed, but for the origins that are named. A key comes in a header, so no cookie is ever let in. */
import type { Fetch } from './throttle.ts';

/** What a page may send beside what every page may. */
const REQUEST_HEADERS = 'authorization, content-type, idempotency-key, last-event-id, traceparent, x-request-id';
/** What a page may read beside what every page may. */
const RESPONSE_HEADERS = 'ratelimit, ratelimit-policy, retry-after, tai-notice, www-authenticate, x-request-id';
/** How long a browser may remember what a preflight said. */
const PREFLIGHT_SECONDS = '600';

/**
 * Lets pages of these origins ask a handler, and read what it answers. The answer names the one origin that asked, and never all of
 * them; a page of another origin is answered as a program is, and its browser keeps the answer from it.
 */
export const allowOrigins =
  (origins: () => readonly string[], handler: Fetch): Fetch =>
  async (request) => {
    const response = await handler(request);
    const allowed = origins();
    if (allowed.length === 0) return response;
    const { headers } = response;
    headers.append('vary', 'Origin');
    const origin = request.headers.get('origin');
    if (origin === null || !allowed.includes(origin)) return response;
    headers.set('access-control-allow-origin', origin);
    if (!isPreflight(request)) headers.set('access-control-expose-headers', RESPONSE_HEADERS);
    else if (response.status === 204) {
      headers.append('vary', 'Access-Control-Request-Method, Access-Control-Request-Headers');
      headers.set('access-control-allow-methods', headers.get('allow') ?? '');
      headers.set('access-control-allow-headers', REQUEST_HEADERS);
      headers.set('access-control-max-age', PREFLIGHT_SECONDS);
    }
    return response;
  };

/** Whether it is the origin of a page, as a browser writes it: a scheme, a host in lower case, and a port that is not the usual one. */
export const isWebOrigin = (text: string): boolean => {
  try {
    return /^https?:\/\/[^*]+$/.test(text) && new URL(text).origin === text;
  } catch {
    return false;
  }
};

const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('access-control-request-method');
