import { request as rawRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import type { McpHttpOptions } from '@tai-autonomics/adapter-mcp';
import type { Caller } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { afterEach, describe, expect, test } from 'vitest';
import { type Connected, connect, REVISIONS, type Revision } from './clients.ts';
import { agent, deploy, type FakeGovernor, fakeGovernor, look } from './fake-governor.ts';
import { type Loopback, listen } from './loopback.ts';

const callers: Readonly<Record<string, Caller>> = {
  a: agent,
  a2: { ...agent, subject: { type: 'agent', id: 'second robot' } },
  b: { ...agent, tenant: 'other' },
};
const authenticate: McpHttpOptions['authenticate'] = async (request) =>
  callers[request.headers.get('authorization')?.replace('Bearer ', '') ?? ''];

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});
const served = async (governor: FakeGovernor, options: Partial<McpHttpOptions> = {}): Promise<Loopback> => {
  const loopback = await listen({ governor, authenticate, ...options });
  closing.push(loopback);
  return loopback;
};
const client = async (loopback: Loopback, token: string, revision: Revision): Promise<Connected> => {
  const connected = await connect(loopback.transport(token), revision);
  closing.push(connected);
  return connected;
};

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};
const headers = {
  authorization: 'Bearer a',
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};
const post = (loopback: Loopback, body: unknown, more: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(loopback.url, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) });
/** `fetch` would not let a test choose these headers. */
const postAs = (
  loopback: Loopback,
  more: Readonly<Record<string, string>>,
): Promise<{ status: number | undefined; body: string }> =>
  new Promise((resolve, reject) => {
    const request = rawRequest(loopback.url, { method: 'POST', headers: { ...headers, ...more } }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    request.on('error', reject);
    request.end(JSON.stringify(initialize));
  });

describe.each(REVISIONS)('over HTTP in revision %s', (revision) => {
  test('a client lists and calls as who its credential says', async () => {
    const governor = fakeGovernor(look);
    const loopback = await served(governor);
    const [a, b] = [await client(loopback, 'a', revision), await client(loopback, 'b', revision)];
    expect(a.client.getNegotiatedProtocolVersion()).toBe(revision);
    expect((await a.client.listTools()).tools.map(({ name }) => name)).toEqual(['a_look']);
    await a.client.callTool({ name: 'a_look', arguments: { action: 'x' } });
    await b.client.callTool({ name: 'a_look', arguments: { action: 'x' } });
    expect(governor.asked.map(({ caller }) => caller.tenant)).toEqual(['acme', 'other']);
  });

  test('a change of a tenant’s tools reaches the clients of that tenant, and no other', async () => {
    const governor = fakeGovernor(look);
    const loopback = await served(governor);
    const [a, a2, b] = await Promise.all(['a', 'a2', 'b'].map((token) => client(loopback, token, revision)));
    governor.surface = E.right([look, deploy]);
    governor.change('acme');
    await Promise.all([a?.told(1), a2?.told(1)]);
    expect((await a?.client.listTools())?.tools.map(({ name }) => name)).toEqual(['a_look', 'deployer']);
    governor.change('other');
    await b?.told(1);
    // Events of one stream arrive in order: had the first change reached `b`, this would be its second.
    expect([a?.timesTold(), a2?.timesTold(), b?.timesTold()]).toEqual([1, 1, 1]);
  });

  test.each([
    { note: 'no credential', token: '', says: /^Bearer realm="[^"]+"$/ },
    { note: 'a wrong credential', token: 'nobody', says: /^Bearer .*invalid_token/ },
  ])('without a valid credential nobody connects: $note', async ({ token, says }) => {
    const loopback = await served(fakeGovernor(look));
    await expect(connect(loopback.transport(token), revision)).rejects.toThrow();
    const response = await post(loopback, initialize, { authorization: `Bearer ${token}` });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(says);
  });

  test('closing the door ends what was open', async () => {
    const governor = fakeGovernor(look);
    const loopback = await served(governor);
    await client(loopback, 'a', revision);
    expect(governor.listening()).toBeGreaterThan(0);
    await loopback.door.close();
    expect(governor.listening()).toBe(0);
  });
});

test.each([
  { note: 'an alien host', more: { host: 'evil.example' }, status: 403 },
  { note: 'an alien origin', more: { origin: 'https://evil.example' }, status: 403 },
  { note: 'an origin of loopback', more: { origin: 'http://localhost:3000' }, status: 200 },
])('a page that rebinds a name to loopback gets nowhere: $note', async ({ more, status }) => {
  const loopback = await served(fakeGovernor(look));
  expect(await postAs(loopback, more)).toMatchObject({ status });
});

test('a body that is too large is refused before it is parsed', async () => {
  const loopback = await served(fakeGovernor(look), { maxRequestBytes: 2_000 });
  expect((await post(loopback, { ...initialize, padding: 'x'.repeat(3_000) })).status).toBe(413);
});

test('a session is unknown to every principal but its own', async () => {
  const loopback = await served(fakeGovernor(look));
  const opened = await post(loopback, initialize);
  const session = {
    'mcp-session-id': opened.headers.get('mcp-session-id') ?? '',
    'mcp-protocol-version': '2025-11-25',
  };
  const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
  expect((await post(loopback, list, session)).status).toBe(200);
  const stolen = await post(loopback, list, { ...session, authorization: 'Bearer a2' });
  const invented = await post(loopback, list, { ...session, 'mcp-session-id': 'no-such-session' });
  expect([stolen.status, invented.status]).toEqual([404, 404]);
  expect(await stolen.text()).toBe(await invented.text());
});

test('a session that was deleted, or idle for too long, is gone; one with an open stream stays', async () => {
  let now = 0;
  const governor = fakeGovernor(look);
  const loopback = await served(governor, { clock: () => now, idleMs: 1_000 });
  const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
  const open = async (token: string): Promise<Record<string, string>> => {
    const id =
      (await post(loopback, initialize, { authorization: `Bearer ${token}` })).headers.get('mcp-session-id') ?? '';
    return { authorization: `Bearer ${token}`, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' };
  };
  const [deleted, idle, streaming] = [await open('a'), await open('a'), await open('a')];
  expect((await fetch(loopback.url, { method: 'DELETE', headers: { ...headers, ...deleted } })).status).toBe(200);
  expect((await post(loopback, list, deleted)).status).toBe(404);
  const stream = await fetch(loopback.url, { headers: { ...headers, ...streaming, accept: 'text/event-stream' } });
  expect(stream.status).toBe(200);
  const stranger = await open('b');
  now = 5_000;
  expect((await post(loopback, list, streaming)).status).toBe(200);
  expect((await post(loopback, list, idle)).status).toBe(404);
  expect((await post(loopback, list, stranger)).status).toBe(404);
  await stream.body?.cancel();
});

test('a principal has no more sessions than it may; the longest unused makes room', async () => {
  const loopback = await served(fakeGovernor(look), { maxSessions: 2 });
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push((await post(loopback, initialize)).headers.get('mcp-session-id') ?? '');
  const statuses: number[] = [];
  for (const id of ids)
    statuses.push(
      (await post(loopback, { jsonrpc: '2.0', id: 2, method: 'tools/list' }, { 'mcp-session-id': id })).status,
    );
  expect(statuses).toEqual([404, 200, 200]);
});

/** A session with an open stream: what keeps a place. */
const streaming = async (loopback: Loopback, changed: () => void = () => {}): Promise<Response> => {
  const id = (await post(loopback, initialize)).headers.get('mcp-session-id') ?? '';
  changed();
  return fetch(loopback.url, { headers: { ...headers, accept: 'text/event-stream', 'mcp-session-id': id } });
};

test('with every place in use the next one has to wait', async () => {
  const loopback = await served(fakeGovernor(look), { maxSessions: 1, maxPrincipals: 1 });
  const stream = await streaming(loopback);
  expect((await post(loopback, initialize)).status).toBe(503);
  expect((await post(loopback, initialize, { authorization: 'Bearer b' })).status).toBe(503);
  expect(stream.status).toBe(200);
});

test('a change while nobody listened is told to the next who does', async () => {
  const governor = fakeGovernor(look);
  const loopback = await served(governor);
  const stream = await streaming(loopback, () => governor.change('acme'));
  let heard = '';
  for await (const chunk of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    heard += chunk;
    if (heard.includes('data:')) break;
  }
  expect(heard).toContain('notifications/tools/list_changed');
});

test.each([
  { legacy: 'stateless', status: 200 },
  { legacy: 'reject', status: 400 },
] as const)('clients of 2025-11-25 are served as the host says: $legacy', async ({ legacy, status }) => {
  const loopback = await served(fakeGovernor(look), { legacy });
  expect((await post(loopback, initialize)).status).toBe(status);
  const modern = await client(loopback, 'a', '2026-07-28');
  expect((await modern.client.listTools()).tools).toHaveLength(1);
});

test('what fails inside of the door is told to the host and not to the caller', async () => {
  const errors: unknown[] = [];
  const loopback = await served(fakeGovernor(look), {
    authenticate: () => Promise.reject(new Error('hunter2')),
    onerror: (error) => void errors.push(error),
  });
  const response = await post(loopback, initialize);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('hunter2');
  expect(errors.map(String)).toEqual(['Error: hunter2']);
});
