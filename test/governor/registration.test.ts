/** The operator's ledger says which ledger is a tenant's: once, after the tenant's own first receipt, and without its name. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import { describe, expect, test } from 'vitest';
import {
  approved,
  clockAt,
  entitlement,
  eventsOf,
  ledgerOf,
  people,
  restart,
  right,
  rollback,
  type Setting,
  START,
  startGovernor,
  TENANT,
} from './kit.ts';
import { fault, gatedStore } from './stores.ts';
import { expectVerified } from './verified.ts';

const { agent, shop } = people();

/** What the operator's ledger says of tenants: pseudonym and origin, from the receipts in clear. */
const registered = async (setting: Setting): Promise<readonly unknown[]> =>
  (await ledgerOf(setting, OPERATOR)).flatMap(({ receipt }) =>
    receipt.event === 'tenant_registered' && receipt.kind === 'decision' ? receipt.writes : [],
  );

const placeOf = ({ identity }: Setting, tenant: string): unknown =>
  expect.objectContaining({
    cell: 'tenant_ledgers',
    key: [identity.resource(OPERATOR, tenant)],
    set: identity.origin(tenant),
  });

describe('a tenant that was opened', () => {
  test('is registered once, whatever it asks then, and whoever is opened after it', async () => {
    const setting = await startGovernor();
    approved(await setting.governor.submit(shop, entitlement(START)));
    expect(await registered(setting)).toEqual([placeOf(setting, TENANT)]);
    await setting.governor.submit(agent, rollback);
    approved(await setting.governor.submit(shop, entitlement(START)));
    approved(await setting.governor.submit(people('umbrella').shop, entitlement(START)));
    expect(await registered(setting)).toEqual([placeOf(setting, TENANT), placeOf(setting, 'umbrella')]);
    expect(setting.faults).toEqual([]);
    await expectVerified(setting);
    expect(await expectVerified(setting, OPERATOR)).toBe(2);
  });

  test('is not registered again by another process, nor by two at a time', async () => {
    const setting = await startGovernor();
    const beside = await restart(setting);
    await Promise.all([setting, beside].map(({ governor }) => governor.submit(shop, entitlement(START))));
    expect(await eventsOf(setting, OPERATOR)).toEqual(['tenant_registered']);
    const after = await restart(setting);
    await after.governor.submit(agent, rollback);
    expect(await eventsOf(after, OPERATOR)).toEqual(['tenant_registered']);
    expect([setting, beside, after].flatMap(({ faults }) => faults)).toEqual([]);
    await expectVerified(after, OPERATOR);
  });

  test('is not named: neither in clear nor in what is disclosed', async () => {
    const setting = await startGovernor();
    approved(await setting.governor.submit(people('initech').shop, entitlement(START)));
    const ledger = await ledgerOf(setting, OPERATOR);
    expect(ledger.length).toBe(1);
    const everything = ledger.map(({ row, disclosed }) =>
      [Buffer.from(row.bytes).toString('utf8'), JSON.stringify([...disclosed])].join('\n'),
    );
    expect(everything.join('\n')).not.toContain('initech');
    expect(everything.join('\n')).toContain(setting.identity.origin('initech'));
  });
});

test('an activation that is refused registers nobody', async () => {
  const setting = await startGovernor();
  const expired = entitlement(START, 'base', { expiry: '2026-11-21T08:59:59Z' });
  expect(await setting.governor.submit(shop, expired)).toMatchObject({ decided: false });
  expect(await eventsOf(setting, OPERATOR)).toEqual([]);
});

describe('an operator’s ledger that cannot be written', () => {
  const failing = async () => {
    const store = gatedStore(memoryStore());
    const setting = await startGovernor({ store, clock: clockAt(START) });
    const operator = setting.identity.ledger(OPERATOR);
    store.gate = async ({ ledger }, next) => (ledger === operator ? fault('unavailable') : next());
    return { store, setting, operator };
  };

  test('fails no activation; it is reported, and made up for by the next process', async () => {
    const { store, setting } = await failing();
    approved(await setting.governor.submit(shop, entitlement(START)));
    expect(await eventsOf(setting)).toContain('tenant_opened');
    expect(await eventsOf(setting, OPERATOR)).toEqual([]);
    expect(setting.faults.join('\n')).toContain('register_tenant is not recorded');
    store.gate = undefined;
    const mended = await restart(setting);
    right(await mended.governor.tools(agent));
    expect(await registered(mended)).toEqual([placeOf(mended, TENANT)]);
    expect(await expectVerified(mended, OPERATOR)).toBe(1);
  });

  test('is written after the tenant’s first receipt, never before', async () => {
    const { store, setting, operator } = await failing();
    approved(await setting.governor.submit(shop, entitlement(START)));
    const order = store.appends.map(({ ledger }) => (ledger === operator ? 'operator' : 'tenant'));
    expect(order[0]).toBe('tenant');
    expect(order).toContain('operator');
  });

  test('and a tenant’s that cannot be written registers nobody', async () => {
    const { store, setting, operator } = await failing();
    store.gate = async ({ ledger }, next) => (ledger === operator ? next() : fault('unavailable'));
    expect(await setting.governor.submit(shop, entitlement(START))).toMatchObject({ why: 'store_unavailable' });
    expect(await eventsOf(setting, OPERATOR)).toEqual([]);
    store.gate = undefined;
    approved(await setting.governor.submit(shop, entitlement(START)));
    expect(await eventsOf(setting, OPERATOR)).toEqual(['tenant_registered']);
  });
});
