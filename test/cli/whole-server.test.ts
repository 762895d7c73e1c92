/** Every route of both doors of a running `tai serve`, as a stranger meets it who read the interface and nothing else. */
import { createClient } from '@tai-autonomics/adapter-http/client';
import { main } from '@tai-autonomics/cli';
import { library } from '@tai-autonomics/packs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Running, startTai } from './process.ts';
import { folder } from './scratch.ts';
import { captureIo } from './terminal.ts';

const { dir, remove } = folder();
let serving: Running;
const at = { tenants: '', operator: '' };
const key = { tenants: '', operator: '', shop: '', agent: '' };

beforeAll(async () => {
  serving = startTai(dir, 'serve', '--port', '0', '--operator-port', '0', '--log', 'off');
  at.tenants = (await serving.says(/^serving on (\S+)$/m))[1] ?? '';
  at.operator = (await serving.says(/^ {2}operator +(\S+)\/docs/m))[1] ?? '';
  const keyOf = (holder: string): string =>
    new RegExp(`^  ${holder} +(tai_\\S+)$`, 'm').exec(serving.printed())?.[1] ?? '';
  [key.tenants, key.shop, key.agent] = [keyOf('owner'), keyOf('marketplace'), keyOf('agent')];
  const { io, out } = captureIo(dir);
  await main(['operator', 'new-key', '--as', 'olga', '--json'], io);
  key.operator = JSON.parse(out())['key'] as string;
  const plan = library.plans['enterprise'];
  if (plan === undefined) throw new Error('enterprise is not sold');
  const bought = await fetch(`${at.tenants}/marketplace`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.shop}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      event: 'entitlement.activated',
      event_id: 'e-1',
      entitlement_id: 'ent-1',
      occurred_at: '2026-01-05T08:00:00Z',
      record: {
        tenant_id: 'acme',
        plan_id: 'enterprise',
        sku_id: plan.sku_id,
        enabled_packs: plan.packs,
        iam_roles: plan.iam_roles,
        expiry: '2100-01-01T00:00:00Z',
      },
    }),
  });
  expect(bought.status).toBe(200);
});
afterAll(() => {
  serving.child.kill('SIGKILL');
  remove();
});

type Interface = Readonly<Record<string, Readonly<Record<string, { readonly parameters?: readonly unknown[] }>>>>;

const PLACES: Readonly<Record<string, string>> = {
  tenant: 'acme',
  seq: '0',
  incident: 'inc-1',
  key: '0123456789abcdef',
  digest: 'A'.repeat(43),
  marketplace: 'azure',
};

/** Of the events of one connection there is no end, and AWS's messages are known by their signature. */
const ENDLESS = '/v1/events';

describe.for(['tenants', 'operator'] as const)('the door of %s', { timeout: 180_000 }, (door) => {
  const ask = (path: string, method: string, bearer?: string): Promise<Response> =>
    fetch(`${at[door]}${path}`, {
      method,
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      },
      ...(method === 'POST' ? { body: '{}' } : {}),
    });
  const routes = async (): Promise<readonly (readonly [string, readonly string[]])[]> => {
    const { paths } = (await (await ask('/openapi.json', 'GET')).json()) as { readonly paths: Interface };
    return Object.entries(paths).map(([path, operations]) => [
      path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PLACES[name] ?? name),
      Object.keys(operations).map((method) => method.toUpperCase()),
    ]);
  };

  test('says at each route which methods it has, and refuses the others', async () => {
    const all = await routes();
    expect(all.length).toBeGreaterThan(15);
    for (const [path, methods] of all) {
      const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])];
      const options = await ask(path, 'OPTIONS');
      expect([path, options.status, options.headers.get('allow')?.split(', ').toSorted()]).toEqual([
        path,
        204,
        [...allow, 'OPTIONS'].toSorted(),
      ]);
      const refused = await ask(path, 'DELETE');
      const problem = (await refused.json()) as { readonly code: string };
      expect([path, refused.status, problem.code]).toEqual([path, 405, 'method_not_allowed']);
    }
  });

  test('answers nobody without a key but where everybody may ask, and HEAD as GET', async () => {
    const open: string[] = [];
    for (const [path, methods] of await routes())
      for (const method of methods) {
        const unknown = await ask(path, method);
        if (unknown.status === 401) {
          expect([path, unknown.headers.get('content-type')]).toEqual([path, 'application/problem+json']);
          expect(unknown.headers.get('www-authenticate') === null && !path.includes('marketplaces/aws/sns')).toBe(
            false,
          );
        } else open.push(path);
        await unknown.body?.cancel();
        if (method !== 'GET' || path === ENDLESS) continue;
        const [got, head] = [await ask(path, 'GET', key[door]), await ask(path, 'HEAD', key[door])];
        await got.arrayBuffer();
        expect([path, head.status, (await head.arrayBuffer()).byteLength]).toEqual([path, got.status, 0]);
        expect([path, head.headers.get('content-type')]).toEqual([path, got.headers.get('content-type')]);
        expect([path, got.headers.get('ratelimit')]).toEqual([path, expect.stringMatching(/^"key";r=\d+;t=\d+/)]);
        expect([path, got.headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
      }
    const everybody = ['/health', '/health/ready', '/openapi.json', '/docs'];
    const known = door === 'tenants' ? [...everybody, '/.well-known/authzen-configuration'] : everybody;
    expect(open.toSorted()).toEqual(known.toSorted());
  });
});

test('the figures say what they have, and who may not read them, as every route does', async () => {
  const figures = `${at.tenants}/metrics`;
  const options = await fetch(figures, { method: 'OPTIONS' });
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
  for (const [method, status, code] of [
    ['GET', 401, 'unauthenticated'],
    ['POST', 405, 'method_not_allowed'],
  ] as const) {
    const refused = await fetch(figures, { method });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    expect(refused.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    expect(await refused.json()).toMatchObject({ status, code });
  }
});

test('incidents come page by page, each once, in the order of their ids', async () => {
  const agent = createClient({ url: at.tenants, key: key.agent });
  const grant = { subject: 'agent:agent', roles: ['read_deployment'] };
  const granted = await createClient({ url: at.tenants, key: key.tenants }).call('POST /v1/actions', {
    body: { action: 'grant_role', resource: '*', arguments: grant },
  });
  expect(granted).toMatchObject({ ok: true, answer: { verdict: 'approve' } });
  for (let n = 0; n < 7; n += 1) {
    const raised = await fetch(`${at.tenants}/v1/alerts/cloudevents`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.agent}`, 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify({
        specversion: '1.0',
        id: `alert-${n}`,
        source: '/monitor',
        type: 'configuration_drift',
        subject: `service-${n}`,
      }),
    });
    expect([raised.status, await raised.json()]).toMatchObject([200, { alerts: [{ verdict: 'approve' }] }]);
  }
  const seen: string[] = [];
  const next: string[] = [];
  let pages = 0;
  do {
    const [after] = next.splice(0);
    const page = await agent.call('GET /v1/incidents', {
      query: { limit: 3, ...(after === undefined ? {} : { after }) },
    });
    if (!page.ok || page.status !== 200) throw new Error(JSON.stringify(page));
    const { incidents } = page.answer;
    expect(incidents.length).toBeLessThanOrEqual(3);
    seen.push(...incidents.map(({ incident }) => incident));
    if (page.answer.next !== undefined) next.push(page.answer.next);
    pages += 1;
  } while (next.length > 0 && pages < 10);
  expect([seen.length, new Set(seen).size, seen]).toEqual([7, 7, seen.toSorted()]);
  expect(pages).toBeGreaterThanOrEqual(3);
  // Whoever was granted nothing sees none of them.
  const owner = await createClient({ url: at.tenants, key: key.tenants }).call('GET /v1/incidents', {});
  expect(owner).toMatchObject({ ok: true, status: 403, answer: { verdict: 'refuse' } });
});

test('at SIGTERM a stream of receipts ends with its last chunk, and its reader is told of no fault', async () => {
  const events = await fetch(`${at.tenants}/v1/events`, { headers: { authorization: `Bearer ${key.tenants}` } });
  expect(events.status).toBe(200);
  const read = events.text();
  serving.child.kill('SIGTERM');
  expect(await read).toMatch(/^retry: \d+\n\n/);
  expect(await serving.ended).toBe(0);
});
