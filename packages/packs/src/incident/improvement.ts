/** What somebody would have made better (D-35): submitted by people and services, ranked by what receipts say. Nothing is done by it. */
import type { Action } from '@tai-autonomics/core/author';
import { internal, string } from '../platform/action.ts';

export const improvementActions: Readonly<Record<string, Action>> = {
  submit_improvement: internal({
    means: 'submits what would make incidents of a kind rarer, or would handle them better',
    who: ['user', 'service'],
    arguments: {
      kind: { means: 'the kind of incident', type: { type: 'string', maxLength: 64, form: 'id' } },
      proposal: string('what to change'),
    },
    requires: [],
    emits: { approve: 'improvement_submitted', refuse: 'action_refused' },
    writes: [],
  }),
};
