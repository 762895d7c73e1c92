/** `tai serve` with an issuer of tokens, in a process of its own. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Running, startTai } from '../cli/process.ts';
import { folder } from '../cli/scratch.ts';
import { publicJwk, serveKeys, signed } from './authorization-server.ts';

const { dir, remove } = folder();
const ORIGIN = 'https://tai.example.com';
let keys: Awaited<ReturnType<typeof serveKeys>>;
let serving: Running;
let url = '';

const config = (more: object = {}) => ({
  mode: 'eval',
  session: 'pilot',
  domain: 'tai.example.com',
  owners: { acme: 'owner' },
  selfHosted: ['acme'],
  identity: {
    resource: ORIGIN,
    issuers: {
      login: {
        issuer: 'https://login.example.com',
        jwks: keys.jwks,
        tenant: { is: 'acme' },
        subject: { type: 'agent' },
        roles: [{ claim: 'scope', map: { 'tai:read': ['read_deployment'] } }],
        ...more,
      },
    },
  },
});
const write = (json: object): void =>
  writeFileSync(join(dir, '.tai/config.json'), JSON.stringify(json), { mode: 0o600 });
const token = (aud: string): Promise<string> => {
  const now = Math.floor(Date.now() / 1_000);
  return signed('issuer', { claims: { iss: 'https://login.example.com', aud, sub: 'bot', iat: now, exp: now + 600 } });
};
const get = async (path: string, text?: string, host?: string) => {
  const authorization = text === undefined ? {} : { authorization: `Bearer ${text}` };
  const response = await fetch(`${url}${path}`, {
    headers: { ...authorization, ...(host === undefined ? {} : { host }) },
  });
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    json: (await response.json()) as Readonly<Record<string, unknown>>,
  };
};

beforeAll(async () => {
  keys = await serveKeys([publicJwk('issuer')]);
  mkdirSync(join(dir, '.tai'), { mode: 0o700 });
  write(config());
  writeFileSync(join(dir, '.tai/credentials.json'), '{"format":"tai-autonomics/credentials@1","credentials":[]}', {
    mode: 0o600,
  });
  serving = startTai(dir, 'serve', '--port', '0');
  url = (await serving.says(/^serving on (\S+)$/m))[1] ?? '';
});
afterAll(async () => {
  serving.child.kill('SIGKILL');
  await keys.close();
  remove();
});

test('the decision point of AuthZEN is the door’s own origin, and its resources are those of the deployment', async () => {
  const { status, json } = await get('/.well-known/authzen-configuration');
  expect([status, json['policy_decision_point']]).toEqual([200, ORIGIN]);
  expect(json['search_resource_endpoint']).toBe(`${ORIGIN}/access/v1/search/resource`);
});

test('each door says of itself which tokens it takes', async () => {
  const [http, mcp] = [
    await get('/.well-known/oauth-protected-resource'),
    await get('/.well-known/oauth-protected-resource/mcp'),
  ];
  expect([http.json['resource'], mcp.json['resource']]).toEqual([ORIGIN, `${ORIGIN}/mcp`]);
  expect((await get('/v1/whoami')).challenge).toContain(
    `resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource"`,
  );
  const agents = await fetch(`${url}/mcp`, { method: 'POST', body: '{}' });
  expect([agents.status, agents.headers.get('www-authenticate')]).toEqual([
    401,
    `Bearer realm="tai-autonomics", resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource/mcp"`,
  ]);
});

test('a token counts until the configuration says otherwise; the log has nothing of it', async () => {
  const text = await token(ORIGIN);
  expect((await get('/v1/whoami', text)).json).toMatchObject({
    tenant: 'acme',
    subject: { type: 'agent', id: 'login:bot' },
  });
  write(config({ denied: ['bot'] }));
  serving.child.kill('SIGHUP');
  await serving.says(/the configuration was read again/);
  expect((await get('/v1/whoami', text)).status).toBe(401);
  const said = serving.printed() + readFileSync(join(dir, '.tai/config.json'), 'utf8');
  for (const part of text.split('.')) expect(said).not.toContain(part);
});

test('a misspelt member is named with its place, and the one that was meant', async () => {
  write({
    ...config(),
    identity: { ...config().identity, issuers: { login: { ...config().identity.issuers.login, jwkz: 'x' } } },
  });
  serving.child.kill('SIGHUP');
  await serving.says(
    /config\.json:\d+:\d+: at \$\.identity\.issuers\.login\.jwkz: expected one of issuer, jwks, .* \(did you mean `jwks`\?\)/,
  );
});
