import { HTTP_ROUTES, type HttpFault } from '@tai-autonomics/adapter-http';
import type { Governor } from '@tai-autonomics/governor';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { runs } from '../runs.ts';
import { eventOf, type KeyName, keys, openDoor, posting, pushOf, streaming } from './door.ts';
import { fakeGovernor } from './fake-governor.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const paths = [...new Set(Object.keys(HTTP_ROUTES).map((name) => name.split(' ')[1] ?? '/'))];
const byteString = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });

const pathOf = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...paths) },
  fc.webPath(),
  fc.constantFrom(...paths).chain((path) => fc.webQueryParameters().map((query) => `${path}?${query}`)),
);
const bodyOf = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.jsonValue().map((value) => JSON.stringify({ action: 'approve', resource: 'r', arguments: value })),
  fc.jsonValue().map((value) => JSON.stringify(eventOf({ event_id: value }))),
  fc.jsonValue().map((value) => JSON.stringify({ ...eventOf(), record: value })),
  fc.jsonValue().map((value) => JSON.stringify({ message: value })),
  fc.json().map((event) => JSON.stringify(pushOf(event))),
);
const headersOf = fc.record(
  {
    'content-type': fc.constantFrom('application/json', 'text/plain', ''),
    'content-length': fc.oneof(fc.nat().map(String), byteString),
    'content-encoding': byteString,
    'transfer-encoding': fc.constantFrom('chunked', 'gzip'),
    'idempotency-key': byteString,
    traceparent: byteString,
    authorization: byteString,
  },
  { requiredKeys: ['content-type'] },
);
const keyOf = fc.option(fc.constantFrom<KeyName>('owner', 'agent', 'stranger', 'shop'), { freq: 8, nil: undefined });
const methodOf = fc.constantFrom('GET', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PURGE');

const requestOf = fc
  .record({ method: methodOf, path: pathOf, body: bodyOf, headers: headersOf, key: keyOf, streams: fc.boolean() })
  .map(({ method, path, body, headers, key, streams }) => {
    const bytes = new Uint8Array(Buffer.from(body));
    const sent = { headers, ...(key === undefined ? {} : { key: keys[key] }) };
    if (method === 'POST') return streams ? streaming(path, [bytes], sent) : posting(path, bytes, sent);
    return new Request(`http://door.test${path}`, { method, headers: sent.headers });
  });

/** What is no JSON where nothing is wrong, and where. */
const OTHERS: Readonly<Record<string, string>> = {
  '/v1/ledger/checkpoint': 'text/plain; charset=utf-8',
  '/docs': 'text/html; charset=utf-8',
};

/** JSON, a problem, a note, a page, or nothing where nothing may be. */
const expectWhole = async (request: Request, response: Response): Promise<void> => {
  const text = await response.text();
  if (response.status === 204 || request.method === 'HEAD') return expect(text).toBe('');
  const type = response.headers.get('content-type');
  const other = Object.hasOwn(OTHERS, new URL(request.url).pathname)
    ? OTHERS[new URL(request.url).pathname]
    : undefined;
  if (response.status === 200 && other !== undefined) return expect(type).toBe(other);
  expect(type).toBe(response.status === 200 ? 'application/json' : 'application/problem+json');
  const json = JSON.parse(text);
  if (response.status !== 200) {
    expect(json).toMatchObject({ type: `/problems/${json.code}`, status: response.status });
    expect(typeof json.title === 'string' && typeof json.detail === 'string').toBe(true);
  }
};

test('no request makes the handler throw, or answer without JSON or a problem', async () => {
  const door = openDoor(fakeGovernor());
  await fc.assert(
    fc.asyncProperty(requestOf, async (request) => {
      const response = await door.fetch(request);
      expect(response.status).toBeLessThan(500);
      await expectWhole(request, response);
    }),
    { numRuns: runs(1_500) },
  );
});

const failing = (how: () => unknown): Governor =>
  new Proxy(fakeGovernor(), {
    get: (_, name) => (name === 'mode' ? 'eval' : () => how()),
  });

describe('a governor that fails', () => {
  const rows: readonly { readonly note: string; readonly how: () => unknown }[] = [
    { note: 'rejects', how: () => Promise.reject(new Error('inside')) },
    {
      note: 'throws',
      how: () => {
        throw new Error('inside');
      },
    },
    { note: 'rejects with nothing', how: () => Promise.reject(undefined) },
    { note: 'answers nonsense', how: () => Promise.resolve(undefined) },
  ];
  test.for(rows)('never makes the handler throw, nor shows its inside: it $note', async ({ how }) => {
    const faults: HttpFault[] = [];
    const door = openDoor(failing(how), { onFault: (fault) => faults.push(fault) });
    const requests = [
      posting('/v1/actions', { action: 'approve', resource: 'r' }, { key: keys.agent }),
      posting('/v1/actions', { action: 'approve', resource: 'r', preview: true }, { key: keys.agent }),
      posting('/marketplace', eventOf(), { key: keys.shop }),
      posting('/pubsub', 'hello', { key: keys.shop }),
      posting('/v1/ledger/checkpoint', '', { key: keys.agent }),
    ];
    for (const request of requests) {
      const response = await door.fetch(request);
      const text = await response.text();
      expect(text).not.toContain('inside');
      expect([response.status, JSON.parse(text).code]).toEqual([500, 'internal']);
    }
    expect(faults.length).toBe(requests.length);
    expect(faults[0]).toMatchObject({ method: 'POST', route: '/v1/actions' });
  });

  test('an outcome that JSON cannot say is 500', async () => {
    const governor = fakeGovernor(() => ({
      decided: true,
      decision: { verdict: 'approve', writes: [], actionPlan: [], trace: [] },
      receipt: { origin: 'o', seq: 0, leaf: 'l', event: 'e' },
      consequences: [],
      outcome: { status: 'success', result: 1n, receipt: { origin: 'o', seq: 0, leaf: 'l', event: 'e' } },
      repeated: false,
    }));
    const request = posting('/v1/actions', { action: 'approve', resource: 'r' }, { key: keys.agent });
    expect((await openDoor(governor).fetch(request)).status).toBe(500);
  });

  test('and a reporter that fails as well leave an answer', async () => {
    const door = openDoor(
      failing(() => Promise.reject(new Error('inside'))),
      {
        onFault: () => {
          throw new Error('reporter');
        },
      },
    );
    expect((await door.fetch(posting('/pubsub', 'hello', { key: keys.shop }))).status).toBe(500);
  });

  test('a credential store that fails is 503, not 401', async () => {
    const door = openDoor(fakeGovernor(), { credentials: { find: () => Promise.reject(new Error('inside')) } });
    const response = await door.fetch(posting('/v1/actions', {}, { key: keys.agent }));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });
});

describe('secrets', () => {
  const key = keys.agent;
  const secret = key.slice(-43);
  const body = { action: 'approve', resource: 'r' };
  const sent = { key };
  const shop = { key: keys.shop };
  const rows: readonly { readonly note: string; readonly request: () => Request }[] = [
    { note: 'as the key', request: () => posting('/v1/actions', body, sent) },
    { note: 'as a key of another kind', request: () => posting('/marketplace', eventOf(), sent) },
    { note: 'as a key that is cut', request: () => posting('/v1/actions', body, { key: `tai_zzzz_${secret}` }) },
    { note: 'in the path', request: () => posting(`/v1/${key}`, body, sent) },
    { note: 'in the query', request: () => posting(`/pubsub?key=${key}`, pushOf(eventOf())) },
    { note: 'in a query that is not read', request: () => posting(`/v1/actions?key=${key}`, body) },
    { note: 'as the name of a member', request: () => posting('/v1/actions', { ...body, [key]: 1 }, sent) },
    { note: 'as the name of a member twice', request: () => posting('/v1/actions', `{"${key}":1,"${key}":2}`, sent) },
    {
      note: 'as a name with nothing after it',
      request: () => posting('/v1/actions', `{"arguments":{"${key}":{"b":`, sent),
    },
    { note: 'as an action', request: () => posting('/v1/actions', { ...body, action: [key] }, sent) },
    { note: 'as a preview', request: () => posting('/v1/actions', { ...body, preview: key }, sent) },
    { note: 'as the whole body', request: () => posting('/v1/actions', key, sent) },
    {
      note: 'as an Idempotency-Key that is refused',
      request: () => posting('/v1/actions', { ...body, id: 'x' }, { key, headers: { 'idempotency-key': key } }),
    },
    { note: 'as a media type', request: () => posting('/v1/actions', body, { key, headers: { 'content-type': key } }) },
    { note: 'as a length', request: () => posting('/v1/actions', body, { key, headers: { 'content-length': key } }) },
    {
      note: 'as a method',
      request: () => new Request('http://door.test/health', { method: key.replaceAll(/[^a-zA-Z0-9_-]/g, '') }),
    },
    { note: 'as an event', request: () => posting('/marketplace', eventOf({ event: key }), shop) },
    { note: 'as an event that is no JSON', request: () => posting('/marketplace', `{"${key}"`, shop) },
    { note: 'as the data of a push', request: () => posting('/pubsub', { message: { data: `*${key}` } }, shop) },
  ];

  test.for(rows)('appear in no response and in no log: $note', async ({ request }) => {
    const written: unknown[] = [];
    for (const level of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const)
      vi.spyOn(console, level).mockImplementation((...parts) => void written.push(parts));
    for (const stream of [process.stdout, process.stderr])
      vi.spyOn(stream, 'write').mockImplementation((part) => written.push(part) > 0);
    const faults: HttpFault[] = [];
    const answers: string[] = [];
    for (const governor of [fakeGovernor(), failing(() => Promise.reject(new Error('inside')))]) {
      const response = await openDoor(governor, { onFault: (fault) => faults.push(fault) }).fetch(request());
      answers.push(JSON.stringify([...response.headers]), await response.text());
    }
    vi.restoreAllMocks();
    const said = `${answers.join('\n')}${written.map(String).join('\n')}${faults.map(({ method, route, cause }) => `${method} ${route} ${cause}`).join('\n')}`;
    for (const piece of [secret, secret.slice(0, 12), secret.slice(-12)]) expect(said).not.toContain(piece);
  });
});
