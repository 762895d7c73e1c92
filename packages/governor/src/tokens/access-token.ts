/** Access tokens of OAuth 2.1 (RFC 6750, RFC 9068): who carries one, by the issuers that the deployment trusts. */
import type { Role } from '@tai-autonomics/core/author';
import { formatInstant } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { JWTVerifyGetKey } from 'jose';
import type { AuthenticatedTenant, KeyFault } from '../credentials/credentials.ts';
import type { Members } from '../json/members.ts';
import { nodeSha256 } from '../node/crypto.ts';
import { systemClock } from '../node/system.ts';
import type { Clock } from '../ports.ts';
import { type IssuerKeysOptions, issuerKeys } from './issuer-keys.ts';
import type { TokenAlgorithm, TokenIssuer } from './issuers.ts';
import { claimsIn, verifySigned } from './signed-token.ts';
import { claimedBy, valuesOf } from './token-claims.ts';

/** What a verifier of access tokens is made from. */
export interface AccessTokenOptions {
  readonly issuers: Readonly<Record<string, TokenIssuer>>;
  readonly clock?: Clock;
  readonly keys?: Omit<IssuerKeysOptions, 'onFault'>;
  /** Told once when an issuer's keys can't be had, and once with nothing when they can again. */
  readonly onFault?: (issuer: string, why: string | undefined) => void;
}

/** Verifies a token that must name one of these resources in its `aud`. Never rejects. */
export type VerifyAccessToken = (text: string, resource: string) => Promise<E.Either<KeyFault, AuthenticatedTenant>>;

/**
 * A verifier over all issuers. A token chooses among them by its `iss`, and nothing else that it says is believed before its
 * signature is. Where no issuer has that name, nobody is asked.
 */
export const accessTokens = ({
  issuers,
  clock = systemClock,
  keys,
  onFault,
}: AccessTokenOptions): VerifyAccessToken => {
  const known = new Map<unknown, Trusted>(
    Object.entries(issuers).map(([name, issuer]) => [
      issuer.issuer,
      { name, issuer, keys: issuerKeys(issuer.jwks, { ...keys, onFault: (why) => onFault?.(name, why) }) },
    ]),
  );
  return async (text, resource) => {
    const trusted = known.get(claimsIn(text)?.['iss']);
    return trusted === undefined ? E.left('unauthenticated') : verify(trusted, clock, text, resource);
  };
};

/** Every `scope` of OAuth that the issuers map to a role: what clients may be told to ask for. */
export const scopesIn = (issuers: Readonly<Record<string, TokenIssuer>>): readonly string[] =>
  [...new Set(Object.values(issuers).flatMap((issuer) => [...scopesOf(issuer).keys()]))].sort();

interface Trusted {
  readonly name: string;
  readonly issuer: TokenIssuer;
  readonly keys: JWTVerifyGetKey;
}

const ALGORITHMS: readonly TokenAlgorithm[] = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const SKEW_SECONDS = 30;
const DAY_SECONDS = 86_400;
const SECOND_MS = 1_000;

const verify = async (
  { name, issuer, keys }: Trusted,
  clock: Clock,
  text: string,
  resource: string,
): Promise<E.Either<KeyFault, AuthenticatedTenant>> => {
  const skew = issuer.skewSeconds ?? SKEW_SECONDS;
  const signed = await verifySigned(text, keys, {
    issuer: issuer.issuer,
    audience: issuer.audience ?? resource,
    algorithms: [...(issuer.algorithms ?? ALGORITHMS)],
    typ: issuer.type ?? 'at+jwt',
    clockTolerance: skew,
    maxTokenAge: issuer.maxAgeSeconds ?? DAY_SECONDS,
    requiredClaims: ['exp'],
    currentDate: new Date(clock()),
  });
  if (E.isLeft(signed)) return signed;
  const claimed = claimedBy(name, issuer, signed.right);
  const ends = (Number(signed.right['exp']) + skew) * SECOND_MS;
  if (claimed === undefined || !Number.isFinite(ends)) return E.left('unauthenticated');
  return E.right({
    keyId: idOf(issuer.issuer, claimed.tenant, claimed.subject),
    ...claimed,
    expiresAt: formatInstant(Math.min(Math.floor(ends), LAST_INSTANT)),
    scopesFor: stepUp(issuer, signed.right),
  });
};

/** The end of the year 9999. */
const LAST_INSTANT = 253_402_300_799_999;

/** Whose requests are counted together: those of one subject of one issuer, whichever token they come with. */
const idOf = (issuer: string, tenant: string, { type, id }: AuthenticatedTenant['subject']): string =>
  Buffer.from(nodeSha256(Buffer.from(JSON.stringify([issuer, tenant, type, id]))))
    .toString('hex')
    .slice(0, 32);

/** The scopes of OAuth by the roles that they carry. */
const scopesOf = ({ roles = [] }: TokenIssuer): ReadonlyMap<string, readonly Role[]> =>
  new Map(roles.filter(({ claim }) => claim === 'scope' || claim === 'scp').flatMap(({ map }) => Object.entries(map)));

/** The scopes to ask for so that a token carries these roles too: those that it has, and what is wanting. */
const stepUp =
  (issuer: TokenIssuer, claims: Members): NonNullable<AuthenticatedTenant['scopesFor']> =>
  (roles) => {
    const known = scopesOf(issuer);
    const wanted = roles.map((role) => [...known].find(([, carried]) => carried.includes(role))?.[0]);
    if (!wanted.every((scope) => scope !== undefined)) return undefined;
    const held = [...valuesOf(claims, 'scope'), ...valuesOf(claims, 'scp')].filter((scope) => known.has(scope));
    return [...new Set([...held, ...wanted])];
  };
