/** Who calls: the key says it, and neither the body nor another header does. */
import {
  type Credential,
  type MarketplaceCredential,
  type TenantCredential,
  verifyKey,
} from '@tai-autonomics/governor';
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

/** Where keys are looked up. */
type Keys = Pick<Door, 'credentials'>;

const BEARER = /^Bearer +([\x21-\x7e]{1,200}) *$/i;
const CHALLENGE = 'Bearer realm="tai-autonomics"';

/** Whose key it is, of whatever kind. */
export const authenticate = (door: Keys, request: Request): Promise<Credential | Problem> =>
  verify(door, bearerOf(request));

/** A key of a tenant; a marketplace's is 403. */
export const authenticateTenant = async (door: Keys, request: Request): Promise<TenantCredential | Problem> => {
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
export const authenticatePush = async (door: Door, request: Request): Promise<Sender | Problem> => {
  if (door.verifyPush === undefined) {
    return senderOf(await verify(door, pushKeyOf(request)));
  }
  let identity: PushIdentity | undefined;
  try {
    identity = await door.verifyPush(request);
  } catch {
    return unavailable('push verifier');
  }
  return identity === undefined
    ? unauthenticated(request.headers.has('authorization'))
    : { id: identity.id, scope: [] };
};

/** The key in the header `Authorization`. */
export const bearerOf = (request: Request): string | undefined =>
  BEARER.exec(request.headers.get('authorization') ?? '')?.[1];

/** The key of a push: in the URL, or else in the header. */
export const pushKeyOf = (request: Request): string | undefined =>
  new URL(request.url).searchParams.get('key') ?? bearerOf(request);

const unauthenticated = (wasGiven: boolean): Problem => ({
  problem: 'unauthenticated',
  detail: wasGiven ? 'the key is not known here' : 'send Authorization: Bearer tai_…',
  headers: { 'www-authenticate': wasGiven ? `${CHALLENGE}, error="invalid_token"` : CHALLENGE },
});

const unavailable = (detail: string): Problem =>
  notDecidedProblem({ decided: false, why: 'store_unavailable', detail });

const verify = async (door: Keys, keyText: string | undefined): Promise<Credential | Problem> => {
  const verified = await verifyKey(door.credentials, keyText);
  if (verified._tag === 'Right') return verified.right;
  return verified.left === 'unavailable' ? unavailable('keys') : unauthenticated(keyText !== undefined);
};

const senderOf = (credential: Credential | Problem): Sender | Problem => {
  if (isProblem(credential)) return credential;
  if (credential.tenant === undefined) {
    const { subject, scope, tenants } = credential;
    return { id: subject.id, scope, ...(tenants === undefined ? {} : { tenants }) };
  }
  return { problem: 'forbidden', detail: 'events come with the key of a marketplace' };
};
