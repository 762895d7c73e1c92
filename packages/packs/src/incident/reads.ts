/** What can be looked up about incidents: one by its id, and figures over all of them. */
import type { Action } from '@tai-autonomics/core/author';
import { EPOCH, instant } from '../platform/action.ts';
import { byName, computedFrom, count, flag, members, text, word } from '../result.ts';
import { listIncidents } from './list-incidents.ts';
import { incidentArgument, incidentFacts, STATES } from './machine.ts';
import { SEVERITIES } from './sla.ts';

const showIncident: Action = {
  means: 'shows an incident',
  who: ['agent', 'user', 'service'],
  entitlement: 'none',
  roles: ['read_deployment'],
  arguments: { incident: incidentArgument },
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: {
    effect: 'read',
    step: 'show',
    with: {
      ...Object.fromEntries(Object.keys(incidentFacts).map((fact) => [fact.slice('incident_'.length), { fact }])),
      failures: { fact: 'remedy_failures' },
    },
  },
  returns: members({
    state: word('where it is', ...STATES),
    severity: word('how bad it is', 'none', ...SEVERITIES),
    kind: text('of which kind'),
    resource: text('the pseudonym of what it is about'),
    opened_at: text('when it was opened'),
    due_at: text('until when it has to be decided'),
    clock_at: text('from when on it has to be decided anew, after a remedy or an escalation'),
    closed_at: text('when it was last closed'),
    alerts: count('alerts that were folded into it'),
    signal: word('whether its alert still fires', 'none', 'firing', 'resolved'),
    occurrences: count('how often it was opened'),
    escalated: flag('whether it was escalated as far as it can be, since it was last due'),
    escalations: count('how often it was escalated since it was opened'),
    recurred: flag('whether it came back within 30 days'),
    recipe: text('its recipe, with the version'),
    recipe_id: text('its recipe, in whatever version'),
    failures: count('how often in a row the remedy of its recipe did not succeed in it'),
    remedy: text('the action that carries the recipe out'),
    latest: text('the id of the receipt of its latest step'),
    cause: text('the id of the receipt which that one follows from'),
  }),
};

const period: Action['arguments'] = {
  since: { ...instant('the first instant that is counted'), otherwise: EPOCH },
  until: { ...instant('the first instant that is no longer counted'), otherwise: '9999-12-31T23:59:59.999Z' },
};
const spread = members({
  count: count('how many'),
  'leastMs?': count('the shortest'),
  'mostMs?': count('the longest'),
  'meanMs?': count('on average, rounded down'),
  'within?': byName(count('how many'), 'how many below each bound'),
});
const counted = {
  opened: count('opened'),
  decided: count('decided: a remedy was approved, or it was declined'),
  declined: count('of them declined'),
  breached: count('decided too late, or escalated'),
  recurred: count('opened within 30 days of their last end'),
};

const measureIncidents: Action = {
  means: 'measures incidents: how long each step took, and which were not decided in time',
  who: ['agent', 'user', 'service'],
  entitlement: 'none',
  roles: ['read_deployment'],
  arguments: period,
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: {
    effect: 'read',
    step: 'figure',
    with: { figure: 'incidents', since: { fact: 'argument.since' }, until: { fact: 'argument.until' } },
  },
  returns: members({
    name: text('which figure'),
    figure: members({
      ...counted,
      alerts: count('alerts'),
      closed: count('closed'),
      open: count('not closed at the end'),
      bySeverity: byName(members(counted), 'the same, by severity when it was opened'),
      byKind: byName(members(counted), 'the same, by kind'),
      toChecks: spread,
      toDecision: spread,
      toExecution: spread,
      toVerification: spread,
      notRemembered: count('incidents beyond what is remembered'),
    }),
    computedFrom,
  }),
};

/** The reads of the pack. */
export const incidentReads: Readonly<Record<string, Action>> = {
  show_incident: showIncident,
  measure_incidents: measureIncidents,
  list_incidents: listIncidents,
};
