/** What can be asked about incidents. Agents and services carry them through; people look, and answer for what they allow (D-02, D-03). */
import {
  type Action,
  type Condition,
  isMoreSpecific,
  type Recipe,
  type Requirement,
  recipeName,
} from '@tai-autonomics/core/author';
import { internal, opaqueId, string, words } from '../platform/action.ts';
import { knownResource, recoverySeen, stoppedAnew } from '../platform/stops.ts';
import { analysisActions, analysisOpened } from './analysis.ts';
import { improvementActions } from './improvement.ts';
import {
  aboutItsResource,
  countedAsOpen,
  countIncident,
  dueWithin,
  incidentArgument,
  isIn,
  isNamed,
  isOfItsKind,
  kindClosed,
  mustBe,
  ofItsKind,
  overdueAnew,
  setIncident,
  stepTo,
} from './machine.ts';
import { incidentReads } from './reads.ts';
import { remedyOf, reviewed } from './recipe.ts';
import { recipeMayRun, scopeActions } from './scopes.ts';
import { DECISION_WITHIN_MS, RECURS_WITHIN_MS, SEVERITIES, type Severity } from './sla.ts';

/** The actions of the pack, over a library of recipes: what is reviewed can be selected. */
export const incidentActions = (library: readonly Recipe[]): Readonly<Record<string, Action>> => {
  const recipes = reviewed(library);
  return {
    report_alert: reportAlert,
    reject_alert: rejectAlert,
    check_incident: checkIncident(recipes),
    decline_incident: declineIncident,
    verify_incident: verifyIncident(recipes),
    close_incident: closeIncident,
    escalate_incident: escalateIncident,
    ...incidentReads,
    ...analysisActions,
    ...improvementActions,
    ...scopeActions(recipes),
  };
};

const IS_FIRING: Condition = { fact: 'argument.status', is: 'firing' };
/** What fires after a decision, or after its end, is not what was decided about. */
const OPENS: Condition = { all: [IS_FIRING, isIn('none', 'closed', 'verified', 'declined')] };
/** The same incident was decided, or it or another one of its kind about its resource ended a short while ago. */
const RECURS: Condition = {
  all: [
    OPENS,
    {
      any: [
        isIn('verified', 'declined'),
        { all: [isIn('closed'), isOfItsKind, { fact: 'incident_closed_at', within: RECURS_WITHIN_MS }] },
        { fact: 'kind_closed_at', within: RECURS_WITHIN_MS },
      ],
    },
  ],
};
const FOLDS: Condition = { all: [{ not: isIn('none', 'closed') }, { not: OPENS }] };
/** A remedy was tried: the clock does not run from the alert any more. */
const IS_ANEW: Condition = { fact: 'incident_clock_at', after: { fact: 'incident_opened_at' } };
const asked = (severity: Severity): Condition => ({ fact: 'argument.severity', is: severity });
/** The alert is worse than what is open: the severity only rises, and with it the clock runs faster. */
const rises = (severity: Severity): Condition => ({
  all: [
    FOLDS,
    IS_FIRING,
    asked(severity),
    { fact: 'incident_severity', oneOf: SEVERITIES.slice(0, SEVERITIES.indexOf(severity)) },
  ],
});

const reportAlert: Action = internal({
  means: 'reports an alert: it opens an incident, or is folded into the one that waits for a decision or its remedy',
  who: ['agent', 'user', 'service', 'system'],
  arguments: {
    incident: incidentArgument,
    kind: { means: 'what kind of incident it is', type: { type: 'string', maxLength: 64, form: 'id' } },
    severity: words('how bad it is', ...SEVERITIES),
    status: { ...words('whether it fires or is resolved', 'firing', 'resolved'), otherwise: 'firing' },
  },
  requires: [knownResource, isNamed, aboutItsResource, ofItsKind],
  emits: { approve: 'alert_received', refuse: 'action_refused' },
  writes: [
    ...stepTo('alerted', OPENS),
    setIncident('incident_resource', { fact: 'resource_ref' }, OPENS),
    setIncident('incident_kind', { fact: 'argument.kind' }, OPENS),
    setIncident('incident_severity', { fact: 'argument.severity' }, OPENS),
    setIncident('incident_opened_at', { fact: 'at' }, OPENS),
    setIncident('incident_clock_at', { fact: 'at' }, OPENS),
    ...SEVERITIES.map((severity) =>
      setIncident(
        'incident_due_at',
        { fact: 'at', plus: DECISION_WITHIN_MS[severity] },
        { all: [OPENS, asked(severity)] },
      ),
    ),
    setIncident('incident_alerts', 1, OPENS),
    setIncident('incident_escalated', false, OPENS),
    setIncident('incident_escalations', 0, OPENS),
    setIncident('incident_recurred', false, OPENS),
    setIncident('incident_recurred', true, RECURS),
    ...analysisOpened(RECURS),
    countIncident('incident_occurrences', OPENS),
    countIncident('incident_alerts', FOLDS),
    ...countedAsOpen(FOLDS),
    setIncident('incident_signal', { fact: 'argument.status' }, { any: [OPENS, FOLDS] }),
    ...SEVERITIES.slice(1).flatMap((severity) => [
      setIncident('incident_severity', severity, rises(severity)),
      setIncident(
        'incident_due_at',
        { fact: 'incident_opened_at', plus: DECISION_WITHIN_MS[severity] },
        { all: [rises(severity), isIn('alerted', 'checked')] },
      ),
      setIncident(
        'incident_due_at',
        { fact: 'incident_clock_at', plus: DECISION_WITHIN_MS[severity] },
        { all: [rises(severity), isIn('alerted', 'checked', 'remedying'), IS_ANEW] },
      ),
      overdueAnew(rises(severity)),
    ]),
  ],
});

const isAskedFor = (recipe: Recipe): Condition => ({ fact: 'argument.recipe', is: recipe.recipe_id });
const isKept = (recipe: Recipe): Condition => ({ fact: 'incident_recipe', is: recipeName(recipe) });

/** An alert that can't be read is kept by its digest, so that nobody can say that it never came. */
const rejectAlert: Action = internal({
  means: 'keeps the digest of an alert that cannot be read',
  who: ['user', 'service'],
  arguments: { digest: opaqueId('SHA-256 of its bytes, base64url') },
  requires: [],
  emits: { approve: 'alert_rejected', refuse: 'action_refused' },
  writes: [],
});

/** Its symptom is seen, and that of no more specific one of the same kind: so one recipe at most is indicated. */
const indicated = (recipe: Recipe, all: readonly Recipe[]): Condition => {
  const before = all.filter((other) => isMoreSpecific(other, recipe));
  return before.length === 0
    ? recipe.symptom
    : { all: [recipe.symptom, ...before.map(({ symptom }): Condition => ({ not: symptom }))] };
};

const checkIncident = (recipes: readonly Recipe[]): Action => ({
  means: 'checks an incident: whether the symptom of a recipe is seen, on evidence of now',
  who: ['agent', 'service'],
  entitlement: 'none',
  roles: ['read_deployment'],
  arguments: {
    incident: incidentArgument,
    recipe: words('which recipe is indicated', ...recipes.map(({ recipe_id }) => recipe_id)),
  },
  requires: [
    mustBe('incident_not_open', 'the incident is open', isIn('alerted', 'checked', 'executed'), 'report_alert'),
    aboutItsResource,
    {
      code: 'recipe_of_other_kind',
      means: 'the recipe is for incidents of this kind',
      when: {
        any: [
          isIn('none'),
          {
            all: recipes.map((recipe) => ({
              any: [{ not: isAskedFor(recipe) }, { fact: 'incident_kind', is: recipe.kind }],
            })),
          },
        ],
      },
      remedy: { by: 'request', argument: 'incident' },
    },
    ...recipes.map(
      (recipe): Requirement => ({
        code: 'recipe_not_indicated',
        means: `the symptom of ${recipe.recipe_id} is seen, and of no more specific recipe`,
        when: { any: [{ not: isAskedFor(recipe) }, indicated(recipe, recipes)] },
        remedy: { by: 'world' },
      }),
    ),
    ...recipeMayRun,
  ],
  emits: { approve: 'incident_checked', refuse: 'action_refused' },
  writes: [
    // What is still seen after a remedy has to be decided on anew.
    ...dueWithin(0, isIn('executed')),
    ...stepTo('checked'),
    ...recipes.flatMap((recipe) => [
      setIncident('incident_recipe', recipeName(recipe), isAskedFor(recipe)),
      setIncident('incident_remedy', remedyOf(recipe), isAskedFor(recipe)),
    ]),
    setIncident('incident_recipe_id', { fact: 'argument.recipe' }),
  ],
  does: { effect: 'internal' },
});

const verifyIncident = (recipes: readonly Recipe[]): Action => ({
  means: 'verifies that what an incident was about is over, on evidence of now',
  who: ['agent', 'service'],
  entitlement: 'none',
  roles: ['read_deployment'],
  arguments: { incident: incidentArgument },
  requires: [
    mustBe('incident_not_executed', 'the remedy of the incident was carried out', isIn('executed')),
    aboutItsResource,
    mustBe(
      'recipe_unknown',
      'its recipe is one of the catalog that decides',
      { fact: 'incident_recipe', oneOf: recipes.map(recipeName) },
      'check_incident',
    ),
    ...recipes.map(
      (recipe): Requirement => ({
        code: 'recovery_not_seen',
        means: `what ${recipe.recipe_id} is to bring about is seen`,
        when: { any: [{ not: isKept(recipe) }, recipe.verify] },
        remedy: { by: 'world' },
      }),
    ),
  ],
  emits: { approve: 'incident_verified', refuse: 'action_refused' },
  writes: [...stepTo('verified'), ...recoverySeen('incident_opened_at', 'incident_remedied_at')],
  does: { effect: 'internal' },
});

const declineIncident: Action = {
  ...internal({
    means: 'decides that nothing is done about an incident, or nothing more, and why',
    who: ['agent', 'service'],
    arguments: {
      incident: incidentArgument,
      why: words('why nothing is done', 'no_recipe', 'remedy_refused', 'not_safe', 'false_alarm'),
    },
    requires: [
      mustBe(
        'incident_not_open',
        'the incident is open, and no remedy of it runs',
        isIn('alerted', 'checked', 'executed'),
        'report_alert',
      ),
      aboutItsResource,
    ],
    emits: { approve: 'incident_declined', refuse: 'action_refused' },
    writes: stepTo('declined'),
  }),
  roles: ['read_deployment'],
};

const closeIncident: Action = {
  ...internal({
    means: 'closes an incident that was verified, or declined',
    who: ['agent', 'service'],
    arguments: { incident: incidentArgument, finding: string('what was found') },
    requires: [
      mustBe('incident_not_verified', 'it was verified, or declined', isIn('verified', 'declined'), 'verify_incident'),
      aboutItsResource,
    ],
    emits: { approve: 'incident_closed', refuse: 'action_refused' },
    writes: [...stepTo('closed'), setIncident('incident_closed_at', { fact: 'at' }), kindClosed],
  }),
  roles: ['read_deployment'],
};

/** Nobody decided in time: a fact of the ledger and of its clock, which nobody can say too early (D-41). */
const escalateIncident: Action = internal({
  means: 'escalates an incident that was not decided in time',
  who: ['system'],
  arguments: { incident: incidentArgument },
  requires: [
    mustBe('incident_not_open', 'the incident is open, and not decided', isIn('alerted', 'checked'), 'report_alert'),
    {
      code: 'incident_not_due',
      means: 'its decision is overdue',
      when: { fact: 'at', after: { fact: 'incident_due_at' } },
      remedy: { by: 'time', notBefore: { fact: 'incident_due_at', plus: 1 } },
    },
    {
      code: 'incident_not_open',
      means: 'it was not escalated before as far as it can be',
      when: { fact: 'incident_escalated', is: false },
      remedy: { by: 'world', action: 'report_alert' },
    },
  ],
  emits: { approve: 'incident_escalated', refuse: 'action_refused' },
  evenWhenSuspended: true,
  writes: [
    countIncident('incident_escalations', { all: [] }),
    // What is worse from now on is due within its own time, and escalated again; the worst only once.
    ...SEVERITIES.slice(0, -1).flatMap((severity, i) => {
      const next = SEVERITIES[i + 1] ?? severity;
      const was: Condition = { fact: 'incident_severity', is: severity };
      return [
        setIncident('incident_severity', next, was),
        setIncident('incident_clock_at', { fact: 'at' }, was),
        setIncident('incident_due_at', { fact: 'at', plus: DECISION_WITHIN_MS[next] }, was),
      ];
    }),
    setIncident('incident_escalated', true, { not: { fact: 'incident_severity', oneOf: SEVERITIES.slice(0, -1) } }),
    // Nobody decided about the worst in time: until somebody does, nothing else changes what it is about.
    {
      cell: 'andon',
      key: [{ fact: 'incident_resource' }],
      change: { set: 'high' },
      when: {
        all: [
          { fact: 'incident_severity', is: 'critical' },
          { fact: 'andon_of_incident', oneOf: ['none', 'low', 'medium'] },
        ],
      },
    },
    ...stoppedAnew([{ fact: 'incident_resource' }], { fact: 'incident_severity', is: 'critical' }),
  ],
});
