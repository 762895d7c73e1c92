/** What comes over the wire before a door sees it, byte for byte: refused with a problem document, and the server lives. */
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { startServer } from '@tai-autonomics/cli';
import { memoryCredentials, mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fakeGovernor } from '../http/fake-governor.ts';

const key = mintCredential(systemRandom, {
  tenant: 'acme',
  subject: { type: 'user', id: 'olivia' },
  scope: [],
  relations: ['owner'],
});
let server: Awaited<ReturnType<typeof startServer>>;
let port: number;

beforeAll(async () => {
  server = await startServer({
    governor: fakeGovernor(),
    credentials: memoryCredentials([key.credential]),
    hostname: '127.0.0.1',
    port: 0,
    aliases: () => undefined,
    limits: () => ({ perKey: 10, perTenant: 1_000 }),
    patience: { headersMs: 1_500, requestMs: 1_500 },
  });
  port = Number(new URL(server.url).port);
});
afterAll(() => server.close());

/** Sends bytes, and answers what comes until the connection ends. */
const wire = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.once('close', () => resolve(Buffer.concat(parts).toString('latin1')));
    socket.once('error', reject);
  });

const request = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
const AUTHORIZED = `Authorization: Bearer ${key.secretText}`;

/** A file a case, each with what it plants, which no answer repeats. */
const folder = new URL('../vectors/http/', import.meta.url);
const hostile = readdirSync(folder).map((name) => ({
  name,
  ...(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as {
    readonly note: string;
    readonly bytes: string;
    readonly status: number;
    readonly code: string;
    /** Its sender sends no more, and waits. */
    readonly waits?: true;
  }),
}));

describe('refused, and repeated nowhere', () => {
  test('there are files, and each plants something', () => {
    expect(hostile.length).toBeGreaterThan(50);
    const bare = hostile.filter(({ bytes }) => !/planted|wbGFudGVk|99999999/i.test(bytes)).map(({ name }) => name);
    expect(bare).toEqual([]);
  });

  test.for(hostile)('$name: $note', async ({ bytes, status, code }) => {
    const answer = await wire(bytes.replace('{KEY}', key.secretText));
    const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(head.toLowerCase()).toContain("content-security-policy: default-src 'none'");
    expect(body).toContain(`"code":"${code}"`);
    expect(answer.toLowerCase()).not.toContain('planted');
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  test('a target that names the host of its header is taken', async () => {
    expect(await wire(request('GET http://a/health HTTP/1.1', 'Host: a', 'Connection: close'))).toMatch(
      /^HTTP\/1\.1 200 /,
    );
  });

  test('HTTP/1.0 has no Host, and is answered', async () => {
    expect(await wire(request('GET /health HTTP/1.0'))).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.for([
    { note: 'chunks that are none', more: ['Transfer-Encoding: chunked'], body: 'ZZ\r\n' },
    { note: 'a chunk, and then none', more: ['Transfer-Encoding: chunked'], body: '1\r\n{\r\nZZ\r\n' },
  ])('a body of $note is refused, though a door waits for it', async ({ more, body }) => {
    const head = request('POST /v1/actions HTTP/1.1', 'Host: a', AUTHORIZED, 'Content-Type: application/json', ...more);
    const answer = await wire(`${head}${body}`);
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('what is smuggled behind a body is a request of its own, and a connection that is not sound is closed', async () => {
    const body = '{"action":"approve","resource":"r"}';
    const first = request(
      'POST /v1/actions HTTP/1.1',
      'Host: a',
      AUTHORIZED,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    );
    const answer = await wire(`${first}${body}planted\r\n\r\n`);
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('CONNECT', () => {
  const CONNECT = request('CONNECT b:443 HTTP/1.1', 'Host: b:443');

  test('behind another request does not answer in its place', async () => {
    const asked = request('GET /openapi.json HTTP/1.1', 'Host: a');
    const answer = await wire(`${asked}${CONNECT}`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).not.toContain('this is no proxy');
  });

  test('of a sender that is gone at once, or stays and says nothing more, holds nothing up', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(CONNECT, () => socket.resetAndDestroy()));
      socket.once('close', () => resolve());
    });
    const stays = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => stays.write(CONNECT));
    stays.on('error', () => {});
    await new Promise<void>((resolve) => {
      stays.resume().once('end', () => resolve());
    });
    const isGone = (): boolean => {
      if (!stays.destroyed) stays.write('x');
      return stays.destroyed;
    };
    await expect.poll(isGone, { timeout: 5_000 }).toBe(true);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });
});

describe('OPTIONS', () => {
  const allowOf = (answer: string): string | undefined => /^allow: (.*)$/im.exec(answer)?.[1];
  const asked = (method: string, path: string): Promise<string> =>
    wire(request(`${method} ${path} HTTP/1.1`, 'Host: a', 'Connection: close'));

  test.for([
    ['/approvals', 'GET, HEAD, OPTIONS'],
    ['/approvals/page.js', 'GET, HEAD, OPTIONS'],
    ['/approvals/session', 'GET, POST, OPTIONS'],
    ['/approvals/intents', 'POST, OPTIONS'],
    ['/health', 'GET, HEAD, OPTIONS'],
    ['/v1/actions', 'POST, OPTIONS'],
  ] as const)('says what %s has, and the 405 says the same', async ([path, allow]) => {
    const options = await asked('OPTIONS', path);
    expect([options.slice(0, 12), allowOf(options)]).toEqual(['HTTP/1.1 204', allow]);
    const refused = await asked('DELETE', path);
    expect([refused.slice(0, 12), allowOf(refused)]).toEqual(['HTTP/1.1 405', allow]);
    expect(refused).toContain('"code":"method_not_allowed"');
  });

  test('of the server itself is answered', async () => {
    expect(await asked('OPTIONS', '*')).toMatch(/^HTTP\/1\.1 204 /);
  });

  test('of what is not there is 404', async () => {
    expect(await asked('OPTIONS', '/approvals/nothing')).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe('an answer', () => {
  const raw = (headers: readonly string[], method = 'GET', path = '/openapi.json') =>
    wire(request(`${method} ${path} HTTP/1.1`, 'Host: a', 'Connection: close', ...headers));

  test('that is big comes in gzip to whoever takes it, and says that it depends on that', async () => {
    const plain = await (
      await fetch(`${server.url}/openapi.json`, { headers: { 'accept-encoding': 'identity' } })
    ).text();
    const answer = await raw(['Accept-Encoding: br, gzip;q=0.5']);
    const at = answer.indexOf('\r\n\r\n');
    expect(answer.slice(0, at)).toMatch(/content-encoding: gzip/i);
    expect(answer.slice(0, at)).toMatch(/vary: accept-encoding/i);
    const viaFetch = await fetch(`${server.url}/openapi.json`, { headers: { 'accept-encoding': 'gzip' } });
    expect(viaFetch.headers.get('content-encoding')).toBe('gzip');
    expect(await viaFetch.text()).toBe(plain);
  });

  test.for([
    { note: 'to whoever does not say that it takes it', headers: [] },
    { note: 'to whoever refuses it', headers: ['Accept-Encoding: gzip;q=0, *;q=1'] },
  ])('is as it is $note', async ({ headers }) => {
    expect(await raw(headers)).not.toMatch(/content-encoding/i);
  });

  test('that is small, and one to a browser with a cookie, is as it is', async () => {
    expect(await raw(['Accept-Encoding: gzip'], 'GET', '/health')).not.toMatch(/content-encoding/i);
    expect(await raw(['Accept-Encoding: gzip', 'Cookie: a=b'])).not.toMatch(/content-encoding/i);
  });

  test('to HEAD has the headers and no body; OPTIONS says what a route has, and lets no other origin in', async () => {
    const head = await raw([], 'HEAD');
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(head.slice(head.indexOf('\r\n\r\n') + 4)).toBe('');
    const options = await raw(
      ['Origin: https://evil.example', 'Access-Control-Request-Method: POST'],
      'OPTIONS',
      '/v1/actions',
    );
    expect(options).toMatch(/^HTTP\/1\.1 204 /);
    expect(options).toMatch(/allow: POST, OPTIONS/i);
    expect(options).not.toMatch(/access-control-allow/i);
  });

  test('says what is left of what its key and its tenant may ask; a batch counts for each of its questions', async () => {
    const ask = (count: number) =>
      fetch(`${server.url}/access/v1/evaluations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key.secretText}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          subject: { type: 'user', id: 'olivia' },
          resource: { type: 'x', id: 'r' },
          evaluations: Array.from({ length: count }, () => ({ action: { name: 'approve' } })),
        }),
      });
    const left = ({ headers }: Response): number => Number(/"key";r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]);
    const first = await ask(1);
    expect(first.headers.get('ratelimit-policy')).toBe('"key";q=50;w=5, "tenant";q=5000;w=5');
    const second = await ask(20);
    // Some may have come back in between: ten a second.
    expect(left(first) - left(second)).toBeGreaterThanOrEqual(10);
    const third = await ask(49);
    expect(third.status).toBe(429);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
