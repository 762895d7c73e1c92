/** A refusal that another token would lift, told in the way in which clients of OAuth ask for one. */
import type { AuthenticatedTenant } from '@tai-autonomics/governor/tokens';
import { challengeOf, type ProtectedResource, scopesWanted } from '@tai-autonomics/governor/tokens';
import type { Envelope } from '../answer/envelope.ts';

/**
 * 403 with the scopes to ask for, in place of a refusal for nothing but roles that the token does not carry; the refusal is still
 * its body. Any other answer as it is, and every answer to somebody without a token.
 */
export const withStepUp = async (
  response: Response,
  caller: Pick<AuthenticatedTenant, 'scopesFor'>,
  resource: ProtectedResource | undefined,
): Promise<Response> => {
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  if (caller.scopesFor === undefined || !isJson) return response;
  const body = await response.text();
  const { status, headers } = response;
  const scopes = body.includes('insufficient_privilege') ? scopesIn(body, caller) : undefined;
  if (scopes === undefined) return new Response(body, { status, headers });
  const told = new Headers(headers);
  told.set('www-authenticate', challengeOf({ error: 'insufficient_scope', scopes }, resource));
  return new Response(body, { status: 403, headers: told });
};

/** The body is our own: it was written a moment ago. */
const scopesIn = (body: string, caller: Pick<AuthenticatedTenant, 'scopesFor'>): readonly string[] | undefined => {
  const { result } = JSON.parse(body) as { readonly result?: { readonly structuredContent?: Envelope } };
  const { verdict, reasons = [] } = result?.structuredContent ?? {};
  return verdict === 'refuse' ? scopesWanted(reasons, caller) : undefined;
};
