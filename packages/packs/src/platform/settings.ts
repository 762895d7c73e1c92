/** What a tenant's owner decides about how its subjects are answered. */
import type { Action } from '@tai-autonomics/core/author';
import { internal, setTo } from './action.ts';

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
};
