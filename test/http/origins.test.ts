/** Pages of other origins: closed by default, open for those that are named, and never open to all. */
import { HTTP_ROUTES, isWebOrigin } from '@tai-autonomics/adapter-http';
import { parseConfig } from '@tai-autonomics/cli';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { getting, keys, openDoor, posting } from './door.ts';
import { fakeGovernor } from './fake-governor.ts';

const app = 'https://app.example';
const door = openDoor(fakeGovernor(), { origins: [app, 'https://other.example'] });
const from = (origin: string) => ({ origin });
const preflight = (path: string, origin: string): Request =>
  getting(
    path,
    { headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' } },
    'OPTIONS',
  );
const corsOf = ({ headers }: Response): Readonly<Record<string, string>> =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));

describe('where no origin is named', () => {
  test('no answer says anything of origins, to a preflight neither', async () => {
    const closed = openDoor(fakeGovernor());
    for (const request of [
      preflight('/v1/actions', app),
      getting('/v1/whoami', { key: keys.agent, headers: from(app) }),
    ]) {
      const response = await closed.fetch(request);
      expect([corsOf(response), response.headers.get('vary')]).toEqual([{}, null]);
    }
  });
});

describe('an origin that is named', () => {
  test('may ask every route with a key, and with nothing that a browser adds by itself', async () => {
    for (const name of Object.keys(HTTP_ROUTES)) {
      const [method = '', path = ''] = name.split(' ');
      const response = await door.fetch(preflight(path.replaceAll(/\{\w+\}/g, '1'), app));
      const said = corsOf(response);
      expect([name, response.status]).toEqual([name, 204]);
      expect(said['access-control-allow-origin']).toBe(app);
      expect(said['access-control-allow-methods']?.split(', ')).toContain(method);
      expect(said['access-control-allow-headers']).toContain('authorization');
      expect(said).not.toHaveProperty('access-control-allow-credentials');
      expect(response.headers.get('vary')).toBe(
        'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      );
    }
  });

  test('reads what is answered, a problem too; the answer names it alone', async () => {
    const body = { action: 'approve', resource: 'r' };
    for (const request of [
      posting('/v1/actions', body, { key: keys.agent, headers: from(app) }),
      posting('/v1/actions', '{', { key: keys.agent, headers: from(app) }),
      posting('/v1/actions', body, { headers: from(app) }),
    ]) {
      const response = await door.fetch(request);
      expect(response.headers.get('access-control-allow-origin')).toBe(app);
      expect(response.headers.get('vary')).toBe('Origin');
    }
  });
});

test.for([
  { note: 'another origin', origin: 'https://evil.example' },
  { note: 'one that begins the same', origin: 'https://app.example.evil.example' },
  { note: 'another scheme', origin: 'http://app.example' },
  { note: 'another port', origin: 'https://app.example:8443' },
  { note: 'a page without an origin', origin: 'null' },
  { note: 'all of them', origin: '*' },
])('$note gets nothing, and every cache is told that it depends', async ({ origin }) => {
  for (const request of [
    preflight('/v1/actions', origin),
    getting('/v1/whoami', { key: keys.agent, headers: from(origin) }),
  ]) {
    const response = await door.fetch(request);
    expect([corsOf(response), response.headers.get('vary')]).toEqual([{}, 'Origin']);
  }
});

test.for([
  [app, true],
  ['http://localhost:5173', true],
  ['https://app.example/', false],
  ['https://APP.example', false],
  ['https://app.example:443', false],
  ['*', false],
  ['null', false],
  ['app.example', false],
  ['https://*.example', false],
  ['file://x', false],
] as const)('%s in a configuration: %s', ([origin, isOne]) => {
  expect(isWebOrigin(origin)).toBe(isOne);
  const config = parseConfig({ mode: 'eval', session: 's', domain: 'localhost', origins: [origin] });
  expect(E.isRight(config)).toBe(isOne);
});
