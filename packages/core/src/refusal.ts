/**
 * Refusals that others act on. An approval names the receipt of a refusal, and so approves exactly what was refused: the
 * refusal itself, not who approves, says what that is.
 */
import type { Decision, Reason, Refuse } from './decision.ts';
import type { Observation, Refusal } from './observation.ts';
import type { Action } from './policy/action.ts';

/** The arguments by which an action names a receipt, with their types. */
export const RECEIPT_ARGUMENTS = { receipt: 'integer', leaf: 'string' } as const;

/** Whether an action is about a refusal: it names a receipt by its arguments. */
export const namesRefusal = ({ arguments: declared }: Pick<Action, 'arguments'>): boolean =>
  Object.entries(RECEIPT_ARGUMENTS).every(
    ([name, type]) => Object.hasOwn(declared, name) && declared[name]?.type.type === type,
  );

/** What a refusal is to who approves it; `undefined` where none of its next steps asks for an approval by its receipt. */
export const refusalOf = (
  { subject, binding }: Observation['intent'],
  { reasons }: Pick<Refuse, 'reasons'>,
): Refusal | undefined => {
  const asks = [...new Set(reasons.flatMap(askedBy))].sort();
  return asks.length === 0 ? undefined : { requester: subject.ref, binding, asks };
};

/** The next steps with the receipt of their refusal filled in: what a caller is told can be submitted as it stands. */
export const withReceipt = (
  decision: Decision,
  { seq, leaf }: { readonly seq: number; readonly leaf: string },
): Decision => {
  if (decision.verdict === 'approve' || !decision.reasons.some((reason) => askedBy(reason).length > 0)) return decision;
  const filled = (reason: Reason): Reason => {
    const { next } = reason;
    if (next.kind !== 'authority' || next.submit.refusal !== true) return reason;
    const { refusal: _, arguments: given, ...submit } = next.submit;
    return { ...reason, next: { ...next, submit: { ...submit, arguments: { ...given, leaf, receipt: seq } } } };
  };
  const [first, ...rest] = decision.reasons;
  return { ...decision, reasons: [filled(first), ...rest.map(filled)] };
};

/** The refusal of an observation, as a step that submits `action` names it. */
export const refusedBy = ({ intent }: Observation, action: string): Refusal => ({
  requester: intent.subject.ref,
  ...(intent.person === undefined ? {} : { person: intent.person }),
  binding: intent.binding,
  asks: [action],
});

const askedBy = ({ next }: Reason): readonly string[] =>
  next.kind === 'authority' && next.submit.refusal === true ? [next.submit.action] : [];

/** A receipt for where only its being named counts: a step that is carried out on an observation has no ledger. */
export const SOME_RECEIPT = { receipt: 0, leaf: 'the refusal' } as const;
