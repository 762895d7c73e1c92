/** What iam_drift_guard does: looks, lets somebody else approve, and undoes exactly what was approved. */
import type { Action, Requirement, RunsStep, Write } from '@tai-autonomics/core/author';
import { asRemedy } from '../incident/remedy.ts';
import { instant, internal } from '../platform/action.ts';
import {
  askFor,
  asksForIt,
  bySomebodyElse,
  denialTakenBack,
  notDenied,
  notDeniedToMe,
  OLD_FORM,
  receiptArguments,
  withinADay,
} from '../platform/approvals.ts';
import { byAnotherPerson } from '../platform/persons.ts';
import { nonceUsed, signatureArguments, signedWhereAsked } from '../platform/signatures.ts';
import { count, handlerSays, listOf, members, text } from '../result.ts';

const reachable: Requirement = {
  code: 'iam_service_unreachable',
  means: 'the policy in force can be read',
  when: { fact: 'iam_reachable', is: true },
  remedy: { by: 'world' },
};
const drifted: Requirement = {
  code: 'drift_not_detected',
  means: 'the policy in force grants something else than is declared',
  when: { fact: 'drift_detected', is: true },
  remedy: { by: 'world' },
};

const approveIt = askFor('approve_remediation');

const detectDrift: Action = {
  means: 'looks whether the allow policy of a resource grants something else than is declared',
  who: ['agent', 'user', 'service'],
  entitlement: 'active',
  roles: ['read_iam'],
  arguments: {},
  requires: [reachable, drifted],
  emits: { approve: 'drift_detected', refuse: 'drift_refused' },
  writes: [],
  does: {
    effect: 'read',
    step: 'show',
    with: {
      drift: { fact: 'drift_digest' },
      changes: { fact: 'drift_changes' },
      plan: { fact: 'drift_plan' },
    },
  },
  returns: members({
    drift: text('the digest of exactly this drift'),
    changes: count('how many changes undo it'),
    plan: listOf(text('a change'), 'the changes, in their order'),
  }),
};

const REFUSED = [{ fact: 'refusal_binding' }] as const;

/** An approval of exactly one remediation, and the cells that keep it. */
const approves = (
  action: string,
  what: Pick<Action, 'means' | 'relation'>,
  requester: string,
  expiry: string,
): Parameters<typeof internal>[0] => ({
  ...what,
  who: ['user'],
  arguments: {
    ...receiptArguments,
    expires_at: instant('when the approval expires; within a day'),
    ...signatureArguments,
  },
  invalid: OLD_FORM,
  requires: [asksForIt(action), bySomebodyElse, byAnotherPerson, withinADay, notDenied, drifted, ...signedWhereAsked],
  emits: { approve: 'action_approved', refuse: 'drift_refused' },
  writes: [
    { cell: requester, key: REFUSED, change: { set: { fact: 'refusal_requester' } } },
    { cell: expiry, key: REFUSED, change: { set: { fact: 'argument.expires_at' } } },
    nonceUsed,
    ...denialTakenBack,
  ],
});

const approveRemediation: Action = {
  ...internal(
    approves(
      'approve_remediation',
      { means: 'approves exactly the remediation that a refusal refused to somebody else' },
      'remediation_requester',
      'remediation_approval_expires_at',
    ),
  ),
  entitlement: 'active',
  roles: ['read_iam', 'write_policy'],
};

/** Beside the other approval and never in its place: whoever owns the tenant says that they know what it may do. */
const approveLockout: Action = {
  ...internal(
    approves(
      'approve_lockout',
      { means: 'approves exactly the remediation that may lock everybody out', relation: 'owner' },
      'lockout_requester',
      'lockout_approval_expires_at',
    ),
  ),
  entitlement: 'active',
};

const nothing = (emits: string): RunsStep['after']['success'] => ({ emits, writes: [] });
const usedUp = (cell: string): Write => ({ cell, key: [{ fact: 'binding' }], change: { clear: true } });

const remediateDrift: Action = asRemedy({
  means: 'puts the declared allow policy of a resource in force again',
  who: ['agent', 'service'],
  entitlement: 'active',
  roles: ['read_iam', 'write_iam', 'write_policy'],
  arguments: {},
  requires: [
    reachable,
    drifted,
    {
      code: 'remediation_not_approved',
      means: 'somebody else approved exactly these changes to exactly this policy',
      when: { fact: 'remediation_approved_for', is: { fact: 'subject' } },
      remedy: approveIt,
    },
    notDeniedToMe,
    {
      code: 'approval_expired',
      means: 'the approval has not expired',
      when: {
        any: [
          { not: { fact: 'remediation_approved_for', is: { fact: 'subject' } } },
          { fact: 'remediation_approval_expires_at', after: { fact: 'at' } },
        ],
      },
      remedy: approveIt,
    },
    {
      code: 'remediation_locks_out',
      means: 'an owner approved that it may lock everybody out, or it does not',
      when: {
        any: [
          { fact: 'drift_locks_out', is: false },
          {
            all: [
              { fact: 'lockout_approved_for', is: { fact: 'subject' } },
              { fact: 'lockout_approval_expires_at', after: { fact: 'at' } },
            ],
          },
        ],
      },
      remedy: askFor('approve_lockout', 'owner'),
    },
  ],
  emits: { approve: 'action_approved', refuse: 'drift_refused' },
  // An approval is used up by the decision that it allowed, whatever comes of it.
  writes: [
    usedUp('remediation_requester'),
    usedUp('remediation_approval_expires_at'),
    usedUp('lockout_requester'),
    usedUp('lockout_approval_expires_at'),
  ],
  does: {
    effect: 'external',
    step: 'restore_iam_policy',
    // The binding covers these: another change, another version or another declaration needs another approval.
    with: {
      drift: { fact: 'drift_digest' },
      etag: { fact: 'policy_etag' },
      declared: { fact: 'declared_policy' },
    },
    verify: {
      all: [
        { fact: 'drift_detected', is: false },
        { fact: 'declared_policy', is: { fact: 'step.declared' } },
      ],
    },
    idempotent: true,
    begins: 'action_begun',
    after: {
      success: nothing('drift_remediated'),
      failed: nothing('action_executed'),
      timeout: nothing('action_executed'),
      memory_exceeded: nothing('action_executed'),
      unknown: nothing('action_executed'),
    },
  },
  returns: handlerSays,
});

export const driftActions: Readonly<Record<string, Action>> = {
  detect_drift: detectDrift,
  approve_remediation: approveRemediation,
  approve_lockout: approveLockout,
  remediate_drift: remediateDrift,
};
