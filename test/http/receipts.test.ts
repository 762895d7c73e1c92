/** Receipts over HTTP, asked with the client: what is read is recorded, and nobody reads what is somebody else's. */
import { OPENAPI, type ReceiptFeed } from '@tai-autonomics/adapter-http';
import { type Client, createClient } from '@tai-autonomics/adapter-http/client';
import { readEvent } from '@tai-autonomics/adapter-http/events';
import { memoryCredentials, mintCredential, type Row } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { eventsOf, makeReady, right, type Setting, startGovernor } from '../governor/kit.ts';
import { answered, getting, keys, openDoor } from './door.ts';
import { faultsOf } from './schema.ts';

const feedOf = ({ store, identity }: Setting, more: Partial<ReceiptFeed> = {}): ReceiptFeed => ({
  read: (tenant, from, to) => store.read(identity.ledger(tenant), from, to),
  ...more,
});

const open = async (more: Partial<ReceiptFeed> = {}, doorMore: Parameters<typeof openDoor>[1] = {}) => {
  const setting = await startGovernor();
  onTestFinished(() => setting.governor.close());
  await makeReady(setting);
  const door = openDoor(setting.governor, { feed: feedOf(setting, more), ...doorMore });
  const faults: string[] = [];
  /** Each answer is held against the interface. */
  const fetch = async (request: Request): Promise<Response> => {
    const response = await door.fetch(request);
    const path = new URL(request.url).pathname.replace(/(?<=receipts\/|incidents\/)[^/]+/, (part) =>
      /^\d+$/.test(part) ? '{seq}' : '{incident}',
    );
    const operation = (OPENAPI['paths'] as never)[path]?.[request.method.toLowerCase()] as never;
    const said = (operation as { responses: Record<string, { content?: Record<string, { schema: never }> }> })
      .responses[String(response.status)];
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    const schema = said?.content?.[type]?.schema;
    if (schema === undefined) faults.push(`${path}: ${response.status} ${type} is not in the interface`);
    else if (type.endsWith('json'))
      faults.push(...faultsOf(OPENAPI, schema, await response.clone().json()).map((fault) => `${path}: ${fault}`));
    return response;
  };
  const client = (key: string): Client => createClient({ url: 'http://door.test/', key, fetch });
  return { setting, door, client, owner: client(keys.owner), agent: client(keys.agent), faults };
};

/** Three keys of one tenant, and of one subject. */
const many = Array.from({ length: 3 }, () =>
  mintCredential(systemRandom, { tenant: 'acme', subject: { type: 'agent', id: 'bot' }, scope: ['read_deployment'] }),
);

const refused = { action: 'trigger_rollback', resource: 'service/nobody-knows' };

describe('a client of the door', () => {
  test('acts, and reads what it left: a list, one receipt, its proof, the state of the ledger; each read is recorded', async () => {
    const { setting, agent, faults } = await open();
    const acted = await agent.call('POST /v1/actions', { body: refused });
    if (!acted.ok || acted.answer.preview === true) throw new Error(JSON.stringify(acted));
    const { seq, leaf } = acted.answer.receipt;
    const before = (await eventsOf(setting)).length;
    const listed = await agent.call('GET /v1/receipts', { query: { cursor: seq, limit: 1 } });
    expect(listed).toMatchObject({ ok: true, answer: { receipts: [{ seq, leaf, verdict: 'refuse' }], shown: 'own' } });
    const shown = await agent.call('GET /v1/receipts/{seq}', { path: { seq } });
    expect(shown).toMatchObject({ ok: true, answer: { seq, leaf, read: { seq: before + 1 } } });
    const proof = await agent.call('GET /v1/receipts/{seq}/proof', { path: { seq } });
    expect(proof).toMatchObject({ ok: true, answer: expect.stringMatching(/^c2sp\.org\/tlog-proof@v1\n/) });
    const state = await agent.call('GET /v1/state', {});
    expect(state).toMatchObject({ ok: true, answer: { size: before + 3, closed: false } });
    expect((await eventsOf(setting)).length).toBe(before + 3);
    expect(faults).toEqual([]);
  });

  test('reads nothing that is somebody else’s, and does not learn whether it is there', async () => {
    const { owner, agent, faults } = await open();
    const theirs = await owner.call('POST /v1/actions', { body: refused });
    if (!theirs.ok || theirs.answer.preview === true) throw new Error(JSON.stringify(theirs));
    const { seq } = theirs.answer.receipt;
    for (const place of [seq, 9_999]) {
      const shown = await agent.call('GET /v1/receipts/{seq}', { path: { seq: place } });
      expect(shown).toMatchObject({ ok: false, problem: { status: 404, code: 'no_receipt' } });
    }
    const mine = await agent.call('GET /v1/receipts', { query: { limit: 100 } });
    expect(mine.ok && mine.status === 200 && mine.answer.receipts.some((one) => one.seq === seq)).toBe(false);
    expect(await owner.call('GET /v1/receipts/{seq}', { path: { seq } })).toMatchObject({ ok: true, answer: { seq } });
    expect(faults).toEqual([]);
  });

  test('gets a bundle that verifies, if it may; a refusal is the decision, with its reasons', async () => {
    const { owner, agent, faults } = await open();
    const refusal = await agent.call('GET /v1/export', {});
    expect(refusal).toMatchObject({ ok: true, status: 403, answer: { verdict: 'refuse' } });
    const bundle = await owner.call('GET /v1/export', {});
    expect(bundle.ok && [...(bundle.answer as Uint8Array).subarray(0, 2)]).toEqual([0x1f, 0x8b]);
    expect(faults).toEqual([]);
  });

  test('sees what waits for an approver, and an incident', async () => {
    const { owner, agent, faults } = await open();
    await agent.call('POST /v1/actions', { body: { ...refused, incident: 'inc-1' } });
    const incident = await agent.call('GET /v1/incidents/{incident}', { path: { incident: 'inc-1' } });
    expect(incident).toMatchObject({ ok: true, answer: { receipts: [{ incident: 'inc-1' }] } });
    const approvals = await owner.call('GET /v1/approvals', { query: { limit: 5 } });
    expect(approvals.ok).toBe(true);
    expect(faults).toEqual([]);
  });

  test('is told of a problem, and of a door that is none', async () => {
    const { client } = await open();
    expect(await client('tai_x_y').call('GET /v1/tools', {})).toMatchObject({
      ok: false,
      problem: { code: 'unauthenticated' },
    });
    const of = (fetch: () => Promise<Response>) =>
      createClient({ url: 'http://x', key: 'k', fetch }).call('GET /v1/tools', {});
    expect(await of(() => Promise.reject(new Error('reset')))).toMatchObject({
      ok: false,
      problem: { code: 'unreachable' },
    });
    expect(await of(async () => new Response('<html>', { status: 502 }))).toMatchObject({
      ok: false,
      problem: { code: 'unknown', status: 502 },
    });
    const busy = new Response('{"code":"overloaded","detail":"x"}', {
      status: 429,
      headers: { 'content-type': 'application/problem+json', 'retry-after': '3' },
    });
    expect(await of(async () => busy)).toMatchObject({
      ok: false,
      problem: { code: 'overloaded', retryAfterMs: 3_000 },
    });
  });
});

test('a call that cannot be written is a problem, and nothing is sent', async () => {
  let sent = 0;
  const counting = async (): Promise<Response> => {
    sent += 1;
    return new Response('');
  };
  const client = createClient({ url: 'http://x', key: 'k', fetch: counting });
  const problem = { ok: false, problem: { status: 0, code: 'malformed', detail: 'the call cannot be written' } };
  const half = { path: { incident: '\ud800' } };
  expect(await client.call('GET /v1/incidents/{incident}', half)).toEqual(problem);
  const body = { ...refused, arguments: { big: 1n } };
  expect(await client.call('POST /v1/actions', { body })).toEqual(problem);
  expect(sent).toBe(0);
});

describe('the address of a request', () => {
  test.for([
    { note: 'a name that nobody declared', path: '/v1/receipts?planted=1' },
    { note: 'a name twice', path: '/v1/receipts?limit=1&limit=2' },
    { note: 'a number that is none', path: '/v1/receipts?limit=1e1' },
    { note: 'an instant that is none', path: '/v1/receipts?since=planted' },
    { note: 'a place with a sign', path: '/v1/receipts/-1' },
    { note: 'a place that goes up', path: '/v1/receipts/..%2fplanted' },
    { note: 'a place of 16 digits', path: '/v1/receipts/1234567890123456' },
    { note: 'a query where none is', path: '/v1/receipts/1?planted=1' },
    { note: 'an incident with a space', path: '/v1/incidents/a%20planted' },
    { note: 'a place to go on from that is none', path: '/v1/events', headers: { 'last-event-id': 'planted' } },
  ])('$note is 400, and repeated nowhere', async ({ path, headers = {} }) => {
    const { door, setting } = await open();
    const before = (await eventsOf(setting)).length;
    const answer = await answered(await door.fetch(getting(path, { key: keys.agent, headers })));
    expect([answer.status, answer.json['code']]).toEqual([400, 'malformed']);
    expect(answer.text).not.toContain('planted');
    expect((await eventsOf(setting)).length).toBe(before);
  });
});

describe('a stream of receipts', () => {
  const take = async (stream: AsyncGenerator<unknown, unknown>, count: number): Promise<readonly number[]> => {
    const seqs: number[] = [];
    for (let i = 0; i < count; i += 1) {
      const next = await stream.next();
      if (next.done === true) break;
      seqs.push(Number((next.value as { readonly subject: string }).subject));
    }
    return seqs;
  };

  test('has what was and what comes, in order and each once; what an agent sees is its own', async () => {
    const { setting, owner, agent } = await open();
    const size = (await eventsOf(setting)).length;
    const stop = new AbortController();
    const all = owner.events({ from: 0, signal: stop.signal });
    // The last is the receipt of the read that opened it.
    expect(await take(all, size + 1)).toEqual(Array.from({ length: size + 1 }, (_, seq) => seq));
    const own = agent.events({ signal: stop.signal });
    const coming = take(own, 2);
    const told = take(all, 3);
    await vi.waitFor(async () => expect((await eventsOf(setting)).length).toBe(size + 2));
    await owner.call('POST /v1/actions', { body: refused });
    await agent.call('POST /v1/actions', { body: refused });
    // The agent’s own read opened its stream, then the owner’s receipt, then the agent’s.
    expect(await told).toEqual([size + 1, size + 2, size + 3]);
    expect(await coming).toEqual([size + 1, size + 3]);
    stop.abort();
    await Promise.all([all.return(undefined), own.return(undefined)]);
  });

  test('goes on behind the last receipt that came', async () => {
    const { door, setting } = await open();
    const size = (await eventsOf(setting)).length;
    const request = getting('/v1/events', { key: keys.owner, headers: { 'last-event-id': '2' } });
    const reader = (await door.fetch(request)).body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (text.split('data: ').length < size - 1) text += (await reader?.read())?.value ?? '';
    await reader?.cancel();
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids).toEqual(Array.from({ length: size - 2 }, (_, i) => i + 3));
    const [, first = ''] = /^data: (.*)$/m.exec(text) ?? [];
    const event = right(readEvent(JSON.parse(first)));
    const rows: Row[] = [];
    for await (const row of setting.store.read(setting.identity.ledger('acme'), 3, 4)) rows.push(right(row));
    const { receipt } = (event.data?.form === 'json' ? event.data.value : {}) as { readonly receipt?: string };
    expect(Buffer.from(receipt ?? '')).toEqual(Buffer.from(rows[0]?.bytes ?? []));
  });

  test('ends when the key is disabled, and is not opened again', async () => {
    const minted = mintCredential(systemRandom, {
      tenant: 'acme',
      subject: { type: 'user', id: 'olivia' },
      scope: [],
      relations: ['owner'],
    });
    const store = memoryCredentials([minted.credential]);
    let isDisabled = false;
    const credentials = { find: async (keyId: string) => (isDisabled ? undefined : store.find(keyId)) };
    const { client } = await open({ keepAliveMs: 5 }, { credentials });
    const events = client(minted.secretText).events({ from: 0 });
    await take(events, 1);
    isDisabled = true;
    let ended = await events.next();
    while (ended.done !== true) ended = await events.next();
    expect(ended.value).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  test.for([
    { note: 'while it is read and nothing comes', isRead: true },
    { note: 'while nobody reads on', isRead: false },
  ])('ends within five seconds after its key no longer counts, $note', async ({ isRead }) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    let isDisabled = false;
    const [first] = many;
    const store = memoryCredentials(many.map(({ credential }) => credential));
    const credentials = { find: async (keyId: string) => (isDisabled ? undefined : store.find(keyId)) };
    const { door } = await open({}, { credentials });
    const response = await door.fetch(getting('/v1/events', { key: first?.secretText ?? '' }));
    const reader = response.body?.getReader();
    await reader?.read();
    const toItsEnd = async () => {
      while ((await reader?.read())?.done === false);
    };
    const read = isRead ? toItsEnd() : undefined;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(vi.getTimerCount()).toBe(1);
    isDisabled = true;
    await vi.advanceTimersByTimeAsync(5_000);
    await reader?.closed;
    await read;
    expect(vi.getTimerCount()).toBe(0);
  });

  test('shows signs of life, and where to go on from', async () => {
    const { door, setting } = await open({ keepAliveMs: 1 });
    const size = (await eventsOf(setting)).length;
    const reader = (await door.fetch(getting('/v1/events', { key: keys.agent }))).body
      ?.pipeThrough(new TextDecoderStream())
      .getReader();
    let text = '';
    while (!text.includes(': keep-alive')) text += (await reader?.read())?.value ?? '';
    expect(text).toContain(`: keep-alive\nid: ${size}\n\n`);
    await reader?.cancel();
  });

  test('shows signs of life also while all that comes is somebody else’s', async () => {
    const { door, setting, owner } = await open({ keepAliveMs: 5 });
    const reader = (await door.fetch(getting('/v1/events', { key: keys.agent }))).body
      ?.pipeThrough(new TextDecoderStream())
      .getReader();
    let [text, isRead] = ['', false];
    const busy = (async () => {
      while (!isRead) await owner.call('POST /v1/actions', { body: refused });
    })();
    while (text.split(': keep-alive').length < 4) text += (await reader?.read())?.value ?? '';
    isRead = true;
    await Promise.all([busy, reader?.cancel()]);
    expect(text.match(/^data: /gm)).toHaveLength(1);
    const [last = 0, first = 0] = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)).reverse();
    expect(last).toBeGreaterThanOrEqual(first);
    expect((await eventsOf(setting)).length).toBeGreaterThan(last);
  });

  test('a key has no more than eight that are read, and all keys of a tenant sixteen, however many were asked at once', async () => {
    const { door } = await open(
      { keepAliveMs: 1 },
      { credentials: memoryCredentials(many.map(({ credential }) => credential)) },
    );
    const asking = (key: string, count: number) =>
      Array.from({ length: count }, () => door.fetch(getting('/v1/events', { key })));
    const [one = '', two = '', three = ''] = many.map(({ secretText }) => secretText);
    const readersOf = async (asked: readonly Promise<Response>[]) =>
      (await Promise.all(asked)).flatMap(({ status, body }) =>
        status === 200 && body !== null ? [body.getReader()] : [],
      );
    const readers = await readersOf([...asking(one, 10), ...asking(two, 10), ...asking(three, 4)]);
    const firsts = await Promise.all(readers.map((reader) => reader.read()));
    const isOpen = firsts.map(({ done }) => !done);
    expect(isOpen.slice(0, 10).filter(Boolean)).toHaveLength(8);
    expect(isOpen.filter(Boolean)).toHaveLength(16);
    for (const reader of readers) await reader.cancel();
  });

  test('that is refused is not opened again', async () => {
    let sent = 0;
    const refusing = async (): Promise<Response> => {
      sent += 1;
      return Response.json({ verdict: 'refuse', reasons: [] }, { status: 403 });
    };
    const events = createClient({ url: 'http://x', key: 'k', fetch: refusing }).events();
    const problem = { status: 403, code: 'forbidden', detail: 'the door refuses the stream' };
    expect(await events.next()).toEqual({ done: true, value: problem });
    expect(sent).toBe(1);
  });

  test('a key has eight at once and leaves room for others of its tenant; one that ended makes room', async () => {
    const { door } = await open(
      { keepAliveMs: 1 },
      { credentials: memoryCredentials(many.map(({ credential }) => credential)) },
    );
    const opened = async (n: number) => {
      const response = await door.fetch(getting('/v1/events', { key: many[n]?.secretText ?? '' }));
      const reader = response.body?.getReader();
      if (response.status === 200) await reader?.read();
      return { status: response.status, reader };
    };
    const first = await opened(0);
    const others = await Promise.all(Array.from({ length: 7 }, () => opened(0)));
    expect((await opened(0)).status).toBe(429);
    const more = await Promise.all(Array.from({ length: 8 }, () => opened(1)));
    expect(more.map(({ status }) => status)).toEqual(more.map(() => 200));
    expect((await opened(2)).status).toBe(429);
    await first.reader?.cancel();
    const next = await opened(2);
    expect(next.status).toBe(200);
    for (const { reader } of [...others, ...more, next]) await reader?.cancel();
  });

  test('tells nothing of a receipt that was changed in the store, and nothing behind it', async () => {
    const { setting } = await open();
    const feed = feedOf(setting, {
      read: async function* (_tenant, from, to) {
        for await (const row of setting.store.read(setting.identity.ledger('acme'), from, to)) {
          const { seq, bytes } = right(row);
          yield seq === 1 ? E.right({ ...right(row), bytes: bytes.slice(1) }) : row;
        }
      },
    });
    const changed = openDoor(setting.governor, { feed });
    const text = await (await changed.fetch(getting('/v1/events?from=0', { key: keys.owner }))).text();
    expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id)).toEqual(['0']);
  });

  test('is not there where the deployment streams none', async () => {
    const { setting } = await open();
    const { status, json } = await answered(
      await openDoor(setting.governor).fetch(getting('/v1/events', { key: keys.agent })),
    );
    expect([status, json['code']]).toEqual([404, 'not_found']);
  });
});

test('the page of the interface names every route, has no script, and lets nothing in from elsewhere', async () => {
  const { door } = await open();
  const response = await door.fetch(getting('/docs'));
  const html = await response.text();
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  for (const path of Object.keys(OPENAPI['paths'] as object)) expect(html).toContain(`<code>${path}</code>`);
  expect(html).not.toMatch(/<script|src=|@import|url\(|https?:\/\/|\sstyle=/);
  const policy = response.headers.get('content-security-policy') ?? '';
  const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '';
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(style));
  expect(policy).toContain(`style-src 'sha256-${Buffer.from(digest).toString('base64')}'`);
  expect(policy.startsWith("default-src 'none'")).toBe(true);
  for (const [, id] of html.matchAll(/href="#(\w+)"/g)) expect(html).toContain(`id="${id}"`);
});
