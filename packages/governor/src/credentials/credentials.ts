/**
 * API keys, `tai_<keyid>_<secret>`: who calls, for which tenant, with which scope. The doors learn all three from here
 * and from nothing else. The key id finds the record; the secret is 32 random bytes, of which only the hash is kept.
 */
import type { Relation, Role, SubjectType } from '@tai-autonomics/core/author';
import { parseInstant } from '@tai-autonomics/core/engine';
import { decodeBase64url, encodeBase64url } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Caller, TenantId } from '../api.ts';
import { systemClock } from '../bare/clock.ts';
import { equalBytes } from '../bare/equal-bytes.ts';
import { sha256 } from '../bare/sha256.ts';
import { OPERATOR } from '../ledger/operator.ts';
import type { Clock, NamedSubject, Random } from '../ports.ts';

/** Who can hold a key of a tenant. The system is the governor itself, and has none. */
export type KeyHolder = Exclude<SubjectType, 'marketplace' | 'system'>;

interface Key {
  /** 4 to 32 characters of `a-z0-9`; not secret. */
  readonly keyId: string;
  /** SHA-256 of the 32 bytes of the secret, base64url. Enough for a random key: there is nothing to guess. */
  readonly hash: string;
  /** The roles that the key carries at most. */
  readonly scope: readonly Role[];
  /** A disabled key looks like one that never was. */
  readonly disabled?: boolean;
  /** RFC 3339. From this instant on the key looks like one that never was; it never ends where this is absent. */
  readonly expiresAt?: string;
}

/** A key of one tenant. */
export interface TenantCredential extends Key {
  readonly tenant: TenantId;
  readonly subject: { readonly type: KeyHolder; readonly id: string };
  /** The id of the user who stands behind the subject: what it asks for, that user can't approve. Its own name where absent. */
  readonly person?: string;
  /** What the operator means its user to be for the tenant. It decides nothing: only a receipted grant does. */
  readonly relations?: readonly Relation[];
}

/** A marketplace's key: alone in that it names no tenant, because its events do. */
export interface MarketplaceCredential extends Key {
  readonly tenant?: never;
  readonly subject: { readonly type: 'marketplace'; readonly id: string };
  /** The tenants that its events may name: names, or beginnings of names that end in `*`. Any tenant where absent. */
  readonly tenants?: readonly string[];
}

/** Whether a marketplace's key may name a tenant. */
export const mayName = ({ tenants }: Pick<MarketplaceCredential, 'tenants'>, tenant: TenantId): boolean =>
  tenants === undefined ||
  tenants.some((name) => (name.endsWith('*') ? tenant.startsWith(name.slice(0, -1)) : name === tenant));

/** What an API key stands for, without the key. */
export type Credential = TenantCredential | MarketplaceCredential;

/** Whoever a door knows, whatever proved it: a key, an access token or a certificate. */
export type Authenticated = AuthenticatedTenant | Omit<MarketplaceCredential, 'hash'>;

/** What became of a credential. */
export type Verified = E.Either<KeyFault, Authenticated>;

/** Somebody of a tenant. `keyId` is what their requests are counted by. */
export interface AuthenticatedTenant extends Omit<TenantCredential, 'hash'> {
  /** The scopes of OAuth to ask for so that roles are carried too; `undefined` where none carry them. Absent without a token. */
  readonly scopesFor?: (roles: readonly Role[]) => readonly string[] | undefined;
}

/** Where credentials are kept. Rejects if it can't answer now; `undefined` is an answer. */
export interface CredentialStore {
  find(keyId: string): Promise<Credential | undefined>;
  /** Who holds a key of a tenant that is not disabled; absent where they can't be listed. */
  subjects?(tenant: TenantId): Promise<readonly NamedSubject[]>;
}

/** What a new credential is for: all but the key itself. */
export type CredentialParts =
  | Omit<TenantCredential, 'keyId' | 'hash'>
  | Omit<MarketplaceCredential, 'keyId' | 'hash' | 'tenant'>;

/** A new key. `secretText` is shown once and kept nowhere. */
export interface MintedCredential {
  readonly credential: Credential;
  readonly secretText: string;
}

const SECRET_BYTES = 32;
const KEY_ID_BYTES = 8;
const KEY_TEXT = /^tai_([a-z0-9]{4,32})_([A-Za-z0-9_-]{43})$/;
const NOBODY = new Uint8Array(SECRET_BYTES);

/** Makes a key. 8 random bytes are its id, 32 its secret. */
export const mintCredential = (random: Random, parts: CredentialParts): MintedCredential => {
  const { keyId, hash, secret } = mintSecret(random);
  return { credential: { ...parts, keyId, hash }, secretText: `tai_${keyId}_${secret}` };
};

/** An id, a secret, and what is kept of the secret. */
export const mintSecret = (
  random: Random,
): { readonly keyId: string; readonly hash: string; readonly secret: string } => {
  const keyId = [...random(KEY_ID_BYTES)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const secret = random(SECRET_BYTES);
  return { keyId, hash: b64u(sha256(secret)), secret: b64u(secret) };
};

/** Whether a text is the secret of this hash. It takes the same time where nobody has the key; a text of another form is none. */
export const isSecretOf = (secretText: string, hash: string | undefined): boolean => {
  const secret = parseBytes(secretText);
  const isSame = equalBytes(sha256(secret ?? NOBODY), parseBytes(hash ?? '') ?? NOBODY);
  return isSame && secret !== undefined && hash !== undefined;
};

/** Whether a key has ended. What can't be read as an instant has: a door that doesn't know stays shut. */
export const hasExpired = ({ expiresAt }: Pick<Credential, 'expiresAt'>, at: number): boolean => {
  if (expiresAt === undefined) return false;
  const end = parseInstant(expiresAt);
  return end === undefined || at >= end;
};

/**
 * Finds whose key this is. Malformed, unknown, disabled, expired and wrong keys get one answer, and the comparison takes
 * the same time whether the key id exists or not. Never rejects.
 */
export const verifyKey = async (
  store: CredentialStore,
  keyText: string | undefined,
  clock: Clock = systemClock,
): Promise<E.Either<KeyFault, Credential>> => {
  const [, keyId, secretText] = KEY_TEXT.exec(keyText ?? '') ?? [];
  const secret = parseBytes(secretText ?? '');
  if (keyId === undefined || secret === undefined) return E.left('unauthenticated');
  let credential: Credential | undefined;
  try {
    credential = await store.find(keyId);
  } catch {
    return E.left('unavailable');
  }
  const isSame = equalBytes(sha256(secret), parseBytes(credential?.hash ?? '') ?? NOBODY);
  if (credential === undefined || !isSame || credential.disabled === true) return E.left('unauthenticated');
  if (hasExpired(credential, clock())) return E.left('unauthenticated');
  return credential.keyId === keyId && isLawful(credential) ? E.right(credential) : E.left('unauthenticated');
};

/** The caller that a key of a tenant, or a token, stands for. */
export const callerOf = ({ tenant, subject, scope }: Pick<TenantCredential, keyof Caller>): Caller => ({
  tenant,
  subject,
  scope,
});

/** Credentials that are all known beforehand. Of two with one key id the first counts. */
export const memoryCredentials = (credentials: readonly Credential[]): Required<CredentialStore> => {
  const byId = new Map(credentials.toReversed().map((credential) => [credential.keyId, credential]));
  return {
    find: (keyId) => Promise.resolve(byId.get(keyId)),
    subjects: (tenant) =>
      Promise.resolve(
        credentials.flatMap((one) => (one.tenant === tenant && one.disabled !== true ? [named(one)] : [])),
      ),
  };
};

const named = ({ subject, person }: TenantCredential): NamedSubject =>
  person === undefined ? subject : { ...subject, person };

const b64u = encodeBase64url;

/** 32 bytes in their one spelling: 43 characters leave two bits that must be zero. */
const parseBytes = (text: string): Uint8Array | undefined => {
  const bytes = decodeBase64url(text);
  return bytes?.length === SECRET_BYTES ? bytes : undefined;
};

/** A key of a tenant never speaks for the operator, and only a marketplace's speaks for none; whatever a store says. */
const isLawful = (credential: Credential): boolean => {
  const isMarketplace = credential.subject.type === 'marketplace';
  if (credential.tenant === undefined) return isMarketplace;
  const isSystem = (credential.subject.type as SubjectType) === 'system';
  return !isMarketplace && !isSystem && credential.tenant !== OPERATOR;
};

/** `unauthenticated`: no such key, for whatever cause. `unavailable`: the store did not answer; ask again later. */
export type KeyFault = 'unauthenticated' | 'unavailable';
