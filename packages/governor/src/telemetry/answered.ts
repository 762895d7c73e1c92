/** What a host's log and figures are told of an intent: how it was answered, and nothing of evidence, arguments or names. */
import type { OutcomeStatus, SubjectType } from '@tai-autonomics/core/author';
import type { Asked, Caller, Governor, NotDecided, ReceiptPlace, Submitted, TenantId } from '../api.ts';
import { messageOf } from '../bounds/bounded-text.ts';

/** One intent as it was answered. */
export interface Answered {
  readonly tenant: TenantId;
  /** The pseudonym stands in the receipts too. */
  readonly subject: { readonly type: SubjectType; readonly ref: string };
  /** The action, by the name that was asked for; absent where the tenant has none of this name. */
  readonly action?: string;
  readonly verdict: 'approve' | 'refuse' | 'not_decided';
  /** Every code of a refusal, the one that determines first; of what was not decided, why. */
  readonly codes: readonly string[];
  readonly receipt?: Pick<ReceiptPlace, 'seq' | 'leaf'>;
  /** How what was approved ended. */
  readonly outcome?: OutcomeStatus;
  /** Whether it was decided earlier, under the same intent id. */
  readonly repeated: boolean;
  readonly trace?: string;
  /** How long it took, in milliseconds, what ran included. */
  readonly ms: number;
}

/** Submits for somebody who waits, of whom it is known in some form. */
export type Submitting<Waits> = (caller: Caller, asked: Asked, waits: Waits) => Promise<Submitted>;

/** The same `submit`; whoever listens is told of each answer. A listener that throws is said, and changes nothing. */
export const telling =
  <Waits>(
    submit: Submitting<Waits>,
    refOf: Governor['refOf'],
    onFault: (detail: string) => void,
    onAnswered: ((answered: Answered) => void) | undefined,
  ): Submitting<Waits> =>
  async (caller, asked, waits) => {
    if (onAnswered === undefined) return submit(caller, asked, waits);
    const began = performance.now();
    const submitted = await submit(caller, asked, waits);
    const ms = performance.now() - began;
    try {
      const { tenant, subject } = caller;
      const { trace } = asked;
      onAnswered({
        tenant,
        subject: { type: subject.type, ref: refOf(tenant, subject) },
        ...(isKnown(submitted) ? { action: asked.action } : {}),
        ...toldOf(submitted),
        ...(trace === undefined ? {} : { trace }),
        ms,
      });
    } catch (thrown) {
      onFault(`a listener for answers failed: ${messageOf(thrown)}`);
    }
    return submitted;
  };

/** A name that no action has is the caller's own text: it may be anything. */
const isKnown = (submitted: Submitted): boolean => submitted.decided && !codesOf(submitted).includes('tool_not_found');

const codesOf = (submitted: Submitted): readonly string[] => {
  if (!submitted.decided) return [submitted.why satisfies NotDecided['why']];
  return submitted.decision.verdict === 'refuse' ? submitted.decision.reasons.map(({ code }) => code) : [];
};

const toldOf = (submitted: Submitted): Pick<Answered, 'verdict' | 'codes' | 'receipt' | 'outcome' | 'repeated'> => {
  const codes = codesOf(submitted);
  if (!submitted.decided) return { verdict: 'not_decided', codes, repeated: false };
  const { decision, receipt, outcome, repeated } = submitted;
  return {
    verdict: decision.verdict,
    codes,
    receipt: { seq: receipt.seq, leaf: receipt.leaf },
    ...(outcome === undefined ? {} : { outcome: outcome.status }),
    repeated,
  };
};
