/** Who sent a request, by what it carries and nothing else: an API key, an access token, or a client's certificate. */
import { either as E } from 'fp-ts';
import { type Authenticated, type CredentialStore, type KeyFault, verifyKey } from '../credentials/credentials.ts';
import { systemClock } from '../node/system.ts';
import type { Clock } from '../ports.ts';
import { accessTokens, scopesIn } from './access-token.ts';
import { bearerOf } from './bearer.ts';
import { certificateHolder } from './client-certificate.ts';
import type { IssuerKeysOptions } from './issuer-keys.ts';
import type { IdentityConfig } from './issuers.ts';
import { type ProtectedResource, protectedResource } from './protected-resource.ts';
import { type PushSender, pushTokens } from './push-token.ts';

/** What an authenticator is made from. */
export interface AuthenticatorOptions {
  readonly credentials: CredentialStore;
  /** Who vouches for callers beside the keys; nobody where absent. */
  readonly identity?: IdentityConfig;
  /** The address that a request came from, by its socket; certificates count for nobody where absent. */
  readonly peerOf?: (request: Request) => string | undefined;
  readonly clock?: Clock;
  readonly keys?: Omit<IssuerKeysOptions, 'onFault'>;
  /** Told once when the keys of an issuer can't be had, and once with nothing when they can again. */
  readonly onFault?: (issuer: string, why: string | undefined) => void;
}

/** The doors, each of which is a resource of its own to OAuth. */
export type DoorName = 'http' | 'mcp';

/** Knows callers. */
export interface Authenticator {
  /**
   * Whoever sent a request to a door. `unauthenticated` for none, and for any credential that does not count, whatever is wrong
   * with it; `unavailable` where that can't be said now. Never rejects.
   */
  of(request: Request, door: DoorName): Promise<E.Either<KeyFault, Authenticated>>;
  /** Whoever pushed an event, by the push service's own token; absent where no subscription is configured. */
  readonly ofPush?: (request: Request) => Promise<E.Either<KeyFault, PushSender>>;
  /** What clients of a door are told of tokens; absent where no issuer is configured. */
  readonly resources?: Readonly<Record<DoorName, ProtectedResource>>;
}

/** Makes one. Nothing is asked of an issuer before its first token comes. */
export const createAuthenticator = (options: AuthenticatorOptions): Authenticator => {
  const { credentials, identity = {}, peerOf, clock = systemClock, keys, onFault } = options;
  const { issuers, push, certificates, resource } = identity;
  const shared = { clock, ...(keys === undefined ? {} : { keys }), ...(onFault === undefined ? {} : { onFault }) };
  const resources = issuers === undefined || resource === undefined ? undefined : resourcesOf(resource, issuers);
  const verifyToken = issuers === undefined ? undefined : accessTokens({ issuers, ...shared });
  const verifyPush = push === undefined ? undefined : pushTokens({ push, ...shared });
  return {
    of: async (request, door) => {
      const text = bearerOf(request.headers);
      if (text?.startsWith('tai_')) return verifyKey(credentials, text, clock);
      if (text !== undefined)
        return verifyToken === undefined || resources === undefined
          ? E.left('unauthenticated')
          : verifyToken(text, resources[door].resource);
      // A credential that does not count is never made up for by another one.
      if (certificates === undefined || request.headers.has('authorization')) return E.left('unauthenticated');
      const holder = certificateHolder(certificates, request.headers, peerOf?.(request), clock());
      return holder === undefined ? E.left('unauthenticated') : E.right(holder);
    },
    ...(verifyPush === undefined
      ? {}
      : {
          ofPush: async (request) => {
            const text = bearerOf(request.headers);
            return text === undefined ? E.left('unauthenticated') : verifyPush(text);
          },
        }),
    ...(resources === undefined ? {} : { resources }),
  };
};

const resourcesOf = (
  origin: string,
  issuers: NonNullable<IdentityConfig['issuers']>,
): Readonly<Record<DoorName, ProtectedResource>> => {
  const terms = {
    authorizationServers: Object.values(issuers).map(({ issuer }) => issuer),
    scopes: scopesIn(issuers),
  };
  return { http: protectedResource(origin, '', terms), mcp: protectedResource(origin, '/mcp', terms) };
};
