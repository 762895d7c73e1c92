/** A clock that can't be believed writes nothing: what it wrote could not be taken back. */
import { createClockDoubt } from '@tai-autonomics/governor/node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';
import {
  approved,
  clockAt,
  DAY_MS,
  entitlement,
  ledgerOf,
  people,
  right,
  SERVICE,
  START,
  startGovernor,
  TENANT,
} from './kit.ts';

const { agent, shop } = people();
const look = { action: 'check_health', resource: SERVICE };

const doubting = () => {
  const at = { wall: START, monotonic: 0 };
  const doubt = createClockDoubt({ wall: () => at.wall, monotonic: () => at.monotonic });
  const pass = (ms: number): string | undefined => {
    at.wall += ms;
    at.monotonic += ms;
    return doubt();
  };
  return { at, doubt, pass };
};

test('a jump ahead is in doubt for a minute; set right before, it never was', () => {
  const { at, doubt, pass } = doubting();
  expect(pass(1_000)).toBeUndefined();
  at.wall += DAY_MS;
  expect(doubt()).toMatch(
    /^the clock jumped ahead by 86400000 ms; nothing is decided until it has stood so for 60 s more/,
  );
  expect(pass(30_000)).toMatch(/for 30 s more/);
  at.wall -= DAY_MS;
  expect(pass(1_000)).toBeUndefined();
  at.wall += DAY_MS;
  expect(doubt()).toMatch(/for 60 s more/);
  // Another jump is another doubt.
  pass(40_000);
  at.wall += DAY_MS;
  expect(doubt()).toMatch(/by 172800000 ms.* for 60 s more/);
  expect(pass(60_000)).toBeUndefined();
});

test('a clock that is slewed, or set back, is never in doubt', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ passes: fc.nat(DAY_MS), moved: fc.integer({ min: -DAY_MS, max: 5_000 }) })),
      (steps) => {
        const { at, pass } = doubting();
        for (const { passes, moved } of steps) {
          at.wall += moved;
          expect(pass(passes)).toBeUndefined();
        }
      },
    ),
    { numRuns: runs(100) },
  );
});

test('while the clock is in doubt nothing is decided, and readiness says why', async () => {
  const state: { why?: string } = {};
  const clock = Object.assign(clockAt(START), { doubt: () => state.why });
  const setting = await startGovernor({ clock });
  const { governor } = setting;
  approved(await governor.submit(shop, entitlement(START)));
  const { length } = await ledgerOf(setting);
  state.why = 'the clock jumped ahead';
  clock.now += DAY_MS;
  expect(await governor.submit(agent, look)).toMatchObject({ why: 'clock_skew', detail: 'the clock jumped ahead' });
  expect(await governor.ready()).toEqual(['the clock jumped ahead']);
  expect(await ledgerOf(setting)).toHaveLength(length);
  delete state.why;
  clock.now -= DAY_MS;
  expect(await governor.ready()).toEqual([]);
  approved(await governor.submit(agent, look));
});

test('a ledger that the clock is behind says until when it waits, and so does whoever is asked', async () => {
  const setting = await startGovernor();
  const { governor, clock } = setting;
  approved(await governor.submit(shop, entitlement(START)));
  clock.now += DAY_MS;
  approved(await governor.submit(agent, look));
  clock.now -= DAY_MS;
  const until = new Date(START + DAY_MS).toISOString();
  expect(await governor.submit(agent, look)).toMatchObject({
    why: 'clock_skew',
    detail: `the clock is ${DAY_MS} ms behind the ledger, which waits until ${until}`,
  });
  expect(right(await governor.status(TENANT))).toMatchObject({ waitsUntil: START + DAY_MS });
  expect(await governor.ready()).toEqual([expect.stringContaining(`which wait until ${until} at most`)]);
  clock.now += DAY_MS;
  expect(right(await governor.status(TENANT))).not.toHaveProperty('waitsUntil');
  approved(await governor.submit(agent, look));
});
