/** Who may vouch for callers beside API keys: issuers of tokens, a push service, a proxy that passes certificates on. */
import { isIP } from 'node:net';
import type { Issue } from '@tai-autonomics/core';
import { isRole, type Role } from '@tai-autonomics/core/author';
import { nameFault, type Path, parseInstant } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import type { TenantId } from '../api.ts';
import type { KeyHolder } from '../credentials/credentials.ts';
import { checkMembers, issueAt, isText, type Members, type Rule } from '../json/members.ts';
import { tenantFault } from '../ledger/operator.ts';
import { isDocumentUrl } from '../remote/document-url.ts';

/** One issuer of access tokens, and what its tokens mean here. What is not mapped means nothing. */
export interface TokenIssuer {
  /** Exactly the `iss` of its tokens. */
  readonly issuer: string;
  /** Where its public keys are, as a JWK set: https, or this machine. A token never says where. */
  readonly jwks: string;
  /** The `alg` that its tokens may have; RS256, PS256, ES256 and EdDSA where absent. A key is never used as a secret. */
  readonly algorithms?: readonly TokenAlgorithm[];
  /** The `aud` that counts instead of the deployment's own resource, for servers that cannot issue for a URL. */
  readonly audience?: string;
  /** The `typ` of its access tokens (RFC 9068); `at+jwt` where absent, so that no ID token counts. */
  readonly type?: 'at+jwt' | 'JWT';
  /** The tenant of every token of it; or a claim, and the names that may stand there. */
  readonly tenant: { readonly is: TenantId } | { readonly claim: string; readonly of: readonly string[] };
  /** Who is meant: `prefix` and the claim. */
  readonly subject: {
    readonly type: KeyHolder | { readonly claim: string; readonly map: Readonly<Record<string, KeyHolder>> };
    /** `sub` where absent. */
    readonly claim?: string;
    /** Stands before the claim, so that no issuer can name the holder of a key; the issuer's name and a colon where absent. */
    readonly prefix?: string;
  };
  /** Which values of which claims carry which roles at most. A claim is a list of texts, or a text with spaces. */
  readonly roles?: readonly { readonly claim: string; readonly map: Readonly<Record<string, readonly Role[]>> }[];
  /** How far clocks may differ; 30 where absent, 300 at most. */
  readonly skewSeconds?: number;
  /** The oldest token that counts, whatever its `exp`; a day where absent. */
  readonly maxAgeSeconds?: number;
  /** RFC 3339. Tokens that were issued before do not count: set it to end all sessions at once. */
  readonly issuedAfter?: string;
  /** Values of the subject's claim that do not count any more. */
  readonly denied?: readonly string[];
}

/** A subscription that pushes events with tokens of its own. */
export interface PushIssuer {
  /** The service account of the subscription. */
  readonly email: string;
  /** The `aud` of the subscription; its push URL, unless it was set otherwise. */
  readonly audience: string;
  /** Google's where absent. */
  readonly issuer?: string;
  readonly jwks?: string;
  /** The tenants that its events may name; any where absent. */
  readonly tenants?: readonly string[];
}

/** A proxy that ends TLS and passes the client's certificate on in `Client-Cert` (RFC 9440). */
export interface CertificateProxy {
  /** The addresses that the header is believed from. */
  readonly from: readonly string[];
  /** Whose a certificate is, by the SHA-256 of its DER form, base64url. */
  readonly holders: Readonly<Record<string, CertificateHolder>>;
}

/** The holder of a client's certificate. */
export interface CertificateHolder {
  readonly tenant: TenantId;
  readonly subject: { readonly type: KeyHolder; readonly id: string };
  readonly scope: readonly Role[];
}

/** Everybody who vouches for callers of a deployment. */
export interface IdentityConfig {
  /** The origin by which this server is known, which tokens must name: `https://tai.example.com`. */
  readonly resource?: string;
  readonly issuers?: Readonly<Record<string, TokenIssuer>>;
  readonly push?: Readonly<Record<string, PushIssuer>>;
  readonly certificates?: CertificateProxy;
}

/** Signatures that are taken: none with a shared secret, and none without a key. */
export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
] as const;
/** A signature algorithm of a token. */
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** Everything that is wrong with the member `identity` of a configuration. */
export const identityIssues = (x: unknown, path: Path = ['identity']): readonly Issue[] => {
  if (x === undefined) return [];
  if (!isPlainObject(x)) return [issueAt(path, 'an object', x)];
  const needsResource = x['issuers'] !== undefined && x['resource'] === undefined;
  return [
    ...checkMembers(x, path, IDENTITY),
    ...(needsResource ? [issueAt([...path, 'resource'], IDENTITY['resource']?.expected ?? '', undefined)] : []),
    ...each(x['issuers'], [...path, 'issuers'], issuerIssues),
    ...repeatedIssuers(x['issuers'], [...path, 'issuers']),
    ...each(x['push'], [...path, 'push'], (one, at) => checkMembers(one, at, PUSH)),
    ...certificateIssues(x['certificates'], [...path, 'certificates']),
  ];
};

const NAME = /^[a-z][a-z0-9_-]{0,63}$/;
const HOLDERS: readonly KeyHolder[] = ['agent', 'user', 'service'];
const FINGERPRINT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

const isSomeText = (x: unknown): x is string => isText(x, /^[^\p{Cc}]{1,500}$/u);
const isTexts = (x: unknown): boolean =>
  Array.isArray(x) && x.length > 0 && x.every(isSomeText) && new Set(x).size === x.length;
const isOrigin = (x: unknown): boolean =>
  typeof x === 'string' && URL.canParse(x) && isDocumentUrl(`${x}/`) && new URL(x).origin === x;
/** Nobody's password stands in it, and it is what a URL gives back, so that one place has one spelling. */
const isUrl = (x: unknown): boolean =>
  typeof x === 'string' &&
  isDocumentUrl(x) &&
  URL.canParse(x) &&
  new URL(x).username === '' &&
  new URL(x).password === '' &&
  new URL(x).hash === '';
const isSeconds =
  (most: number) =>
  (x: unknown): boolean =>
    Number.isSafeInteger(x) && Number(x) >= 0 && Number(x) <= most;
const isRoles = (x: unknown): boolean => Array.isArray(x) && x.every(isRole) && new Set(x).size === x.length;
const isMapOf = (x: unknown, is: (value: unknown) => boolean): boolean =>
  isPlainObject(x) && Object.keys(x).length > 0 && Object.values(x).every(is);
const isHolder = (x: unknown): boolean => typeof x === 'string' && (HOLDERS as readonly string[]).includes(x);
const isTenant = (x: unknown): boolean => tenantFault(x) === undefined;
/** `acme-*` names the tenants whose names begin so, and `*` all of them. */
const isTenants = (x: unknown): boolean =>
  isTexts(x) && (x as readonly string[]).every((name) => isTenant(name.endsWith('*') ? `${name.slice(0, -1)}x` : name));

const IDENTITY: Readonly<Record<keyof IdentityConfig, Rule>> = {
  resource: {
    expected: 'the origin of this server, `https://…` without a path and without a slash at the end',
    holds: isOrigin,
    isOptional: true,
  },
  issuers: { expected: 'an object from a name to an issuer', holds: isPlainObject, isOptional: true },
  push: { expected: 'an object from a name to a subscription', holds: isPlainObject, isOptional: true },
  certificates: { expected: 'an object', holds: isPlainObject, isOptional: true },
};

const ISSUER: Readonly<Record<keyof TokenIssuer, Rule>> = {
  issuer: { expected: 'the `iss` of its tokens, as it stands there', holds: isSomeText },
  jwks: { expected: 'where its keys are: an address that begins with https://', holds: isUrl },
  algorithms: {
    expected: `a list of ${TOKEN_ALGORITHMS.join(', ')}`,
    holds: (x) =>
      isTexts(x) && (x as readonly string[]).every((one) => (TOKEN_ALGORITHMS as readonly string[]).includes(one)),
    isOptional: true,
  },
  audience: { expected: 'the `aud` of its tokens', holds: isSomeText, isOptional: true },
  type: { expected: 'at+jwt or JWT', holds: (x) => x === 'at+jwt' || x === 'JWT', isOptional: true },
  tenant: {
    expected: '{ is } with the tenant, or { claim, of } with a claim and the tenants that it may name',
    holds: (x) =>
      isPlainObject(x) &&
      (hasOnly(x, ['is'])
        ? isTenant(x['is'])
        : hasOnly(x, ['claim', 'of']) && isSomeText(x['claim']) && isTenants(x['of'])),
  },
  subject: {
    expected: '{ type, claim?, prefix? }; type is agent, user or service, or { claim, map } to these',
    holds: (x) =>
      isPlainObject(x) &&
      hasOnly(x, ['type', 'claim', 'prefix']) &&
      (x['claim'] === undefined || isSomeText(x['claim'])) &&
      (x['prefix'] === undefined || isText(x['prefix'], /^[^\p{Cc}]{0,100}$/u)) &&
      (isHolder(x['type']) || isMapped(x['type'], isHolder)),
  },
  roles: {
    expected: 'a list of { claim, map }; map says which roles each value carries',
    holds: (x) => Array.isArray(x) && x.every((one) => isMapped(one, isRoles)),
    isOptional: true,
  },
  skewSeconds: { expected: 'seconds from 0 to 300', holds: isSeconds(300), isOptional: true },
  maxAgeSeconds: { expected: 'seconds up to 31622400', holds: isSeconds(31_622_400), isOptional: true },
  issuedAfter: {
    expected: 'an RFC 3339 instant',
    holds: (x) => typeof x === 'string' && parseInstant(x) !== undefined,
    isOptional: true,
  },
  denied: {
    expected: 'a list of subjects',
    holds: (x) => isTexts(x) || (Array.isArray(x) && x.length === 0),
    isOptional: true,
  },
};

const PUSH: Readonly<Record<keyof PushIssuer, Rule>> = {
  email: {
    expected: 'the e-mail address of a service account',
    holds: (x) => isText(x, /^[^\s@\p{Cc}]{1,200}@[^\s@\p{Cc}]{1,200}$/u),
  },
  audience: { expected: 'the `aud` of its tokens', holds: isSomeText },
  issuer: { expected: 'the `iss` of its tokens', holds: isSomeText, isOptional: true },
  jwks: { expected: 'where its keys are: an address that begins with https://', holds: isUrl, isOptional: true },
  tenants: {
    expected: 'a list of tenants, or of beginnings of names that end in *',
    holds: isTenants,
    isOptional: true,
  },
};

const CERTIFICATES: Readonly<Record<keyof CertificateProxy, Rule>> = {
  from: {
    expected: 'a list of IP addresses of proxies',
    holds: (x) => isTexts(x) && (x as readonly string[]).every((one) => isIP(one) !== 0),
  },
  holders: { expected: 'an object from the SHA-256 of a certificate to its holder', holds: isPlainObject },
};

const HOLDER: Readonly<Record<keyof CertificateHolder, Rule>> = {
  tenant: { expected: 'the name of a tenant', holds: isTenant },
  subject: {
    expected: '{ type, id }, of the type agent, user or service',
    holds: (x) =>
      isPlainObject(x) && hasOnly(x, ['type', 'id']) && isHolder(x['type']) && nameFault(x['id']) === undefined,
  },
  scope: { expected: 'a list of roles', holds: isRoles },
};

const hasOnly = (x: object, names: readonly string[]): boolean => Object.keys(x).every((name) => names.includes(name));

const isMapped = (x: unknown, is: (value: unknown) => boolean): boolean =>
  isPlainObject(x) && hasOnly(x, ['claim', 'map']) && isSomeText(x['claim']) && isMapOf(x['map'], is);

const each = (x: unknown, path: Path, check: (one: unknown, at: Path) => readonly Issue[]): readonly Issue[] =>
  isPlainObject(x)
    ? Object.entries(x).flatMap(([name, one]) =>
        NAME.test(name)
          ? check(one, [...path, name])
          : [issueAt([...path, name.slice(0, 40)], 'a name of a-z, 0-9, _ and -', one)],
      )
    : [];

const issuerIssues = (x: unknown, path: Path): readonly Issue[] => checkMembers(x, path, ISSUER);

/** Of two that issue under one name nobody could tell whose tenant is meant. */
const repeatedIssuers = (x: unknown, path: Path): readonly Issue[] => {
  if (!isPlainObject(x)) return [];
  const seen = new Set<unknown>();
  return Object.entries(x).flatMap(([name, one]) => {
    const issuer = isPlainObject(one) ? (one as Members)['issuer'] : undefined;
    if (issuer === undefined || !seen.has(issuer)) {
      seen.add(issuer);
      return [];
    }
    return [issueAt([...path, name, 'issuer'], 'each issuer once; tell its tenants apart by a claim', issuer)];
  });
};

const certificateIssues = (x: unknown, path: Path): readonly Issue[] =>
  isPlainObject(x)
    ? [
        ...checkMembers(x, path, CERTIFICATES),
        ...Object.entries(isPlainObject(x['holders']) ? x['holders'] : {}).flatMap(([print, holder]) =>
          FINGERPRINT.test(print)
            ? checkMembers(holder, [...path, 'holders', print], HOLDER)
            : [issueAt([...path, 'holders', print.slice(0, 64)], 'the SHA-256 of a certificate, base64url', holder)],
        ),
      ]
    : [];
