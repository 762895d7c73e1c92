/**
 * Approvals: bound to exactly one intent under one catalog, for one requester, expiring, used once (C-24).
 *
 * Several approvers may approve the same: they are counted, each once, and share the earliest expiry, so the count never
 * rests on an approval that has expired. The first approval begins the count; so does one after the expiry, one for
 * another requester, and one by an approver who is alone in having approved and does so again (that renews the expiry).
 */
import type { Action, Cell, Condition, Fact, LedgerFact } from '@tai-autonomics/core/author';
import { instant, internal, string } from './action.ts';

const DAY_MS = 86_400_000;
const EPOCH = '1970-01-01T00:00:00.000Z';
const binding = { fact: 'argument.binding' } as const;

/** What the ledger says of the approvals of an intent: of the one that is asked, or of the one that is approved. */
const kept = (
  cell: string,
  type: Fact['type'],
  otherwise: LedgerFact['otherwise'],
  means: string,
  by: string,
): LedgerFact => ({
  means,
  type,
  origin: 'ledger',
  cell,
  key: [{ fact: by }],
  otherwise,
});

export const approvalFacts: Readonly<Record<string, LedgerFact>> = {
  approved_for: kept(
    'approval_requester',
    { type: 'string' },
    '',
    'the subject for whom exactly this is approved',
    'binding',
  ),
  approval_expires_at: kept(
    'approval_expires_at',
    { type: 'instant' },
    EPOCH,
    'when the approval of exactly this expires',
    'binding',
  ),
  approval_count: kept(
    'approval_count',
    { type: 'integer', min: 0 },
    0,
    'how many approved exactly this since the first of them',
    'binding',
  ),
  approved_by: kept(
    'approval_approvers',
    { type: 'set' },
    [],
    'who approved exactly this since the first of them',
    'binding',
  ),
  given_for: kept('approval_requester', { type: 'string' }, '', 'for whom it is approved already', 'argument.binding'),
  given_until: kept(
    'approval_expires_at',
    { type: 'instant' },
    EPOCH,
    'when what is approved already expires',
    'argument.binding',
  ),
  given_count: kept(
    'approval_count',
    { type: 'integer', min: 0 },
    0,
    'how many approved it already',
    'argument.binding',
  ),
  given_by: kept('approval_approvers', { type: 'set' }, [], 'who approved it already', 'argument.binding'),
};

export const approvalCells: Readonly<Record<string, Cell>> = {
  approval_requester: { means: 'for whom something is approved', key: ['binding'], type: { type: 'string' } },
  approval_expires_at: { means: 'when an approval expires', key: ['binding'], type: { type: 'instant' } },
  approval_approvers: { means: 'who approved something', key: ['binding'], type: { type: 'set' } },
  approval_count: { means: 'how many approved something', key: ['binding'], type: { type: 'integer', min: 0 } },
};

const alreadyGiven: Condition = { fact: 'given_by', contains: { fact: 'subject' } };
/** There is an approval that has not expired, for the same requester. */
const inForce: Condition = {
  all: [
    { fact: 'given_for', is: { fact: 'argument.requested_by' } },
    { fact: 'given_until', after: { fact: 'at' } },
  ],
};
/** Somebody else's approval is in force: this one is counted with it. */
const joins: Condition = { all: [inForce, { not: alreadyGiven }] };
const begins: Condition = { not: joins };
/** Of several approvals in force, the subject gave one. */
const amongSeveral: Condition = { all: [alreadyGiven, { fact: 'given_count', atLeast: 2 }] };

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
      {
        code: 'already_approved',
        means: 'the approver has not approved it already, together with others whose approvals would begin anew',
        when: { not: { all: [inForce, amongSeveral] } },
        remedy: { by: 'request', argument: 'credential' },
      },
    ],
    emits: { approve: 'approval_granted', refuse: 'action_refused' },
    writes: [
      { cell: 'approval_approvers', key: [binding], change: { clear: true }, when: begins },
      { cell: 'approval_count', key: [binding], change: { clear: true }, when: begins },
      { cell: 'approval_requester', key: [binding], change: { set: { fact: 'argument.requested_by' } } },
      {
        cell: 'approval_expires_at',
        key: [binding],
        change: { set: { fact: 'argument.expires_at' } },
        when: { any: [begins, { fact: 'argument.expires_at', before: { fact: 'given_until' } }] },
      },
      { cell: 'approval_approvers', key: [binding], change: { add: { fact: 'subject' } } },
      { cell: 'approval_count', key: [binding], change: { plus: 1 } },
    ],
  }),
  revoke_approval: internal({
    means: 'takes an approval back before it is used: the approver’s own of several, all of them otherwise',
    who: ['user'],
    relation: 'approver',
    arguments: { binding: string('the keyed digest of what was approved') },
    requires: [],
    emits: { approve: 'approval_revoked', refuse: 'action_refused' },
    writes: [
      ...['approval_requester', 'approval_expires_at', 'approval_approvers', 'approval_count'].map((cell) => ({
        cell,
        key: [binding],
        change: { clear: true } as const,
        when: { not: amongSeveral },
      })),
      { cell: 'approval_approvers', key: [binding], change: { remove: { fact: 'subject' } }, when: amongSeveral },
      { cell: 'approval_count', key: [binding], change: { plus: -1 }, when: amongSeveral },
    ],
  }),
};
