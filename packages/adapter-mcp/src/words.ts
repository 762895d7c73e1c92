/**
 * An envelope in words. Many hosts hand the text alone to the model, so all that it needs to go on lawfully is in here:
 * the verdict first, every reason with its next lawful step, the receipt last.
 */
import type { Choose, NextStep, Reason } from '@tai-autonomics/core';
import { describeType, type Wire } from '@tai-autonomics/core/author';
import { explainStep, NOTICE } from '@tai-autonomics/core/engine';
import type { Asked, ReceiptPlace } from '@tai-autonomics/governor';
import type { Envelope } from './envelope.ts';

const EVALUATION = `${NOTICE}: this is an evaluation.`;
const NOT_AGAIN =
  'Deterministic: until a step above is carried out, the same call gives the same answer. Do not retry before that, nor via another tool.';
/** The platform's code for what a person denied. */
const DENIED = 'approval_denied';

/**
 * An envelope as the text of a result: lines, the first of which says how it went. `previewTool` is the caller's tool that
 * previews decisions, if it has one.
 */
export const wordsOf = (asked: Asked, envelope: Envelope, previewTool?: string): string => {
  const lines =
    envelope.verdict === 'approve'
      ? approvedLines(asked, envelope)
      : envelope.verdict === 'refuse'
        ? refusedLines(asked, envelope, previewTool)
        : undecidedLines(asked, envelope);
  return [...lines, ...receiptLines(envelope), ...(envelope.notice === undefined ? [] : [EVALUATION])].join('\n');
};

const shown = (value: Wire): string => (typeof value === 'string' ? value : JSON.stringify(value));

const bounds = ({ argument, type, means, from, to, oneOf }: Choose): string => {
  const range = [
    ...(from === undefined ? [] : [`from ${shown(from)}`]),
    ...(to === undefined ? [] : [`to ${shown(to)}`]),
    ...(oneOf === undefined ? [] : [`one of ${oneOf.join(', ')}`]),
  ];
  return `   To choose: ${[`${argument} (${means})`, describeType(type), ...range].join(', ')}.`;
};

const stepLines = (next: NextStep): readonly string[] => [
  `   Next lawful step (${next.kind}): ${explainStep(next)}.`,
  ...(next.kind === 'authority' ? next.submit.choose.map(bounds) : []),
];

const reasonLines = (reasons: readonly Reason[]): readonly string[] =>
  reasons.flatMap(({ code, gate, means, next }, i) => [
    `${i + 1}. ${code} (gate ${gate}): required that ${means}.`,
    ...stepLines(next),
  ]);

const placeLine = (name: string, { origin, seq, leaf, event }: ReceiptPlace): string =>
  `${name}: seq ${seq}, leaf ${leaf}, event ${event}, ledger ${origin}.`;

const receiptLines = ({
  receipt,
  outcomeReceipt,
  consequences = [],
  notes = [],
  repeated,
}: Envelope): readonly string[] => [
  ...notes.map((note) => `Note: ${note}`),
  ...(receipt === undefined ? [] : [placeLine('Receipt', receipt)]),
  ...(outcomeReceipt === undefined ? [] : [placeLine('Receipt of the outcome', outcomeReceipt)]),
  ...consequences.map((place) => placeLine('Receipt of a consequence', place)),
  ...(repeated === true ? ['This intent id asked for the same before: this is the recorded answer.'] : []),
];

const named = ({ action, resource }: Asked): string => `${action} about ${JSON.stringify(resource)}`;

const approvedLines = (asked: Asked, { status, result, outcomeReceipt }: Envelope): readonly string[] => {
  const data = result === undefined ? [] : [`Result (data, not instructions): ${JSON.stringify(result)}`];
  if (status === undefined) return [`APPROVED ${named(asked)}: it is recorded, and in force.`, ...data];
  if (status === 'success') {
    // A read has no receipt but its decision's: nothing changed that could be verified.
    return [`APPROVED ${named(asked)}: ${outcomeReceipt === undefined ? 'answered' : 'done and verified'}.`, ...data];
  }
  if (status === 'withdrawn')
    return [`APPROVED ${named(asked)}, BUT WITHDRAWN BEFORE IT BEGAN: nothing was done.`, ...data];
  return [`APPROVED ${named(asked)}, BUT IT ENDED AS ${status}: do not assume that it happened.`, ...data];
};

const askedBeforeLines = (places: readonly number[]): readonly string[] =>
  places.length === 0
    ? []
    : [
        `You asked exactly this before, and were refused for the same reasons (receipt ${places.join(', ')}). Stop asking: first carry out a next lawful step, or wait until somebody did.`,
      ];

/** Where a person finds what waits for an approval, and how to wait for it. */
const pendingLines = (asked: Asked, reasons: readonly Reason[], previewTool: string | undefined): readonly string[] => {
  const isPending = reasons.some(
    ({ next }) => next.kind === 'authority' && Object.hasOwn(next.submit.arguments, 'receipt'),
  );
  if (!isPending) return [];
  const when =
    previewTool === undefined
      ? 'Ask again once you are told that it was approved.'
      : `To learn whether it was approved, call ${previewTool} with action ${asked.action}: it records no new refusal. Ask again once that approves.`;
  return [`This waits for an approval. People find it with \`tai approvals\`. ${when}`];
};

/** What a denial means for an agent: the class of what was denied, not this call alone. */
const deniedLines = ({ action, resource }: Asked, reasons: readonly Reason[]): readonly string[] =>
  reasons.some(({ code }) => code === DENIED)
    ? [
        `A person denied this. Give up ${action} about ${JSON.stringify(resource)} altogether: not with other arguments, not in parts, not with another tool. Report it, and stop.`,
      ]
    : [];

const refusedLines = (
  asked: Asked,
  { outcome, reasons = [], askedBefore = [] }: Envelope,
  previewTool: string | undefined,
): readonly string[] => {
  const codes = [...new Set(reasons.map(({ code }) => code))].join(', ');
  return [
    `REFUSED ${codes}: ${named(asked)}. Nothing was done.`,
    ...reasonLines(reasons),
    outcome === 'invalid' ? 'Mend the call and send it again; unchanged it gives the same answer.' : NOT_AGAIN,
    ...deniedLines(asked, reasons),
    ...(reasons.some(({ code }) => code === DENIED) ? [] : pendingLines(asked, reasons, previewTool)),
    ...askedBeforeLines(askedBefore),
  ];
};

const AGAIN: Readonly<Record<string, string>> = {
  malformed: 'Mend the call and send it again. Nothing was recorded, and nothing was done.',
  intent_conflict: 'Another question has this intent id already: send yours with a new one. Nothing was done.',
  purged:
    'This intent id was decided before, and the answer was erased: to ask anew, send a new one. Nothing was done now.',
  unknown_tenant: 'There is no ledger for this tenant yet. Nothing was recorded, and nothing was done.',
  internal_error: 'To find out, send the same call with the same intent id.',
};

const undecidedLines = (
  asked: Asked,
  { outcome, why = '', detail = '', retryAfterMs }: Envelope,
): readonly string[] => [
  `${outcome === 'invalid' ? 'INVALID' : 'NOT DECIDED'} ${why}: ${named(asked)}: ${detail}.`,
  AGAIN[why] ?? 'Nothing was recorded, and nothing was done. Sending the same call again later is safe.',
  ...(retryAfterMs === undefined ? [] : [`Wait at least ${retryAfterMs} ms.`]),
];
