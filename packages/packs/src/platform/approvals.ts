/**
 * Approvals by receipt: each names the refusal that it answers, and counts for exactly what was refused there, under one
 * catalog, for one requester; it expires, and is used once (C-24).
 *
 * Several approvers may approve the same: they are counted, each once, and share the earliest expiry, so the count never
 * rests on an approval that has expired. The first approval begins the count; so does one after the expiry, and one by an
 * approver who is alone in having approved and does so again (that renews the expiry). A denial takes every approval back,
 * and stands for a day or until who denied approves after all.
 */
import type {
  Action,
  Argument,
  Cell,
  Condition,
  Fact,
  LedgerFact,
  Relation,
  Remedy,
  Requirement,
  Write,
} from '@tai-autonomics/core/author';
import { byName, count, flag, listOf, members, text } from '../result.ts';
import { EPOCH, instant, internal, string, words } from './action.ts';
import { byAnotherPerson, hasPerson } from './persons.ts';
import { nonceUsed, signatureArguments, signedWhereAsked } from './signatures.ts';

const DAY_MS = 86_400_000;
/** Whoever approves or denies is about the refused intent; whoever asks again is about its own. */
const REFUSED = [{ fact: 'refusal_binding' }] as const;
const ASKED = [{ fact: 'binding' }] as const;

const STRING: Fact['type'] = { type: 'string' };
const INSTANT: Fact['type'] = { type: 'instant' };
const COUNT: Fact['type'] = { type: 'integer', min: 0 };
const NAMES: Fact['type'] = { type: 'set' };
const WHY = ['not_needed', 'not_now', 'too_risky', 'wrong_target', 'needs_change'] as const;
const DENIAL: Fact['type'] = { type: 'enum', values: ['none', ...WHY] };

/** The refusal that is named asks to be approved by this action. */
export const asksForIt = (action: string): Requirement => ({
  code: 'refusal_unknown',
  means: 'the receipt is a refusal in this ledger, about this resource, that asks for this approval',
  when: { fact: 'refusal_asks', contains: action },
  remedy: { by: 'request', argument: 'receipt' },
});

/** What asks for an approval: it names the refusal itself, and leaves only the expiry to choose. */
export const askFor = (action: string, relation?: Relation): Remedy => ({
  by: 'authority',
  who: relation === undefined ? { type: 'user' } : { type: 'user', relation },
  submit: {
    action,
    arguments: {},
    refusal: true,
    choose: [{ argument: 'expires_at', from: { fact: 'at', plus: 1 }, to: { fact: 'at', plus: DAY_MS } }],
  },
});

const kept = (
  cell: string,
  type: Fact['type'],
  otherwise: LedgerFact['otherwise'],
  means: string,
  key: LedgerFact['key'],
): LedgerFact => ({ means, type, origin: 'ledger', cell, key, otherwise });

export const approvalFacts: Readonly<Record<string, LedgerFact>> = {
  approved_for: kept('approval_requester', STRING, '', 'the subject for whom exactly this is approved', ASKED),
  approval_expires_at: kept('approval_expires_at', INSTANT, EPOCH, 'when the approval of exactly this expires', ASKED),
  approval_count: kept('approval_count', COUNT, 0, 'how many approved exactly this since the first of them', ASKED),
  approved_by: kept('approval_approvers', NAMES, [], 'who approved exactly this since the first of them', ASKED),
  denied_until: kept('approval_denied_until', INSTANT, EPOCH, 'until when exactly this is denied', ASKED),
  denied_why: kept('approval_denied_why', DENIAL, 'none', 'why exactly this is denied', ASKED),
  given_until: kept('approval_expires_at', INSTANT, EPOCH, 'when what is approved already expires', REFUSED),
  given_count: kept('approval_count', COUNT, 0, 'how many approved it already', REFUSED),
  given_by: kept('approval_approvers', NAMES, [], 'who approved it already', REFUSED),
  given_persons: kept('approval_persons', NAMES, [], 'which persons approved it already', REFUSED),
  refusal_denied_until: kept('approval_denied_until', INSTANT, EPOCH, 'until when it is denied', REFUSED),
  refusal_denied_by: kept('approval_denied_by', STRING, '', 'who denied it', REFUSED),
};

export const approvalCells: Readonly<Record<string, Cell>> = {
  approval_requester: { means: 'for whom something is approved', key: ['binding'], type: STRING },
  approval_expires_at: { means: 'when an approval expires', key: ['binding'], type: INSTANT },
  approval_approvers: { means: 'who approved something', key: ['binding'], type: NAMES },
  approval_persons: { means: 'which persons approved something', key: ['binding'], type: NAMES },
  approval_count: { means: 'how many approved something', key: ['binding'], type: COUNT },
  approval_denied_until: { means: 'until when something is denied', key: ['binding'], type: INSTANT },
  approval_denied_by: { means: 'who denied something', key: ['binding'], type: STRING },
  approval_denied_why: { means: 'why something is denied', key: ['binding'], type: DENIAL },
};

/** The arguments by which an intent names the refusal that it is about. */
export const receiptArguments: Readonly<Record<'receipt' | 'leaf', Argument>> = {
  receipt: { means: 'the place of the refusal in the ledger', type: { type: 'integer', min: 0 } },
  leaf: string('the leaf hash of the refusal’s receipt, as the refusal says it'),
};
/** An approval of an old form names a binding and no receipt. */
export const OLD_FORM = 'approval_names_no_receipt';
export const bySomebodyElse: Requirement = {
  code: 'approver_is_requester',
  means: 'somebody other than the requester approves',
  when: { not: { fact: 'refusal_requester', is: { fact: 'subject' } } },
  remedy: { by: 'request', argument: 'credential' },
};
export const withinADay: Requirement = {
  code: 'approval_period_invalid',
  means: 'the approval expires after now and within a day',
  when: {
    all: [
      { fact: 'argument.expires_at', after: { fact: 'at' } },
      { fact: 'argument.expires_at', notAfter: { fact: 'at', plus: DAY_MS } },
    ],
  },
  remedy: { by: 'request', argument: 'expires_at' },
};
export const notDenied: Requirement = {
  code: 'approval_denied',
  means: 'no approver has denied it since yesterday, unless it is the one who approves after all',
  when: {
    any: [
      { not: { fact: 'refusal_denied_until', after: { fact: 'at' } } },
      { fact: 'refusal_denied_by', is: { fact: 'subject' } },
    ],
  },
  remedy: { by: 'time', notBefore: { fact: 'refusal_denied_until' } },
};
const expiry = instant('when the approval expires; within a day');
/** What is asked of an action that needs an approval: that nobody denied exactly this. */
export const notDeniedToMe: Requirement = {
  code: 'approval_denied',
  means: 'no approver has denied exactly this since yesterday',
  // The second condition says nothing new: it puts why it was denied among what the refusal shows.
  when: { any: [{ not: { fact: 'denied_until', after: { fact: 'at' } } }, { fact: 'denied_why', is: 'none' }] },
  remedy: { by: 'time', notBefore: { fact: 'denied_until' } },
};

const GIVEN = [
  'approval_requester',
  'approval_expires_at',
  'approval_approvers',
  'approval_persons',
  'approval_count',
] as const;
const DENIED = ['approval_denied_until', 'approval_denied_by', 'approval_denied_why'] as const;
const cleared = (cells: readonly string[], key: Write['key'], when?: Condition): readonly Write[] =>
  cells.map((cell) => ({ cell, key, change: { clear: true }, ...(when === undefined ? {} : { when }) }));

/** An approval is used up by the decision that it allowed, whatever comes of it. */
export const approvalUsedUp: readonly Write[] = cleared(GIVEN, ASKED);
/** Who denied approves after all. */
export const denialTakenBack: readonly Write[] = cleared(DENIED, REFUSED);

const alreadyGiven: Condition = { fact: 'given_by', contains: { fact: 'subject' } };
const inForce: Condition = { fact: 'given_until', after: { fact: 'at' } };
/** Somebody else's approval is in force: this one is counted with it. */
const joins: Condition = { all: [inForce, { not: alreadyGiven }] };
const begins: Condition = { not: joins };
/** Of several approvals in force, the subject gave one. */
const amongSeveral: Condition = { all: [alreadyGiven, { fact: 'given_count', atLeast: 2 }] };

const MAY_APPROVE: Requirement = {
  code: 'insufficient_privilege',
  means:
    'it is asked by an owner or an approver of the tenant, or with `write_policy` allowed by the plan, granted and in the credential',
  when: {
    any: [
      { fact: 'subject_relations', contains: 'owner' },
      { fact: 'subject_relations', contains: 'approver' },
      {
        all: [
          { fact: 'plan_ceiling', contains: 'write_policy' },
          { fact: 'granted_roles', contains: 'write_policy' },
          { fact: 'scope', contains: 'write_policy' },
        ],
      },
    ],
  },
  remedy: { by: 'request', argument: 'credential' },
};

const submission = members({
  action: text('the action that approves it'),
  resource: text('about what'),
  arguments: byName({}, 'with the receipt and its leaf filled in'),
  choose: listOf(byName({}, 'what is left to choose')),
});

const pendingApprovals: Action = {
  ...internal({
    means: 'lists the refusals that wait for an approval, each as a whole, the newest first',
    who: ['user'],
    arguments: {
      before: {
        means: 'where to go on: `next` of the answer before; 0 for the newest',
        type: { type: 'integer', min: 0 },
        otherwise: 0,
      },
      limit: { means: 'at most so many', type: { type: 'integer', min: 1, max: 100 }, otherwise: 20 },
    },
    requires: [MAY_APPROVE],
    emits: { approve: 'action_executed', refuse: 'action_refused' },
    writes: [],
  }),
  does: {
    effect: 'read',
    step: 'pending_approvals',
    with: { before: { fact: 'argument.before' }, limit: { fact: 'argument.limit' } },
  },
  returns: members({
    pending: listOf(
      members({
        receipt: count('the place of the refusal'),
        leaf: text('its leaf hash'),
        at: text('when it was refused'),
        requester: members({ type: text('what kind'), id: text('who'), ref: text('its pseudonym') }),
        action: text('what was asked for'),
        means: text('what that does'),
        arguments: byName({}, 'with which arguments'),
        resource: text('about what'),
        plan: listOf(members({ step: text('what would run'), with: byName({}, 'with what') })),
        catalog: text('the digest of the catalog that refused it'),
        codes: listOf(text('why it was refused')),
        submit: listOf(submission, 'what an approver submits'),
      }),
    ),
    ledger: text('the origin of the ledger'),
    approver: text('the pseudonym of who asks'),
    'key?': text('the key of its own that who asks registered'),
    signed: flag('whether only signed approvals count'),
    size: count('receipts before this call'),
    'next?': count('`before` for what is older; absent at the beginning'),
  }),
};

export const approvalActions: Readonly<Record<string, Action>> = {
  pending_approvals: pendingApprovals,
  approve_action: internal({
    means: 'approves exactly what a refusal refused to somebody else',
    who: ['user'],
    relation: 'approver',
    arguments: { ...receiptArguments, expires_at: expiry, ...signatureArguments },
    invalid: OLD_FORM,
    requires: [
      asksForIt('approve_action'),
      bySomebodyElse,
      byAnotherPerson,
      withinADay,
      notDenied,
      {
        code: 'already_approved',
        means: 'the approver has not approved it already, together with others whose approvals would begin anew',
        when: { not: { all: [inForce, amongSeveral] } },
        remedy: { by: 'request', argument: 'credential' },
      },
      {
        code: 'approver_is_same_person',
        means: 'nobody approves it by a second account: two accounts of one person are one approver',
        when: { any: [{ not: inForce }, alreadyGiven, { not: hasPerson('given_persons') }] },
        remedy: { by: 'request', argument: 'credential' },
      },
      ...signedWhereAsked,
    ],
    emits: { approve: 'approval_granted', refuse: 'action_refused' },
    writes: [
      ...cleared(['approval_approvers', 'approval_persons', 'approval_count'], REFUSED, begins),
      { cell: 'approval_requester', key: REFUSED, change: { set: { fact: 'refusal_requester' } } },
      {
        cell: 'approval_expires_at',
        key: REFUSED,
        change: { set: { fact: 'argument.expires_at' } },
        when: { any: [begins, { fact: 'argument.expires_at', before: { fact: 'given_until' } }] },
      },
      { cell: 'approval_approvers', key: REFUSED, change: { add: { fact: 'subject' } } },
      { cell: 'approval_persons', key: REFUSED, change: { add: { fact: 'persons' } } },
      { cell: 'approval_count', key: REFUSED, change: { plus: 1 } },
      nonceUsed,
      ...denialTakenBack,
    ],
  }),
  deny_action: internal({
    means: 'denies what a refusal refused, for a day, and takes every approval of it back',
    who: ['user'],
    relation: 'approver',
    arguments: {
      ...receiptArguments,
      why: words('why it is denied', ...WHY),
      finding: string('what the approver found'),
    },
    requires: [
      {
        code: 'refusal_unknown',
        means: 'the receipt is a refusal in this ledger, about this resource, that asks for an approval',
        when: { not: { fact: 'refusal_asks', is: [] } },
        remedy: { by: 'request', argument: 'receipt' },
      },
    ],
    emits: { approve: 'approval_denied', refuse: 'action_refused' },
    writes: [
      ...cleared(GIVEN, REFUSED),
      { cell: 'approval_denied_until', key: REFUSED, change: { set: { fact: 'at', plus: DAY_MS } } },
      { cell: 'approval_denied_by', key: REFUSED, change: { set: { fact: 'subject' } } },
      { cell: 'approval_denied_why', key: REFUSED, change: { set: { fact: 'argument.why' } } },
    ],
  }),
  revoke_approval: internal({
    means: 'takes an approval back before it is used: the approver’s own of several, all of them otherwise',
    who: ['user'],
    relation: 'approver',
    arguments: receiptArguments,
    invalid: OLD_FORM,
    requires: [asksForIt('approve_action')],
    emits: { approve: 'approval_revoked', refuse: 'action_refused' },
    writes: [
      ...cleared(GIVEN, REFUSED, { not: amongSeveral }),
      { cell: 'approval_approvers', key: REFUSED, change: { remove: { fact: 'subject' } }, when: amongSeveral },
      { cell: 'approval_persons', key: REFUSED, change: { remove: { fact: 'persons' } }, when: amongSeveral },
      { cell: 'approval_count', key: REFUSED, change: { plus: -1 }, when: amongSeveral },
    ],
  }),
};
