/** `tai serve` with marketplaces in its configuration, in a process of its own; and configurations that cannot be right. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { webhookHeaders } from '@tai-autonomics/adapter-http/events';
import { EXIT, main, parseConfig } from '@tai-autonomics/cli';
import { mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Running, startTai } from '../cli/process.ts';
import { folder } from '../cli/scratch.ts';
import { captureIo } from '../cli/terminal.ts';
import { eventOf, pushOf } from '../http/door.ts';
import { operationOf, SUBSCRIPTION, serveAzure, subscriptionOf } from './fake-azure.ts';
import { entitlementOf, type FakeGoogle, noticeOf, PROVIDER, serveGoogle, TOKEN } from './fake-google.ts';

const google = (more: object = {}) => ({ provider: PROVIDER, tokenFile: 't', tenants: {}, plans: {}, ...more });
const aws = (more: object = {}) => ({ products: ['p'], credentialsFile: 'c', tenants: {}, plans: {}, ...more });
const azure = (more: object = {}) => ({ tokenFile: 't', tenants: {}, plans: {}, ...more });

describe('a configuration with', () => {
  test.for([
    { note: 'all three', marketplaces: { google: google(), aws: aws(), azure: azure() }, issues: [] },
    { note: 'a marketplace that nobody knows', marketplaces: { oracle: {} }, issues: ['marketplaces.oracle'] },
    {
      note: 'no provider',
      marketplaces: { google: google({ provider: undefined }) },
      issues: ['marketplaces.google.provider'],
    },
    {
      note: 'a member too many',
      marketplaces: { google: google({ tenant: 'acme' }) },
      issues: ['marketplaces.google.tenant'],
    },
    {
      note: 'a tenant in another spelling',
      marketplaces: { google: google({ tenants: { A: ' acme' } }) },
      issues: ['marketplaces.google.tenants.A'],
    },
    {
      note: 'a plan that is no text',
      marketplaces: { aws: aws({ plans: { p: 1 } }) },
      issues: ['marketplaces.aws.plans'],
    },
    {
      note: 'an address without TLS',
      marketplaces: { azure: azure({ endpoint: 'http://api.example' }) },
      issues: ['marketplaces.azure.endpoint'],
    },
    {
      note: 'a topic that is none',
      marketplaces: { aws: aws({ topics: ['arn:aws:sqs:x'] }) },
      issues: ['marketplaces.aws.topics'],
    },
    {
      note: 'a caller without its application',
      marketplaces: { azure: azure({ caller: { directory: 'x' } }) },
      issues: ['marketplaces.azure.caller'],
    },
    {
      note: 'a sign-up page without its domain',
      marketplaces: { google: google({ signUp: {} }) },
      issues: ['marketplaces.google.signUp'],
    },
    {
      note: 'a service that can have no such name',
      marketplaces: { google: google({ usage: { service: 'a b' } }) },
      issues: ['marketplaces.google.usage'],
    },
    {
      note: 'a shop without its keys',
      marketplaces: { own: { shop: { tenants: ['acme'] } } },
      issues: ['marketplaces.own.shop.keysFile'],
    },
    {
      note: 'no minutes',
      marketplaces: { google: google({ everyMinutes: 0 }) },
      issues: ['marketplaces.google.everyMinutes'],
    },
  ])('$note', ({ marketplaces, issues }) => {
    const parsed = parseConfig({
      mode: 'eval',
      session: 's',
      domain: 'd',
      marketplaces: JSON.parse(JSON.stringify(marketplaces)),
    });
    expect(E.isLeft(parsed) ? parsed.left.map(({ path }) => path.join('.')) : []).toEqual(issues);
  });
});

describe('a server', () => {
  const { dir, remove } = folder();
  let fake: FakeGoogle;
  let serving: Running;
  let url = '';
  const { credential, secretText } = mintCredential(systemRandom, {
    subject: { type: 'marketplace', id: 'push' },
    scope: [],
  });
  const push = async (event: unknown): Promise<number> => {
    const headers = { authorization: `Bearer ${secretText}`, 'content-type': 'application/json' };
    return (await fetch(`${url}/pubsub`, { method: 'POST', headers, body: JSON.stringify(pushOf(event)) })).status;
  };

  beforeAll(async () => {
    fake = await serveGoogle();
    fake.entitlements.set('E1', entitlementOf('E1', { plan: 'pro', state: 'ENTITLEMENT_ACTIVATION_REQUESTED' }));
    mkdirSync(join(dir, '.tai'), { mode: 0o700 });
    const write = (name: string, text: string): void => writeFileSync(join(dir, '.tai', name), text, { mode: 0o600 });
    const place = {
      provider: PROVIDER,
      tokenFile: 'google.token',
      endpoint: fake.endpoint,
      tenants: { 'ACC-1': 'acme' },
      plans: { pro: 'professional', gone: 'golden' },
    };
    write(
      'config.json',
      JSON.stringify({
        mode: 'eval',
        session: 'pilot',
        domain: 'localhost',
        owners: { acme: 'owner' },
        marketplaces: { google: place },
      }),
    );
    write('credentials.json', JSON.stringify({ format: 'tai-autonomics/credentials@1', credentials: [credential] }));
    write('google.token', `${TOKEN}\n`);
    serving = startTai(dir, 'serve', '--port', '0');
    url = (await serving.says(/^serving on (\S+)$/m))[1] ?? '';
  });
  afterAll(async () => {
    serving.child.kill('SIGKILL');
    await fake.close();
    remove();
  });

  const run = async (...argv: readonly string[]) => {
    const { io, out, err } = captureIo(dir);
    return { code: await main(argv, io), out: out(), err: err() };
  };
  const kept = async (): Promise<readonly string[]> =>
    (JSON.parse((await run('marketplace', 'kept', '--json')).out) as readonly { readonly digest: string }[]).map(
      (one) => one.digest,
    );

  test('says at its start what cannot be right, takes a notice, and approves nothing in an evaluation', async () => {
    await serving.says(/`gone` is sold as `golden`, which is no plan of the catalog/);
    await serving.says(/purchase E1: its answer is refused: an evaluation answers nothing at a marketplace/);
    expect(fake.calls).toEqual([]);
    expect(await push(noticeOf('ENTITLEMENT_ACTIVE', 'E1'))).toBe(204);
    expect(await push(noticeOf('ENTITLEMENT_ACTIVE', 'E9'))).toBe(204);
    await serving.says(/marketplace google, message \S+: the marketplace cannot be read: .*404/);
  });

  test('what is acknowledged and not taken yet stands in tai status; what is not kept is not acknowledged', async () => {
    const stands = async () => JSON.parse((await run('status', '--json')).out).kept as unknown;
    const before = await stands();
    expect(before).toBe((await kept()).length);
    expect(await push(eventOf({}, { tenant_id: 'umbrella' }))).toBe(204);
    expect(await stands()).toBe(Number(before) + 1);
    expect((await run('status')).out).toContain(`kept: ${Number(before) + 1} of marketplaces`);
    expect(await push(eventOf({ event: 'entitlement.exploded' }))).toBe(422);
    expect(await stands()).toBe(Number(before) + 1);
  });

  const bind = (account: string, tenant = 'acme') =>
    run('marketplace', 'resolve', '--at', 'google', '--account', account, '--tenant', tenant);

  test('accounts that are bound at once are all bound; neither what config.json says nor the file itself is hurt', async () => {
    const names = ['P-1', 'P-2', 'P-3', 'ACC-2'];
    const done = await Promise.all(names.map((name) => bind(name)));
    expect(done.map(({ code }) => code)).toEqual(names.map(() => EXIT.ok));
    const bound = () => JSON.parse(readFileSync(join(dir, '.tai', 'marketplace-accounts.json'), 'utf8'));
    const all = { google: Object.fromEntries(names.map((name) => [name, 'acme'])) };
    expect(bound()).toEqual(all);
    const other = await bind('ACC-1', 'umbrella');
    expect(other.code).toBe(EXIT.failed);
    expect(other.err).toContain('ACC-1: config.json gives it to another tenant');
    expect((await bind('ACC-1')).code).toBe(EXIT.ok);
    for (const name of ['__proto__', 'constructor', 'prototype']) expect((await bind(name)).code).toBe(EXIT.unreadable);
    expect(bound()).toEqual(all);
  });

  test('a file of bound accounts that cannot be read any more is said once, and what was read before counts', async () => {
    const account = `providers/${PROVIDER}/accounts/ACC-2`;
    const before = await kept();
    const bought = async (id: string): Promise<void> => {
      fake.entitlements.set(id, entitlementOf(id, { plan: 'pro', account }));
      expect(await push(noticeOf('ENTITLEMENT_ACTIVE', id))).toBe(204);
      await vi.waitFor(async () => expect(await kept()).toEqual(before), { timeout: 15_000, interval: 300 });
    };
    await bought('E2');
    writeFileSync(join(dir, '.tai', 'marketplace-accounts.json'), '{', { mode: 0o600 });
    await bought('E3');
    const said = /marketplace-accounts\.json: expected .*; the accounts that were read before still count/g;
    await serving.says(new RegExp(said.source));
    expect(serving.printed().match(said)).toHaveLength(1);
  });

  test('a message that can never be applied is given up, with the reason, and the server works on it no more', async () => {
    const [, digest = ''] = await serving.says(
      /marketplace google, message (\S+): the marketplace cannot be read: .*404/,
    );
    const [full = ''] = (await kept()).filter((one) => one.startsWith(digest.replace(/…$/, '')));
    expect(full).not.toBe('');
    expect((await run('marketplace', 'dismiss', full, '--why', 'E9 was a test of ours')).code).toBe(EXIT.ok);
    expect(await kept()).not.toContain(full);
    serving.child.kill('SIGHUP');
    await serving.says(new RegExp(`message ${digest.replaceAll(/[^\\w]/g, '.')}: is done with`));
  });

  const path = join(dir, '.tai', 'config.json');
  const configured = () => JSON.parse(readFileSync(path, 'utf8'));
  const reload = async (config: object): Promise<void> => {
    writeFileSync(path, JSON.stringify(config));
    const times = () => serving.printed().split('the configuration was read again').length;
    const said = times();
    serving.child.kill('SIGHUP');
    await vi.waitFor(() => expect(times()).toBe(said + 1), { timeout: 15_000 });
  };

  test('a marketplace that is added to config.json is connected at SIGHUP, and one that is taken out is not any more', async () => {
    const azure = await serveAzure();
    onTestFinished(() => azure.close());
    azure.subscriptions.set(SUBSCRIPTION, subscriptionOf(SUBSCRIPTION));
    const call = async (n: number): Promise<number> => {
      const { status } = await fetch(`${url}/marketplaces/azure?key=${secretText}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(operationOf('Renew', { activityId: `a-${n}` })),
      });
      return status;
    };
    const before = configured();
    const owners = { acme: 'owner', emea: 'owner' };
    expect(await call(1)).toBe(404);
    const place = {
      tokenFile: 'google.token',
      endpoint: azure.endpoint,
      tenants: { [SUBSCRIPTION]: 'emea' },
      plans: { silver: 'professional', other: 'leaden' },
    };
    await reload({ ...before, owners, marketplaces: { ...before.marketplaces, azure: place } });
    await serving.says(/marketplaces\.azure: `other` is sold as `leaden`, which is no plan of the catalog/);
    expect(await call(2)).toBe(200);
    const names = async (): Promise<unknown> => {
      const { out } = await run('tenants', '--json');
      return JSON.parse(out).open.map(({ tenant }: { readonly tenant: string }) => tenant);
    };
    await vi.waitFor(async () => expect(await names()).toContain('emea'), { timeout: 15_000, interval: 300 });
    // When it was first seen so outlives the process.
    const sights = JSON.parse(readFileSync(join(dir, '.tai', 'marketplace-sights.json'), 'utf8'));
    expect(sights['azure'][SUBSCRIPTION]).toMatchObject({
      sight: { digest: expect.any(String), at: expect.any(Number) },
      last: { id: SUBSCRIPTION, status: 'active' },
    });
    // The other one goes on, and says nothing twice.
    expect(serving.printed().match(/is sold as `golden`/g)).toHaveLength(1);
    expect(await push(noticeOf('ENTITLEMENT_ACTIVE', 'E1', 7))).toBe(204);
    const since = (): number =>
      JSON.parse(readFileSync(join(dir, '.tai', 'marketplace-sights.json'), 'utf8')).azure[SUBSCRIPTION].sight.at;
    const first = since();
    serving.child.kill('SIGTERM');
    await serving.ended;
    serving = startTai(dir, 'serve', '--port', '0');
    url = (await serving.says(/^serving on (\S+)$/m))[1] ?? '';
    expect(await call(4)).toBe(200);
    expect(since()).toBe(first);
    await reload({ ...before, owners });
    expect(await call(3)).toBe(404);
  });

  test('an event of a shop that signs counts without a key, and once; a late, a changed or a foreign one does not', async () => {
    const before = configured();
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    writeFileSync(join(dir, '.tai', 'shop.keys'), `${secret}\n`, { mode: 0o600 });
    const own = { 'shop-1': { keysFile: 'shop.keys', tenants: ['acme'] } };
    await reload({ ...before, marketplaces: { ...before.marketplaces, own } });
    const eventFor = (tenant: string) =>
      JSON.stringify({
        event: 'entitlement.activated',
        event_id: `signed-${tenant}`,
        entitlement_id: 'ent-signed',
        occurred_at: '2026-01-05T08:00:00Z',
        record: {
          tenant_id: tenant,
          sku_id: 'rollback-guard-base',
          plan_id: 'base',
          enabled_packs: ['receipt_verifier'],
          iam_roles: ['read_deployment'],
          expiry: '2100-01-01T00:00:00Z',
        },
      });
    const post = async (body: string, headers: Readonly<Record<string, string>>) => {
      const response = await fetch(`${url}/marketplace`, { method: 'POST', headers, body });
      return { status: response.status, json: (await response.json()) as Readonly<Record<string, unknown>> };
    };
    const [body, now] = [eventFor('acme'), Date.now()];
    const headers = webhookHeaders({ id: 'msg-1', body }, secret, now);
    const taken = await post(body, headers);
    expect([taken.status, taken.json['repeated']]).toEqual([200, false]);
    const replayed = await post(body, headers);
    expect([replayed.status, replayed.json['repeated'], replayed.json['receipt']]).toEqual([
      200,
      true,
      taken.json['receipt'],
    ]);
    const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
    const refused = [
      await post(body, webhookHeaders({ id: 'msg-2', body }, secret, now - 600_000)),
      await post(body.replace('ent-signed', 'ent-forged'), headers),
      await post(body, webhookHeaders({ id: 'msg-3', body }, other, now)),
      await post(body, { 'content-type': 'application/json' }),
    ];
    expect(refused.map(({ status, json }) => [status, json['code']])).toEqual(
      refused.map(() => [401, 'unauthenticated']),
    );
    const foreign = eventFor('umbrella');
    expect((await post(foreign, webhookHeaders({ id: 'msg-4', body: foreign }, secret, now))).status).toBe(403);
    await reload(before);
    expect((await post(body, headers)).status).toBe(401);
  });
});
