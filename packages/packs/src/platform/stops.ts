/**
 * Andon: anybody may stop the line for a resource of the tenant, and owners, responders and the operator for the whole tenant, which
 * is the resource `*`; an owner starts it again (D-06, D-07). Nobody but the operator stops more than ten a minute.
 */
import type { Action, Condition, LedgerFact, Requirement, Write } from '@tai-autonomics/core/author';
import { EPOCH, internal, string, words } from './action.ts';

const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;

/** This severity is asked for, and nothing as bad is open. */
const rises = (severity: string, i: number): Condition => ({
  all: [
    { fact: 'argument.severity', is: severity },
    { fact: 'andon', oneOf: ['none', ...SEVERITIES.slice(0, i)] },
  ],
});

const WINDOW_MS = 60_000;
const MOST_IN_WINDOW = 10;
const BY_SUBJECT = [{ fact: 'subject' }] as const;
const windowOver: Condition = { fact: 'at', notBefore: { fact: 'andons_reset_at' } };

export const stopFacts: Readonly<Record<string, LedgerFact>> = {
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

const mayQuarantine: Requirement = {
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

export const stopActions: Readonly<Record<string, Action>> = {
  raise_andon: internal({
    means: 'stops the line for a resource',
    who: ['agent', 'user', 'service', 'system'],
    arguments: {
      severity: words('how bad it is', ...SEVERITIES),
      finding: string('what was seen'),
    },
    requires: [mayStopAll, knownResource, notTooMany],
    emits: { approve: 'andon_raised', refuse: 'action_refused' },
    // A milder one is recorded, and lowers nothing: the severity only rises until an owner clears it.
    writes: [
      {
        cell: 'andon',
        key: [{ fact: 'resource_ref' }],
        change: { set: { fact: 'argument.severity' } },
        when: { any: SEVERITIES.map(rises) },
      },
      ...counting,
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
  quarantine_resource: internal({
    means: 'puts a resource into quarantine: nothing changes it, whoever was let pass, until an owner releases it',
    who: ['user', 'system'],
    arguments: { finding: string('what was seen') },
    requires: [mayQuarantine, oneResource, knownResource],
    emits: { approve: 'resource_quarantined', refuse: 'action_refused' },
    writes: [{ cell: 'quarantine', key: [{ fact: 'resource_ref' }], change: { set: true } }],
  }),
  release_quarantine: internal({
    means: 'releases a resource from quarantine',
    who: ['user'],
    relation: 'owner',
    arguments: { finding: string('what was found and done') },
    requires: [],
    emits: { approve: 'quarantine_released', refuse: 'action_refused' },
    writes: [{ cell: 'quarantine', key: [{ fact: 'resource_ref' }], change: { clear: true } }],
  }),
};
