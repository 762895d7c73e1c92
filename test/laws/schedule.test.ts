/** Leveled work: laws of the schedule over long runs, and all of a small world. */
import {
  ALERT_SEVERITIES,
  type AlertSeverity,
  createSchedule,
  passedOverAtMost,
  type Schedule,
  type Work,
  type WorkLimits,
} from '@tai-autonomics/core/engine';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inTheLongRun, runs } from '../runs.ts';

interface Item extends Work {
  readonly n: number;
}

type Op =
  | { readonly op: 'add'; readonly tenant: string; readonly severity: AlertSeverity }
  | { readonly op: 'begin' }
  /** Ends the one that was begun so many before the last. */
  | { readonly op: 'end'; readonly which: number }
  | { readonly op: 'leave'; readonly which: number };

const roomOf = (limits: WorkLimits, severity: AlertSeverity): number => limits.bySeverity?.[severity] ?? limits.total;
const ofTenant = (limits: WorkLimits): number => limits.byTenant ?? limits.total;

/** A world beside the schedule: lists of what waits and of what is under way, and nothing clever. */
interface World {
  readonly limits: WorkLimits;
  readonly schedule: Schedule<Item>;
  readonly waiting: Item[];
  readonly running: Item[];
  readonly begun: Item[];
  /** How often another severity was begun, since this one has been able to. */
  readonly passedOver: Map<AlertSeverity, number>;
  n: number;
}

const newWorld = (limits: WorkLimits): World => ({
  limits,
  schedule: createSchedule(limits),
  waiting: [],
  running: [],
  begun: [],
  passedOver: new Map(),
  n: 0,
});

/** What may be begun, by the limits alone. */
const able = ({ limits, waiting, running }: World): readonly Item[] =>
  running.length >= limits.total
    ? []
    : waiting.filter(
        ({ tenant, severity }) =>
          running.filter((one) => one.severity === severity).length < roomOf(limits, severity) &&
          running.filter((one) => one.tenant === tenant).length < ofTenant(limits),
      );

const without = (list: Item[], item: Item): void => void list.splice(list.indexOf(item), 1);

const begin = (world: World): void => {
  const { schedule, waiting, running, passedOver, begun } = world;
  const may = able(world);
  const item = schedule.begin();
  // Work-conserving, and never beyond a limit.
  expect(item === undefined).toBe(may.length === 0);
  if (item === undefined) return;
  expect(may).toContain(item);
  // A tenant's own of one severity are begun in their order.
  expect(item).toBe(waiting.find(({ tenant, severity }) => tenant === item.tenant && severity === item.severity));
  for (const severity of ALERT_SEVERITIES) {
    const isAble = severity !== item.severity && may.some((one) => one.severity === severity);
    const times = isAble ? (passedOver.get(severity) ?? 0) + 1 : 0;
    passedOver.set(severity, times);
    expect(times, severity).toBeLessThanOrEqual(passedOverAtMost(severity));
  }
  without(waiting, item);
  running.push(item);
  begun.push(item);
};

const apply = (world: World, op: Op): void => {
  const { schedule, waiting, running } = world;
  switch (op.op) {
    case 'add': {
      const item = { tenant: op.tenant, severity: op.severity, n: world.n };
      world.n += 1;
      schedule.add(item);
      waiting.push(item);
      break;
    }
    case 'begin':
      begin(world);
      break;
    case 'end': {
      const item = running.at(-1 - (op.which % Math.max(1, running.length)));
      if (item === undefined) break;
      schedule.end(item);
      without(running, item);
      break;
    }
    case 'leave': {
      const item = waiting.at(-1 - (op.which % Math.max(1, waiting.length)));
      if (item === undefined) break;
      expect(schedule.leave(item)).toBe(true);
      expect(schedule.leave(item)).toBe(false);
      without(waiting, item);
      break;
    }
  }
  expect([schedule.waiting, schedule.underWay]).toEqual([waiting.length, running.length]);
};

const severity = fc.constantFrom(...ALERT_SEVERITIES);
const limitsOf: fc.Arbitrary<WorkLimits> = fc
  .record({
    total: fc.integer({ min: 1, max: 4 }),
    low: fc.integer({ min: 1, max: 4 }),
    high: fc.integer({ min: 1, max: 4 }),
    byTenant: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ total, low, high, byTenant }) => ({ total, bySeverity: { low, high }, byTenant }));
const opOf: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ op: fc.constant('add' as const), tenant: fc.constantFrom('a', 'b', 'c'), severity }),
  fc.constant({ op: 'begin' } as const),
  fc.record({ op: fc.constant('end' as const), which: fc.nat({ max: 5 }) }),
  fc.record({ op: fc.constant('leave' as const), which: fc.nat({ max: 5 }) }),
);

test('no limit is passed, what may be begun is begun, and no severity is passed over more often than is said', () => {
  fc.assert(
    fc.property(limitsOf, fc.array(opOf, { maxLength: 200 }), (limits, ops) => {
      const world = newWorld(limits);
      for (const op of ops) apply(world, op);
    }),
    { numRuns: runs(1_000) },
  );
});

test('the same calls begin the same things in the same order', () => {
  fc.assert(
    fc.property(limitsOf, fc.array(opOf, { maxLength: 100 }), (limits, ops) => {
      const twice = [newWorld(limits), newWorld(limits)];
      for (const world of twice) for (const op of ops) apply(world, op);
      expect(twice[0]?.begun).toEqual(twice[1]?.begun);
    }),
    { numRuns: runs(200) },
  );
});

const filled = (world: World, of: readonly (readonly [string, AlertSeverity, number])[]): void => {
  for (const [tenant, bad, times] of of)
    for (let i = 0; i < times; i++) apply(world, { op: 'add', tenant, severity: bad });
};
describe('all of a small world', () => {
  const OPS: readonly Op[] = [
    { op: 'add', tenant: 'b', severity: 'low' },
    { op: 'begin' },
    { op: 'end', which: 0 },
    { op: 'end', which: 1 },
  ];
  const DEPTH = 6;
  test.for<{ note: string; limits: WorkLimits }>([
    { note: 'two places, one of low ones', limits: { total: 2, bySeverity: { low: 1 } } },
    { note: 'one place', limits: { total: 1 } },
    { note: 'two places, one of a tenant', limits: { total: 2, byTenant: 1 } },
  ])('$note: two tenants, two severities: after every six calls the laws hold', ({ limits }, context) => {
    if (limits.bySeverity === undefined) inTheLongRun(context);
    let worlds = 0;
    const from = (ops: readonly Op[]): void => {
      const world = newWorld(limits);
      filled(world, [
        ['a', 'low', 2],
        ['a', 'critical', 2],
        ['b', 'low', 1],
      ]);
      for (const op of ops) apply(world, op);
      worlds += 1;
      if (ops.length < DEPTH) for (const op of OPS) from([...ops, op]);
    };
    from([]);
    expect(worlds).toBe([0, 1, 2, 3, 4, 5, 6].reduce((sum, n) => sum + OPS.length ** n, 0));
  });
});

const drain = (world: World, most = Infinity): void => {
  while (world.begun.length < most && world.waiting.length > 0) {
    apply(world, { op: 'begin' });
    apply(world, { op: 'end', which: 0 });
  }
};

test('while all four wait, they are begun 8 to 4 to 2 to 1', () => {
  const world = newWorld({ total: 1 });
  filled(
    world,
    ALERT_SEVERITIES.map((bad) => ['a', bad, 100] as const),
  );
  drain(world, 60);
  const times = (bad: AlertSeverity) => world.begun.filter((one) => one.severity === bad).length;
  expect(ALERT_SEVERITIES.map(times)).toEqual([4, 8, 16, 32]);
});

test('a severity that could not be begun for long is not paid for it: nobody starves when it can', () => {
  const world = newWorld({ total: 2, bySeverity: { high: 1 } });
  filled(world, [
    ['a', 'high', 500],
    ['b', 'low', 500],
  ]);
  // One high one stays under way; low ones come and go meanwhile.
  apply(world, { op: 'begin' });
  const long = world.running[0] ?? expect.fail();
  expect(long.severity).toBe('high');
  for (let i = 0; i < 200; i++) {
    apply(world, { op: 'begin' });
    apply(world, { op: 'end', which: 0 });
  }
  world.schedule.end(long);
  without(world.running, long);
  const before = world.begun.length;
  drain(world, before + 20);
  expect(world.begun.slice(before).some((one) => one.severity === 'low')).toBe(true);
});

test('of one severity, two tenants that wait are begun by turns: never two more of one than of the other', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (a, b) => {
      const world = newWorld({ total: 1 });
      filled(world, [
        ['a', 'high', a],
        ['b', 'high', b],
      ]);
      for (let i = 0; i < 2 * Math.min(a, b); i++) {
        drain(world, i + 1);
        const lead = world.begun.filter(({ tenant }) => tenant === 'a').length * 2 - world.begun.length;
        expect(Math.abs(lead)).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: runs(200) },
  );
});

test('no more are begun before one than was said, if none is added', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), severity, fc.integer({ min: 1, max: 6 })), { maxLength: 8 }),
      fc.nat({ max: 20 }),
      (of, already) => {
        const world = newWorld({ total: 1 });
        filled(world, of);
        drain(world, already);
        const before = world.begun.length;
        const said = world.waiting.map((item) => [item, world.schedule.ahead(item) ?? -1] as const);
        drain(world);
        for (const [item, ahead] of said) {
          expect(world.begun.indexOf(item) - before).toBeLessThanOrEqual(ahead);
          expect(ahead).toBeLessThan(said.length);
        }
      },
    ),
    { numRuns: runs(500) },
  );
});
