/** A clock that can't be believed writes nothing: what it wrote could not be taken back. */
import { formatInstant } from '@tai-autonomics/core/engine';
import { createClockDoubt } from '@tai-autonomics/governor/node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';
import {
  approved,
  clockAt,
  codes,
  DAY_MS,
  entitlement,
  ledgerOf,
  makeReady,
  people,
  restart,
  right,
  rollback,
  SERVICE,
  START,
  stableWorld,
  startGovernor,
  TENANT,
  worldObserver,
} from './kit.ts';

const { agent, shop, owner, operator } = people();
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

const HOUR_MS = 3_600_000;

/** What the operator says when the clock was ahead, and is right now. */
const accepting = (clock: { readonly now: number }, until = START + HOUR_MS) => ({
  action: 'accept_clock',
  resource: '*',
  arguments: { until: formatInstant(until), clock: formatInstant(clock.now), finding: 'NTP runs again' },
});

/** A tenant whose last receipt was written by a clock that was an hour ahead, and is right again. */
const behind = async (evidenceAgeMs = 0) => {
  const clock = clockAt(START);
  const observers = [worldObserver(stableWorld(), () => clock() - evidenceAgeMs)];
  const setting = await startGovernor({ clock, observers });
  await makeReady(setting);
  clock.now = START + HOUR_MS;
  approved(await setting.governor.submit(agent, look));
  clock.now = START + 60_000;
  return setting;
};

test('an operator lets a ledger go on that is ahead of the clock: its instants never go back, and evidence keeps its age', async () => {
  const setting = await behind();
  const { governor, clock } = setting;
  expect(await governor.submit(agent, look)).toMatchObject({ why: 'clock_skew' });
  expect(await governor.submit(owner, accepting(clock))).toMatchObject({ why: 'clock_skew' });
  approved(await governor.submit(operator, accepting(clock)));
  expect(right(await governor.status(TENANT))).toMatchObject({ standsUntil: START + HOUR_MS });
  expect(await governor.ready()).toEqual([]);
  expect(codes(await governor.submit(agent, rollback))).toEqual(['rollback_policy_not_approved']);
  const entries = (await ledgerOf(setting)).map(({ receipt }) => receipt);
  expect(entries.filter(({ event }) => event === 'clock_accepted')).toMatchObject([
    { writes: [{ cell: 'clock_accepted_until' }] },
  ]);
  const instants = entries.map(({ at }) => at);
  expect(instants).toEqual([...instants].sort());
  expect(instants.at(-1)).toBe(formatInstant(START + HOUR_MS));
  // The process that opens the ledger next goes on as well.
  const again = await restart(setting);
  approved(await again.governor.submit(agent, look));
  clock.now = START + HOUR_MS + 1;
  approved(await again.governor.submit(agent, look));
  expect(right(await again.governor.status(TENANT))).not.toHaveProperty('standsUntil');
});

test('evidence that is too old is stale in such a ledger, too', async () => {
  const { governor, clock } = await behind(120_000);
  approved(await governor.submit(operator, accepting(clock)));
  expect(codes(await governor.submit(agent, rollback))).toContain('evidence_stale');
});

test('a word for one instant is no word for a later one, and none is needed where the clock is not behind', async () => {
  const { governor, clock } = await behind();
  expect(codes(await governor.submit(operator, accepting(clock, START)))).toEqual(['clock_not_behind']);
  approved(await governor.submit(operator, accepting(clock)));
  clock.now = START + 2 * HOUR_MS;
  expect(codes(await governor.submit(operator, accepting(clock)))).toEqual(['clock_not_behind', 'clock_not_behind']);
  clock.now = START + HOUR_MS;
  expect(await governor.submit(agent, look)).toMatchObject({ why: 'clock_skew' });
});
