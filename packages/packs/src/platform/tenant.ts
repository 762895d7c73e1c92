/** A tenant’s standing with the operator: suspended and resumed; reads and what the marketplace says go on meanwhile. */
import type { Action } from '@tai-autonomics/core/author';
import { internal, string, words } from './action.ts';

export const tenantActions: Readonly<Record<string, Action>> = {
  suspend_tenant: internal({
    means: 'suspends the tenant: nothing but reads is approved until it is resumed',
    who: ['system'],
    arguments: {
      why: words('why it is suspended', 'payment', 'security', 'abuse', 'request'),
      finding: string('what was found'),
    },
    requires: [],
    emits: { approve: 'tenant_suspended', refuse: 'action_refused' },
    writes: [{ cell: 'tenant_suspended', key: [], change: { set: true } }],
  }),
  resume_tenant: internal({
    means: 'ends the suspension of the tenant',
    who: ['system'],
    arguments: {},
    requires: [],
    emits: { approve: 'tenant_resumed', refuse: 'action_refused' },
    writes: [{ cell: 'tenant_suspended', key: [], change: { clear: true } }],
    evenWhenSuspended: true,
  }),
};
