/** What the claims of a verified token mean here: tenant, subject and roles, by the configuration alone. */
import type { Role } from '@tai-autonomics/core/author';
import { nameFault, parseInstant } from '@tai-autonomics/core/engine';
import { owns } from '@tai-autonomics/core/receipt';
import type { TenantId } from '../api.ts';
import { type KeyHolder, mayName } from '../credentials/credentials.ts';
import type { Members } from '../json/members.ts';
import { tenantFault } from '../ledger/operator.ts';
import type { TokenIssuer } from './issuers.ts';

/** Whom a token stands for. */
export interface Claimed {
  readonly tenant: TenantId;
  readonly subject: { readonly type: KeyHolder; readonly id: string };
  readonly scope: readonly Role[];
}

/**
 * Reads the claims of a token whose signature, issuer, audience and dates hold. `undefined` where the tenant, the subject or
 * its type is not said as the configuration expects it, or where the issuer's tokens of then or this subject do not count.
 */
export const claimedBy = (name: string, issuer: TokenIssuer, claims: Members): Claimed | undefined => {
  const { tenant: of, subject, issuedAfter, denied = [] } = issuer;
  const tenant = owns(of, 'is') ? of.is : textOf(claims, of.claim);
  if (tenant === undefined || tenantFault(tenant) !== undefined) return undefined;
  if (!owns(of, 'is') && !mayName({ tenants: of.of }, tenant)) return undefined;
  const named = textOf(claims, subject.claim ?? 'sub');
  if (named === undefined || denied.includes(named)) return undefined;
  const id = `${subject.prefix ?? `${name}:`}${named}`;
  const type = typeof subject.type === 'string' ? subject.type : typeIn(claims, subject.type);
  if (type === undefined || nameFault(id) !== undefined) return undefined;
  if (issuedAfter !== undefined && !isSince(claims['iat'], issuedAfter)) return undefined;
  return { tenant, subject: { type, id }, scope: rolesIn(issuer, claims) };
};

/** The values of a claim: a list of texts, or a text with spaces between them. Anything else is none. */
export const valuesOf = (claims: Members, claim: string): readonly string[] => {
  const value = own(claims, claim);
  if (typeof value === 'string') return value.split(' ').filter((one) => one !== '');
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : [];
};

const own = (claims: Members, claim: string): unknown => (Object.hasOwn(claims, claim) ? claims[claim] : undefined);

const textOf = (claims: Members, claim: string): string | undefined => {
  const value = own(claims, claim);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** Two values that mean two types mean none. */
const typeIn = (
  claims: Members,
  { claim, map }: Exclude<TokenIssuer['subject']['type'], string>,
): KeyHolder | undefined => {
  const types = new Set(
    valuesOf(claims, claim).flatMap((value) => (Object.hasOwn(map, value) ? (map[value] ?? []) : [])),
  );
  const [type] = types;
  return types.size === 1 ? type : undefined;
};

const rolesIn = ({ roles = [] }: TokenIssuer, claims: Members): readonly Role[] => [
  ...new Set(
    roles.flatMap(({ claim, map }) =>
      valuesOf(claims, claim).flatMap((value) => (Object.hasOwn(map, value) ? (map[value] ?? []) : [])),
    ),
  ),
];

const SECOND_MS = 1_000;

const isSince = (iat: unknown, instant: string): boolean =>
  typeof iat === 'number' && iat * SECOND_MS >= (parseInstant(instant) ?? Number.POSITIVE_INFINITY);
