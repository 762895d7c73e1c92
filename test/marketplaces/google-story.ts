/** Two purchases of one account: a change of plan, a second order, and the end of one of them. */
import { googleVendor } from '@tai-autonomics/adapter-http/marketplaces';
import { either as E } from 'fp-ts';
import { TENANT } from '../governor/kit.ts';
import { entitlementOf, type FakeGoogle, type Json, noticeOf, PROVIDER, TOKEN } from './fake-google.ts';
import type { Step, Story } from './permutations.ts';

/** `late`: the second purchase ends, so the first one rules again; else the first one ends, late. */
export const googleStory = (google: FakeGoogle, late: boolean): Story => {
  const step = (type: string, id: string, at: string, change: Json): Step => ({
    what: `${type} ${id}`,
    happens: () =>
      void google.entitlements.set(id, {
        ...entitlementOf(id, { createTime: at }),
        ...google.entitlements.get(id),
        ...change,
        updateTime: at,
      }),
    message: noticeOf(type, id),
  });
  return {
    marketplace: late ? 'google, the newer one ends' : 'google, the older one ends late',
    vendor: () => googleVendor({ provider: PROVIDER, endpoint: google.endpoint, token: async () => E.right(TOKEN) }),
    tables: {
      tenants: { 'ACC-1': TENANT },
      plans: { 'rollback-guard/pro': 'professional', base: 'base', big: 'enterprise' },
    },
    begin: () => google.entitlements.clear(),
    steps: [
      step('ENTITLEMENT_OFFER_ACCEPTED', 'E1', '2026-11-21T08:00:00.123456Z', { plan: 'base' }),
      step('ENTITLEMENT_PLAN_CHANGED', 'E1', '2026-11-21T09:00:00.5Z', { plan: 'pro' }),
      step('ENTITLEMENT_ACTIVE', 'E2', '2026-11-22T08:00:00Z', { plan: 'big' }),
      step('ENTITLEMENT_PENDING_CANCELLATION', 'E1', '2026-11-22T09:00:00Z', {
        state: 'ENTITLEMENT_PENDING_CANCELLATION',
      }),
      step('ENTITLEMENT_CANCELLED', late ? 'E2' : 'E1', '2026-11-23T08:00:00Z', { state: 'ENTITLEMENT_CANCELLED' }),
      step('ENTITLEMENT_RENEWED', late ? 'E1' : 'E2', '2026-11-24T08:00:00Z', { state: 'ENTITLEMENT_ACTIVE' }),
    ],
  };
};
