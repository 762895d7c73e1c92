/** Andon: anybody may stop the line for a resource; an owner starts it again (D-06, D-07). The resource `*` is the whole tenant. */
import type { Action, Condition } from '@tai-autonomics/core/author';
import { internal, string, words } from './action.ts';

const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;

/** This severity is asked for, and nothing as bad is open. */
const rises = (severity: string, i: number): Condition => ({
  all: [
    { fact: 'argument.severity', is: severity },
    { fact: 'andon', oneOf: ['none', ...SEVERITIES.slice(0, i)] },
  ],
});

export const stopActions: Readonly<Record<string, Action>> = {
  raise_andon: internal({
    means: 'stops the line for a resource',
    who: ['agent', 'user', 'service', 'system'],
    arguments: {
      severity: words('how bad it is', ...SEVERITIES),
      finding: string('what was seen'),
    },
    requires: [],
    emits: { approve: 'andon_raised', refuse: 'action_refused' },
    // A milder one is recorded, and lowers nothing: the severity only rises until an owner clears it.
    writes: [
      {
        cell: 'andon',
        key: [{ fact: 'resource_ref' }],
        change: { set: { fact: 'argument.severity' } },
        when: { any: SEVERITIES.map(rises) },
      },
    ],
    evenWhenSuspended: true,
  }),
  clear_andon: internal({
    means: 'starts the line again for a resource',
    who: ['user'],
    relation: 'owner',
    arguments: { finding: string('what was found and done') },
    requires: [],
    emits: { approve: 'andon_cleared', refuse: 'action_refused' },
    writes: [{ cell: 'andon', key: [{ fact: 'resource_ref' }], change: { clear: true } }],
  }),
};
