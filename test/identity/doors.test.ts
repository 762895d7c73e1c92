/** Callers without an API key, at both doors: what they are told, what they may, and when it ends. */
import { createHash } from 'node:crypto';
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import type { Reason } from '@tai-autonomics/core';
import { callerOf, type Governor, memoryCredentials, mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { createAuthenticator, type IdentityConfig, metadataResponse } from '@tai-autonomics/governor/tokens';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventOf, pushOf } from '../http/door.ts';
import { connect, REVISIONS } from '../mcp/clients.ts';
import { approved, fakeGovernor, look, refused } from '../mcp/fake-governor.ts';
import { listen } from '../mcp/loopback.ts';
import { createTenants, ownerOf, type Tenants } from '../mcp/tenants.ts';
import { publicJwk, serveKeys, signed } from './authorization-server.ts';
import { RESOURCE, tokenVectors } from './token-cases.ts';

const CERTIFICATE =
  'MIIBezCCASGgAwIBAgIUGW8OBjqQZz3FCLzzbwvWBFkcblkwCgYIKoZIzj0EAwIwEzERMA8GA1UEAwwIZGVwbG95ZXIwHhcNMjYxMTI5MjE0ODAyWhcNMzYxMTI2MjE0ODAyWjATMREwDwYDVQQDDAhkZXBsb3llcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGDB2jUM56nZaqr6zHfP8rY2WMvf6vccCLoVastSJ1Y0KWbd1WyPoQMo0aOpI9V8FuHBEiUOd3OoUVGwwJgDHsKjUzBRMB0GA1UdDgQWBBSpDpFVPXrb9ZDxmTmVSIuaCDi/IzAfBgNVHSMEGDAWgBSpDpFVPXrb9ZDxmTmVSIuaCDi/IzAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIELBBzvzb4oruEyWQbkWRqxPbhPgnFpVgA5FjVry8M0hAiEA6qJvx4qGmQ4msFXqp5GBrr8IC0BOLWRvxkMGNzHt7mg=';
const PRINT = createHash('sha256').update(Buffer.from(CERTIFICATE, 'base64')).digest('base64url');

let now = Date.now();
const clock = (): number => now;
const ISS = 'https://login.example.com';

let keyServer: Awaited<ReturnType<typeof serveKeys>>;
let tenants: Tenants;
let denied: string[] = [];
const minted = mintCredential(systemRandom, { tenant: 'acme', subject: { type: 'user', id: 'ann' }, scope: [] });

const identity = (): IdentityConfig => ({
  resource: RESOURCE,
  issuers: {
    login: {
      issuer: ISS,
      jwks: keyServer.jwks,
      tenant: { is: 'acme' },
      subject: { type: 'agent' },
      roles: [{ claim: 'scope', map: { 'tai:read': ['read_deployment'], 'tai:rollback': ['write_rollback'] } }],
      denied,
    },
  },
  push: {
    shop: { email: 'push@shop.example', audience: `${RESOURCE}/pubsub`, jwks: keyServer.jwks, tenants: ['shop-*'] },
  },
  certificates: {
    from: ['10.0.0.5'],
    holders: { [PRINT]: { tenant: 'acme', subject: { type: 'service', id: 'deployer' }, scope: ['read_deployment'] } },
  },
});
const peers = new WeakMap<Request, string>();
const authenticator = () =>
  createAuthenticator({
    credentials: memoryCredentials([minted.credential]),
    identity: identity(),
    peerOf: (request) => peers.get(request),
    clock,
  });

beforeAll(async () => {
  keyServer = await serveKeys([publicJwk('issuer'), publicJwk('edwards')]);
  tenants = await createTenants();
  await tenants.buy('acme', 'enterprise');
  const granted = await tenants.governor.submit(ownerOf('acme'), {
    action: 'grant_role',
    resource: '*',
    arguments: { subject: 'agent:login:bot', roles: ['read_deployment', 'write_rollback'] },
  });
  if (!granted.decided || granted.decision.verdict !== 'approve') throw new Error(JSON.stringify(granted));
});
afterAll(async () => {
  await tenants.governor.close();
  await keyServer.close();
});

const seconds = (): number => Math.floor(now / 1_000);
const token = (more: object = {}): Promise<string> =>
  signed('issuer', {
    claims: { iss: ISS, aud: RESOURCE, sub: 'bot', scope: 'tai:read', iat: seconds(), exp: seconds() + 600, ...more },
  });

const ask = async (path: string, headers: Readonly<Record<string, string>>, body?: object, from?: string) => {
  const { of, ofPush, resources } = authenticator();
  const door = createHttpDoor({
    governor: tenants.governor,
    credentials: memoryCredentials([minted.credential]),
    authenticate: (request) => of(request, 'http'),
    ...(resources === undefined ? {} : { resource: resources.http }),
    ...(ofPush === undefined
      ? {}
      : {
          marketplace: {
            verifyPush: async (request) => {
              const sender = await ofPush(request);
              if (E.isRight(sender)) return sender.right;
              if (sender.left === 'unavailable') throw new Error('unavailable');
              return undefined;
            },
          },
        }),
  });
  const text = JSON.stringify(body);
  const request = new Request(`${RESOURCE}${path}`, {
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(text.length) }),
      ...headers,
    },
    ...(body === undefined ? {} : { method: 'POST', body: text }),
  });
  if (from !== undefined) peers.set(request, from);
  const response = await door.fetch(request);
  const answered = await response.text();
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate') ?? '',
    headers: [...response.headers].join(' '),
    text: answered,
    json: answered === '' ? {} : JSON.parse(answered),
  };
};
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

describe('the door of services', () => {
  test('says where a token is to be had, and the document there names this very resource', async () => {
    const { status, challenge } = await ask('/v1/whoami', {});
    const [, place = ''] = /resource_metadata="([^"]+)"/.exec(challenge) ?? [];
    expect({ status, challenge }).toEqual({
      status: 401,
      challenge: `Bearer realm="tai-autonomics", resource_metadata="${RESOURCE}/.well-known/oauth-protected-resource"`,
    });
    const resources = Object.values(authenticator().resources ?? {});
    const document = await metadataResponse(new Request(place), resources)?.json();
    expect(document).toEqual({
      resource: RESOURCE,
      resource_name: 'TAI Autonomics',
      authorization_servers: [ISS],
      bearer_methods_supported: ['header'],
      scopes_supported: ['tai:read', 'tai:rollback'],
    });
    const ofMcp = new Request(`${RESOURCE}/.well-known/oauth-protected-resource/mcp`);
    const options = metadataResponse(new Request(place, { method: 'OPTIONS' }), resources);
    expect([options?.status, options?.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
    const posted = metadataResponse(new Request(place, { method: 'POST' }), resources);
    expect([posted?.headers.get('content-type'), await posted?.json()]).toMatchObject([
      'application/problem+json',
      { status: 405, code: 'method_not_allowed' },
    ]);
    expect(await metadataResponse(ofMcp, resources)?.json()).toMatchObject({ resource: `${RESOURCE}/mcp` });
  });

  test('knows the bearer of a token, the holder of a key and the client behind a proxy, each as who they are', async () => {
    const whoami = async (headers: Readonly<Record<string, string>>, from?: string) => {
      const { status, json } = await ask('/v1/whoami', headers, undefined, from);
      return status === 200 ? `${json.tenant} ${json.subject.type}:${json.subject.id} ${json.scope}` : status;
    };
    const certificate = { 'client-cert': `:${CERTIFICATE}:` };
    expect(await whoami(bearer(await token()))).toBe('acme agent:login:bot read_deployment');
    expect(await whoami(bearer(minted.secretText))).toBe('acme user:ann ');
    expect(await whoami(certificate, '10.0.0.5')).toBe('acme service:deployer read_deployment');
    expect(await whoami(certificate, '::ffff:10.0.0.5')).toBe('acme service:deployer read_deployment');
    // The header of somebody who is not the proxy says nothing, nor does one beside a credential that does not count.
    expect(await whoami(certificate, '10.0.0.6')).toBe(401);
    expect(await whoami(certificate)).toBe(401);
    expect(await whoami({ ...certificate, ...bearer('x') }, '10.0.0.5')).toBe(401);
    expect(await whoami({ 'client-cert': `:${CERTIFICATE.replace('A', 'B')}:` }, '10.0.0.5')).toBe(401);
  });

  test('a certificate ends with its own date', async () => {
    const before = now;
    try {
      now = before + 4_000 * 86_400_000;
      expect((await ask('/v1/whoami', { 'client-cert': `:${CERTIFICATE}:` }, undefined, '10.0.0.5')).status).toBe(401);
    } finally {
      now = before;
    }
  });

  test('a token of the other door, one in the URL and two at once are none', async () => {
    const good = await token();
    expect((await ask('/v1/whoami', bearer(await token({ aud: `${RESOURCE}/mcp` })))).status).toBe(401);
    expect((await ask(`/v1/whoami?access_token=${good}`, {})).status).toBe(401);
    expect((await ask('/v1/whoami', { authorization: `Bearer ${good}, Bearer ${good}` })).status).toBe(401);
    expect((await ask('/v1/whoami', { authorization: `Basic ${good}` })).status).toBe(401);
  });

  test('neither header, path nor body says whose tenant it is', async () => {
    const sent = { ...bearer(await token()), 'x-tenant': 'umbrella', tenant: 'umbrella' };
    expect((await ask('/v1/whoami', sent)).json).toMatchObject({ tenant: 'acme' });
    expect((await ask('/v1/whoami?tenant=umbrella', sent)).status).toBe(400);
    const body = { action: 'check_health', resource: '*', tenant: 'umbrella' };
    expect((await ask('/v1/actions', sent, body)).status).toBe(400);
  });

  test('where a token lacks nothing but a role, its client is told which scopes to ask for, beside the refusal', async () => {
    const look = { action: 'check_rollback_status', resource: 'web' };
    const lacking = await ask('/v1/actions', bearer(await token({ scope: 'openid tai:rollback' })), look);
    expect([lacking.status, lacking.json.verdict, lacking.json.receipt.seq > 0]).toEqual([403, 'refuse', true]);
    expect(lacking.challenge).toBe(
      `Bearer realm="tai-autonomics", error="insufficient_scope", scope="tai:rollback tai:read", resource_metadata="${RESOURCE}/.well-known/oauth-protected-resource"`,
    );
    expect((await ask('/v1/actions', bearer(await token()), look)).json.verdict).toBe('approve');
    // What the tenant did not grant, no token brings; nor has a key a scope to ask for.
    const stranger = await ask('/v1/actions', bearer(await token({ sub: 'stranger', scope: '' })), look);
    const key = await ask('/v1/actions', bearer(minted.secretText), look);
    expect([stranger, key].map(({ status, json, challenge }) => [status, json.verdict, challenge])).toEqual([
      [200, 'refuse', ''],
      [200, 'refuse', ''],
    ]);
  });

  test('a hostile token gets 401, and nothing of it is in the answer', async () => {
    for (const [name, { token: text, want }] of await tokenVectors()) {
      if (want !== 'unauthenticated') continue;
      const { status, challenge, headers, text: said } = await ask('/v1/whoami', bearer(text));
      expect([name, status]).toEqual([name, 401]);
      if (text.length <= 8_192) expect(challenge).toContain('error="invalid_token"');
      for (const part of text.split('.').filter((one) => one.length > 8))
        expect(`${headers}${said}`).not.toContain(part);
    }
  });

  test('where the keys cannot be had it is not known, which is 503, and no 401 that sends the client away', async () => {
    keyServer.answering.status = 500;
    try {
      const { status, json } = await ask('/v1/whoami', bearer(await token()));
      expect([status, json.code]).toEqual([503, 'store_unavailable']);
    } finally {
      keyServer.answering.status = 200;
    }
  });
});

describe('a push', () => {
  const push = (more: object = {}) =>
    signed('issuer', {
      header: { typ: 'JWT' },
      claims: {
        iss: 'https://accounts.google.com',
        aud: `${RESOURCE}/pubsub`,
        email: 'push@shop.example',
        email_verified: true,
        sub: '1',
        iat: seconds(),
        exp: seconds() + 600,
        ...more,
      },
    });
  const sent = async (text: string, tenant = 'shop-1') =>
    (await ask('/pubsub', bearer(text), pushOf(eventOf({ event_id: `evt-${tenant}` }, { tenant_id: tenant })))).status;

  test('of the subscription’s own account is taken, and acknowledged once it is recorded', async () => {
    expect(await sent(await push())).toBe(204);
    expect(await sent(await push({ iss: 'accounts.google.com' }))).toBe(204);
  });

  test.for([
    { note: 'another account', more: { email: 'push@evil.example' } },
    { note: 'an account that nobody verified', more: { email_verified: false } },
    { note: 'an account that is verified in words', more: { email_verified: 'true' } },
    { note: 'no account', more: { email: undefined } },
    { note: 'another audience', more: { aud: RESOURCE } },
    { note: 'another issuer', more: { iss: ISS } },
    { note: 'an end that is over', more: { exp: 1 } },
    { note: 'an issue of the future', more: { iat: Math.floor(Date.now() / 1_000) + 3_600 } },
  ])('with $note is 401', async ({ more }) => {
    expect(await sent(await push(more))).toBe(401);
  });

  test('with an API key is 401 where a subscription is configured', async () => {
    expect(await sent(minted.secretText)).toBe(401);
  });
});

describe.each(REVISIONS)('the door of agents, in revision %s', (revision) => {
  const served = async (recheckMs: number, governor: Governor = tenants.governor) => {
    const loopback = await listen({
      governor,
      recheckMs,
      resource: () => authenticator().resources?.mcp,
      authenticate: async (request) => {
        const verified = await authenticator().of(request, 'mcp');
        if (E.isLeft(verified)) return verified.left === 'unavailable' ? 'unavailable' : undefined;
        const { scopesFor } = verified.right as { scopesFor?: never };
        return verified.right.tenant === undefined
          ? undefined
          : { ...callerOf(verified.right), ...(scopesFor === undefined ? {} : { scopesFor }) };
      },
    });
    return loopback;
  };
  const mcpToken = (more: object = {}) => token({ aud: `${RESOURCE}/mcp`, ...more });

  test('takes a token for its own path alone, and says where to get one', async () => {
    const loopback = await served(60_000);
    try {
      const connected = await connect(loopback.transport(await mcpToken()), revision);
      expect((await connected.client.listTools()).tools.length).toBeGreaterThan(0);
      await connected.close();
      const refused = await fetch(loopback.url, { method: 'POST', body: '{}', headers: bearer(await token()) });
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toBe(
        `Bearer realm="tai-autonomics", error="invalid_token", resource_metadata="${RESOURCE}/.well-known/oauth-protected-resource/mcp"`,
      );
    } finally {
      await loopback.close();
    }
  });

  test('tells a client whose token lacks a role alone which scopes to ask for, and keeps the refusal in the answer', async () => {
    const governor = fakeGovernor(look);
    const missing = ['write_rollback'] as const;
    const roles = { required: ['read_deployment', ...missing], held: ['read_deployment'], missing } as const;
    const carried: Reason = {
      gate: 'role',
      code: 'insufficient_privilege',
      means: 'the credential carries read_deployment, write_rollback',
      facts: ['scope'],
      next: { kind: 'request', argument: 'credential', means: 'another credential' },
      roles,
    };
    const loopback = await served(60_000, governor);
    const call = async () => {
      const text = await mcpToken();
      const answered = await fetch(loopback.url, callOf(revision, await sessionOf(loopback.url, text, revision), text));
      const body = (await answered.json()) as { result: { structuredContent: { outcome: string } } };
      return [answered.status, answered.headers.get('www-authenticate'), body.result.structuredContent.outcome];
    };
    try {
      governor.answer = () => refused(carried);
      expect(await call()).toEqual([
        403,
        `Bearer realm="tai-autonomics", error="insufficient_scope", scope="tai:read tai:rollback", resource_metadata="${RESOURCE}/.well-known/oauth-protected-resource/mcp"`,
        'refused',
      ]);
      governor.answer = () =>
        refused(carried, {
          ...carried,
          gate: 'capacity',
          code: 'quota_exceeded',
          next: { kind: 'none', why: 'it is used up' },
        });
      expect(await call()).toEqual([200, null, 'refused']);
      governor.answer = () => approved();
      expect(await call()).toEqual([200, null, 'approved']);
    } finally {
      await loopback.close();
    }
  });

  test('ends what a credential holds open when it counts no more', async () => {
    const loopback = await served(20);
    try {
      const text = await mcpToken();
      const stream = await fetch(
        loopback.url,
        openStream(revision, await sessionOf(loopback.url, text, revision), text),
      );
      expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
      const reader = stream.body?.getReader();
      await reader?.read();
      denied = ['bot'];
      for (;;) if ((await reader?.read())?.done !== false) break;
      expect((await fetch(loopback.url, { method: 'POST', body: '{}', headers: bearer(text) })).status).toBe(401);
    } finally {
      denied = [];
      await loopback.close();
    }
  });
});

const common = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** The session of the older revision; the newer one has none. */
const sessionOf = async (url: URL, text: string, revision: string): Promise<string> => {
  if (revision === '2026-07-28') return '';
  const params = { protocolVersion: revision, capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
  const opened = await fetch(url, {
    method: 'POST',
    headers: { ...common, ...bearer(text) },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
  });
  return opened.headers.get('mcp-session-id') ?? '';
};

const meta = (revision: string) => ({
  'io.modelcontextprotocol/protocolVersion': revision,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
});

const request = (
  revision: string,
  session: string,
  text: string,
  method: string,
  params: Readonly<Record<string, unknown>>,
): RequestInit => ({
  method: 'POST',
  headers: {
    ...common,
    ...bearer(text),
    'mcp-protocol-version': revision,
    ...(revision === '2026-07-28'
      ? { 'mcp-method': method, ...(typeof params['name'] === 'string' ? { 'mcp-name': params['name'] } : {}) }
      : { 'mcp-session-id': session }),
  },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method,
    params: revision === '2026-07-28' ? { ...params, _meta: meta(revision) } : params,
  }),
});

const callOf = (revision: string, session: string, text: string): RequestInit =>
  request(revision, session, text, 'tools/call', {
    name: 'a_look',
    // Another one each time: what was refused before is answered from what is remembered.
    arguments: { action: crypto.randomUUID() },
  });

const openStream = (revision: string, session: string, text: string): RequestInit =>
  revision === '2026-07-28'
    ? request(revision, session, text, 'subscriptions/listen', { notifications: { toolsListChanged: true } })
    : {
        headers: {
          accept: 'text/event-stream',
          ...bearer(text),
          'mcp-session-id': session,
          'mcp-protocol-version': revision,
        },
      };
