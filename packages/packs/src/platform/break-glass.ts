/**
 * Break-glass: in an emergency a responder lets one subject pass an Andon for one action about one resource, for at most an
 * hour, with a reason. It widens nothing else: plan, roles, insurance, agreement, quarantine, capacity and preconditions
 * hold as ever. A review by somebody else must follow within a day; while it is overdue no further glass is broken.
 */
import type { Action, Condition, LedgerFact, Requirement } from '@tai-autonomics/core/author';
import { EPOCH, instant, internal, pseudonym, string, words } from './action.ts';
import { hasPerson, onePerson } from './persons.ts';
import { knownSubject } from './subjects.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const nothingToReview: Condition = { fact: 'glass_review_due', is: EPOCH };

const reviewer: Requirement = {
  code: 'insufficient_privilege',
  means: 'it is asked by an owner or an approver of the tenant',
  when: {
    any: [
      { fact: 'subject_relations', contains: 'owner' },
      { fact: 'subject_relations', contains: 'approver' },
    ],
  },
  remedy: { by: 'request', argument: 'credential' },
};

export const glassFacts: Readonly<Record<string, LedgerFact>> = {
  glass_review_due: {
    means: 'when the review of what was broken is due, if one is open',
    type: { type: 'instant' },
    origin: 'ledger',
    cell: 'glass_review_due',
    key: [],
    otherwise: EPOCH,
  },
  glass_broken_by: {
    means: 'who broke glass since the last review',
    type: { type: 'set' },
    origin: 'ledger',
    cell: 'glass_broken_by',
    key: [],
    otherwise: [],
  },
};

export const glassActions: Readonly<Record<string, Action>> = {
  break_glass: internal({
    means: 'lets one subject pass an Andon for one action about the resource, for at most an hour',
    who: ['user'],
    relation: 'responder',
    arguments: {
      action: { means: 'the action that may pass', type: { type: 'string', maxLength: 64, form: 'id' } },
      subject: pseudonym('the pseudonym of who may pass'),
      until: instant('until when; within an hour'),
      review_by: instant(
        'until when somebody else reviews it; within a day, and not after a review that is due already',
      ),
      reason: string('why it cannot wait'),
    },
    requires: [
      knownSubject,
      {
        code: 'review_overdue',
        means: 'no review of what was broken is overdue',
        when: { any: [nothingToReview, { fact: 'at', before: { fact: 'glass_review_due' } }] },
        remedy: {
          by: 'authority',
          who: { type: 'user', relation: 'owner' },
          submit: {
            action: 'review_break_glass',
            resource: '*',
            arguments: {},
            choose: [{ argument: 'finding' }, { argument: 'verdict', oneOf: ['justified', 'not_justified'] }],
          },
        },
      },
      {
        code: 'glass_period_invalid',
        means: 'it ends after now and within an hour',
        when: {
          all: [
            { fact: 'argument.until', after: { fact: 'at' } },
            { fact: 'argument.until', notAfter: { fact: 'at', plus: HOUR_MS } },
          ],
        },
        remedy: { by: 'request', argument: 'until' },
      },
      {
        code: 'review_period_invalid',
        means: 'its review is due after now, within a day, and not after the one that is due already',
        when: {
          all: [
            { fact: 'argument.review_by', after: { fact: 'at' } },
            { fact: 'argument.review_by', notAfter: { fact: 'at', plus: DAY_MS } },
            // One that is overdue, or none, says nothing of the next.
            {
              any: [
                { fact: 'at', notBefore: { fact: 'glass_review_due' } },
                { fact: 'argument.review_by', notAfter: { fact: 'glass_review_due' } },
              ],
            },
          ],
        },
        remedy: { by: 'request', argument: 'review_by' },
      },
    ],
    emits: { approve: 'glass_broken', refuse: 'action_refused' },
    writes: [
      {
        cell: 'glass_until',
        key: [{ fact: 'argument.subject' }, { fact: 'argument.action' }, { fact: 'resource_ref' }],
        change: { set: { fact: 'argument.until' } },
      },
      { cell: 'glass_review_due', key: [], change: { set: { fact: 'argument.review_by' } } },
      ...onePerson('glass_broken_by', [], 'add'),
    ],
  }),
  review_break_glass: internal({
    means: 'reviews everything that was broken since the last review',
    who: ['user'],
    arguments: {
      verdict: words('what the review came to', 'justified', 'not_justified'),
      finding: string('what was found, and what follows from it'),
    },
    requires: [
      reviewer,
      {
        code: 'reviewer_broke_it',
        means: 'somebody else than who broke it reviews it',
        when: { not: hasPerson('glass_broken_by') },
        remedy: { by: 'request', argument: 'credential' },
      },
      {
        code: 'nothing_to_review',
        means: 'something was broken since the last review',
        when: { not: nothingToReview },
        remedy: { by: 'world' },
      },
    ],
    emits: { approve: 'glass_reviewed', refuse: 'action_refused' },
    writes: [
      { cell: 'glass_review_due', key: [], change: { clear: true } },
      { cell: 'glass_broken_by', key: [], change: { clear: true } },
    ],
  }),
};
