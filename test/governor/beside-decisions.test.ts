/** What an operator lists and what an export looks at first: from what was folded, or in another thread; decisions go on meanwhile. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import type { LedgerStore } from '@tai-autonomics/governor';
import { exportStream } from '@tai-autonomics/governor/bundle';
import { heldMessages, holdMessage, OPERATOR, releaseHeld, wasReleased } from '@tai-autonomics/governor/operator';
import { expect, test } from 'vitest';
import { sourceOf } from '../bundle/evidence.ts';
import { approved, decided, entitlement, people, right, type Setting, START, startGovernor } from './kit.ts';

/** How many rows are read, in all and between two turns of the event loop at most; and who is told of each page. */
const counting = (inner: LedgerStore) => {
  const seen = { rows: 0, most: 0, now: 0, onPage: async (): Promise<void> => undefined };
  const store: LedgerStore = {
    ...inner,
    async *read(ledger, from, to) {
      await seen.onPage();
      for await (const row of inner.read(ledger, from, to)) {
        if (seen.now === 0)
          setImmediate(() => {
            seen.now = 0;
          });
        seen.now += 1;
        seen.rows += 1;
        seen.most = Math.max(seen.most, seen.now);
        yield row;
      }
    },
  };
  const anew = (): void => void Object.assign(seen, { rows: 0, most: 0, now: 0 });
  return { store, seen, anew };
};

/** A page has 128 rows. Two may fall between two looks of `seen`, which are turns of one phase alone; all of a ledger may not. */
const PAGES = 256;

const shop = { tenant: OPERATOR, subject: { type: 'marketplace', id: 'google' }, scope: [] } as const;
const digestOf = (n: number): string => `${n}`.padStart(43, 'd');

const keep = async ({ governor }: Setting, from: number, to: number): Promise<void> => {
  const all = Array.from({ length: to - from }, (_, n) =>
    holdMessage(digestOf(from + n), { marketplace: 'google', message: `m-${from + n}` }),
  );
  for (let n = 0; n < all.length; n += 200)
    await Promise.all(all.slice(n, n + 200).map(async (one) => approved(await governor.submit(shop, one))));
};

const look = async ({ governor }: Setting): Promise<unknown> =>
  decided(await governor.submit(people().agent, { action: 'check_health', resource: '*' })).receipt.seq;

test('messages that are kept are listed a page a turn, and decisions go on between two pages', async () => {
  const { store, seen, anew } = counting(memoryStore());
  const setting = await startGovernor({ store });
  approved(await setting.governor.submit(people().shop, entitlement(START)));
  await keep(setting, 0, 600);
  for (let n = 0; n < 598; n += 1) approved(await releaseHeld(setting.governor, digestOf(n)));
  anew();
  let between = 0;
  seen.onPage = async () => {
    seen.onPage = async () => undefined;
    // The list waits for its page, and nobody waits for the list.
    for (; between < 5; between += 1) await look(setting);
  };
  const listed = right(await heldMessages(setting));
  expect([listed.map(({ message }) => message), between]).toEqual([['m-598', 'm-599'], 5]);
  expect(seen.rows).toBeGreaterThan(1_100);
  expect(seen.most).toBeLessThanOrEqual(PAGES);
  await setting.governor.close();
});

test('asked again, and by many at once, a list reads what was written since; where nothing is kept it reads nothing', async () => {
  const { store, seen, anew } = counting(memoryStore());
  const setting = await startGovernor({ store });
  approved(await setting.governor.submit(people().shop, entitlement(START)));
  await keep(setting, 0, 300);
  for (let n = 1; n < 300; n += 1) approved(await releaseHeld(setting.governor, digestOf(n)));
  anew();
  const asked = await Promise.all(Array.from({ length: 10 }, () => heldMessages(setting)));
  for (const one of asked) expect(right(one).map(({ digest }) => digest)).toEqual([digestOf(0)]);
  const size = right(await setting.governor.head(OPERATOR))?.size ?? 0;
  // Its own row for each that asks, and what status looks up.
  expect(seen.rows).toBeLessThan(size + 3 * 10);
  anew();
  await keep(setting, 300, 302);
  expect(right(await heldMessages(setting))).toHaveLength(3);
  expect(seen.rows).toBeLessThan(10);
  expect(right(await wasReleased(setting, digestOf(5)))).toBe(true);
  expect(right(await wasReleased(setting, digestOf(300)))).toBe(false);
  expect(right(await wasReleased(setting, digestOf(999)))).toBe(false);
  for (const n of [0, 300, 301]) approved(await releaseHeld(setting.governor, digestOf(n)));
  anew();
  expect([right(await heldMessages(setting)), right(await setting.governor.status(OPERATOR))?.held]).toEqual([[], 0]);
  expect(seen.rows).toBeLessThan(5);
  await setting.governor.close();
});

test('a list ends with whoever asked for it', async () => {
  const { store, seen } = counting(memoryStore());
  const setting = await startGovernor({ store });
  await keep(setting, 0, 400);
  const gone = new AbortController();
  const before = seen.rows;
  seen.onPage = async () => gone.abort();
  expect(await heldMessages(setting, gone.signal)).toMatchObject({ left: 'nobody waits for the answer any more' });
  expect(seen.rows - before).toBeLessThanOrEqual(65);
  await setting.governor.close();
});

test('which keys a ledger names is known of each ledger that is open, and none is read for it', async () => {
  const { store, seen, anew } = counting(memoryStore());
  const setting = await startGovernor({ store });
  const tenants = Array.from({ length: 12 }, (_, n) => `tenant-${n}`);
  for (const tenant of tenants) {
    approved(await setting.governor.submit(people(tenant).shop, entitlement(START)));
    for (let n = 0; n < 10; n += 1)
      await setting.governor.submit(people(tenant).agent, { action: 'check_health', resource: '*' });
  }
  anew();
  for (const tenant of tenants)
    expect(right(await setting.governor.status(tenant))).toMatchObject({ keys: { named: [], revoked: [] }, held: 0 });
  // Of each ledger the first receipt that is not sealed: since when that is so.
  expect(seen.rows).toBeLessThanOrEqual(tenants.length);
  await setting.governor.close();
});

test('the first look of a streamed export takes a page a turn, and decisions go on between two pages', async () => {
  const { store, seen, anew } = counting(memoryStore());
  const setting = await startGovernor({ store });
  approved(await setting.governor.submit(people().shop, entitlement(START)));
  for (let n = 0; n < 400; n += 1) await look(setting);
  right(await setting.governor.seal('acme'));
  anew();
  let between = 0;
  seen.onPage = async () => {
    seen.onPage = async () => undefined;
    for (; between < 5; between += 1) await look(setting);
  };
  // The file that comes first in a bundle of single receipts is the receipt: the survey is over then.
  const { seal: _, ...source } = sourceOf(setting);
  const stream = exportStream(source, { seqs: [3] }).getReader();
  expect((await stream.read()).done).toBe(false);
  expect([between, seen.rows > 400, seen.most <= PAGES]).toEqual([5, true, true]);
  await stream.cancel();
  await setting.governor.close();
});
