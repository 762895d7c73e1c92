/** The door for agents elsewhere: Streamable HTTP as one Web-standard `fetch`, for both protocol revisions. */
import {
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
} from '@modelcontextprotocol/server';
import type { Caller, Governor } from '@tai-autonomics/governor';
import {
  type AuthenticatedTenant,
  bearerOf,
  challengeOf,
  type ProtectedResource,
} from '@tai-autonomics/governor/tokens';
import type { McpServerOptions } from '../server.ts';
import { type Listing, listingOf } from '../tools/brief-listing.ts';
import { createIdlePool, type IdlePoolOptions } from './idle-pool.ts';
import { createPrincipal, type Principal } from './principal.ts';
import { withStepUp } from './step-up.ts';
import { isStream, whenOver } from './streamed.ts';
import { strictRequest } from './strict-request.ts';
import { whileGood } from './while-good.ts';

/** Who asks, and with a token which scopes would carry more. */
export interface McpCaller extends Caller, Pick<AuthenticatedTenant, 'scopesFor'> {}

/** What the MCP door over HTTP is made from. */
export interface McpHttpOptions extends Pick<McpServerOptions, 'offers' | 'approvals' | 'listing' | 'progressEveryMs'> {
  readonly governor: Governor;
  /**
   * Who asks, by the request's credential alone; `undefined` for none or a wrong one, `unavailable` where that can't be said now.
   * Asked again while a stream is open, which ends with its credential.
   */
  readonly authenticate: (request: Request) => Promise<McpCaller | 'unavailable' | undefined>;
  /** The door as a resource of OAuth, as it is now: then 401 says where its metadata is. */
  readonly resource?: () => ProtectedResource | undefined;
  /** How often the credential of an open stream is looked at, in milliseconds; five seconds where absent. */
  readonly recheckMs?: number;
  /** Host names that this server is reached by, without ports; those of loopback where absent. */
  readonly allowedHosts?: readonly string[];
  /** Host names of the origins of browsers; those of loopback where absent. No `Origin` is no browser, and passes. */
  readonly allowedOrigins?: readonly string[];
  /** How clients of 2025-11-25 are served; sessions where absent. Without sessions nothing can be announced to them. */
  readonly legacy?: 'sessions' | 'stateless' | 'reject';
  /** A principal or a session that is unused for longer is let go; half an hour where absent. */
  readonly idleMs?: number;
  /** The most principals that are kept, 1000 where absent; with all of them in use a new one has to wait. */
  readonly maxPrincipals?: number;
  /** The most sessions, and the most subscriptions, of one principal; 32 where absent. */
  readonly maxSessions?: number;
  /** The most bytes of a request's body; 1 MiB where absent. */
  readonly maxRequestBytes?: number;
  /** Milliseconds since whenever; the host's monotonic clock where absent. */
  readonly clock?: () => number;
  /** Told of what failed inside of the door; callers are told only that something did. */
  readonly onerror?: (error: unknown) => void;
}

/** The MCP door over Streamable HTTP. */
export interface McpHttp {
  /**
   * Serves one request, whatever its path: mount it where you like. `?listing=brief` or `full` goes before the option of the
   * same name. Never rejects.
   */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Ends all streams and sessions. */
  close(): Promise<void>;
}

/** Makes the door. Host and Origin are checked first, then the credential, then the body is read. */
export const createMcpHttp = (options: McpHttpOptions): McpHttp => {
  const { governor, authenticate, onerror = () => {}, clock = () => performance.now() } = options;
  const { idleMs = 1_800_000, maxPrincipals = 1_000, maxSessions = 32, maxRequestBytes = 1_048_576 } = options;
  const { resource = () => undefined, recheckMs = 5_000 } = options;
  const hosts = [...(options.allowedHosts ?? localhostAllowedHostnames())];
  const origins = [...(options.allowedOrigins ?? localhostAllowedOrigins())];
  const limits = (max: number): IdlePoolOptions => ({ idleMs, max, clock, onerror });
  const principals = createIdlePool<Principal>(limits(maxPrincipals));

  const principalOf = (key: string, caller: Caller, listing: Listing): Principal | undefined => {
    const known = principals.find(key);
    if (known !== undefined) return known;
    const legacy = options.legacy ?? 'sessions';
    const sessions = limits(maxSessions);
    const made = createPrincipal({ ...options, governor, caller, listing, legacy, sessions, maxRequestBytes, onerror });
    if (principals.add(key, made)) return made;
    made.close().catch(onerror);
    return undefined;
  };

  const serve = async (request: Request): Promise<Response> => {
    const stranger = hostHeaderValidationResponse(request, hosts) ?? originValidationResponse(request, origins);
    if (stranger !== undefined) return stranger;
    const caller = await authenticate(request);
    if (caller === undefined) return challenge(request, resource());
    if (caller === 'unavailable')
      return problem(503, -32_000, 'Credentials cannot be checked now', { 'retry-after': '1' });
    const listing = listingOf(new URL(request.url).searchParams.get('listing') ?? options.listing ?? 'full');
    if (listing === undefined) return problem(400, -32_602, 'listing is full or brief');
    const key = keyOf(caller, listing);
    const principal = principalOf(key, caller, listing);
    if (principal === undefined) return problem(503, -32_000, 'Too many principals');
    const release = principals.hold(key);
    try {
      const strict = await strictRequest(request, maxRequestBytes);
      if (strict instanceof Response) return whenOver(request, strict, release);
      const response = await withStepUp(await principal.fetch(strict), caller, resource());
      if (!isStream(response)) return whenOver(request, response, release);
      const good = whileGood(
        () => authenticate(request),
        (now) => keyOf(now, listing) === key,
        recheckMs,
      );
      return whenOver(
        request,
        response,
        () => {
          good.stop();
          release();
        },
        good.signal,
      );
    } catch (error) {
      release();
      throw error;
    }
  };

  return {
    fetch: (request) =>
      serve(request).catch((error: unknown) => {
        onerror(error);
        return problem(500, -32_603, 'Internal error');
      }),
    close: () => principals.close(),
  };
};

const problem = (status: number, code: number, message: string, headers: Record<string, string> = {}): Response =>
  Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status, headers });

/** Credentials with other scopes are other principals: what one may see must not outlive it. */
const keyOf = ({ tenant, subject, scope }: Caller, listing: Listing): string =>
  JSON.stringify([tenant, subject.type, subject.id, [...scope].sort(), listing]);

/** In the form of OAuth (RFC 6750), which clients look into the header of and people into the body. */
const challenge = ({ headers }: Request, resource: ProtectedResource | undefined): Response => {
  // What is no bearer's credential at all has no error code (RFC 6750 section 3.1).
  const error = bearerOf(headers) === undefined ? {} : ({ error: 'invalid_token' } as const);
  return Response.json(
    { error: 'invalid_token', error_description: 'a valid credential is needed' },
    { status: 401, headers: { 'www-authenticate': challengeOf(error, resource) } },
  );
};
