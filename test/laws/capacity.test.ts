/** What is sold and what an owner limits is counted: no sequence of approvals exceeds it, and each law needs its counter. */
import { type CatalogSource, compileCatalog, decide, type Observation, type State } from '@tai-autonomics/core';
import { type CellWrite, evolve, outcomeOf, parseInstant } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { compiled, lawful, merged, observed, shipped } from '../fixtures/tenant.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { altered } from '../generators/observation.ts';
import { referenceDecide } from '../reference/decide.ts';

const ACTIONS = ['trigger_rollback', 'activate_throttle'] as const;
const DAY_MS = 86_400_000;
const WINDOW_MS = 30 * DAY_MS;

/** The shipped catalog with a small quota in every plan that these may have. */
const sold = (quota: number, only: (plan: string) => boolean = () => true, costs?: CatalogSource['costs']) => {
  const plans = Object.entries(library.plans).map(([id, plan]) => [id, only(id) ? { ...plan, quota } : plan]);
  return compiled({ ...library, plans: Object.fromEntries(plans), ...(costs === undefined ? {} : { costs }) });
};

/** What the shipped catalog counts in a budget, each at this cost unless said otherwise. */
const costing = (cost: number, own: Readonly<Record<string, number>> = {}): NonNullable<CatalogSource['costs']> => {
  const counted = [...shipped.actions].flatMap(([id, { action }]) =>
    ['external', 'contractual'].includes(action.does.effect) ? [[id, cost] as const] : [],
  );
  return { currency: 'EUR', actions: { ...Object.fromEntries(counted), ...own } };
};

/** Compiled once for each quota and costs. */
const known = new Map<string, ReturnType<typeof sold>>();
const soldEach = (quota: number, costs?: CatalogSource['costs']): ReturnType<typeof sold> => {
  const name = JSON.stringify([quota, costs]);
  const catalog = known.get(name) ?? sold(quota, undefined, costs);
  known.set(name, catalog);
  return catalog;
};

interface Approval {
  readonly action: string;
  readonly at: number;
  readonly open: number;
}

/** Loses the writes of a counter, as a catalog without it would. */
type Strip = (write: CellWrite) => boolean;
const NOTHING: Strip = () => false;

/** Asks again and again at random instants, and lets random actions end; answers every approval. */
const play = (
  d: Dice,
  quota: number,
  limits: Readonly<Record<string, unknown>>,
  strip: Strip,
  costs?: CatalogSource['costs'],
): readonly Approval[] => {
  const catalog = soldEach(quota, costs);
  const first = ACTIONS.map((action) => observed(catalog, merged(lawful[action], { state: limits })));
  const start = first[0]?.at ?? 0;
  const apply = (state: State, writes: readonly CellWrite[]): State =>
    evolve(state, { kind: 'consequence', seq: 0, of: 0, writes: writes.filter((write) => !strip(write)) });
  const kept = new Set([
    'quota_used',
    'quota_resets_at',
    'budget_spent',
    'budget_resets_at',
    'rate_next_at',
    'wip_open',
  ]);
  let counters: State['cells'] = new Map();
  let now = start;
  const open: Observation[] = [];
  const approvals: Approval[] = [];
  for (let i = 0; i < 40; i++) {
    now += d.pick([0, 1, 999, 1_000, 60_000, 3_600_000, DAY_MS, 10 * DAY_MS, WINDOW_MS - 1, WINDOW_MS]);
    if (open.length > 0 && d.chance(40)) {
      const ended = open.splice(d.below(open.length), 1)[0] as Observation;
      const status = d.pick(['success', 'failed', 'timeout', 'memory_exceeded', 'unknown', 'withdrawn'] as const);
      const after = apply({ cells: counters, open: new Map() }, outcomeOf(catalog, ended, status)?.writes ?? []);
      counters = new Map([...after.cells].filter(([id]) => kept.has(id)));
    }
    const base = d.pick(first);
    // All else is as it should be at every instant: only what is counted goes on.
    const by = now - start;
    const moved = [...base.state.cells].map(([id, values]) => [
      id,
      new Map(
        [...values].map(([key, v]) => [key, typeof v === 'number' && /_at$|_from$|_until$/.test(id) ? v + by : v]),
      ),
    ]) as unknown as State['cells'];
    const o: Observation = {
      ...base,
      at: now,
      evidence: base.evidence.map((e) => ({ ...e, observedAt: e.observedAt + by })),
      state: { cells: new Map([...moved, ...counters]), open: new Map() },
    };
    const decision = decide(catalog, o);
    if (decision.verdict === 'refuse') {
      const codes = decision.reasons.map(({ code }) => code);
      expect(codes.filter((code) => !/quota|rate|wip|budget/.test(code))).toEqual([]);
      for (const { next } of decision.reasons)
        if (next.kind === 'time') expect(parseInstant(next.notBefore)).toBeGreaterThan(now);
      continue;
    }
    approvals.push({ action: o.intent.action.id, at: now, open: open.length });
    open.push(o);
    const after = apply(o.state, decision.writes);
    counters = new Map([...after.cells].filter(([id]) => kept.has(id)));
  }
  return approvals;
};

/** What the approvals of each window cost: it begins with one that costs something, and the next with the first one after it. */
const windows = (approvals: readonly Approval[], costOf: (action: string) => number = () => 1): readonly number[] => {
  const counts: number[] = [];
  let ends = Number.NEGATIVE_INFINITY;
  for (const { at, action } of approvals) {
    if (costOf(action) === 0) continue;
    if (at >= ends) {
      counts.push(0);
      ends = at + WINDOW_MS;
    }
    counts[counts.length - 1] = (counts.at(-1) ?? 0) + costOf(action);
  }
  return counts;
};

const quotaHolds = (d: Dice, strip: Strip): boolean => {
  const quota = d.below(4);
  const approvals = play(d, quota, {}, strip);
  return ACTIONS.every((id) => windows(approvals.filter(({ action }) => action === id)).every((n) => n <= quota));
};
const budgetHolds = (d: Dice, strip: Strip): boolean => {
  const budget = 1 + d.below(4);
  return windows(play(d, 1_000, { budget_limit: budget }, strip)).every((n) => n <= budget);
};
const moneyHolds = (d: Dice, strip: Strip): boolean => {
  const [first, second] = ACTIONS;
  const own: Readonly<Record<string, number>> = {
    [first]: d.pick([0, 1, 40, 100, 250]),
    [second]: d.pick([1, 60, 100]),
  };
  const budget = d.pick([1, 99, 100, 249, 250, 500]);
  const approvals = play(d, 1_000, { budget_limit: budget }, strip, costing(7, own));
  return windows(approvals, (action) => own[action] ?? 0).every((spent) => spent <= budget);
};
const openHolds = (d: Dice, strip: Strip): boolean => {
  const most = 1 + d.below(3);
  return play(d, 1_000, { wip_limit: most }, strip).every(({ open }) => open < most);
};
const paceHolds = (d: Dice, strip: Strip): boolean => {
  const [pace, ms] = d.pick([
    ['second', 1_000],
    ['minute', 60_000],
    ['hour', 3_600_000],
    ['day', DAY_MS],
  ] as const);
  const approvals = play(d, 1_000, { rate_pace: pace }, strip);
  return ACTIONS.every((id) => {
    const own = approvals.filter(({ action }) => action === id);
    return own.every(({ at }, i) => i === 0 || at - (own[i - 1]?.at ?? 0) >= ms);
  });
};

describe.each([
  { law: 'no sequence of approvals exceeds the plan’s quota in a window', holdsFor: quotaHolds, counter: 'quota_used' },
  {
    law: 'no sequence of approvals exceeds what an owner lets a window have',
    holdsFor: budgetHolds,
    counter: 'budget_spent',
  },
  { law: 'no sequence of approvals costs more than an owner’s budget', holdsFor: moneyHolds, counter: 'budget_spent' },
  { law: 'never are more actions open than an owner lets be', holdsFor: openHolds, counter: 'wip_open' },
  {
    law: 'two approvals of an action are never nearer than an owner says',
    holdsFor: paceHolds,
    counter: 'rate_next_at',
  },
])('$law', ({ holdsFor, counter }) => {
  test('whatever is asked and however it ends', () => {
    holds(60, (d) => {
      expect(holdsFor(d, NOTHING)).toBe(true);
    });
  });

  test(`and it would be broken if nothing wrote \`${counter}\``, () => {
    let broken = 0;
    holds(60, (d) => {
      if (!holdsFor(d, ({ cell }) => cell === counter)) broken += 1;
    });
    expect(broken).toBeGreaterThan(0);
  });
});

test('a quota of 0 approves nothing, and another plan would', () => {
  const catalog = sold(0, (plan) => plan !== 'enterprise');
  const decision = decide(catalog, observed(catalog, lawful['trigger_rollback']));
  expect(decision).toMatchObject({ verdict: 'refuse' });
  if (decision.verdict === 'approve') return;
  expect(decision.reasons.map(({ code }) => code)).toEqual(['quota_exceeded']);
  expect(decision.reasons[0].next).toMatchObject({
    kind: 'authority',
    submit: { action: 'apply_entitlement', arguments: { plan_id: 'enterprise' } },
  });
});

describe('a catalog that says what approvals cost', () => {
  const catalog = sold(1_000, undefined, costing(100, { activate_throttle: 0 }));
  const asked = (action: string, state: Readonly<Record<string, unknown>>) =>
    decide(catalog, observed(catalog, merged(lawful[action], { state })));

  test('is decided as the reference decides it', () => {
    const all = ACTIONS.map((action) => observed(catalog, lawful[action]));
    holds(600, (d) => {
      const o = altered(d, catalog, d.pick(all), 4);
      expect(decide(catalog, o)).toEqual(referenceDecide(catalog.source, o));
    });
  });

  const open = { budget_resets_at: '2099-01-01T00:00:00Z' };
  test.for([
    {
      note: 'what is left is exactly enough',
      state: { budget_limit: 250, budget_spent: 150, ...open },
      next: undefined,
    },
    { note: 'one minor unit is missing', state: { budget_limit: 250, budget_spent: 151, ...open }, next: 'time' },
    { note: 'the budget is smaller than what it costs', state: { budget_limit: 99 }, next: 'authority' },
    { note: 'and is exactly that', state: { budget_limit: 100 }, next: undefined },
  ])('$note', ({ state, next }) => {
    const decision = asked('trigger_rollback', state);
    const reasons = decision.verdict === 'approve' ? [] : decision.reasons;
    expect(reasons.map(({ code, next: step }) => [code, step.kind])).toEqual(
      next === undefined ? [] : [['budget_exceeded', next]],
    );
  });

  test('what is free is approved when all is spent, and what is spent stays so', () => {
    const decision = asked('activate_throttle', { budget_limit: 100, budget_spent: 100, ...open });
    expect(decision.verdict).toBe('approve');
    expect(JSON.stringify(decision)).not.toContain('budget_');
  });

  test.for([
    { note: 'an action without a cost', of: { trigger_rollback: undefined }, at: 'trigger_rollback' },
    { note: 'a cost of what changes nothing', of: { check_health: 5 }, at: 'check_health' },
    { note: 'a misspelt action', of: { triger_rollback: 5 }, at: 'triger_rollback' },
    { note: 'a fraction of a minor unit', of: { trigger_rollback: 0.5 }, at: 'trigger_rollback' },
    { note: 'a cost below nothing', of: { trigger_rollback: -1 }, at: 'trigger_rollback' },
  ])('$note is refused with its place', ({ of, at }) => {
    const { currency, actions } = costing(1);
    const some = JSON.parse(JSON.stringify({ ...actions, ...of }));
    const read = compileCatalog({ ...library, costs: { currency, actions: some } });
    expect(E.isLeft(read) ? read.left.map(({ path }) => path) : []).toEqual([['costs', 'actions', at]]);
  });
});

test('every cell that an action of the shipped catalog looks at is written by some action of it', () => {
  const actions = [...shipped.actions.values()];
  const written = new Set(
    actions.flatMap(({ action: { writes, does } }) => {
      const after = 'after' in does ? Object.values(does.after).flatMap((one) => one.writes) : [];
      return [...writes, ...after].map(({ cell }) => cell);
    }),
  );
  const looked = new Set(actions.flatMap(({ facts }) => facts));
  const read = [...looked].flatMap((id) => {
    const fact = shipped.facts.get(id);
    return fact?.origin === 'ledger' ? [fact.cell] : [];
  });
  expect(read.filter((cell) => !written.has(cell))).toEqual([]);
});

test('every cell that the capacity gate looks at is written by some action of the shipped catalog', () => {
  const written = new Set([...shipped.actions.values()].flatMap(({ action }) => action.writes.map(({ cell }) => cell)));
  for (const cell of [
    'quota_used',
    'quota_resets_at',
    'rate_next_at',
    'rate_pace',
    'wip_open',
    'wip_limit',
    'budget_spent',
    'budget_limit',
    'budget_resets_at',
  ])
    expect([cell, written.has(cell)]).toEqual([cell, true]);
});
