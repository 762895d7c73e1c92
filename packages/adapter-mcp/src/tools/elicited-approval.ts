/**
 * Approvals through the client of the agent that asks. Whoever answers there may be the agent itself, so nothing that is clicked
 * or typed counts: it only shows a person where the request waits. What counts is an approval that an approver signed with a key
 * of its own over exactly this refusal; the governor checks it like one that came by any other door.
 */
import {
  acceptedContent,
  type ElicitRequestFormParams,
  type ElicitRequestURLParams,
  type InputRequiredResult,
  inputRequired,
} from '@modelcontextprotocol/server';
import type { NextStep } from '@tai-autonomics/core';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import type { Asked, Caller, Governor } from '@tai-autonomics/governor';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import type { Envelope } from '../answer/envelope.ts';
import { quoted } from '../answer/quoted.ts';
import { isPending } from '../answer/words.ts';
import type { Exchange } from '../exchange.ts';

/** Where people approve. */
export interface Approvals {
  /** The page of approvers, absolute, or what says where it is now; a client that can open pages is given it. Without it a person is told the command. */
  readonly page?: string | (() => string | undefined);
  /** Whether the client of the agent is used to reach a person; true where absent. */
  readonly elicit?: boolean;
}

/** What is remembered while a person is asked: which refusal it is about, and what would answer it. */
export interface Waiting {
  /** The call, so that no answer is used for another one. */
  readonly call: string;
  /** The intent id of the refusal: asked again, it is the recorded answer. */
  readonly id: string;
  readonly seq: number;
  readonly leaf: string;
  readonly submits: readonly { readonly action: string; readonly resource: string }[];
}

/** The name of what the client is asked for. */
const NAME = 'approval';
/** How long a client of 2025-11-25 is waited for: longer, and the request is a place in the ledger to ask about. */
const NOW_MS = 60_000;
const SIGNED_BYTES_MAX = 16_384;
const SHOWN_MAX = 600;

/** What waits for a person, and for nothing else; `undefined` where an approval alone would not help, or was denied. */
export const waitingFor = (call: string, id: string, { reasons = [], receipt }: Envelope): Waiting | undefined => {
  if (receipt === undefined || reasons.length === 0 || !reasons.every(isPending)) return undefined;
  const submits = reasons.flatMap(({ next }) => submitted(next));
  return { call, id, seq: receipt.seq, leaf: receipt.leaf, submits };
};

/** What was remembered of a call that the client sends again; `undefined` for anything else. */
export const waitingIn = (kept: unknown, call: string): Waiting | undefined => {
  const waiting = kept as Waiting | undefined;
  return waiting !== undefined && isPlainObject(kept) && waiting.call === call ? waiting : undefined;
};

/**
 * Asks the person behind the client. The answer to send to a client of 2026-07-28, which then sends the call again; what a
 * client of 2025-11-25 said; `undefined` where nobody can be asked.
 */
export const askPerson = async (
  exchange: Exchange,
  approvals: Approvals,
  asked: Asked,
  waiting: Waiting,
): Promise<
  { readonly later: InputRequiredResult } | { readonly said: Readonly<Record<string, unknown>> } | undefined
> => {
  const question = questionFor(exchange, approvals, asked, waiting);
  if (question === undefined) return undefined;
  if (exchange.elicitNow === undefined) {
    const request = question.mode === 'url' ? inputRequired.elicitUrl(question) : inputRequired.elicit(question);
    return { later: await exchange.ask({ [NAME]: request }, waiting) };
  }
  const params = question.mode === 'url' ? { ...question, elicitationId: crypto.randomUUID() } : question;
  return { said: { [NAME]: await exchange.elicitNow(params, NOW_MS) } };
};

/** Submits what a person signed, in the name of who signed it. What would not be approved is not submitted, and leaves nothing. */
export const submitSigned = async (
  governor: Governor,
  { tenant }: Pick<Caller, 'tenant'>,
  waiting: Waiting,
  said: Readonly<Record<string, unknown>>,
): Promise<boolean> => {
  const signed = signedIn(waiting, said);
  if (signed === undefined) return false;
  const approver: Caller = { tenant, subject: { type: 'user', id: signed.approver }, scope: [] };
  const previewed = await governor.preview(approver, signed.asked);
  if (previewed._tag === 'Left' || previewed.right.verdict === 'refuse') return false;
  const answer = await governor.submit(approver, signed.asked);
  return answer.decided && answer.decision.verdict === 'approve';
};

/** A signed approval of exactly what waits. Whether the signature is the approver's is the decision's to say. */
const signedIn = (
  { seq, leaf, submits }: Waiting,
  said: Readonly<Record<string, unknown>>,
): { readonly approver: string; readonly asked: Asked } | undefined => {
  const { approver, signed } = acceptedContent(said, NAME) ?? {};
  if (typeof approver !== 'string' || approver === '' || typeof signed !== 'string') return undefined;
  const parsed = parseStrictJson(signed, { comments: false, maxBytes: SIGNED_BYTES_MAX, maxDepth: 8 });
  if (parsed._tag === 'Left') return undefined;
  const { value } = parsed.right;
  if (!isPlainObject(value) || !isPlainObject(value['arguments'])) return undefined;
  const {
    action,
    resource,
    arguments: given,
  } = value as { readonly [name: string]: unknown } & {
    readonly arguments: Readonly<Record<string, unknown>>;
  };
  const isSubmit = submits.some((one) => one.action === action && one.resource === resource);
  const { signature } = given;
  // Without a signature a subject would be taken at the word of whoever answers for it.
  const isSigned = typeof signature === 'string' && signature !== '' && signature !== 'none';
  if (!isSubmit || !isSigned || given['receipt'] !== seq || given['leaf'] !== leaf) return undefined;
  return { approver, asked: { action: String(action), resource: String(resource), arguments: given } };
};

const submitted = (next: NextStep): Waiting['submits'] =>
  next.kind === 'authority' ? [{ action: next.submit.action, resource: next.submit.resource }] : [];

/** How a client can be asked. */
type Question =
  | ({ readonly mode: 'form' } & ElicitRequestFormParams)
  | (Omit<ElicitRequestURLParams, 'elicitationId'> & { readonly mode: 'url' });

const questionFor = (
  { capabilities: { elicitation } }: Exchange,
  { page: where, elicit = true }: Approvals,
  asked: Asked,
  { seq, leaf }: Waiting,
): Question | undefined => {
  if (!elicit || elicitation === undefined) return undefined;
  const shown = quoted(asked.arguments ?? {});
  const what = `An agent asks for ${asked.action} about ${quoted(asked.resource)} with ${shown.length > SHOWN_MAX ? 'long arguments' : shown}. It waits for an approver: receipt ${seq}, leaf ${leaf}.`;
  const can = elicitation as { readonly form?: object; readonly url?: object };
  const page = typeof where === 'function' ? where() : where;
  if (can.url !== undefined && page !== undefined)
    return {
      mode: 'url',
      message: `${what} Approvers answer on their page, where they sign in. Opening it approves nothing.`,
      url: page,
    };
  if (can.form === undefined && can.url !== undefined) return undefined;
  return {
    mode: 'form',
    message: `${what} Nothing that is clicked here approves it. Approvers see it whole with \`tai approvals show ${seq}\`, and approve or deny it with \`tai approvals\`. An approver with a key can paste here what \`tai approvals sign\` printed.`,
    requestedSchema: {
      type: 'object',
      properties: {
        approver: { type: 'string', title: 'Approver', description: 'your user id; only with a signed approval' },
        signed: { type: 'string', title: 'Signed approval', description: 'the JSON that `tai approvals sign` printed' },
      },
    },
  };
};
