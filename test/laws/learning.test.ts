/** What tenants learn from one another says nothing of one of them, alone or by difference. */
import {
  COUNT_LEAST,
  type LearnedMonth,
  learnMonth,
  type MonthCounts,
  startMonth,
  TENANTS_LEAST,
  toldOf,
} from '@tai-autonomics/core/analytics';
import { formatInstant } from '@tai-autonomics/core/engine';
import type { Receipt, WireWrite } from '@tai-autonomics/core/receipt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';

const NAMES = Array.from({ length: 12 }, (_, i) => `tenant-${i}`);
const ITEMS = ['incident drift: opened', 'incident odd: opened', 'recipe r@1.0.0: failed'];

type Tenants = ReadonlyMap<string, MonthCounts>;
/** Most tenants have most items, so that often five have one, and often four. */
const counts = fc
  .tuple(...ITEMS.map((item) => fc.option(fc.tuple(fc.constant(item), fc.integer({ min: 1, max: 1_000 })))))
  .map((rows) => new Map(rows.flatMap((row) => (row === null ? [] : [row]))));
const shared = fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const tenants: fc.Arbitrary<Tenants> = fc
  .tuple(...NAMES.map((name) => fc.option(fc.tuple(fc.constant(name), fc.record({ shared, counts })))))
  .map((rows) => new Map(rows.flatMap((row) => (row === null ? [] : [row]))));
const without = (all: Tenants, tenant: string): Tenants => new Map([...all].filter(([name]) => name !== tenant));
const having = (all: Tenants, item: string): readonly string[] =>
  [...all].flatMap(([name, one]) => (one.shared && one.counts.has(item) ? [name] : []));
const told = (all: Tenants, before: readonly LearnedMonth[] = []) => toldOf(learnMonth('2026-11', all, before)).rows;
const rowOf = (all: Tenants, item: string) => told(all).find((row) => row.item === item);

test('what fewer than five tenants have is not told, whoever else comes or goes below five', () => {
  fc.assert(
    fc.property(tenants, fc.constantFrom(...NAMES), fc.constantFrom(...ITEMS), (all, tenant, item) => {
      const few = having(all, item).length < TENANTS_LEAST;
      expect(rowOf(all, item) === undefined).toBe(few);
      if (few) expect(rowOf(without(all, tenant), item)).toBeUndefined();
    }),
    { numRuns: runs(500) },
  );
});

test('who does not share changes nothing, and no name of anybody is told', () => {
  fc.assert(
    fc.property(tenants, counts, (all, own) => {
      const more = new Map([...all, ['outsider', { shared: false, counts: own }] as const]);
      expect(told(more)).toEqual(told(all));
      const text = JSON.stringify(toldOf(learnMonth('2026-11', all, [])));
      for (const name of [...NAMES, 'panel']) expect(text).not.toContain(name);
      expect(told(new Map([...all].reverse()))).toEqual(told(all));
    }),
    { numRuns: runs(300) },
  );
});

test('of any months, the tenants behind one number are the same ones, or differ by five at least; each is of five at least', () => {
  fc.assert(
    fc.property(fc.array(tenants, { minLength: 2, maxLength: 6 }), (months) => {
      const before: LearnedMonth[] = [];
      for (const [n, all] of months.entries()) before.push(learnMonth(`2026-0${n + 1}`, all, before));
      for (const item of ITEMS) {
        const panels = before.flatMap(({ panels: own }) => (own[item] === undefined ? [] : [own[item]]));
        for (const a of panels)
          for (const b of panels) {
            const apart = a.filter((name) => !b.includes(name)).length + b.filter((name) => !a.includes(name)).length;
            expect(apart === 0 || apart >= TENANTS_LEAST).toBe(true);
          }
      }
      for (const [n, { rows, panels }] of before.entries()) {
        expect(Object.keys(panels)).toEqual(rows.map(({ item }) => item));
        for (const { item, tenants: many, count } of rows) {
          const all = months[n] ?? new Map();
          expect(many % TENANTS_LEAST).toBe(0);
          expect(count === 0 || (count >= COUNT_LEAST && Number.isInteger(Math.log2(count)))).toBe(true);
          expect(many).toBeGreaterThanOrEqual(TENANTS_LEAST);
          // Everybody who is counted shared in that month, and five of them had something to count.
          expect((panels[item] ?? []).every((name) => all.get(name)?.shared === true)).toBe(true);
          expect((panels[item] ?? []).filter((name) => having(all, item).includes(name)).length).toBeGreaterThanOrEqual(
            TENANTS_LEAST,
          );
        }
      }
    }),
    { numRuns: runs(500) },
  );
});

test('one more tenant waits until five do; one that leaves takes the number with it', () => {
  const of = (n: number, each = 10): Tenants =>
    new Map(NAMES.slice(0, n).map((name) => [name, { shared: true, counts: new Map([['x', each]]) }]));
  const first = learnMonth('2026-01', of(6), []);
  expect(first.rows).toEqual([{ item: 'x', tenants: 5, count: 32 }]);
  const second = learnMonth('2026-02', of(7), [first]);
  expect(second.rows).toEqual([{ item: 'x', tenants: 5, count: 32 }]);
  expect(second.panels['x']).toEqual(first.panels['x']);
  expect(learnMonth('2026-03', of(5), [first, second]).rows).toEqual([]);
  expect(learnMonth('2026-03', of(11), [first, second]).rows).toEqual([{ item: 'x', tenants: 10, count: 64 }]);
});

test('nobody counts more than the fifth largest does', () => {
  fc.assert(
    fc.property(tenants, fc.constantFrom(...ITEMS), fc.integer({ min: 1, max: 1_000_000 }), (all, item, more) => {
      const most = having(all, item).toSorted(
        (a, b) => (all.get(b)?.counts.get(item) ?? 0) - (all.get(a)?.counts.get(item) ?? 0),
      )[0];
      if (most === undefined) return;
      const one = all.get(most);
      const grown = new Map([...(one?.counts ?? []), [item, (one?.counts.get(item) ?? 0) + more] as const]);
      expect(rowOf(new Map([...all, [most, { shared: true, counts: grown }] as const]), item)).toEqual(
        rowOf(all, item),
      );
    }),
    { numRuns: runs(300) },
  );
});

test('of five tenants the answer leaves three counts at least that the smallest may have, whatever is known of the four others', () => {
  const more = fc.integer({ min: 0, max: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.tuple(more, more, more, more), (own, beyond) => {
      const others = beyond.map((n) => own + n);
      const countOf = (smallest: number) => {
        const counts = [smallest, ...others].map((n) => ({ shared: true, counts: new Map([['x', n]]) }));
        return rowOf(new Map(counts.map((one, i) => [`tenant-${i}`, one])), 'x')?.count;
      };
      const said = countOf(own);
      const fits = Array.from({ length: 200 }, (_, i) => i + 1).filter((n) => countOf(n) === said);
      expect(fits).toContain(own);
      expect(fits.length).toBeGreaterThanOrEqual(3);
    }),
    { numRuns: runs(400) },
  );
});

test('one more or one less of one tenant changes nothing, or goes to the next step', () => {
  fc.assert(
    fc.property(tenants, fc.constantFrom(...NAMES), fc.constantFrom(...ITEMS), (all, tenant, item) => {
      const one = all.get(tenant);
      const has = one?.counts.get(item);
      if (one === undefined || has === undefined) return;
      const more = new Map([...all, [tenant, { ...one, counts: new Map([...one.counts, [item, has + 1]]) }] as const]);
      const [before, after] = [rowOf(all, item)?.count, rowOf(more, item)?.count];
      if (before === undefined) expect(after).toBeUndefined();
      else expect([before, before === 0 ? COUNT_LEAST : 2 * before]).toContain(after);
    }),
    { numRuns: runs(300) },
  );
});

const SINCE = Date.UTC(2026, 10, 1);
const UNTIL = Date.UTC(2026, 11, 1);
const DAY_MS = 86_400_000;
const monthOf = (
  ...events: readonly (readonly [at: number, event: string, writes?: readonly WireWrite[], verdict?: string])[]
) => {
  const run = startMonth(SINCE, UNTIL);
  for (const [at, event, writes = [], verdict = 'approve'] of events)
    run.step({ kind: 'decision', verdict, event, writes, at: formatInstant(at) } as unknown as Receipt, at);
  return run.finish();
};
const opened: readonly WireWrite[] = [
  { cell: 'incident_state', key: ['a'], set: 'alerted' },
  { cell: 'incident_kind', key: ['a'], set: 'drift' },
];

test.for([
  { note: 'before the month', events: [[SINCE - 1, 'counts_shared']], want: true },
  { note: 'at its first instant', events: [[SINCE, 'counts_shared']], want: false },
  { note: 'and was refused', events: [[SINCE - 1, 'counts_shared', [], 'refuse']], want: false },
  {
    note: 'and withheld before',
    events: [
      [SINCE - 2, 'counts_shared'],
      [SINCE - 1, 'counts_withheld'],
    ],
    want: false,
  },
  {
    note: 'and withheld at its last instant',
    events: [
      [SINCE - 1, 'counts_shared'],
      [UNTIL - 1, 'counts_withheld'],
    ],
    want: false,
  },
  {
    note: 'and withheld after it',
    events: [
      [SINCE - 1, 'counts_shared'],
      [UNTIL, 'counts_withheld'],
    ],
    want: true,
  },
  { note: 'never', events: [[SINCE, 'heartbeat']], want: false },
] as const)('who shared $note: $want', ({ events, want }) => expect(monthOf(...events).shared).toBe(want));

test('what is before or after a month is not counted in it, and changes nothing that is', () => {
  const month = monthOf([SINCE - DAY_MS, 'made_up', opened], [SINCE, 'made_up', opened], [UNTIL, 'made_up', opened]);
  expect([...month.counts]).toEqual([['incident drift: opened', 1]]);
});
