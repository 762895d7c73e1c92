import { describe, expect, test } from 'vitest';
import { answered, eventOf, getting, keys, openDoor, posting, pushOf, streaming } from './door.ts';
import { fakeGovernor } from './fake-governor.ts';

const key = keys.agent;
const action = { action: 'approve', resource: 'svc' };
const text = JSON.stringify(action);
const bytes = (s: string): Uint8Array => new Uint8Array(Buffer.from(s));
const acting = (body: unknown, headers: Readonly<Record<string, string>> = {}): Request =>
  posting('/v1/actions', body, { key, headers });
const withKey = (headers: Readonly<Record<string, string>>): Request => posting('/v1/actions', action, { headers });
const nested = (depth: number): string =>
  `{"action":"approve","resource":"svc","arguments":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;

interface Row {
  readonly note: string;
  readonly request: () => Request;
  readonly status: number;
  readonly code: string;
  /** Further members of the problem. */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const challenge = { 'www-authenticate': 'Bearer realm="tai-autonomics"' };
const invalidToken = { 'www-authenticate': 'Bearer realm="tai-autonomics", error="invalid_token"' };

const unauthenticated: readonly Row[] = [
  { note: 'no key', request: () => withKey({}), status: 401, code: 'unauthenticated', headers: challenge },
  {
    note: 'an empty key',
    request: () => withKey({ authorization: 'Bearer ' }),
    status: 401,
    code: 'unauthenticated',
    headers: challenge,
  },
  {
    note: 'Basic',
    request: () => withKey({ authorization: `Basic ${key}` }),
    status: 401,
    code: 'unauthenticated',
    headers: challenge,
  },
  {
    note: 'two keys',
    request: () => withKey({ authorization: `Bearer ${key}, Bearer ${key}` }),
    status: 401,
    code: 'unauthenticated',
    headers: challenge,
  },
  {
    note: 'a key that nobody has',
    request: () => withKey({ authorization: `Bearer ${key.slice(0, -4)}AAAA` }),
    status: 401,
    code: 'unauthenticated',
    headers: invalidToken,
  },
  {
    note: 'a JWT',
    request: () => withKey({ authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }),
    status: 401,
    code: 'unauthenticated',
    headers: invalidToken,
  },
  {
    note: 'a huge key',
    request: () => withKey({ authorization: `Bearer tai_${'a'.repeat(4_000)}` }),
    status: 401,
    code: 'unauthenticated',
    // It is a bearer's credential, and counts for nobody (RFC 6750 section 3.1).
    headers: { 'www-authenticate': 'Bearer realm="tai-autonomics", error="invalid_token"' },
  },
  {
    note: 'a key as a cookie',
    request: () => withKey({ cookie: `key=${key}` }),
    status: 401,
    code: 'unauthenticated',
    headers: challenge,
  },
  {
    note: 'a bad body without a key: the key is asked for first',
    request: () => posting('/v1/actions', '{'),
    status: 401,
    code: 'unauthenticated',
  },
];

const ofMethodsAndPaths: readonly Row[] = [
  {
    note: 'GET where there is POST',
    request: () => getting('/v1/actions', { key }),
    status: 405,
    code: 'method_not_allowed',
    headers: { allow: 'POST, OPTIONS' },
  },
  {
    note: 'POST where there is GET',
    request: () => posting('/v1/tools', {}, { key }),
    status: 405,
    code: 'method_not_allowed',
    headers: { allow: 'GET, HEAD, OPTIONS' },
  },
  {
    note: 'a method that nobody knows',
    request: () => getting('/health', {}, 'BREW'),
    status: 405,
    code: 'method_not_allowed',
    headers: { allow: 'GET, HEAD, OPTIONS' },
  },
  {
    note: 'a query on a route that takes none',
    request: () => getting('/v1/tools?planted=1', { key }),
    status: 400,
    code: 'malformed',
  },
  {
    note: 'a body on a route that takes none',
    request: () => posting('/v1/ledger/checkpoint', { planted: 1 }, { key }),
    status: 400,
    code: 'malformed',
  },
  { note: 'no path', request: () => getting('/'), status: 404, code: 'not_found' },
  { note: 'a slash at the end', request: () => getting('/health/'), status: 404, code: 'not_found' },
  { note: 'two slashes', request: () => getting('//health'), status: 404, code: 'not_found' },
  { note: 'another case', request: () => getting('/Health'), status: 404, code: 'not_found' },
  { note: 'a broken escape', request: () => getting('/%zz%'), status: 404, code: 'not_found' },
  { note: 'an escaped slash', request: () => getting('/v1%2Ftools'), status: 404, code: 'not_found' },
  { note: 'a name of every object', request: () => getting('/constructor'), status: 404, code: 'not_found' },
  { note: 'a very long path', request: () => getting(`/${'a'.repeat(100_000)}`), status: 404, code: 'not_found' },
];

const ofBodies: readonly Row[] = [
  {
    note: 'no body',
    request: () => getting('/v1/actions', { key, headers: { 'content-type': 'application/json' } }, 'POST'),
    status: 411,
    code: 'length_required',
  },
  {
    note: 'an empty body that says so',
    request: () => acting(''),
    status: 400,
    code: 'malformed',
    more: { line: 1, column: 1, path: '$' },
  },
  {
    note: 'a body that says it is too large',
    request: () => acting(text, { 'content-length': '65537' }),
    status: 413,
    code: 'too_large',
    more: { maxBytes: 65_536 },
  },
  {
    note: 'a body that is too large and says less',
    request: () => acting(`"${'x'.repeat(70_000)}"`, { 'content-length': '10' }),
    status: 413,
    code: 'too_large',
  },
  {
    note: 'a stream that becomes too large',
    request: () => streaming('/v1/actions', Array(70).fill(new Uint8Array(1_000)), { key }),
    status: 413,
    code: 'too_large',
  },
  {
    note: 'an empty stream',
    request: () => streaming('/v1/actions', [], { key }),
    status: 411,
    code: 'length_required',
  },
  {
    note: 'an empty chunked stream',
    request: () => streaming('/v1/actions', [], { key, headers: { 'transfer-encoding': 'chunked' } }),
    status: 400,
    code: 'malformed',
  },
  {
    note: 'a negative length',
    request: () => acting(text, { 'content-length': '-1' }),
    status: 400,
    code: 'malformed',
  },
  {
    note: 'a length with a sign',
    request: () => acting(text, { 'content-length': '+37' }),
    status: 400,
    code: 'malformed',
  },
  {
    note: 'a length in hexadecimal',
    request: () => acting(text, { 'content-length': '0x25' }),
    status: 400,
    code: 'malformed',
  },
  { note: 'two lengths', request: () => acting(text, { 'content-length': '37, 37' }), status: 400, code: 'malformed' },
  {
    note: 'a length of 400 digits',
    request: () => acting(text, { 'content-length': '1'.repeat(400) }),
    status: 400,
    code: 'malformed',
  },
  {
    note: 'another media type',
    request: () => acting(text, { 'content-type': 'text/plain' }),
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    note: 'a media type that begins alike',
    request: () => acting(text, { 'content-type': 'application/jsonp' }),
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    note: 'another charset',
    request: () => acting(text, { 'content-type': 'application/json; charset=utf-16' }),
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    note: 'a form',
    request: () => acting('action=approve', { 'content-type': 'application/x-www-form-urlencoded' }),
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    note: 'a compressed body',
    request: () => acting(text, { 'content-encoding': 'gzip' }),
    status: 415,
    code: 'unsupported_media_type',
  },
];

const ofJson: readonly Row[] = [
  {
    note: 'not JSON',
    request: () => acting('hello'),
    status: 400,
    code: 'malformed',
    more: { line: 1, column: 1, path: '$' },
  },
  {
    note: 'cut off',
    request: () => acting('{\n  "action": '),
    status: 400,
    code: 'malformed',
    more: { line: 2, path: '$.action' },
  },
  { note: 'with something after it', request: () => acting(`${text} x`), status: 400, code: 'malformed' },
  { note: 'with a comment', request: () => acting(`${text} // x`), status: 400, code: 'malformed' },
  { note: 'with a byte order mark', request: () => acting(`\ufeff${text}`), status: 400, code: 'malformed' },
  {
    note: 'not UTF-8',
    request: () => acting(new Uint8Array([0x22, 0xc3, 0x28, 0x22])),
    status: 400,
    code: 'malformed',
  },
  {
    note: 'in UTF-16',
    request: () => acting(new Uint8Array(Buffer.from(text, 'utf16le'))),
    status: 400,
    code: 'malformed',
  },
  {
    note: 'with a lone surrogate',
    request: () => acting('{"action":"\\ud800","resource":"svc"}'),
    status: 400,
    code: 'malformed',
    more: { path: '$.action' },
  },
  {
    note: 'with a member twice',
    request: () => acting('{"action":"a","resource":"svc","action":"b"}'),
    status: 400,
    code: 'malformed',
    more: { line: 1, column: 32 },
  },
  {
    note: 'with __proto__',
    request: () => acting('{"action":"a","resource":"svc","arguments":{"__proto__":{"x":1}}}'),
    status: 400,
    code: 'malformed',
  },
  {
    note: 'with constructor',
    request: () => acting('{"action":"a","resource":"svc","constructor":{}}'),
    status: 400,
    code: 'malformed',
  },
  {
    note: 'with a number that no double holds',
    request: () => acting('{"action":"a","resource":"svc","arguments":{"n":1e999}}'),
    status: 400,
    code: 'malformed',
    more: { path: '$.arguments.n' },
  },
  {
    note: 'nested too deep',
    request: () => acting(nested(40)),
    status: 400,
    code: 'malformed',
    more: { expected: 'at most 32 levels of nesting' },
  },
  { note: '60 000 brackets', request: () => acting('['.repeat(60_000)), status: 400, code: 'malformed' },
  {
    note: 'null',
    request: () => acting('null'),
    status: 400,
    code: 'malformed',
    more: { path: '$', expected: 'an object' },
  },
  {
    note: 'a list',
    request: () => acting([action]),
    status: 400,
    code: 'malformed',
    more: { path: '$', expected: 'an object' },
  },
];

const ofMembers: readonly Row[] = [
  {
    note: 'a member that nobody knows',
    request: () => acting('{\n "action": "a",\n "resource": "r",\n "extra": 1 }'),
    status: 400,
    code: 'malformed',
    more: { line: 4, column: 11, path: '$.extra' },
  },
  {
    note: 'a tenant',
    request: () => acting({ ...action, tenant: 'umbrella' }),
    status: 400,
    code: 'malformed',
    more: { path: '$.tenant' },
  },
  {
    note: 'a subject',
    request: () => acting({ ...action, subject: { type: 'user', id: 'root' } }),
    status: 400,
    code: 'malformed',
    more: { path: '$.subject' },
  },
  {
    note: 'evidence',
    request: () => acting({ ...action, evidence: [] }),
    status: 400,
    code: 'malformed',
    more: { path: '$.evidence' },
  },
  {
    note: 'a time',
    request: () => acting({ ...action, at: 0 }),
    status: 400,
    code: 'malformed',
    more: { path: '$.at' },
  },
  {
    note: 'a mode',
    request: () => acting({ ...action, mode: 'eval' }),
    status: 400,
    code: 'malformed',
    more: { path: '$.mode' },
  },
  {
    note: 'roles',
    request: () => acting({ ...action, scope: ['write_iam'] }),
    status: 400,
    code: 'malformed',
    more: { path: '$.scope' },
  },
  {
    note: 'no action',
    request: () => acting({ resource: 'svc' }),
    status: 400,
    code: 'malformed',
    more: { path: '$.action' },
  },
  {
    note: 'an empty action',
    request: () => acting({ ...action, action: '' }),
    status: 400,
    code: 'malformed',
    more: { path: '$.action' },
  },
  {
    note: 'an action that is a list',
    request: () => acting({ ...action, action: ['approve'] }),
    status: 400,
    code: 'malformed',
    more: { path: '$.action' },
  },
  {
    note: 'a resource with a line break',
    request: () => acting({ ...action, resource: 'a\nb' }),
    status: 400,
    code: 'malformed',
    more: { path: '$.resource' },
  },
  {
    note: 'a resource of 201 characters',
    request: () => acting({ ...action, resource: 'r'.repeat(201) }),
    status: 400,
    code: 'malformed',
    more: { path: '$.resource' },
  },
  {
    note: 'arguments that are a list',
    request: () => acting({ ...action, arguments: [] }),
    status: 400,
    code: 'malformed',
    more: { path: '$.arguments' },
  },
  {
    note: 'arguments that are null',
    request: () => acting({ ...action, arguments: null }),
    status: 400,
    code: 'malformed',
    more: { path: '$.arguments' },
  },
  {
    note: 'a preview that is a word',
    request: () => acting({ ...action, preview: 'yes' }),
    status: 400,
    code: 'malformed',
    more: { path: '$.preview' },
  },
  {
    note: 'an incident with a space',
    request: () => acting({ ...action, incident: 'a b' }),
    status: 400,
    code: 'malformed',
    more: { path: '$.incident' },
  },
];

const rows: readonly Row[] = [...unauthenticated, ...ofMethodsAndPaths, ...ofBodies, ...ofJson, ...ofMembers];

describe('a hostile request', () => {
  test.for(rows)('$note', async ({ request, status, code, more = {}, headers = {} }) => {
    const governor = fakeGovernor();
    const answer = await answered(await openDoor(governor).fetch(request()));
    expect([answer.status, answer.json['code']]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json).toMatchObject({ type: `/problems/${code}`, status, ...more });
    for (const [name, value] of Object.entries(headers)) expect(answer.headers.get(name)).toBe(value);
    expect(governor.asked).toEqual([]);
  });

  test.for([
    { note: 'charset in capitals', headers: { 'content-type': 'application/json; charset=UTF-8' } },
    { note: 'media type in capitals', headers: { 'content-type': 'Application/JSON;charset="utf-8"' } },
    { note: 'identity coding', headers: { 'content-encoding': 'identity' } },
    { note: 'a scheme in small letters', headers: { authorization: `bearer ${key}` } },
  ])('is not every odd one: $note', async ({ headers }) => {
    const response = await openDoor(fakeGovernor()).fetch(acting(text, headers as Record<string, string>));
    expect(response.status).toBe(200);
  });

  test('a stream within the limit is read whole, in whatever parts it comes', async () => {
    const governor = fakeGovernor();
    const parts = [...text].map((character) => bytes(character));
    expect((await openDoor(governor).fetch(streaming('/v1/actions', parts, { key }))).status).toBe(200);
    expect(governor.asked[0]?.asked).toEqual(action);
  });

  test('a stream that has no end is given up', async () => {
    let cancelled = false;
    const endless = new ReadableStream({
      pull: (stream) => stream.enqueue(new Uint8Array(10_000)),
      cancel: () => {
        cancelled = true;
      },
    });
    const request = new Request('http://door.test/v1/actions', {
      method: 'POST',
      body: endless,
      duplex: 'half',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    });
    expect((await openDoor(fakeGovernor()).fetch(request)).status).toBe(413);
    expect(cancelled).toBe(true);
  });

  test('a connection that breaks in the middle of a body is malformed', async () => {
    const breaking = new ReadableStream({ pull: (stream) => stream.error(new Error('reset')) });
    const request = new Request('http://door.test/v1/actions', {
      method: 'POST',
      body: breaking,
      duplex: 'half',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    });
    const { status, json } = await answered(await openDoor(fakeGovernor()).fetch(request));
    expect([status, json['code']]).toEqual([400, 'malformed']);
  });

  test('OPTIONS says what a route has, lets no other origin in, and needs no key', async () => {
    const response = await openDoor(fakeGovernor()).fetch(
      getting('/v1/receipts/3', { headers: { origin: 'https://evil.example' } }, 'OPTIONS'),
    );
    expect([response.status, response.headers.get('allow'), await response.text()]).toEqual([
      204,
      'GET, HEAD, OPTIONS',
      '',
    ]);
    expect(response.headers.get('access-control-allow-origin')).toBe(null);
    expect((await openDoor(fakeGovernor()).fetch(getting('/nothing', {}, 'OPTIONS'))).status).toBe(404);
  });

  test('HEAD is answered like GET, without a body', async () => {
    const door = openDoor(fakeGovernor());
    for (const [path, status] of [
      ['/health', 200],
      ['/v1/tools', 200],
      ['/v1/actions', 405],
      ['/nothing', 404],
    ] as const) {
      const response = await door.fetch(getting(path, { key }, 'HEAD'));
      expect([response.status, await response.text()]).toEqual([status, '']);
    }
  });
});

test('every answer carries the headers that keep browsers and caches away', async () => {
  const door = openDoor(fakeGovernor());
  const requests = [
    getting('/health'),
    getting('/openapi.json'),
    getting('/nothing'),
    getting('/health', {}, 'DELETE'),
    acting(text),
    acting('{'),
    getting('/v1/ledger/checkpoint', { key }, 'POST'),
    posting('/pubsub', pushOf(eventOf()), { key: keys.shop }),
  ];
  for (const request of requests) {
    const { headers } = await door.fetch(request);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('access-control-allow-origin')).toBe(null);
  }
});
