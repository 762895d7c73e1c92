/**
 * Andon: anybody may stop the line for a resource of the tenant, and owners, responders and the operator for the whole tenant, which
 * is the resource `*` (D-06, D-07). An owner starts it again once its cause is recorded and its end is confirmed (`letting-go.ts`).
 * Nobody but the operator stops more than ten a minute.
 */
import type { Action, Cell, Condition, LedgerFact, Requirement, Term, Write } from '@tai-autonomics/core/author';
import { EPOCH, internal, opaqueId, string, words } from './action.ts';
import { lettingGo } from './letting-go.ts';
import { ANDON_SEVERITIES } from './severities.ts';

/** What stops a resource, and what has to be shown before it is let go. */
const ofResource = lettingGo({
  prefix: 'stop',
  key: [{ fact: 'resource_ref' }],
  parts: ['scope'],
  andon: 'andon',
  andonFact: 'andon',
  isQuarantined: 'quarantined',
  submit: (what, argument) => ({
    action: { cause: 'record_stop_cause', recovery: 'confirm_recovery' }[what],
    arguments: {},
    choose: [{ argument }],
  }),
});

/** What may be asked for beside a recorded cause and a confirmed recovery: by name, with the fact that says so (D-08). */
const MORE_GATES = {
  incidents: ['no incident about the resource is open', 'open_incidents'],
  analyses: ['no root-cause analysis about the resource is open', 'open_analyses'],
} as const;
const GATE_NAMES = Object.keys(MORE_GATES) as readonly (keyof typeof MORE_GATES)[];
const GATES = { type: 'set', of: GATE_NAMES } as const;

/** What is taken away was counted before: so no bound has to be looked at. */
const COUNT = { type: 'integer' } as const;
const MADE_AT = 'stop_made_at';

/** What a stop of a resource keeps. */
export const stopCells: Readonly<Record<string, Cell>> = {
  ...ofResource.cells,
  quarantine_gates: { means: 'what else has to be so before a resource is released', key: ['scope'], type: GATES },
  [MADE_AT]: { means: 'when a resource was last stopped', key: ['scope'], type: { type: 'instant' } },
  counted_incidents: { means: 'incidents about a resource that are not closed', key: ['scope'], type: COUNT },
  counted_analyses: { means: 'root-cause analyses about a resource that are not closed', key: ['scope'], type: COUNT },
};

/** A resource is stopped now: what was shown of a stop before says nothing of this one. */
export const stoppedAnew = (key: readonly Term[], when?: Condition): readonly Write[] => [
  ...ofResource.anew(key, when),
  { cell: MADE_AT, key, change: { set: { fact: 'at' } }, ...(when === undefined ? {} : { when }) },
];

/**
 * An incident about the resource was verified, on evidence of now: what it was stopped for is over, if it was stopped while the
 * incident was open, and mended since. Who confirmed it before stays known.
 */
export const recoverySeen = (openedAt: string, mendedAt: string): readonly Write[] => [
  {
    cell: 'stop_recovery',
    key: [{ fact: 'resource_ref' }],
    change: { set: true },
    when: {
      all: [
        { any: [{ not: { fact: 'andon', is: 'none' } }, { fact: 'quarantined', is: true }] },
        { fact: MADE_AT, notBefore: { fact: openedAt } },
        { fact: mendedAt, after: { fact: MADE_AT } },
      ],
    },
  },
];

const countOf = (means: string, cell: string): LedgerFact => ({
  means,
  type: COUNT,
  origin: 'ledger',
  cell,
  key: [{ fact: 'resource_ref' }],
  otherwise: 0,
});

const gatesPassed: readonly Requirement[] = GATE_NAMES.map((name) => ({
  code: 'quarantine_gate_not_passed',
  means: `${MORE_GATES[name][0]}, where that is asked for`,
  when: { any: [{ not: { fact: 'quarantine_gates', contains: name } }, { fact: MORE_GATES[name][1], is: 0 }] },
  remedy: { by: 'world' },
}));

const WINDOW_MS = 60_000;
const MOST_IN_WINDOW = 10;
const BY_SUBJECT = [{ fact: 'subject' }] as const;
const windowOver: Condition = { fact: 'at', notBefore: { fact: 'andons_reset_at' } };

export const stopFacts: Readonly<Record<string, LedgerFact>> = {
  ...ofResource.facts,
  quarantine_gates: {
    means: 'what else has to be so before the resource is released',
    type: GATES,
    origin: 'ledger',
    cell: 'quarantine_gates',
    key: [{ fact: 'resource_ref' }],
    otherwise: [],
  },
  [MADE_AT]: {
    means: 'when the resource was last stopped',
    type: { type: 'instant' },
    origin: 'ledger',
    cell: MADE_AT,
    key: [{ fact: 'resource_ref' }],
    otherwise: EPOCH,
  },
  open_incidents: countOf('incidents about the resource that are not closed', 'counted_incidents'),
  open_analyses: countOf('root-cause analyses about the resource that are not closed', 'counted_analyses'),
  andons_raised: {
    means: 'Andons that the subject raised in the current window',
    type: { type: 'integer', min: 0 },
    origin: 'ledger',
    cell: 'andons_raised',
    key: BY_SUBJECT,
    otherwise: 0,
  },
  andons_reset_at: {
    means: 'when that window ends',
    type: { type: 'instant' },
    origin: 'ledger',
    cell: 'andons_reset_at',
    key: BY_SUBJECT,
    otherwise: EPOCH,
  },
};

/** An owner, a responder or the operator. */
const inCharge: readonly Condition[] = [
  { fact: 'subject_relations', contains: 'owner' },
  { fact: 'subject_relations', contains: 'responder' },
  { fact: 'subject_type', is: 'system' },
];

const mayStopAll: Requirement = {
  code: 'andon_too_wide',
  means: 'it is about one resource, or is asked by an owner, a responder or the operator',
  when: {
    any: [{ not: { fact: 'resource', is: '*' } }, ...inCharge],
  },
  remedy: { by: 'request', argument: 'credential', or: 'resource' },
};

/** A stop of what is misspelt would stop nothing, and nobody would know; the governor itself stops what was known when it ran. */
export const knownResource: Requirement = {
  code: 'resource_unknown',
  means: 'the resource is one of the tenant’s',
  when: { any: [{ not: { fact: 'environment', is: 'unknown' } }, { fact: 'subject_type', is: 'system' }] },
  remedy: { by: 'request', argument: 'resource' },
};

const notTooMany: Requirement = {
  code: 'rate_limited',
  means: `whoever asks raised fewer than ${MOST_IN_WINDOW} Andons in the last minute`,
  when: {
    any: [{ fact: 'andons_raised', below: MOST_IN_WINDOW }, windowOver, { fact: 'subject_type', is: 'system' }],
  },
  remedy: { by: 'time', notBefore: { fact: 'andons_reset_at' } },
};

export const mayQuarantine: Requirement = {
  code: 'insufficient_privilege',
  means: 'it is asked by an owner, a responder or the operator',
  when: {
    any: [...inCharge],
  },
  remedy: { by: 'request', argument: 'credential' },
};

/** A quarantine is about one resource: of the whole tenant it would keep nothing from anything. */
const oneResource: Requirement = {
  code: 'quarantine_too_wide',
  means: 'it is about one resource',
  when: { not: { fact: 'resource', is: '*' } },
  remedy: { by: 'nobody', why: 'one resource at a time is put into quarantine; an Andon stops the whole tenant' },
};

const counting: readonly Write[] = [
  { cell: 'andons_raised', key: BY_SUBJECT, change: { set: 1 }, when: windowOver },
  { cell: 'andons_raised', key: BY_SUBJECT, change: { plus: 1 }, when: { not: windowOver } },
  {
    cell: 'andons_reset_at',
    key: BY_SUBJECT,
    change: { set: { fact: 'at', plus: WINDOW_MS } },
    when: windowOver,
  },
];

const MADE_NOW: Write = { cell: MADE_AT, key: [{ fact: 'resource_ref' }], change: { set: { fact: 'at' } } };

export const stopActions: Readonly<Record<string, Action>> = {
  raise_andon: internal({
    means: 'stops the line for a resource',
    who: ['agent', 'user', 'service', 'system'],
    arguments: {
      severity: words('how bad it is', ...ANDON_SEVERITIES),
      finding: string('what was seen'),
    },
    requires: [mayStopAll, knownResource, notTooMany],
    emits: { approve: 'andon_raised', refuse: 'action_refused' },
    writes: [...ofResource.raising, MADE_NOW, ...counting],
    evenWhenSuspended: true,
  }),
  record_stop_cause: internal({
    means: 'records why a resource was stopped, or put into quarantine',
    who: ['user', 'service', 'system'],
    arguments: { finding: string('the cause') },
    requires: [],
    emits: { approve: 'stop_cause_recorded', refuse: 'action_refused' },
    writes: ofResource.causeRecorded,
  }),
  confirm_recovery: internal({
    means: 'confirms that what a resource was stopped for is over, by the digest of what shows it',
    who: ['user', 'service', 'system'],
    arguments: { evidence: opaqueId('SHA-256 of what shows it, base64url') },
    requires: [],
    emits: { approve: 'recovery_confirmed', refuse: 'action_refused' },
    writes: ofResource.recoveryConfirmed,
  }),
  clear_andon: internal({
    means: 'starts the line again for a resource',
    who: ['user'],
    relation: 'owner',
    arguments: { finding: string('what was found and done') },
    requires: ofResource.clearing,
    emits: { approve: 'andon_cleared', refuse: 'action_refused' },
    writes: [{ cell: 'andon', key: [{ fact: 'resource_ref' }], change: { clear: true } }],
  }),
  quarantine_resource: internal({
    means: 'puts a resource into quarantine: nothing changes it, whoever was let pass, until its gates pass',
    who: ['user', 'system'],
    arguments: {
      finding: string('what was seen'),
      gates: {
        means: 'what has to be so before it is released, beside a recorded cause and a confirmed recovery',
        type: GATES,
        otherwise: [],
      },
    },
    requires: [mayQuarantine, oneResource, knownResource],
    emits: { approve: 'resource_quarantined', refuse: 'action_refused' },
    writes: [
      { cell: 'quarantine', key: [{ fact: 'resource_ref' }], change: { set: true } },
      // Asked again it asks for more, and never for less.
      ...GATE_NAMES.map(
        (gate): Write => ({
          cell: 'quarantine_gates',
          key: [{ fact: 'resource_ref' }],
          change: { add: gate },
          when: { fact: 'argument.gates', contains: gate },
        }),
      ),
      ...stoppedAnew([{ fact: 'resource_ref' }]),
    ],
  }),
  release_quarantine: internal({
    means: 'releases a resource from quarantine',
    who: ['user'],
    relation: 'owner',
    arguments: { finding: string('what was found and done') },
    requires: [...ofResource.releasing, ...gatesPassed],
    emits: { approve: 'quarantine_released', refuse: 'action_refused' },
    writes: [
      { cell: 'quarantine', key: [{ fact: 'resource_ref' }], change: { clear: true } },
      { cell: 'quarantine_gates', key: [{ fact: 'resource_ref' }], change: { clear: true } },
    ],
  }),
};
