/**
 * An incident as a state machine over the ledger: alert, check, remedy, execution, verification, closing (D-01). Its states
 * are one cell, and every transition is the write of an approval or of an outcome, so none can be skipped.
 *
 * Each transition by a decision also writes which receipt it follows from (`incident_cause`), by the id of that receipt; an
 * outcome names its decision itself. So the chain of an incident is said by the ledger and by nobody else.
 */
import type {
  Argument,
  Cell,
  Condition,
  LedgerFact,
  Requirement,
  Type,
  Value,
  Write,
} from '@tai-autonomics/core/author';
import { EPOCH } from '../platform/action.ts';
import { DECISION_WITHIN_MS, SEVERITIES } from './sla.ts';

/** Where an incident can be. `declined`: no remedy is safe, and that is the decision. */
export const STATES = [
  'none',
  'alerted',
  'checked',
  'remedying',
  'executed',
  'verified',
  'declined',
  'closed',
] as const;
export type IncidentState = (typeof STATES)[number];

const STRING: Type = { type: 'string' };
const INSTANT: Type = { type: 'instant' };
const COUNT: Type = { type: 'integer', min: 0 };
const BOOLEAN: Type = { type: 'boolean' };
const STATE: Type = { type: 'enum', values: STATES };
const SEVERITY: Type = { type: 'enum', values: ['none', ...SEVERITIES] };

/** The cells of an incident. */
type IncidentCell =
  | 'incident_state'
  | 'incident_severity'
  | 'incident_kind'
  | 'incident_resource'
  | 'incident_opened_at'
  | 'incident_due_at'
  | 'incident_clock_at'
  | 'incident_remedied_at'
  | 'incident_closed_at'
  | 'incident_alerts'
  | 'incident_signal'
  | 'incident_occurrences'
  | 'incident_counted'
  | 'incident_escalated'
  | 'incident_recurred'
  | 'incident_recipe'
  | 'incident_recipe_id'
  | 'incident_remedy'
  | 'incident_failures'
  | 'incident_latest'
  | 'incident_cause';

/** Each with what it means, its type, and what it reads before anything was written. */
const CELLS: Readonly<Record<IncidentCell, readonly [string, Type, Value]>> = {
  incident_state: ['where an incident is', STATE, 'none'],
  incident_severity: ['how bad an incident is', SEVERITY, 'none'],
  incident_kind: ['of which kind an incident is', STRING, ''],
  incident_resource: ['the pseudonym of what an incident is about', STRING, ''],
  incident_opened_at: ['when an incident was opened', INSTANT, EPOCH],
  incident_due_at: ['until when it has to be decided', INSTANT, EPOCH],
  incident_clock_at: ['from when on it has to be decided anew, after a remedy', INSTANT, EPOCH],
  incident_remedied_at: ['when its latest remedy was approved', INSTANT, EPOCH],
  incident_closed_at: ['when an incident was last closed', INSTANT, EPOCH],
  incident_alerts: ['alerts that were folded into an incident since it was opened', COUNT, 0],
  incident_signal: [
    'whether its alert still fires, as its source says',
    { type: 'enum', values: ['none', 'firing', 'resolved'] },
    'none',
  ],
  incident_occurrences: ['how often an incident was opened', COUNT, 0],
  incident_counted: ['whether an incident is counted among the open ones of its resource', BOOLEAN, false],
  incident_escalated: ['whether an incident was escalated', BOOLEAN, false],
  incident_recurred: ['whether an incident came back within 30 days', BOOLEAN, false],
  incident_recipe: ['the recipe of an incident, with its version', STRING, ''],
  incident_recipe_id: ['the recipe of an incident, in whatever version', STRING, ''],
  incident_failures: ['how often in a row its remedy did not succeed', COUNT, 0],
  incident_remedy: ['the action that carries its recipe out', STRING, ''],
  incident_latest: ['the id of the receipt of its latest step', STRING, ''],
  incident_cause: ['the id of the receipt that its latest step follows from', STRING, ''],
};

/** An incident is named by an argument of every action about it. */
const BY_INCIDENT = [{ fact: 'argument.incident' }] as const;

/** The receipts of an incident: what may be cited when it is asked why. */
const RECEIPTS = 'incident_receipts';
/** When an incident of this kind about this resource was last closed, under whatever id. */
const KIND_CLOSED = 'kind_closed_at';

export const incidentCells: Readonly<Record<string, Cell>> = {
  ...Object.fromEntries(
    Object.entries(CELLS).map(([cell, [means, type]]) => [cell, { means, key: ['incident'], type }]),
  ),
  [RECEIPTS]: { means: 'whether a receipt is of an incident', key: ['incident', 'receipt'], type: BOOLEAN },
  [KIND_CLOSED]: {
    means: 'when an incident of a kind about a resource was last closed',
    key: ['kind', 'scope'],
    type: INSTANT,
  },
};

export const incidentFacts: Readonly<Record<string, LedgerFact>> = Object.fromEntries(
  Object.entries(CELLS).map(([cell, [means, type, otherwise]]) => [
    cell,
    { means, type, origin: 'ledger', cell, key: BY_INCIDENT, otherwise },
  ]),
);

/** What is read of an incident by what an alert says of it, or by what the incident itself does. */
export const relatedFacts: Readonly<Record<string, LedgerFact>> = {
  receipt_of_incident: {
    means: 'whether the receipt that is cited is of the incident',
    type: BOOLEAN,
    origin: 'ledger',
    cell: RECEIPTS,
    key: [...BY_INCIDENT, { fact: 'argument.receipt' }],
    otherwise: false,
  },
  kind_closed_at: {
    means: 'when an incident of this kind about this resource was last closed',
    type: INSTANT,
    origin: 'ledger',
    cell: KIND_CLOSED,
    key: [{ fact: 'argument.kind' }, { fact: 'resource_ref' }],
    otherwise: EPOCH,
  },
  andon_of_incident: {
    means: 'the open Andon of what the incident is about',
    type: SEVERITY,
    origin: 'ledger',
    cell: 'andon',
    key: [{ fact: 'incident_resource' }],
    otherwise: 'none',
  },
};

/** The incident ended now: so it is known when the same comes back, under whatever id. */
export const kindClosed: Write = {
  cell: KIND_CLOSED,
  key: [{ fact: 'incident_kind' }, { fact: 'incident_resource' }],
  change: { set: { fact: 'at' } },
};

/** The receipt of this decision may be cited in an analysis of the incident. */
export const citable = (when?: Condition): Write => ({
  cell: RECEIPTS,
  key: [...BY_INCIDENT, { fact: 'receipt_id' }],
  change: { set: true },
  ...(when === undefined ? {} : { when }),
});

const ID = { type: 'string', maxLength: 128, form: 'id' } as const;

/** Which incident: an id that says nothing of anybody, since it stands in clear in every receipt of it. */
export const incidentArgument: Argument = { means: 'the id of the incident', type: ID };

/** The same, for an action that may also be asked for outside of any incident. */
export const incidentOrNone: Argument = {
  means: 'the id of the incident that it is the remedy of',
  type: ID,
  otherwise: 'none',
};

export const isIn = (...states: readonly IncidentState[]): Condition => ({ fact: 'incident_state', oneOf: states });

/** Sets one cell of the incident. */
export const setIncident = (
  cell: IncidentCell,
  to: Extract<Write['change'], { readonly set: unknown }>['set'],
  when?: Condition,
): Write => ({ cell, key: BY_INCIDENT, change: { set: to }, ...(when === undefined ? {} : { when }) });

export const countIncident = (cell: IncidentCell, when: Condition): Write => ({
  cell,
  key: BY_INCIDENT,
  change: { plus: 1 },
  when,
});

/**
 * An incident is counted once among the open ones of its resource: from its first step on, under whatever catalog it was opened, to
 * its end. What was never counted is not taken from the others.
 */
export const countedAsOpen = (when: Condition = { all: [] }): readonly Write[] => counted(1, false, when);

/** A step of the incident: where it is from then on, and which receipt this one follows from. */
export const stepTo = (state: IncidentState, when?: Condition): readonly Write[] => [
  setIncident('incident_state', state, when),
  setIncident('incident_cause', { fact: 'incident_latest' }, when),
  setIncident('incident_latest', { fact: 'receipt_id' }, when),
  ...(state === 'closed' ? counted(-1, true, when ?? { all: [] }) : countedAsOpen(when)),
  citable(when),
];

/** From now on a decision is due within the time of its severity, counted from so much later. */
export const dueWithin = (afterMs: number, when: Condition): readonly Write[] => [
  setIncident('incident_clock_at', { fact: 'at', plus: afterMs }, when),
  ...SEVERITIES.map((severity) =>
    setIncident(
      'incident_due_at',
      { fact: 'at', plus: afterMs + DECISION_WITHIN_MS[severity] },
      { all: [when, { fact: 'incident_severity', is: severity }] },
    ),
  ),
];

/** What has to be so of the incident, and which action brings it about. */
export const mustBe = (code: string, means: string, when: Condition, action?: string): Requirement => ({
  code,
  means,
  when,
  remedy: action === undefined ? { by: 'world' } : { by: 'world', action },
});

/** What an action reads that is asked for outside of any incident: no incident has this name. */
export const isNamed: Requirement = {
  code: 'incident_unnamed',
  means: 'the incident has an id, which is not `none`',
  when: { not: { fact: 'argument.incident', is: 'none' } },
  remedy: { by: 'request', argument: 'incident' },
};

/** An incident is about one resource, for ever: what is done in it is done there. */
export const aboutItsResource: Requirement = {
  code: 'incident_elsewhere',
  means: 'the incident is about this resource, or is not known yet',
  when: {
    any: [
      { fact: 'incident_state', is: 'none' },
      { fact: 'incident_resource', is: { fact: 'resource_ref' } },
    ],
  },
  remedy: { by: 'request', argument: 'incident' },
};

/** The alert is of the kind that the incident is of. */
export const isOfItsKind: Condition = { fact: 'incident_kind', is: { fact: 'argument.kind' } };

/** While it is open, an incident is of one kind: an alert of another one would be lost in it. */
export const ofItsKind: Requirement = {
  code: 'incident_of_other_kind',
  means: 'the incident is of this kind, or not open',
  when: { any: [isIn('none', 'closed'), isOfItsKind] },
  remedy: { by: 'request', argument: 'incident' },
};

const counted = (by: 1 | -1, was: boolean, when: Condition): readonly Write[] => [
  {
    cell: 'counted_incidents',
    key: [{ fact: 'resource_ref' }],
    change: { plus: by },
    when: { all: [when, { fact: 'incident_counted', is: was }] },
  },
  setIncident('incident_counted', !was, when),
];
