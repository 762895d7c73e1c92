/** Who calls: the credential says it, and neither the body nor another header does. */

import type { MarketplaceCredential } from '@tai-autonomics/governor';
import { bearerOf, challengeOf, verifyKey } from '@tai-autonomics/governor/door';
import type { Authenticated, AuthenticatedTenant, Verified } from '@tai-autonomics/governor/tokens';
import { notDecidedProblem } from '../answer/not-decided.ts';
import { isProblem, type Problem } from '../answer/problem.ts';
import type { Door, PushIdentity } from '../options.ts';

/** A marketplace, or what verified its push. */
export interface Sender {
  readonly id: string;
  readonly scope: MarketplaceCredential['scope'];
  /** The tenants that its events may name; see the credential. */
  readonly tenants?: readonly string[];
}

/** How callers are known. */
type Known = Pick<Door, 'authenticate' | 'resource'>;

/** Whose credential it is, of whatever kind. */
export const authenticate = async (door: Known, request: Request): Promise<Authenticated | Problem> =>
  known(door, await door.authenticate(request), request);

/** A credential of a tenant; a marketplace's is 403. */
export const authenticateTenant = async (door: Known, request: Request): Promise<AuthenticatedTenant | Problem> => {
  const credential = await authenticate(door, request);
  if (isProblem(credential) || credential.tenant !== undefined) return credential;
  return { problem: 'forbidden', detail: 'a marketplace acts through its events alone' };
};

/** A key of a marketplace; a tenant's is 403. */
export const authenticateMarketplace = async (door: Door, request: Request): Promise<Sender | Problem> =>
  senderOf(await authenticate(door, request));

/**
 * Who pushed: by the verifier where there is one, else by a marketplace's key in `?key=` or in the header. Only here may a
 * key stand in a URL, since a push subscription has no other place for it.
 */
export const authenticatePush = (door: Door, request: Request): Promise<Sender | Problem> =>
  authenticateBy(door.verifyPush, door, request);

/** Who called a webhook: by the verifier of its tokens where there is one, else by a marketplace’s key, as a push. */
export const authenticateWebhook = (door: Door, request: Request): Promise<Sender | Problem> =>
  authenticateBy(door.verifyWebhook, door, request);

/** Who posts an event: by a marketplace's key. One that comes signed in its place is verified when its bytes are there: `signerOf`. */
export const authenticateEvent = async (door: Door, request: Request): Promise<Sender | 'signed' | Problem> =>
  door.verifyEvent !== undefined && request.headers.has('webhook-signature') && bearerOf(request.headers) === undefined
    ? 'signed'
    : authenticateMarketplace(door, request);

/** Who signed an event, over its bytes as they came. */
export const signerOf = async (
  { verifyEvent }: Pick<Door, 'verifyEvent'>,
  headers: Headers,
  bytes: Uint8Array,
): Promise<Sender | Problem> => {
  try {
    const identity = await verifyEvent?.(headers, bytes);
    return identity === undefined ? unsigned : senderFor(identity);
  } catch {
    return unavailable('event verifier');
  }
};

/** The key of a push: in the URL, or else in the header. */
export const pushKeyOf = (request: Request): string | undefined =>
  new URL(request.url).searchParams.get('key') ?? bearerOf(request.headers);

const authenticateBy = async (verify: Door['verifyPush'], door: Door, request: Request): Promise<Sender | Problem> => {
  if (verify === undefined) {
    return senderOf(known(door, await verifyKey(door.credentials, pushKeyOf(request)), request));
  }
  let identity: PushIdentity | undefined;
  try {
    identity = await verify(request);
  } catch {
    return unavailable('push verifier');
  }
  if (identity === undefined) return unauthenticated(door, request);
  return senderFor(identity);
};

const senderFor = ({ id, tenants }: PushIdentity): Sender => ({
  id,
  scope: [],
  ...(tenants === undefined ? {} : { tenants }),
});

const unsigned: Problem = {
  problem: 'unauthenticated',
  detail: 'it is not signed by anybody whose events count here, or not within five minutes of now',
  headers: { 'www-authenticate': 'Bearer' },
};

const unauthenticated = ({ resource }: Known, request: Request): Problem => {
  // What is no bearer's credential at all has no error code (RFC 6750 section 3.1).
  const wasGiven = pushKeyOf(request) !== undefined;
  return {
    problem: 'unauthenticated',
    detail: wasGiven
      ? 'the credential is not known here'
      : `send Authorization: Bearer ${resource === undefined ? 'tai_…' : 'and a key or a token'}`,
    headers: { 'www-authenticate': challengeOf(wasGiven ? { error: 'invalid_token' } : {}, resource) },
  };
};

const unavailable = (detail: string): Problem =>
  notDecidedProblem({ decided: false, why: 'store_unavailable', detail });

const known = (door: Known, verified: Verified, request: Request): Authenticated | Problem => {
  if (verified._tag === 'Right') return verified.right;
  return verified.left === 'unavailable' ? unavailable('keys') : unauthenticated(door, request);
};

const senderOf = (credential: Authenticated | Problem): Sender | Problem => {
  if (isProblem(credential)) return credential;
  if (credential.tenant === undefined) {
    const { subject, scope, tenants } = credential;
    return { id: subject.id, scope, ...(tenants === undefined ? {} : { tenants }) };
  }
  return { problem: 'forbidden', detail: 'events come with the key of a marketplace' };
};
