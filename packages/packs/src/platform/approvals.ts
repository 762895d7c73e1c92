/** Approvals: bound to exactly one intent under one catalog, for one requester, expiring, used once (C-24). */
import type { Action } from '@tai-autonomics/core';
import { instant, internal, string } from './action.ts';

const DAY_MS = 86_400_000;
const binding = { fact: 'argument.binding' } as const;

export const approvalActions: Readonly<Record<string, Action>> = {
  approve_action: internal({
    means: 'approves exactly one intent of somebody else',
    who: ['user'],
    relation: 'approver',
    arguments: {
      action: string('the action that is approved'),
      binding: string('the keyed digest of exactly what is approved'),
      requested_by: string('the pseudonym of who asked'),
      expires_at: instant('when the approval expires; within a day'),
    },
    requires: [
      {
        code: 'approver_is_requester',
        means: 'somebody other than the requester approves',
        when: { not: { fact: 'argument.requested_by', is: { fact: 'subject' } } },
        remedy: { by: 'request', argument: 'credential' },
      },
      {
        code: 'approval_period_invalid',
        means: 'the approval expires after now and within a day',
        when: {
          all: [
            { fact: 'argument.expires_at', after: { fact: 'at' } },
            { fact: 'argument.expires_at', notAfter: { fact: 'at', plus: DAY_MS } },
          ],
        },
        remedy: { by: 'request', argument: 'expires_at' },
      },
    ],
    emits: { approve: 'approval_granted', refuse: 'action_refused' },
    writes: [
      { cell: 'approval_requester', key: [binding], change: { set: { fact: 'argument.requested_by' } } },
      { cell: 'approval_expires_at', key: [binding], change: { set: { fact: 'argument.expires_at' } } },
    ],
  }),
  revoke_approval: internal({
    means: 'takes an approval back before it is used',
    who: ['user'],
    relation: 'approver',
    arguments: { binding: string('the keyed digest of what was approved') },
    requires: [],
    emits: { approve: 'approval_revoked', refuse: 'action_refused' },
    writes: [
      { cell: 'approval_requester', key: [binding], change: { clear: true } },
      { cell: 'approval_expires_at', key: [binding], change: { clear: true } },
    ],
  }),
};
