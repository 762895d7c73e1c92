/** What clients are told of how to get a token for this server (RFC 9728), and what to do without a good one (RFC 6750). */

/** A protected resource of OAuth: one door of this server. */
export interface ProtectedResource {
  /** What tokens for it name as their audience. */
  readonly resource: string;
  /** Where its metadata is. */
  readonly metadataUrl: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What tokens it takes. */
export interface ResourceTerms {
  /** The issuers, as they are named in their own metadata. */
  readonly authorizationServers: readonly string[];
  readonly scopes: readonly string[];
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** The resource at a path of an origin: `''` for all of it, `/mcp` for the door of agents. */
export const protectedResource = (
  origin: string,
  path: '' | `/${string}`,
  { authorizationServers, scopes }: ResourceTerms,
): ProtectedResource => ({
  resource: `${origin}${path}`,
  metadataUrl: `${origin}${WELL_KNOWN}${path}`,
  metadata: {
    resource: `${origin}${path}`,
    resource_name: 'TAI Autonomics',
    authorization_servers: [...authorizationServers],
    bearer_methods_supported: ['header'],
    ...(scopes.length === 0 ? {} : { scopes_supported: [...scopes] }),
  },
});

/** Answers for the metadata of one of these; `undefined` for any other path. A method but GET, HEAD and OPTIONS is a problem (RFC 9457). */
export const metadataResponse = (request: Request, resources: readonly ProtectedResource[]): Response | undefined => {
  const { pathname } = new URL(request.url);
  const found = resources.find(({ metadataUrl }) => new URL(metadataUrl).pathname === pathname);
  if (found === undefined) return undefined;
  const headers = {
    'cache-control': 'max-age=300',
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
  };
  const allow = 'GET, HEAD, OPTIONS';
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow } });
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return new Response(JSON.stringify(OTHER_METHOD), {
      status: 405,
      headers: { ...headers, allow, 'cache-control': 'no-store', 'content-type': 'application/problem+json' },
    });
  return new Response(request.method === 'HEAD' ? null : JSON.stringify(found.metadata), { status: 200, headers });
};

const OTHER_METHOD = {
  type: '/problems/method_not_allowed',
  title: 'The route has other methods',
  status: 405,
  code: 'method_not_allowed',
  detail: 'this route has GET, HEAD, OPTIONS',
};

/** What is wrong with a credential, as a challenge says it. Without an error nothing was sent. */
export interface Challenge {
  readonly error?: 'invalid_token' | 'insufficient_scope';
  /** The scopes to ask for. */
  readonly scopes?: readonly string[];
}

/** The header `WWW-Authenticate`. Nothing of it comes from a request. */
export const challengeOf = ({ error, scopes }: Challenge, resource?: Pick<ProtectedResource, 'metadataUrl'>): string =>
  [
    'Bearer realm="tai-autonomics"',
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(scopes === undefined || scopes.length === 0 ? [] : [`scope="${scopes.filter(isScope).join(' ')}"`]),
    ...(resource === undefined ? [] : [`resource_metadata="${resource.metadataUrl}"`]),
  ].join(', ');

/** RFC 6749 section 3.3. */
const isScope = (scope: string): boolean => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope);
