/** Google’s own notices at `/pubsub`, and through `tai serve`’s configuration: what is acknowledged, and what is not. */
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import { type Desk, googleVendor } from '@tai-autonomics/adapter-http/marketplaces';
import { memoryCredentials, mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGovernor, TENANT } from '../governor/kit.ts';
import { answered, posting, pushOf } from '../http/door.ts';
import { entitlementOf, type FakeGoogle, noticeOf, PROVIDER, serveGoogle, TOKEN } from './fake-google.ts';
import { entitledTo, keptIn, openDesk, operatorEvents } from './kit.ts';

let google: FakeGoogle;
beforeAll(async () => {
  google = await serveGoogle();
});
afterAll(() => google.close());

const { credential, secretText } = mintCredential(systemRandom, {
  subject: { type: 'marketplace', id: 'shop' },
  scope: [],
});
const vendor = () => googleVendor({ provider: PROVIDER, endpoint: google.endpoint, token: async () => E.right(TOKEN) });
const TABLES = { tenants: { 'ACC-1': TENANT }, plans: { base: 'base' } };

const pushTo = (governor: Parameters<typeof createHttpDoor>[0]['governor'], desk?: Pick<Desk, 'take'>) => {
  const door = createHttpDoor({
    governor,
    credentials: memoryCredentials([credential]),
    ...(desk === undefined ? {} : { marketplace: { desks: { google: desk } } }),
  });
  return async (event: unknown, key = secretText) =>
    answered(await door.fetch(posting('/pubsub', pushOf(event), { key })));
};

test('a notice is acknowledged once it is kept, and what it is about is in force', async () => {
  google.entitlements.set('E1', entitlementOf('E1', { plan: 'base' }));
  const setting = await openDesk(vendor(), TABLES);
  const push = pushTo(setting.governor, setting.desk);
  expect(await push(noticeOf('ENTITLEMENT_ACTIVE', 'E1'))).toMatchObject({ status: 204, text: '' });
  expect(await entitledTo(setting)).toMatchObject({ entitlement_status: 'active' });
  // Sent again it leaves no second receipt.
  expect((await push(noticeOf('ENTITLEMENT_ACTIVE', 'E1'))).status).toBe(204);
  expect(await operatorEvents(setting)).toEqual(['event_held', 'event_released']);
});

test('a notice that nobody can apply yet is acknowledged, and kept', async () => {
  google.entitlements.set('E1', entitlementOf('E1', { account: 'providers/p/accounts/ACC-7', plan: 'base' }));
  const setting = await openDesk(vendor(), TABLES);
  expect((await pushTo(setting.governor, setting.desk)(noticeOf('ENTITLEMENT_ACTIVE', 'E1'))).status).toBe(204);
  expect(await keptIn(setting)).toBe(1);
  expect(setting.alarms[0]?.why).toContain('`ACC-7`');
});

test('a bad notice is not acknowledged, however often it comes; its digest is recorded, and a person is told, once', async () => {
  const setting = await openDesk(vendor(), TABLES);
  for (const _ of [1, 2])
    expect((await pushTo(setting.governor, setting.desk)({ eventType: 'ENTITLEMENT_ACTIVE' })).status).toBe(422);
  expect(await operatorEvents(setting)).toEqual(['event_rejected']);
  expect(setting.alarms.map(({ is, why }) => [is, why])).toEqual([
    ['stuck', expect.stringContaining('it is rejected: ')],
  ]);
});

test('a notice is not acknowledged while it cannot be recorded', async () => {
  const { governor } = await startGovernor();
  const push = pushTo(governor, { take: async () => ({ answer: 'later', why: 'store_unavailable' }) });
  const answer = await push(noticeOf('ENTITLEMENT_ACTIVE', 'E1'));
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
});

test('a notice is not acknowledged where Google isn’t connected, and nobody without a key is heard', async () => {
  const setting = await openDesk(vendor(), TABLES);
  expect((await pushTo(setting.governor)(noticeOf('ENTITLEMENT_ACTIVE', 'E1'))).status).toBe(422);
  expect((await pushTo(setting.governor, setting.desk)(noticeOf('ENTITLEMENT_ACTIVE', 'E1'), 'tai_x')).status).toBe(
    401,
  );
  expect(await keptIn(setting)).toBe(0);
});
