/** What AWS and Microsoft tell of one customer. */
import { awsVendor, azureVendor } from '@tai-autonomics/adapter-http/marketplaces';
import { either as E } from 'fp-ts';
import { TENANT } from '../governor/kit.ts';
import { ACCOUNT, entitled, type FakeAws, PRODUCT } from './fake-aws.ts';
import { type FakeAzure, operationOf, SUBSCRIPTION, subscriptionOf } from './fake-azure.ts';
import { type Json, TOKEN } from './fake-google.ts';
import type { Step, Story } from './permutations.ts';

const SECOND = 'z9y8x7prod';

/** A contract, another dimension, an end, and another contract of the same product. */
export const awsStory = (aws: FakeAws): Story => {
  const step = (action: string, n: number, rows: readonly Json[]): Step => ({
    what: `${action} ${n}`,
    happens: () => void aws.entitlements.splice(0, aws.entitlements.length, ...rows),
    message: { action, 'customer-identifier': ACCOUNT, 'product-code': PRODUCT, n },
  });
  return {
    marketplace: 'aws',
    vendor: (clock) =>
      awsVendor({
        products: [PRODUCT],
        clock,
        endpoint: aws.endpoint,
        credentials: async () => E.right({ accessKeyId: 'A', secretAccessKey: 'S' }),
      }),
    tables: {
      tenants: { [ACCOUNT]: TENANT },
      plans: { [`${PRODUCT}/base`]: 'base', [`${PRODUCT}/pro`]: 'professional' },
    },
    begin: () => void aws.entitlements.splice(0),
    steps: [
      step('subscribe-success', 1, [entitled('base')]),
      step('entitlement-updated', 2, [entitled('pro')]),
      step('unsubscribe-pending', 3, [entitled('pro')]),
      step('unsubscribe-success', 4, []),
      step('subscribe-success', 5, [entitled('base', { ExpirationDate: Date.parse('2027-12-01T00:00:00Z') / 1_000 })]),
      step('entitlement-updated', 6, [
        entitled('base'),
        entitled('pro', { ExpirationDate: Date.parse('2026-11-01T00:00:00Z') / 1_000 }),
      ]),
    ],
  };
};

/** Contracts of two products at once, of which nobody says when they were bought: the last by name rules. */
export const awsTwoStory = (aws: FakeAws): Story => {
  const other = { ProductCode: SECOND };
  const step = (product: string, n: number, rows: readonly Json[]): Step => ({
    what: `${product} ${n}`,
    happens: () => void aws.entitlements.splice(0, aws.entitlements.length, ...rows),
    message: { action: 'entitlement-updated', 'customer-identifier': ACCOUNT, 'product-code': product, n },
  });
  return {
    marketplace: 'aws, two products',
    vendor: (clock) =>
      awsVendor({
        products: [PRODUCT, SECOND],
        clock,
        endpoint: aws.endpoint,
        credentials: async () => E.right({ accessKeyId: 'A', secretAccessKey: 'S' }),
      }),
    tables: { tenants: { [ACCOUNT]: TENANT }, plans: { base: 'base', pro: 'professional', [PRODUCT]: 'base' } },
    begin: () => void aws.entitlements.splice(0),
    steps: [
      step(PRODUCT, 1, [entitled('base')]),
      step(SECOND, 2, [entitled('base'), entitled('base', other)]),
      step(PRODUCT, 3, [entitled('pro'), entitled('base', other)]),
      step(SECOND, 4, [entitled('pro'), entitled('pro', other)]),
      step(PRODUCT, 5, [entitled('pro', other)]),
      step(PRODUCT, 6, [entitled('base'), entitled('pro', other)]),
    ],
  };
};

/** A subscription that changes its plan, is suspended, reinstated and renewed; or ends. */
export const azureStory = (azure: FakeAzure, ends: boolean): Story => {
  const step = (action: string, n: number, change: Json, operation?: Json): Step => ({
    what: `${action} ${n}`,
    happens: () => {
      const before = azure.subscriptions.get(SUBSCRIPTION) ?? subscriptionOf(SUBSCRIPTION);
      azure.subscriptions.set(SUBSCRIPTION, { ...before, ...change });
      if (operation !== undefined) azure.operations.set(`op-${n}`, { ...operation, id: `op-${n}` });
    },
    message: { ...operationOf(action), id: `op-${n}` },
  });
  return {
    marketplace: ends ? 'azure, it ends' : 'azure, it is renewed',
    vendor: (clock) => azureVendor({ token: async () => E.right(TOKEN), clock, endpoint: azure.endpoint }),
    tables: { tenants: { [SUBSCRIPTION]: TENANT }, plans: { 'rollback-guard/silver': 'base', gold: 'professional' } },
    begin: () => {
      azure.subscriptions.clear();
      azure.operations.clear();
    },
    steps: [
      step('Renew', 1, {}),
      step('ChangeQuantity', 2, { quantity: 20 }, operationOf('ChangeQuantity')),
      step('ChangePlan', 3, { planId: 'gold' }),
      step('Suspend', 4, { saasSubscriptionStatus: 'Suspended' }),
      step('Reinstate', 5, { saasSubscriptionStatus: 'Subscribed' }, operationOf('Reinstate')),
      ends ? step('Unsubscribe', 6, { saasSubscriptionStatus: 'Unsubscribed' }) : step('Renew', 6, {}),
    ],
  };
};
