/** Microsoft’s marketplace: calls read leniently, operations read back before they are answered, and whose calls they are. */
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import { azureVendor, type Sights } from '@tai-autonomics/adapter-http/marketplaces';
import { memoryCredentials, mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { webhookTokens } from '@tai-autonomics/governor/tokens';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clockAt, ledgerOf, restart, TENANT } from '../governor/kit.ts';
import { answered, posting } from '../http/door.ts';
import { publicJwk, serveKeys, signed } from '../identity/authorization-server.ts';
import { type FakeAzure, OPERATION, operationOf, SUBSCRIPTION, serveAzure, subscriptionOf } from './fake-azure.ts';
import { TOKEN } from './fake-google.ts';
import { bytesOf, deskOver, entitledTo, keptIn, NOW, openDesk } from './kit.ts';

let azure: FakeAzure;
beforeAll(async () => {
  azure = await serveAzure();
});
afterAll(() => azure.close());
const clock = clockAt(NOW);
beforeEach(() => {
  azure.subscriptions.clear();
  azure.operations.clear();
  azure.calls.length = 0;
  delete azure.next;
});

const vendor = (sights: Sights = new Map()) =>
  azureVendor({
    sights,
    token: async () => E.right(TOKEN),
    clock,
    endpoint: azure.endpoint,
    limits: { timeoutMs: 2_000, tries: 2, pauseMs: 1 },
  });
const TABLES = {
  tenants: { [SUBSCRIPTION]: TENANT },
  plans: { 'rollback-guard/silver': 'base', gold: 'professional' },
};
const call = (action: string, more: object = {}) => ({ ...operationOf(action), ...more });
const later = (): void => {
  clock.now += 1_000;
};

describe('a change that Microsoft asks for', () => {
  test('of the plan is answered after it was read back and applied', async () => {
    azure.subscriptions.set(SUBSCRIPTION, subscriptionOf(SUBSCRIPTION));
    azure.operations.set(OPERATION, operationOf('ChangePlan', { planId: 'gold' }));
    const setting = await openDesk(vendor(), TABLES, clock);
    // What the call itself says of plan and status counts for nothing.
    expect(await setting.desk.take(bytesOf(call('ChangePlan', { planId: 'platinum' })))).toMatchObject({
      standing: { is: 'done' },
    });
    expect(azure.calls).toEqual([`PATCH operations/${OPERATION} {"status":"Success"}`]);
    expect(await entitledTo(setting)).toMatchObject({ entitlement_plan: 'professional' });
    expect(await setting.desk.take(bytesOf(call('ChangePlan', { planId: 'platinum' })))).toMatchObject({
      standing: { is: 'done' },
    });
    expect(azure.calls).toHaveLength(1);
  });

  test.for([
    { note: 'that is unknown', operation: undefined },
    {
      note: 'of another subscription',
      operation: operationOf('ChangePlan', { planId: 'gold', subscriptionId: 'other' }),
    },
    { note: 'that is over', operation: operationOf('ChangePlan', { planId: 'gold', status: 'Succeeded' }) },
    { note: 'that only informs', operation: operationOf('Suspend') },
  ])('by an operation $note is answered by nobody', async ({ operation }) => {
    azure.subscriptions.set(SUBSCRIPTION, subscriptionOf(SUBSCRIPTION));
    if (operation !== undefined) azure.operations.set(OPERATION, operation);
    const setting = await openDesk(vendor(), TABLES, clock);
    expect(await setting.desk.take(bytesOf(call('ChangePlan', { planId: 'gold' })))).toMatchObject({
      standing: { is: 'done' },
    });
    expect(azure.calls).toEqual([]);
    expect(await entitledTo(setting)).toMatchObject({ entitlement_plan: 'base' });
  });

  test('to a plan that we don’t sell is not answered, and told', async () => {
    azure.subscriptions.set(SUBSCRIPTION, subscriptionOf(SUBSCRIPTION));
    azure.operations.set(OPERATION, operationOf('ChangePlan', { planId: 'platinum' }));
    const setting = await openDesk(vendor(), TABLES, clock);
    expect(await setting.desk.take(bytesOf(call('ChangePlan')))).toMatchObject({
      answer: 'kept',
      standing: { is: 'stuck' },
    });
    expect(azure.calls).toEqual([]);
  });
});

describe('a subscription', () => {
  test('that waits is activated, and is in force', async () => {
    azure.subscriptions.set(
      SUBSCRIPTION,
      subscriptionOf(SUBSCRIPTION, { saasSubscriptionStatus: 'PendingFulfillmentStart' }),
    );
    const setting = await openDesk(vendor(), TABLES, clock);
    await setting.desk.sync();
    expect(azure.calls[0]).toContain('POST activate/ {"planId":"silver"');
    expect(await entitledTo(setting)).toMatchObject({ entitlement_status: 'active', entitlement_plan: 'base' });
  });

  test('is suspended, goes on and ends as Microsoft has it, by the short form of a call too', async () => {
    azure.subscriptions.set(SUBSCRIPTION, subscriptionOf(SUBSCRIPTION));
    const setting = await openDesk(vendor(), TABLES, clock);
    await setting.desk.sync();
    for (const [state, action, status] of [
      ['Suspended', 'Suspend', 'suspended'],
      ['Subscribed', 'Reinstate', 'active'],
      ['Unsubscribed', 'Unsubscribe', 'cancelled'],
    ] as const) {
      later();
      azure.subscriptions.set(SUBSCRIPTION, subscriptionOf(SUBSCRIPTION, { saasSubscriptionStatus: state }));
      const short = { subscriptionId: SUBSCRIPTION.toUpperCase(), operationType: action };
      expect(await setting.desk.take(bytesOf(short))).toMatchObject({ standing: { is: 'done' } });
      expect(await entitledTo(setting)).toMatchObject({ entitlement_status: status });
    }
  });

  test.for([
    { note: 'a number', quantity: 20 },
    { note: 'a text', quantity: '20' },
    { note: 'nothing', quantity: null },
  ])('may have $note as its quantity, and members that nobody knows', async ({ quantity }) => {
    azure.subscriptions.set(SUBSCRIPTION, subscriptionOf(SUBSCRIPTION, { quantity, later: { x: [1] } }));
    const setting = await openDesk(vendor(), TABLES, clock);
    expect(await setting.desk.take(bytesOf(call('Renew', { quantity, later: 1 })))).toMatchObject({
      standing: { is: 'done' },
    });
  });

  test('is not asked for at an address to which a list leads', async () => {
    azure.subscriptions.set(SUBSCRIPTION, subscriptionOf(SUBSCRIPTION));
    azure.next = 'https://evil.example/next';
    const listed = await vendor().list();
    expect(E.isLeft(listed) && listed.left.fault).toBe('refused');
  });
});

describe('a call', () => {
  const { credential, secretText: key } = mintCredential(systemRandom, {
    subject: { type: 'marketplace', id: 'azure' },
    scope: [],
  });
  const DIRECTORY = 'aaaabbbb-0000-cccc-1111-dddd2222eeee';
  const APPLICATION = '00001111-aaaa-2222-bbbb-3333cccc4444';
  const MARKETPLACE = '20e940b3-4c77-4b0b-9a53-9e16a1b010a7';

  test('comes with a key where no token is configured', async () => {
    azure.subscriptions.set(SUBSCRIPTION, subscriptionOf(SUBSCRIPTION));
    const setting = await openDesk(vendor(), TABLES, clock);
    const door = createHttpDoor({
      governor: setting.governor,
      credentials: memoryCredentials([credential]),
      marketplace: { desks: { azure: setting.desk } },
    });
    const post = async (path: string) => answered(await door.fetch(posting(path, call('Renew'))));
    expect((await post('/marketplaces/azure')).status).toBe(401);
    expect(await post(`/marketplaces/azure?key=${key}`)).toMatchObject({ status: 200, json: {} });
    expect(await keptIn(setting)).toBe(0);
    const unconnected = createHttpDoor({ governor: setting.governor, credentials: memoryCredentials([credential]) });
    expect((await unconnected.fetch(posting('/marketplaces/azure', call('Renew'), { key }))).status).toBe(404);
  });

  test('counts by Microsoft’s token for our application, called by its marketplace, and by no other', async () => {
    const server = await serveKeys([publicJwk('issuer')]);
    const now = Date.now();
    const verify = webhookTokens({
      directory: DIRECTORY,
      application: APPLICATION,
      jwks: server.jwks,
      clock: () => now,
    });
    const claims = {
      iss: `https://sts.windows.net/${DIRECTORY}/`,
      aud: APPLICATION,
      appid: MARKETPLACE,
      iat: Math.floor(now / 1_000) - 10,
      exp: Math.floor(now / 1_000) + 600,
    };
    const of = async (more: object, key: 'issuer' | 'stranger' = 'issuer') =>
      E.isRight(await verify(await signed(key, { header: { typ: 'JWT' }, claims: { ...claims, ...more } })));
    expect(await of({})).toBe(true);
    expect(
      await of({ appid: undefined, azp: MARKETPLACE, iss: `https://login.microsoftonline.com/${DIRECTORY}/v2.0` }),
    ).toBe(true);
    for (const wrong of [
      { appid: APPLICATION },
      { appid: undefined },
      { aud: 'other' },
      { iss: 'https://sts.windows.net/other/' },
      { exp: 1 },
    ])
      expect(await of(wrong)).toBe(false);
    expect(await of({}, 'stranger')).toBe(false);
    expect(await verify('')).toEqual(E.left('unauthenticated'));
    await server.close();
  });
});

test('a restart dates nothing anew: what was seen before it is what it was, and leaves no receipt', async () => {
  azure.subscriptions.set(SUBSCRIPTION, subscriptionOf(SUBSCRIPTION));
  const sights: Sights = new Map();
  const first = await openDesk(vendor(sights), TABLES, clock);
  await first.desk.sync();
  const before = (await ledgerOf(first)).length;
  clock.now += 60_000;
  const second = deskOver(await restart(first), vendor(sights), TABLES);
  await second.desk.sync();
  expect((await ledgerOf(second)).length).toBe(before);
  // One that begins with nothing dates it anew.
  const third = deskOver(await restart(second), vendor(), TABLES);
  await third.desk.sync();
  expect((await ledgerOf(third)).length).toBe(before + 1);
});
