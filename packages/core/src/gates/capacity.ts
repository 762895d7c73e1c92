/**
 * Gate 7: is there room. Every approval of what changes the world is counted by the gate itself, in fixed windows, so the state
 * stays bounded; what is about open actions is given back by their outcome. A refusal queues nothing (B-15, D-19).
 */

import type { Type } from '../data/value.ts';
import type { Remedy, Requirement, Write } from '../policy/action.ts';
import type { Condition } from '../policy/condition.ts';
import type { FactId } from '../policy/fact.ts';
import { isAble } from './abilities.ts';
import {
  buyPlan,
  type Counts,
  cellFact,
  changesTheWorld,
  EPOCH,
  type Gate,
  type Placed,
  smallestPlan,
} from './gate.ts';

const COUNT: Type = { type: 'integer', min: 0 };
const INSTANT: Type = { type: 'instant' };
const BY_ACTION = [{ fact: 'action' }];
const UNLIMITED = Number.MAX_SAFE_INTEGER;
/** A window begins with an approval and lasts 30 days; the next one begins with the first approval after it. */
const WINDOW_MS = 2_592_000_000;
/** What an owner may say lies between two approvals of one action. */
const PACES = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const PACE: Type = { type: 'enum', values: ['none', ...Object.keys(PACES)] };

/** Whether approvals of an action are counted: those of what changes the world, and was bought. */
export const isCounted = (placed: Placed): boolean => changesTheWorld(placed) && placed.action.entitlement === 'active';

const windowOver = (resets: FactId): Condition => ({ fact: 'at', notBefore: { fact: resets } });
const wait = (fact: FactId): Remedy => ({ by: 'time', notBefore: { fact } });

/** A window that is over begins again at this approval, and counts it; else it is counted beside the others. */
const countIn = (used: FactId, resets: FactId, key: Write['key'], count = 1): readonly Write[] => [
  { cell: used, key, change: { set: count }, when: windowOver(resets) },
  { cell: used, key, change: { plus: count }, when: { not: windowOver(resets) } },
  { cell: resets, key, change: { set: { fact: 'at', plus: WINDOW_MS } }, when: windowOver(resets) },
];

const quota = ({ source, pack, action }: Placed): readonly Requirement[] => [
  {
    code: 'quota_exceeded',
    means: 'the plan has a quota',
    when: { fact: 'plan_quota', above: 0 },
    remedy: buyPlan(source, smallestPlan(source, pack, action.roles, 1)),
  },
  {
    code: 'quota_exceeded',
    means: 'the quota has room',
    when: {
      any: [
        { fact: 'plan_quota', is: 0 },
        { fact: 'quota_used', below: { fact: 'plan_quota' } },
        windowOver('quota_resets_at'),
      ],
    },
    remedy: wait('quota_resets_at'),
  },
];

/** What a catalog asks that can't count approvals. */
const uncounted: Requirement = {
  code: 'quota_exceeded',
  means: 'the quota has room',
  when: { any: [{ fact: 'quota_used', below: { fact: 'plan_quota' } }, windowOver('quota_resets_at')] },
  remedy: wait('quota_resets_at'),
};

/** What an approval costs: as the catalog says, in minor units; one approval, where it says nothing. */
const costOf = ({ id, source }: Placed): number => (source.costs === undefined ? 1 : (source.costs.actions[id] ?? 0));

/** An owner sets another budget, and leaves its other limits as they are. */
const raiseBudget = (cost: number): Remedy => ({
  by: 'authority',
  who: { type: 'user', relation: 'owner' },
  submit: {
    action: 'set_limits',
    arguments: { open_actions: { fact: 'wip_limit' }, pace: { fact: 'rate_pace' } },
    choose: [{ argument: 'budget', from: cost }],
  },
});

/** What is spent and what this costs are together within the budget. A budget that is too small for this alone stays so in every window. */
const budget = (placed: Placed): readonly Requirement[] => {
  const cost = costOf(placed);
  if (cost === 0) return [];
  const limit: Condition =
    cost === 1 ? UP_TO_LIMIT : { fact: 'budget_spent', below: { fact: 'budget_limit', plus: 1 - cost } };
  return [
    ...(placed.source.costs === undefined
      ? []
      : [
          {
            code: 'budget_exceeded',
            means: `the budget is at least what this costs, ${cost} in minor units of ${placed.source.costs.currency}`,
            when: { fact: 'budget_limit', atLeast: cost },
            remedy: raiseBudget(cost),
          },
        ]),
    {
      code: 'budget_exceeded',
      means: 'the budget has room',
      when: { any: [limit, windowOver('budget_resets_at')] },
      remedy: wait('budget_resets_at'),
    },
  ];
};
const UP_TO_LIMIT: Condition = { fact: 'budget_spent', below: { fact: 'budget_limit' } };

/** What an owner limits with `set_limits`. */
const limits: readonly Requirement[] = [
  {
    code: 'rate_limited',
    means: 'the last approval is long enough ago',
    when: { fact: 'at', notBefore: { fact: 'rate_next_at' } },
    remedy: wait('rate_next_at'),
  },
  {
    code: 'wip_limit_reached',
    means: 'fewer actions are open than may be',
    when: { fact: 'wip_open', below: { fact: 'wip_limit' } },
    remedy: { by: 'world' },
  },
];

const counts = (placed: Placed): Counts => {
  if (!isCounted(placed) || !isAble(placed.source, 'count_approvals')) return { approval: [], outcome: [] };
  const cost = costOf(placed);
  const paced = Object.entries(PACES).map(
    ([pace, ms]): Write => ({
      cell: 'rate_next_at',
      key: BY_ACTION,
      change: { set: { fact: 'at', plus: ms } },
      when: { fact: 'rate_pace', is: pace },
    }),
  );
  return {
    approval: [
      ...countIn('quota_used', 'quota_resets_at', BY_ACTION),
      ...(cost === 0 ? [] : countIn('budget_spent', 'budget_resets_at', [], cost)),
      ...paced,
      { cell: 'wip_open', key: [], change: { plus: 1 } },
    ],
    outcome: [{ cell: 'wip_open', key: [], change: { plus: -1 } }],
  };
};

export const capacity: Gate = {
  gate: 'capacity',
  codes: {
    quota_exceeded: 'the plan’s quota for the period is used up',
    rate_limited: 'the last approval was too short a time ago',
    wip_limit_reached: 'as many actions are open as may be',
    budget_exceeded: 'the budget of the period is spent',
  },
  facts: {
    quota_used: cellFact('approvals in the current window', COUNT, 'quota_used', 0, BY_ACTION),
    quota_resets_at: cellFact('when the current window ends', INSTANT, 'quota_resets_at', EPOCH, BY_ACTION),
    rate_pace: cellFact('how long has to lie between two approvals of an action', PACE, 'rate_pace', 'none'),
    rate_next_at: cellFact('when the next approval may be given', INSTANT, 'rate_next_at', EPOCH, BY_ACTION),
    wip_open: cellFact('actions that are open', COUNT, 'wip_open', 0),
    wip_limit: cellFact('actions that may be open', COUNT, 'wip_limit', UNLIMITED),
    budget_spent: cellFact('what the approvals of the current window cost', COUNT, 'budget_spent', 0),
    budget_limit: cellFact('what the approvals of a window may cost', COUNT, 'budget_limit', UNLIMITED),
    budget_resets_at: cellFact('when the current window ends', INSTANT, 'budget_resets_at', EPOCH),
  },
  cells: {
    quota_used: { means: 'approvals in the current window', key: ['action'], type: COUNT },
    quota_resets_at: { means: 'when the current window ends', key: ['action'], type: INSTANT },
    rate_pace: { means: 'how long has to lie between two approvals of an action', key: [], type: PACE },
    rate_next_at: { means: 'when the next approval may be given', key: ['action'], type: INSTANT },
    wip_open: { means: 'actions that are open', key: [], type: COUNT },
    wip_limit: { means: 'actions that may be open', key: [], type: COUNT },
    budget_spent: { means: 'what the approvals of the current window cost', key: [], type: COUNT },
    budget_limit: { means: 'what the approvals of a window may cost', key: [], type: COUNT },
    budget_resets_at: { means: 'when the current window ends', key: [], type: INSTANT },
  },
  requires: (placed) =>
    isCounted(placed)
      ? [...(isAble(placed.source, 'count_approvals') ? quota(placed) : [uncounted]), ...limits, ...budget(placed)]
      : [],
  counts,
};
