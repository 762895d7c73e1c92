/** One answer for every call of a tool that exists: approved, refused, malformed or not decided. */
import type { NextStep, Reason } from '@tai-autonomics/core';
import type { OutcomeStatus } from '@tai-autonomics/core/author';
import type { NOTICE } from '@tai-autonomics/core/engine';
import type { Decided, NotDecided, ReceiptPlace, Submitted } from '@tai-autonomics/governor';
import { type CallIssue, MALFORMED } from '../tools/call.ts';

/** The structured content of a tool's result. */
export interface Envelope {
  /** Present in every answer of an evaluation. */
  readonly notice?: typeof NOTICE;
  /** `invalid`: refused because of its own form; sent again in the right form, it is another question. */
  readonly outcome: 'approved' | 'refused' | 'invalid' | 'not_decided';
  readonly verdict?: 'approve' | 'refuse';
  /** How the approved action ended. Absent when nothing had to run. */
  readonly status?: OutcomeStatus;
  /** What the action returned, or why it did not. Plain JSON. */
  readonly result?: unknown;
  /** All of them, in the order of the gates; the first determines. */
  readonly reasons?: readonly Reason[];
  /** The next lawful step of the determining reason. */
  readonly next?: NextStep;
  readonly receipt?: ReceiptPlace;
  readonly outcomeReceipt?: ReceiptPlace;
  readonly consequences?: readonly ReceiptPlace[];
  /** What an approval should not be read without. */
  readonly notes?: readonly string[];
  /** The same intent id asked for the same before: this is the answer of then. */
  readonly repeated?: boolean;
  /** Places of earlier refusals of exactly this call, for the same reasons: asking again changes nothing. */
  readonly askedBefore?: readonly number[];
  readonly why?: string;
  readonly detail?: string;
  readonly retryAfterMs?: number;
}

/** The envelope of what was not decided. A malformed question is the caller's to mend, so it is `invalid`. */
export const notDecidedEnvelope = ({ why, detail, receipt, retryAfterMs }: Omit<NotDecided, 'decided'>): Envelope => ({
  outcome: why === 'malformed' ? 'invalid' : 'not_decided',
  why,
  detail,
  ...(receipt === undefined ? {} : { receipt }),
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

/** The envelope of what the governor answered. */
export const envelopeOf = (submitted: Submitted, issues: readonly CallIssue[] = []): Envelope =>
  submitted.decided ? decidedEnvelope(submitted, issues) : notDecidedEnvelope(submitted);

/** Whether an agent may go on as if it got what it asked for. */
export const isFulfilled = ({ outcome, status = 'success' }: Envelope): boolean =>
  outcome === 'approved' && status === 'success';

const ran = ({ outcome, receipt }: Decided): Partial<Envelope> => {
  if (outcome === undefined) return {};
  const { status, result } = outcome;
  return { status, result, ...(outcome.receipt.seq === receipt.seq ? {} : { outcomeReceipt: outcome.receipt }) };
};

const issueReason = ({ member, expected }: CallIssue): Reason => ({
  gate: 'precondition',
  code: 'arguments_invalid',
  means: `${member} is ${expected}`,
  facts: [],
  next: { kind: 'request', argument: member, means: expected },
});

/** The reasons as the caller knows them: in the place of our own mark stands what the mark is for. */
const reasonsOf = (reasons: readonly [Reason, ...Reason[]], issues: readonly CallIssue[]): readonly Reason[] =>
  issues.length === 0
    ? reasons
    : reasons.flatMap((reason) =>
        reason.next.kind === 'request' && reason.next.argument === MALFORMED ? issues.map(issueReason) : [reason],
      );

const decidedEnvelope = (decided: Decided, issues: readonly CallIssue[]): Envelope => {
  const { decision, receipt, consequences, notes, repeated } = decided;
  const recorded: Partial<Envelope> = {
    receipt,
    ...(consequences.length === 0 ? {} : { consequences }),
    ...(notes === undefined ? {} : { notes }),
    ...(repeated ? { repeated } : {}),
  };
  if (decision.verdict === 'approve') {
    return { outcome: 'approved', verdict: 'approve', ...ran(decided), ...recorded };
  }
  const reasons = reasonsOf(decision.reasons, issues);
  const isInvalid = issues.length > 0 || decision.reasons[0].code === 'arguments_invalid';
  return {
    outcome: isInvalid ? 'invalid' : 'refused',
    verdict: 'refuse',
    reasons,
    next: (reasons[0] ?? decision.reasons[0]).next,
    ...recorded,
  };
};

/** The door failed, and does not know how far the question came. What failed is the host's to know, not the caller's. */
export const brokenEnvelope: Envelope = {
  outcome: 'not_decided',
  why: 'internal_error',
  detail: 'the door failed; it is not known whether a decision was recorded',
};
