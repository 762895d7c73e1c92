/** Google’s notices at the desk: what is read back, what is approved and when, and what is kept. */
import { googleVendor } from '@tai-autonomics/adapter-http/marketplaces';
import { heldMessages } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clockAt, restart, right, startGovernor, TENANT } from '../governor/kit.ts';
import { expectVerified } from '../governor/verified.ts';
import { entitlementOf, type FakeGoogle, noticeOf, PROVIDER, serveGoogle, TOKEN } from './fake-google.ts';
import { bytesOf, deskOver, entitledTo, keptIn, NOW, openDesk, operatorEvents } from './kit.ts';

let google: FakeGoogle;
const LIMITS = { timeoutMs: 2_000, tries: 2, pauseMs: 1 };
const vendor = () =>
  googleVendor({ provider: PROVIDER, endpoint: google.endpoint, token: async () => E.right(TOKEN), limits: LIMITS });
const TABLES = { tenants: { 'ACC-1': TENANT }, plans: { 'rollback-guard/pro': 'professional', base: 'base' } };

beforeAll(async () => {
  google = await serveGoogle();
});
afterAll(() => google.close());
beforeEach(() => {
  google.entitlements.clear();
  google.accounts.clear();
  google.calls.length = 0;
  google.faults.length = 0;
  google.refuses = false;
});

describe('a purchase that waits for approval', () => {
  test('is kept, recorded as known, approved at Google, read again and in force, in this order', async () => {
    google.entitlements.set('E1', entitlementOf('E1', { plan: 'pro', state: 'ENTITLEMENT_ACTIVATION_REQUESTED' }));
    const setting = await openDesk(vendor(), TABLES);
    expect(await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_CREATION_REQUESTED', 'E1')))).toEqual({
      answer: 'kept',
      standing: { is: 'done' },
    });
    expect(google.calls).toEqual(['E1:approve {}']);
    expect(await entitledTo(setting)).toMatchObject({
      entitlement_id: 'google:E1',
      entitlement_status: 'active',
      entitlement_plan: 'professional',
      entitlement_expires_at: '2027-02-01T00:00:00.000Z',
    });
    expect(await operatorEvents(setting)).toEqual(['event_held', 'event_released']);
    expect(await keptIn(setting)).toBe(0);
    expect(setting.alarms).toEqual([]);
    await expectVerified(setting);
  });

  test('gives nothing and stays kept, with an alarm, while Google refuses the approval', async () => {
    google.entitlements.set('E1', entitlementOf('E1', { plan: 'pro', state: 'ENTITLEMENT_ACTIVATION_REQUESTED' }));
    google.refuses = true;
    const setting = await openDesk(vendor(), TABLES);
    const answer = await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_CREATION_REQUESTED', 'E1')));
    expect(answer).toMatchObject({ answer: 'kept', standing: { is: 'stuck' } });
    expect(await entitledTo(setting)).toMatchObject({ entitlement_status: 'suspended' });
    expect(await keptIn(setting)).toBe(1);
    expect(setting.alarms).toMatchObject([{ is: 'stuck' }, { about: 'purchase E1', is: 'stuck' }]);
    google.refuses = false;
    await setting.desk.sync();
    expect(await entitledTo(setting)).toMatchObject({ entitlement_status: 'active' });
    expect(await keptIn(setting)).toBe(0);
    expect(setting.alarms.slice(2)).toMatchObject([{ marketplace: 'google' }, { about: 'purchase E1' }]);
    expect(setting.alarms.slice(2).every(({ why }) => why === undefined)).toBe(true);
  });

  test('is approved by the next process, if the first one died after its receipt and before the approval', async () => {
    google.entitlements.set('E1', entitlementOf('E1', { plan: 'pro', state: 'ENTITLEMENT_ACTIVATION_REQUESTED' }));
    const first = await openDesk({ ...vendor(), answer: () => new Promise(() => {}) }, TABLES);
    void first.desk.take(bytesOf(noticeOf('ENTITLEMENT_CREATION_REQUESTED', 'E1')));
    await expect.poll(async () => (await entitledTo(first))['entitlement_status']).toBe('suspended');
    expect(google.calls).toEqual([]);
    const second = deskOver(await restart(first), vendor(), TABLES);
    await second.desk.resume(right(await heldMessages(second)));
    expect(google.calls).toEqual(['E1:approve {}']);
    expect(await entitledTo(second)).toMatchObject({ entitlement_status: 'active' });
    expect(await keptIn(second)).toBe(0);
  });

  test('is not approved while no plan of ours is named for what was bought', async () => {
    google.entitlements.set('E1', entitlementOf('E1', { plan: 'gold', state: 'ENTITLEMENT_ACTIVATION_REQUESTED' }));
    const setting = await openDesk(vendor(), TABLES);
    await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_CREATION_REQUESTED', 'E1')));
    expect(google.calls).toEqual([]);
    expect(setting.alarms[0]?.why).toBe('no plan of ours is named for `rollback-guard/gold`');
    setting.tables = { ...TABLES, plans: { ...TABLES.plans, gold: 'enterprise' } };
    await setting.desk.sync();
    expect(await entitledTo(setting)).toMatchObject({ entitlement_plan: 'enterprise', entitlement_status: 'active' });
  });
});

describe('a change of plan', () => {
  const asked = (plan: string) =>
    entitlementOf('E1', { plan: 'base', newPendingPlan: plan, state: 'ENTITLEMENT_PENDING_PLAN_CHANGE_APPROVAL' });

  test('is approved, and the new plan is in force', async () => {
    google.entitlements.set('E1', asked('pro'));
    const setting = await openDesk(vendor(), TABLES);
    await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_PLAN_CHANGE_REQUESTED', 'E1')));
    expect(google.calls).toEqual(['E1:approvePlanChange {"pendingPlanName":"pro"}']);
    expect(await entitledTo(setting)).toMatchObject({ entitlement_plan: 'professional' });
  });

  test('to a plan that we don’t sell is not approved: the old one stays in force, and a person is told', async () => {
    google.entitlements.set('E1', asked('platinum'));
    const setting = await openDesk(vendor(), TABLES);
    await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_PLAN_CHANGE_REQUESTED', 'E1')));
    expect(google.calls).toEqual([]);
    expect(await entitledTo(setting)).toMatchObject({ entitlement_plan: 'base', entitlement_status: 'active' });
    expect(await keptIn(setting)).toBe(1);
    expect(setting.alarms[0]).toMatchObject({ is: 'stuck' });
  });
});

describe('what a notice says', () => {
  test('of a tenant or a plan counts for nothing', async () => {
    google.entitlements.set('E1', entitlementOf('E1', { plan: 'base' }));
    const setting = await openDesk(vendor(), TABLES);
    const notice = {
      ...noticeOf('ENTITLEMENT_ACTIVE', 'E1'),
      tenant_id: 'umbrella',
      record: { plan_id: 'enterprise' },
    };
    await setting.desk.take(bytesOf(notice));
    expect(await entitledTo(setting)).toMatchObject({ entitlement_plan: 'base' });
    expect(right(await setting.governor.knows('umbrella'))).toBe(false);
  });

  test.for([
    { note: 'snake case', notice: { event_id: '1', event_type: 'ENTITLEMENT_ACTIVE', entitlement: { id: 'E1' } } },
    { note: 'capitals', notice: { EventId: '1', EventType: 'ENTITLEMENT_ACTIVE', Entitlement: { Id: 'E1' } } },
    {
      note: 'a resource name',
      notice: {
        eventId: '1',
        eventType: 'ENTITLEMENT_ACTIVE',
        entitlement: { name: `providers/${PROVIDER}/entitlements/E1` },
      },
    },
  ])('is read in $note', async ({ notice }) => {
    google.entitlements.set('E1', entitlementOf('E1', { plan: 'base' }));
    const setting = await openDesk(vendor(), TABLES);
    expect(await setting.desk.take(bytesOf(notice))).toMatchObject({ standing: { is: 'done' } });
    expect(await entitledTo(setting)).toMatchObject({ entitlement_status: 'active' });
  });

  test('that is of an unknown type is applied as far as it can be, kept, and told', async () => {
    google.entitlements.set('E1', entitlementOf('E1', { plan: 'base' }));
    const setting = await openDesk(vendor(), TABLES);
    expect(await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_TELEPORTED', 'E1')))).toMatchObject({
      standing: { is: 'stuck' },
    });
    expect(await entitledTo(setting)).toMatchObject({ entitlement_status: 'active' });
    expect(await keptIn(setting)).toBe(1);
    expect(setting.alarms[0]?.why).toContain('ENTITLEMENT_TELEPORTED');
  });

  test.for([
    { note: 'no JSON', notice: '{"eventId":' },
    {
      note: 'a member twice',
      notice: '{"eventId":"1","eventId":"2","eventType":"ENTITLEMENT_ACTIVE","entitlement":{"id":"E1"}}',
    },
    { note: 'without an id', notice: { eventId: '1', eventType: 'ENTITLEMENT_ACTIVE', entitlement: {} } },
    { note: 'without an event id', notice: { eventType: 'ENTITLEMENT_ACTIVE', entitlement: { id: 'E1' } } },
    { note: 'longer than can be kept', notice: { ...noticeOf('ENTITLEMENT_ACTIVE', 'E1'), more: 'x'.repeat(65_400) } },
  ])('as $note is recorded by its digest, and not looked at again', async ({ notice }) => {
    const setting = await openDesk(vendor(), TABLES);
    for (const _ of [1, 2]) expect(await setting.desk.take(bytesOf(notice))).toMatchObject({ answer: 'rejected' });
    expect(await operatorEvents(setting)).toEqual(['event_rejected']);
  });

  test('of an id that would name another path is kept, and asks for nothing', async () => {
    const setting = await openDesk(vendor(), TABLES);
    const notice = { ...noticeOf('ENTITLEMENT_ACTIVE', 'E1'), entitlement: { id: '..%2Faccounts?x=' } };
    expect(await setting.desk.take(bytesOf(notice))).toMatchObject({ answer: 'kept', standing: { is: 'stuck' } });
  });
});

describe('while Google cannot be asked', () => {
  test('a message is kept, and applied later; a short fault is tried again at once', async () => {
    google.entitlements.set('E1', entitlementOf('E1', { plan: 'base' }));
    const setting = await openDesk(vendor(), TABLES);
    google.faults.push({ status: 503, headers: { 'retry-after': '0' } });
    expect(await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_ACTIVE', 'E1')))).toMatchObject({
      standing: { is: 'done' },
    });
    google.faults.push(...Array.from({ length: 6 }, () => ({ status: 503 })));
    const answer = await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_RENEWED', 'E1')));
    expect(answer).toMatchObject({ answer: 'kept', standing: { is: 'waits' } });
    expect(await keptIn(setting)).toBe(1);
    google.faults.length = 0;
    await setting.desk.sync();
    expect(await keptIn(setting)).toBe(0);
  });

  test.for([
    { note: 'no JSON', fault: { status: 200, body: '<html>' } },
    { note: 'an entitlement without a state', fault: { status: 200, body: '{"name":"providers/p/entitlements/E1"}' } },
    { note: 'that it may not be asked', fault: { status: 403 } },
  ])('because it answers $note, a person is told', async ({ fault }) => {
    google.entitlements.set('E1', entitlementOf('E1', { plan: 'base' }));
    const setting = await openDesk(vendor(), TABLES);
    google.faults.push(...Array.from({ length: 2 }, () => fault));
    expect(await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_ACTIVE', 'E1')))).toMatchObject({
      standing: { is: 'stuck' },
    });
    expect(await keptIn(setting)).toBe(1);
    expect(JSON.stringify(setting.alarms)).not.toContain(TOKEN);
  });
});

describe('an account', () => {
  test('that waits for its sign-up is approved once a tenant is named for it', async () => {
    google.accounts.set('ACC-9', {
      name: `providers/${PROVIDER}/accounts/ACC-9`,
      approvals: [{ name: 'signup', state: 'PENDING' }],
    });
    const setting = await openDesk(vendor(), TABLES);
    await setting.desk.take(bytesOf(noticeOf('ACCOUNT_CREATION_REQUESTED', 'ACC-9')));
    expect(google.calls).toEqual([]);
    expect(await keptIn(setting)).toBe(1);
    setting.tables = { ...TABLES, tenants: { 'ACC-9': 'umbrella' } };
    await setting.desk.sync();
    expect(google.calls).toEqual(['ACC-9:approve {"approvalName":"signup"}']);
    expect(await keptIn(setting)).toBe(0);
  });
});

describe('a purchase that Google has forgotten', () => {
  test('is done with if the notice says so, and kept with an alarm if it doesn’t', async () => {
    const setting = await openDesk(vendor(), TABLES);
    await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_CANCELLED', 'E1')));
    expect(await keptIn(setting)).toBe(1);
    expect(await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_DELETED', 'E1')))).toMatchObject({
      standing: { is: 'done' },
    });
    expect(await keptIn(setting)).toBe(0);
    expect(await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_ACTIVE', 'E1')))).toMatchObject({
      standing: { is: 'done' },
    });
  });
});

test('that it was forgotten outlives the process: a late message about it is done with', async () => {
  const forgotten = new Set<string>();
  const setting = await startGovernor({ clock: clockAt(NOW) });
  const first = deskOver(setting, vendor(), TABLES, { forgotten });
  await first.desk.take(bytesOf(noticeOf('ENTITLEMENT_DELETED', 'E1')));
  const known = deskOver(await restart(first), vendor(), TABLES, { forgotten });
  expect(await known.desk.take(bytesOf(noticeOf('ENTITLEMENT_CANCELLED', 'E1')))).toMatchObject({
    standing: { is: 'done' },
  });
  // One that begins with nothing keeps it, with an alarm.
  const unknown = deskOver(await restart(known), vendor(), TABLES);
  await unknown.desk.take(bytesOf(noticeOf('ENTITLEMENT_ACTIVE', 'E1')));
  expect(await keptIn(unknown)).toBe(1);
});

test('one that a new process finds forgotten ended as it was last seen', async () => {
  const seen = new Map();
  google.entitlements.set('E1', entitlementOf('E1', { plan: 'pro' }));
  const first = deskOver(await startGovernor({ clock: clockAt(NOW) }), vendor(), TABLES, { seen });
  await first.desk.sync();
  expect(await entitledTo(first)).toMatchObject({ entitlement_status: 'active' });
  google.entitlements.clear();
  const second = deskOver(await restart(first), vendor(), TABLES, { seen });
  await second.desk.take(bytesOf(noticeOf('ENTITLEMENT_DELETED', 'E1')));
  expect(await entitledTo(second)).toEqual({ entitlement_status: 'cancelled' });
});

describe('of several purchases', () => {
  const older = entitlementOf('E1', { plan: 'base' });
  const newer = entitlementOf('E2', {
    plan: 'pro',
    createTime: '2026-11-22T08:00:00Z',
    updateTime: '2026-11-22T08:00:00Z',
  });
  const cancelled = { state: 'ENTITLEMENT_CANCELLED', updateTime: '2026-11-23T08:00:00Z' };

  test('a late cancellation of the old one ends nothing else', async () => {
    google.entitlements.set('E1', { ...older, ...cancelled });
    google.entitlements.set('E2', newer);
    const setting = await openDesk(vendor(), TABLES);
    for (const id of ['E2', 'E1']) await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_CANCELLED', id)));
    expect(await entitledTo(setting)).toMatchObject({ entitlement_id: 'google:E2', entitlement_status: 'active' });
  });

  test('the old one rules again when the new one is cancelled, and still does when the month turns', async () => {
    google.entitlements.set('E1', older);
    google.entitlements.set('E2', newer);
    const setting = await openDesk(vendor(), TABLES);
    await setting.desk.sync();
    expect(await entitledTo(setting)).toMatchObject({ entitlement_plan: 'professional' });
    google.entitlements.set('E2', { ...newer, ...cancelled });
    for (const now of ['2026-11-25T12:00:00Z', '2026-12-02T12:00:00Z', '2027-04-01T00:00:00Z']) {
      setting.clock.now = Date.parse(now);
      await setting.desk.sync();
      expect(await entitledTo(setting)).toMatchObject({ entitlement_plan: 'base', entitlement_status: 'active' });
    }
    expect(await entitledTo(setting)).toMatchObject({ entitlement_expires_at: '2027-07-01T00:00:00.000Z' });
    await expectVerified(setting);
  });

  test('a suspended one that was bought last rules, and gives nothing', async () => {
    google.entitlements.set('E1', older);
    google.entitlements.set('E2', { ...newer, state: 'ENTITLEMENT_SUSPENDED', updateTime: '2026-11-23T08:00:00Z' });
    const setting = await openDesk(vendor(), TABLES);
    await setting.desk.sync();
    expect(await entitledTo(setting)).toMatchObject({ entitlement_id: 'google:E2', entitlement_status: 'suspended' });
  });

  test('one that is only ordered doesn’t end the one in force', async () => {
    google.entitlements.set('E1', older);
    google.entitlements.set('E2', { ...newer, plan: 'gold', state: 'ENTITLEMENT_ACTIVATION_REQUESTED' });
    const setting = await openDesk(vendor(), TABLES);
    await setting.desk.take(bytesOf(noticeOf('ENTITLEMENT_CREATION_REQUESTED', 'E2')));
    await setting.desk.sync();
    expect(await entitledTo(setting)).toMatchObject({ entitlement_id: 'google:E1', entitlement_status: 'active' });
  });
});
