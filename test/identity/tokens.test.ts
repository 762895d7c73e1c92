/** Tokens, one vector a file, and where their keys come from. */
import { readdirSync, readFileSync } from 'node:fs';
import { accessTokens, identityIssues, type TokenIssuer } from '@tai-autonomics/governor/tokens';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { publicJwk, serveKeys, signed } from './authorization-server.ts';
import { AT, ISSUER, RESOURCE, type TokenVector, tokenVectors } from './token-cases.ts';

const folder = new URL('../vectors/tokens/', import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
const made = await tokenVectors();
const issuer = ISSUER as unknown as TokenIssuer;
const clock = (): number => Date.parse(AT);

let server: Awaited<ReturnType<typeof serveKeys>>;
beforeAll(async () => {
  server = await serveKeys([publicJwk('issuer'), publicJwk('edwards')]);
});
afterAll(() => server.close());

const verifier = (more: Partial<TokenIssuer> = {}, keys = {}) =>
  accessTokens({ issuers: { login: { ...issuer, jwks: server.jwks, ...more } }, clock, keys });

describe('a token counts as its vector says', () => {
  test('the folder has the vectors of the table, and nothing else', async () => {
    expect(read('issuer.json')).toEqual(ISSUER);
    expect(read('keys.json')).toEqual({ keys: [publicJwk('issuer'), publicJwk('edwards')] });
    const files = readdirSync(folder).filter((name) => !['issuer.json', 'keys.json', 'README.md'].includes(name));
    expect(files.toSorted()).toEqual([...made.keys()].toSorted());
    for (const [name, vector] of made)
      await expect(`${JSON.stringify(vector, null, 2)}\n`).toMatchFileSnapshot(`../vectors/tokens/${name}`);
  });

  test.for([...made.keys()].map((name) => ({ name, vector: read(name) as TokenVector })))(
    '$name',
    async ({ vector }) => {
      const found = await verifier()(vector.token, RESOURCE);
      if (vector.want === 'unauthenticated') expect(found).toEqual(E.left('unauthenticated'));
      else expect(E.isRight(found) && found.right).toMatchObject(vector.want);
    },
  );
});

describe('nothing but the configuration says what a token means', () => {
  const token = (claims: object): Promise<string> =>
    signed('edwards', {
      claims: { iss: ISSUER.issuer, aud: RESOURCE, iat: clock() / 1_000, exp: clock() / 1_000 + 60, ...claims },
    });

  test('an issuer whose tokens mean one tenant names no other, whatever its tokens say', async () => {
    const verify = verifier({ tenant: { is: 'acme' }, subject: { type: 'user' } });
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.constantFrom('tenant', 'org', 'tenant_id', 'tid', 'is'),
        async (value, claim) => {
          const found = await verify(await token({ sub: 'ann', [claim]: value }), RESOURCE);
          // A token with a member that no parser should read is none.
          const isBanned = /"(?:__proto__|constructor|prototype)":/.test(JSON.stringify(value));
          return E.isRight(found) ? found.right.tenant === 'acme' : isBanned;
        },
      ),
      { numRuns: runs(60) },
    );
  });

  test('a subject of an issuer is never the holder of a key of the same name, unless the operator says so', async () => {
    const sub = await token({ sub: 'owner' });
    const [prefixed, bare] = [
      await verifier({ tenant: { is: 'acme' }, subject: { type: 'user' } })(sub, RESOURCE),
      await verifier({ tenant: { is: 'acme' }, subject: { type: 'user', prefix: '' } })(sub, RESOURCE),
    ];
    expect([prefixed, bare].map((one) => E.isRight(one) && one.right.subject.id)).toEqual(['login:owner', 'owner']);
  });

  test('no text that is no token is one, and no text makes the verifier fail', async () => {
    const verify = verifier();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) =>
        E.isLeft(await verify(text, RESOURCE)),
      ),
      { numRuns: runs(200) },
    );
  });

  test('the audience of a server that cannot issue for a URL stands in the place of the resource', async () => {
    const verify = verifier({ audience: 'api://tai', tenant: { is: 'acme' }, subject: { type: 'user' } });
    expect(E.isRight(await verify(await token({ sub: 'a', aud: 'api://tai' }), RESOURCE))).toBe(true);
    expect(E.isLeft(await verify(await token({ sub: 'a' }), RESOURCE))).toBe(true);
  });

  test('the scopes to ask for are those that are there and those that carry what is wanting', async () => {
    const found = await verifier({ tenant: { is: 'acme' }, subject: { type: 'user' } })(
      await token({ sub: 'a', scope: 'openid tai:read' }),
      RESOURCE,
    );
    const scopesFor = E.isRight(found) ? found.right.scopesFor : undefined;
    expect(scopesFor?.(['write_rollback'])).toEqual(['tai:read', 'tai:rollback']);
    expect(scopesFor?.(['write_rollback', 'read_audit_trail'])).toBeUndefined();
  });
});

describe('keys come from the configured address alone', () => {
  test('they are asked for once, and again when a key is missing, but not at every token', async () => {
    const before = server.answering.asked;
    const verify = verifier();
    for (let n = 0; n < 5; n += 1) await verify(made.get('good-rs256.json')?.token ?? '', RESOURCE);
    for (let n = 0; n < 5; n += 1) await verify(made.get('key-unknown.json')?.token ?? '', RESOURCE);
    expect(server.answering.asked - before).toBe(1);
  });

  test('an issuer of another name is never asked for anything', async () => {
    const before = server.answering.asked;
    await verifier()(made.get('issuer-another.json')?.token ?? '', RESOURCE);
    expect(server.answering.asked).toBe(before);
  });

  const good = (): string => made.get('good-rs256.json')?.token ?? '';

  test.for([
    { note: 'it answers 500', status: 500 },
    { note: 'it sends elsewhere', status: 302, location: 'http://127.0.0.1:1/keys' },
    { note: 'it answers what is no JSON', status: 200, body: '<html>' },
    { note: 'it answers another JSON', status: 200, body: '{"keys":{}}' },
    { note: 'it says its keys twice', status: 200, body: '{"keys":[],"keys":[]}' },
    { note: 'it answers without an end', status: 200, body: `{"keys":[],"pad":"${'x'.repeat(1_100_000)}"}` },
  ])('where $note, it is unavailable, and is not asked again at once', async ({ note: _, ...answer }) => {
    const own = await serveKeys([publicJwk('issuer')]);
    const said: (string | undefined)[] = [];
    try {
      Object.assign(own.answering, answer);
      const verify = accessTokens({
        issuers: { login: { ...issuer, jwks: own.jwks } },
        clock,
        onFault: (_issuer, why) => said.push(why),
      });
      for (let n = 0; n < 5; n += 1) expect(await verify(good(), RESOURCE)).toEqual(E.left('unavailable'));
      expect(own.answering.asked).toBe(1);
      expect(said).toHaveLength(1);
    } finally {
      await own.close();
    }
  });

  test('keys that were read before count for a while when the issuer does not answer, and then no more', async () => {
    const own = await serveKeys([publicJwk('issuer')]);
    const issuers = { login: { ...issuer, jwks: own.jwks } };
    try {
      const patient = accessTokens({ issuers, clock, keys: { freshMs: 0 } });
      const strict = accessTokens({ issuers, clock, keys: { freshMs: 0, staleMs: -1 } });
      for (const verify of [patient, strict]) expect(E.isRight(await verify(good(), RESOURCE))).toBe(true);
      own.answering.status = 503;
      expect(E.isRight(await patient(good(), RESOURCE))).toBe(true);
      expect(await strict(good(), RESOURCE)).toEqual(E.left('unavailable'));
    } finally {
      await own.close();
    }
  });

  test('a key that the issuer took back counts no more', async () => {
    const own = await serveKeys([publicJwk('issuer'), publicJwk('edwards')]);
    try {
      const verify = accessTokens({ issuers: { login: { ...issuer, jwks: own.jwks } }, clock, keys: { freshMs: 0 } });
      expect(E.isRight(await verify(good(), RESOURCE))).toBe(true);
      own.answering.keys = [publicJwk('edwards')];
      expect(await verify(good(), RESOURCE)).toEqual(E.left('unauthenticated'));
    } finally {
      await own.close();
    }
  });
});

describe('a configuration says what is wrong with it', () => {
  const lawful = { resource: RESOURCE, issuers: { login: ISSUER } };
  const issues = (x: unknown): readonly string[] =>
    identityIssues(x).map(({ path, expected, found }) => `${path.join('.')}: expected ${expected}; found ${found}`);

  test('the one of the vectors is lawful', () => expect(issues(lawful)).toEqual([]));

  test.for([
    { note: 'a misspelt member', x: { ...lawful, isuers: {} }, want: 'did you mean `issuers`?' },
    {
      note: 'a misspelt member of an issuer',
      x: { ...lawful, issuers: { login: { ...ISSUER, jwk: 'https://x/' } } },
      want: 'did you mean `jwks`?',
    },
    { note: 'no resource', x: { issuers: lawful.issuers }, want: 'identity.resource: expected the origin' },
    {
      note: 'a resource with a path',
      x: { ...lawful, resource: `${RESOURCE}/` },
      want: 'identity.resource: expected the origin',
    },
    {
      note: 'keys without TLS',
      x: { ...lawful, issuers: { login: { ...ISSUER, jwks: 'http://login.example.com/keys' } } },
      want: 'login.jwks',
    },
    {
      note: 'a secret as a key',
      x: { ...lawful, issuers: { login: { ...ISSUER, algorithms: ['HS256'] } } },
      want: 'login.algorithms',
    },
    {
      note: 'no algorithm',
      x: { ...lawful, issuers: { login: { ...ISSUER, algorithms: ['none'] } } },
      want: 'login.algorithms',
    },
    {
      note: 'any tenant by accident',
      x: { ...lawful, issuers: { login: { ...ISSUER, tenant: { claim: 'org' } } } },
      want: 'login.tenant',
    },
    {
      note: 'a role that nobody has',
      x: { ...lawful, issuers: { login: { ...ISSUER, roles: [{ claim: 'scope', map: { a: ['root'] } }] } } },
      want: 'login.roles',
    },
    {
      note: 'one issuer twice',
      x: { ...lawful, issuers: { login: ISSUER, again: ISSUER } },
      want: 'again.issuer: expected each issuer once',
    },
    {
      note: 'a clock that may be an hour off',
      x: { ...lawful, issuers: { login: { ...ISSUER, skewSeconds: 3_600 } } },
      want: 'login.skewSeconds',
    },
    { note: 'a proxy by name', x: { certificates: { from: ['proxy'], holders: {} } }, want: 'certificates.from' },
    {
      note: 'a certificate by its serial number',
      x: { certificates: { from: ['10.0.0.5'], holders: { '01': {} } } },
      want: 'SHA-256',
    },
    { note: 'a push without its account', x: { push: { google: { audience: 'a' } } }, want: 'push.google.email' },
  ])('$note', ({ x, want }) => {
    expect(issues(x).join('\n')).toContain(want);
  });
});
