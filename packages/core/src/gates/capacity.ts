/** Gate 7: is there room. Counted on approve, in fixed windows, so the state stays bounded; a refusal queues nothing (B-15, D-19). */

import type { Type } from '../data/value.ts';
import type { Requirement } from '../policy/action.ts';
import type { Operand } from '../policy/condition.ts';
import type { FactId } from '../policy/fact.ts';
import { cellFact, changesTheWorld, type Gate } from './gate.ts';

const COUNT: Type = { type: 'integer', min: 0 };
const INSTANT: Type = { type: 'instant' };
const EPOCH = '1970-01-01T00:00:00.000Z';
const BY_ACTION = [{ fact: 'action' }];
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** Room below a limit, or the window in which it was counted is over. */
const roomBelow = (code: string, means: string, used: FactId, limit: Operand, resets: FactId): Requirement => ({
  code,
  means,
  when: {
    any: [
      { fact: used, below: limit },
      { fact: 'at', notBefore: { fact: resets } },
    ],
  },
  remedy: { by: 'time', notBefore: { fact: resets } },
});

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
    rate_next_at: cellFact('when the next approval may be given', INSTANT, 'rate_next_at', EPOCH, BY_ACTION),
    wip_open: cellFact('actions that are open', COUNT, 'wip_open', 0),
    wip_limit: cellFact('actions that may be open', COUNT, 'wip_limit', UNLIMITED),
    budget_spent: cellFact('what the current window has spent, in minor units', COUNT, 'budget_spent', 0),
    budget_limit: cellFact('what a window may spend, in minor units', COUNT, 'budget_limit', UNLIMITED),
    budget_resets_at: cellFact('when the current window ends', INSTANT, 'budget_resets_at', EPOCH),
  },
  cells: {
    quota_used: { means: 'approvals in the current window', key: ['action'], type: COUNT },
    quota_resets_at: { means: 'when the current window ends', key: ['action'], type: INSTANT },
    rate_next_at: { means: 'when the next approval may be given', key: ['action'], type: INSTANT },
    wip_open: { means: 'actions that are open', key: [], type: COUNT },
    wip_limit: { means: 'actions that may be open', key: [], type: COUNT },
    budget_spent: { means: 'spent in the current window', key: [], type: COUNT },
    budget_limit: { means: 'what a window may spend', key: [], type: COUNT },
    budget_resets_at: { means: 'when the current window ends', key: [], type: INSTANT },
  },
  requires: (placed) =>
    changesTheWorld(placed) && placed.action.entitlement === 'active'
      ? [
          roomBelow('quota_exceeded', 'the quota has room', 'quota_used', { fact: 'plan_quota' }, 'quota_resets_at'),
          {
            code: 'rate_limited',
            means: 'the last approval is long enough ago',
            when: { fact: 'at', notBefore: { fact: 'rate_next_at' } },
            remedy: { by: 'time', notBefore: { fact: 'rate_next_at' } },
          },
          {
            code: 'wip_limit_reached',
            means: 'fewer actions are open than may be',
            when: { fact: 'wip_open', below: { fact: 'wip_limit' } },
            remedy: { by: 'world' },
          },
          roomBelow(
            'budget_exceeded',
            'the budget has room',
            'budget_spent',
            { fact: 'budget_limit' },
            'budget_resets_at',
          ),
        ]
      : [],
};
