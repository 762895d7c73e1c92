/** The tokens of `test/vectors/tokens`: one case a file. They are made of a table, so that each says what is wrong with it. */
import { createHmac, createPublicKey } from 'node:crypto';
import { publicJwk, signed, signedText } from './authorization-server.ts';

/** One vector. */
export interface TokenVector {
  readonly note: string;
  /** RFC 3339: when it is looked at. */
  readonly at: string;
  readonly token: string;
  readonly want:
    | 'unauthenticated'
    | { readonly tenant: string; readonly subject: object; readonly scope: readonly string[] };
}

export const AT = '2026-11-21T08:00:00Z';
const NOW = Date.parse(AT) / 1_000;
export const RESOURCE = 'https://tai.example.com';

/** The issuer, as the configuration of a deployment has it. */
export const ISSUER = {
  issuer: 'https://login.example.com',
  jwks: 'https://login.example.com/keys',
  tenant: { claim: 'org', of: ['acme', 'emea-*'] },
  subject: { type: { claim: 'kind', map: { robot: 'agent', human: 'user' } } },
  roles: [
    { claim: 'scope', map: { 'tai:read': ['read_deployment'], 'tai:rollback': ['read_deployment', 'write_rollback'] } },
    { claim: 'groups', map: { auditors: ['read_audit_trail'] } },
  ],
  denied: ['left-the-company'],
  issuedAfter: '2026-11-20T12:00:00Z',
} as const;

const claims = {
  iss: ISSUER.issuer,
  aud: RESOURCE,
  sub: 'bot-1',
  org: 'acme',
  kind: 'robot',
  scope: 'openid tai:read',
  iat: NOW - 60,
  exp: NOW + 600,
};
const acme = { tenant: 'acme', subject: { type: 'agent', id: 'login:bot-1' }, scope: ['read_deployment'] };

const b64u = (json: unknown): string =>
  Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)).toString('base64url');
const good = (more: object = {}): Promise<string> => signed('issuer', { claims: { ...claims, ...more } });
const headed = (header: Readonly<Record<string, unknown>>): Promise<string> => signed('issuer', { header, claims });
const without = (...names: readonly string[]): Promise<string> =>
  signed('issuer', { claims: Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name))) });
/** Signed with the bytes of the public key as a secret: the oldest confusion. */
const confused = (): string => {
  const secret = createPublicKey({ key: publicJwk('issuer') as never, format: 'jwk' }).export({
    type: 'spki',
    format: 'pem',
  });
  const unsigned = `${b64u({ alg: 'HS256', typ: 'at+jwt', kid: 'r1' })}.${b64u(claims)}`;
  return `${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`;
};
/** A payload exactly as it is written here, under a good signature. */
const written = (payload: string): Promise<string> => signedText('issuer', payload);
/** Another payload under the signature of a good token. */
const spliced = async (payload: object): Promise<string> => {
  const [header = '', , signature = ''] = (await good()).split('.');
  return `${header}.${b64u(payload)}.${signature}`;
};

type Row = readonly [note: string, token: () => Promise<string> | string, want?: TokenVector['want']];

const rows: Readonly<Record<string, Row>> = {
  'good-rs256': ['good', () => good(), acme],
  'good-eddsa': ['good, by another key and algorithm', () => signed('edwards', { claims }), acme],
  'good-many-audiences': [
    'its audience is one of several',
    () => good({ aud: ['https://other.example.com', RESOURCE] }),
    acme,
  ],
  'good-groups': [
    'roles from two claims',
    () => good({ groups: ['auditors', 'others'] }),
    { ...acme, scope: ['read_deployment', 'read_audit_trail'] },
  ],
  'good-no-roles': [
    'a scope that nobody mapped carries nothing',
    () => good({ scope: 'admin write_rollback' }),
    { ...acme, scope: [] },
  ],
  'good-tenant-by-pattern': [
    'a tenant that the pattern names',
    () => good({ org: 'emea-berlin' }),
    { ...acme, tenant: 'emea-berlin' },
  ],
  'good-within-skew': ['expired by less than the clocks may differ', () => good({ exp: NOW - 29 }), acme],
  'alg-none': ['unsigned', () => `${b64u({ alg: 'none', typ: 'at+jwt' })}.${b64u(claims)}.`],
  'alg-none-signed': [
    'says none, and carries a signature',
    async () => `${b64u({ alg: 'none', typ: 'at+jwt' })}.${(await good()).split('.').slice(1).join('.')}`,
  ],
  'alg-hs256-of-public-key': ['a MAC under the public key', () => confused()],
  'alg-not-of-the-key': [
    'says another algorithm than its key has',
    async () => `${b64u({ alg: 'PS256', typ: 'at+jwt', kid: 'r1' })}.${(await good()).split('.').slice(1).join('.')}`,
  ],
  'audience-another': ['for another resource', () => good({ aud: 'https://other.example.com' })],
  'audience-missing': ['for nobody in particular', () => without('aud')],
  'audience-path': ['for a path of the resource', () => good({ aud: `${RESOURCE}/mcp` })],
  'audience-prefix': [
    'for a host whose name begins with the resource',
    () => good({ aud: `${RESOURCE}.evil.example` }),
  ],
  'bound-to-a-key': [
    'bound to a key of the client, and carried without a proof',
    () => good({ cnf: { jkt: 'x'.repeat(43) } }),
  ],
  'crit-unknown': [
    'a critical header that nobody knows',
    () => forged({ alg: 'RS256', kid: 'r1', typ: 'at+jwt', crit: ['tai'], tai: 1 }),
  ],
  encrypted: ['an encrypted token', () => `${b64u({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a.b.c.d`],
  expired: ['expired', () => good({ exp: NOW - 30 })],
  'expiry-missing': ['without an end', () => without('exp')],
  'expiry-text': ['its end is a text', () => good({ exp: String(NOW + 600) })],
  'id-token': ['an ID token', () => signed('issuer', { header: { typ: 'JWT' }, claims })],
  'issued-before-the-cut': ['issued before the instant from which on tokens count', () => good({ iat: NOW - 72_001 })],
  'issued-in-the-future': ['issued in an hour', () => good({ iat: NOW + 3_600, exp: NOW + 7_200 })],
  'issued-never': ['does not say when it was issued', () => without('iat')],
  'issuer-another': ['of an issuer that nobody knows', () => good({ iss: 'https://login.evil.example' })],
  'issuer-missing': ['of no issuer', () => without('iss')],
  'issuer-slash': ['of the issuer with a slash behind it', () => good({ iss: `${ISSUER.issuer}/` })],
  'key-in-header': [
    'brings its own key',
    () => signed('stranger', { header: { jwk: publicJwk('stranger'), kid: 'own' }, claims }),
  ],
  'key-url-in-header': ['says where its keys are', () => headed({ jku: 'http://127.0.0.1:1/keys', kid: 'elsewhere' })],
  'key-unknown': ['by a key that the issuer does not have', () => headed({ kid: 'r2' })],
  'member-twice': [
    'says its tenant twice',
    () => written(JSON.stringify(claims).replace('"org":"acme"', '"org":"acme","org":"emea-x"')),
  ],
  'not-yet': ['not valid before in an hour', () => good({ nbf: NOW + 3_600 })],
  prototype: [
    'a member __proto__',
    () => written(JSON.stringify(claims).replace('"org":"acme"', '"__proto__":{"org":"acme"}')),
  ],
  'signature-cut': ['without the end of its signature', async () => (await good()).slice(0, -8)],
  'signature-of-another-payload': [
    'with the signature of another token',
    () => spliced({ ...claims, scope: 'tai:rollback' }),
  ],
  'signature-of-a-stranger': ['signed by somebody else under the same key id', () => signed('stranger', { claims })],
  'subject-denied': ['of a subject that does not count any more', () => good({ sub: 'left-the-company' })],
  'subject-invisible': ['its subject has an invisible character', () => good({ sub: 'bot\u200b1' })],
  'subject-list': ['its subject is a list', () => good({ sub: ['bot-1'] as never })],
  'subject-missing': ['of nobody', () => without('sub')],
  'tenant-another': ['names a tenant that the issuer may not name', () => good({ org: 'umbrella' })],
  'tenant-list': ['names two tenants', () => good({ org: ['acme', 'emea-x'] })],
  'tenant-missing': ['names no tenant', () => without('org')],
  'tenant-operator': ['names the operator', () => good({ org: 'emea-\u0000' })],
  'too-long': ['longer than any header', () => good({ pad: 'x'.repeat(8_192) })],
  'type-of-nobody': ['a type of subject that nobody mapped', () => good({ kind: 'marketplace' })],
  'types-two': ['two types of subject', () => good({ kind: 'robot human' })],
};

/** A header that the library would not write, over the payload and signature of a good token. */
const forged = async (header: object): Promise<string> =>
  `${b64u(header)}.${(await good()).split('.').slice(1).join('.')}`;

/** Every vector, by the name of its file. */
export const tokenVectors = async (): Promise<ReadonlyMap<string, TokenVector>> =>
  new Map(
    await Promise.all(
      Object.entries(rows).map(async ([name, [note, token, want = 'unauthenticated']]) => {
        const vector: TokenVector = { note, at: AT, token: await token(), want };
        return [`${name}.json`, vector] as const;
      }),
    ),
  );
