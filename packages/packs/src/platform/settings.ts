/** What a tenant's owner decides: how its subjects are answered, and how much may be approved. */
import type { Action, Argument } from '@tai-autonomics/core/author';
import { internal, setTo, words } from './action.ts';

/** At least 1: who wants nothing approved at all raises an Andon. */
const limit = (means: string): Argument => ({
  means,
  type: { type: 'integer', min: 1 },
  otherwise: Number.MAX_SAFE_INTEGER,
});

export const settingActions: Readonly<Record<string, Action>> = {
  set_disclosure: internal({
    means: 'says whether a refusal of a tool that the tenant did not buy names the plan that sells it',
    who: ['user'],
    relation: 'owner',
    arguments: {
      disclose_catalog: { means: 'whether subjects are told what could be bought', type: { type: 'boolean' } },
    },
    requires: [],
    emits: { approve: 'disclosure_set', refuse: 'action_refused' },
    writes: [setTo('catalog_disclosed', 'disclose_catalog')],
  }),
  share_counts: internal({
    means:
      'shares counts of incidents and recipes, from the next month on: no more than sums over five tenants at least',
    who: ['user'],
    relation: 'owner',
    arguments: {},
    requires: [],
    emits: { approve: 'counts_shared', refuse: 'action_refused' },
    writes: [],
  }),
  withhold_counts: internal({
    means: 'shares no counts any more, those of the present month neither',
    who: ['user'],
    relation: 'owner',
    arguments: {},
    requires: [],
    emits: { approve: 'counts_withheld', refuse: 'action_refused' },
    writes: [],
  }),
  set_limits: internal({
    means:
      'says how many actions may be open, what the approvals of 30 days may cost, and how long lies between two; what is left out is not limited',
    who: ['user'],
    relation: 'owner',
    arguments: {
      open_actions: limit('how many approved actions may be open at once'),
      budget: limit(
        'what the approvals of 30 days may cost, in minor units of the catalog’s costs; each counts 1 where it has none',
      ),
      pace: {
        ...words('how long lies between two approvals of one action', 'none', 'second', 'minute', 'hour', 'day'),
        otherwise: 'none',
      },
    },
    requires: [],
    emits: { approve: 'limits_set', refuse: 'action_refused' },
    writes: [setTo('wip_limit', 'open_actions'), setTo('budget_limit', 'budget'), setTo('rate_pace', 'pace')],
  }),
};
