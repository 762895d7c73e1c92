/** Any order, any repetition, any delay ends in one state; `npm run test:marketplaces` tries every order. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isLongRun } from '../runs.ts';
import { type FakeAws, serveAws } from './fake-aws.ts';
import { type FakeAzure, serveAzure } from './fake-azure.ts';
import { type FakeGoogle, serveGoogle } from './fake-google.ts';
import { googleStory } from './google-story.ts';
import { awsStory, awsTwoStory, azureStory } from './other-stories.ts';
import { tryOrders } from './permutations.ts';

let google: FakeGoogle;
let aws: FakeAws;
let azure: FakeAzure;
beforeAll(async () => {
  [google, aws, azure] = await Promise.all([serveGoogle(), serveAws(), serveAzure()]);
});
afterAll(() => Promise.all([google.close(), aws.close(), azure.close()]));

/** Of 720 orders: a step that is prime to them, so that each first message is met. */
const [EVERY, ORDERS] = isLongRun ? [37, 20] : [119, 7];

test.for([false, true])('of Google’s messages, whether the newer purchase ends: %s', async (late) => {
  const { ends, kept, orders } = await tryOrders(googleStory(google, late), EVERY);
  expect(orders).toBe(ORDERS);
  expect(kept).toBe(0);
  expect(ends).toHaveLength(1);
  expect(JSON.parse(ends[0] ?? '')).toMatchObject({
    entitlement_id: late ? 'google:E1' : 'google:E2',
    entitlement_plan: late ? 'professional' : 'enterprise',
    entitlement_status: 'active',
  });
});

test.for([
  {
    note: 'AWS’s messages',
    story: () => awsStory(aws),
    end: { entitlement_status: 'active', entitlement_plan: 'base' },
  },
  {
    note: 'AWS’s messages of two products',
    story: () => awsTwoStory(aws),
    end: {
      entitlement_id: 'aws:123456789012/z9y8x7prod',
      entitlement_status: 'active',
      entitlement_plan: 'professional',
    },
  },
  {
    note: 'Microsoft’s calls',
    story: () => azureStory(azure, false),
    end: { entitlement_status: 'active', entitlement_plan: 'professional' },
  },
  {
    note: 'Microsoft’s calls, of which one ends it',
    story: () => azureStory(azure, true),
    end: { entitlement_status: 'cancelled' },
  },
])('of $note', async ({ story, end }) => {
  const { ends, kept, orders } = await tryOrders(story(), EVERY);
  expect([orders, kept, ends.length]).toEqual([ORDERS, 0, 1]);
  expect(JSON.parse(ends[0] ?? '')).toMatchObject(end);
});
