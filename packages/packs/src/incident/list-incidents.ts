/** The list of incidents: which there are, by where they are, of which kind, and about what. */
import type { Action } from '@tai-autonomics/core/author';
import { words } from '../platform/action.ts';
import { count, flag, listOf, members, text, word } from '../result.ts';
import { STATES } from './machine.ts';
import { SEVERITIES } from './sla.ts';

/** Any of them. */
const ANY = '*';

export const listIncidents: Action = {
  means: 'lists incidents: the open ones, unless closed ones are asked for, about one resource or all (`*`)',
  who: ['agent', 'user', 'service'],
  entitlement: 'none',
  roles: ['read_deployment'],
  arguments: {
    status: { ...words('which of them', 'open', 'closed', 'all'), otherwise: 'open' },
    kind: { means: 'only of this kind', type: { type: 'string', maxLength: 64 }, otherwise: ANY },
    after: {
      means: 'where to go on: `next` of the answer before',
      type: { type: 'string', maxLength: 200 },
      otherwise: ANY,
    },
    limit: { means: 'at most so many', type: { type: 'integer', min: 1, max: 100 }, otherwise: 20 },
  },
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: {
    effect: 'read',
    step: 'list_incidents',
    with: {
      status: { fact: 'argument.status' },
      kind: { fact: 'argument.kind' },
      after: { fact: 'argument.after' },
      limit: { fact: 'argument.limit' },
      about: { fact: 'resource_ref' },
    },
  },
  returns: members({
    incidents: listOf(
      members({
        incident: text('its id'),
        state: word('where it is', ...STATES),
        severity: word('how bad it is', 'none', ...SEVERITIES),
        kind: text('of which kind'),
        resource: text('the pseudonym of what it is about'),
        opened_at: text('when it was opened'),
        due_at: text('until when it has to be decided'),
        alerts: count('alerts that were folded into it'),
        escalated: flag('whether it was escalated'),
      }),
      'by their ids',
    ),
    count: count('how many there are of those that were asked for, on all pages'),
    'next?': text('`after` of the next page; absent at the end'),
  }),
};
