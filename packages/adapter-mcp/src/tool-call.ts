/** `tools/call`: from a name and arguments off the wire to what the governor said of them. */
import { type CallToolResult, INVALID_PARAMS, ProtocolError } from '@modelcontextprotocol/server';
import type { NextStep } from '@tai-autonomics/core';
import { noticeOf } from '@tai-autonomics/core/engine';
import {
  type Asked,
  type Caller,
  type Governor,
  inTraceOf,
  type Submitted,
  type VisibleTool,
} from '@tai-autonomics/governor';
import { type RawCall, readCall, readUnlisted } from './call.ts';
import { brokenEnvelope, type Envelope, envelopeOf, isFulfilled, notDecidedEnvelope } from './envelope.ts';
import type { Refusals } from './refusals.ts';
import { listed } from './tool-list.ts';
import { wordsOf } from './words.ts';

/** One call: whose it is, and what came with it. */
export interface ToolCall extends RawCall {
  readonly governor: Governor;
  readonly caller: Caller;
  readonly name: string;
  readonly signal: AbortSignal;
  readonly refusals: Refusals;
  readonly onerror?: (error: unknown) => void;
}

/** Answers a call. Rejects with protocol errors only; of any other failure nothing gets out but the fact. */
export const answerCall = async (call: ToolCall): Promise<CallToolResult> => {
  try {
    return await inTraceOf(call.meta['traceparent'], () => answer(call));
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    call.onerror?.(error);
    return resultOf(call, readUnlisted(call.name, call), brokenEnvelope);
  }
};

const resultOf = (
  { governor: { mode } }: ToolCall,
  asked: Asked,
  answered: Envelope,
  previewTool?: string,
): CallToolResult => {
  const envelope = { ...noticeOf(mode), ...answered };
  return {
    content: [{ type: 'text', text: wordsOf(asked, envelope, previewTool) }],
    structuredContent: envelope,
    isError: !isFulfilled(envelope),
  };
};

const NO_SUCH_TOOL: NextStep = {
  kind: 'none',
  why: 'no such tool exists for you; list the tools again, or see the plan catalogue',
};

/** The plan that sells the tool, where the governor told this caller: the tenant's owner discloses the catalog. */
const disclosed = (submitted: Submitted): NextStep | undefined => {
  if (!submitted.decided || submitted.decision.verdict === 'approve') return undefined;
  const [{ gate, next }] = submitted.decision.reasons;
  return gate === 'registry' && next.kind === 'authority' ? next : undefined;
};

/**
 * The one answer for a name that is not on the caller's list: unknown, not bought and hidden look the same, unless
 * the catalog is disclosed. The receipt keeps the true cause; its event is not told, since an action that exists may have
 * an event of its own.
 */
const unknownTool = ({ governor: { mode }, name }: ToolCall, submitted: Submitted): ProtocolError => {
  if (!submitted.decided) {
    return new ProtocolError(INVALID_PARAMS, `Unknown tool: ${name}`, {
      ...noticeOf(mode),
      notRecorded: submitted.why,
      next: NO_SUCH_TOOL,
    });
  }
  const { origin, seq, leaf } = submitted.receipt;
  return new ProtocolError(INVALID_PARAMS, `Unknown tool: ${name}`, {
    ...noticeOf(mode),
    receipt: { origin, seq, leaf },
    next: disclosed(submitted) ?? NO_SUCH_TOOL,
  });
};

/** Whether a tool went away between the look at the list and the decision. */
const isGone = (submitted: Submitted): boolean =>
  submitted.decided && submitted.decision.verdict === 'refuse' && submitted.decision.reasons[0].gate === 'registry';

const previewIn = (tools: readonly VisibleTool[]): string | undefined =>
  tools.find(({ actions }) => actions.some(({ action }) => action === 'preview_decision'))?.tool;

/** A refusal with the places of the same ones before it. */
const withEarlier = ({ refusals }: ToolCall, asked: Asked, envelope: Envelope): Envelope => {
  const { verdict, reasons = [], receipt, repeated } = envelope;
  if (verdict !== 'refuse' || receipt === undefined || repeated === true) return envelope;
  const askedBefore = refusals.note(
    asked,
    reasons.map(({ code }) => code),
    receipt.seq,
  );
  return askedBefore.length === 0 ? envelope : { ...envelope, askedBefore };
};

/** Only before it is submitted: a submitted intent is decided and recorded, whether or not somebody still listens. */
const stopIfCancelled = ({ signal }: ToolCall): void => {
  if (signal.aborted) throw new ProtocolError(INVALID_PARAMS, 'Cancelled before it was asked');
};

const answer = async (call: ToolCall): Promise<CallToolResult> => {
  const { governor, caller, name } = call;
  stopIfCancelled(call);
  const tools = await governor.tools(caller);
  if (tools._tag === 'Left') return resultOf(call, readUnlisted(name, call), notDecidedEnvelope(tools.left));
  stopIfCancelled(call);
  const all = listed(tools.right);
  const tool = all.find((one) => one.tool === name || one.aliases?.includes(name) === true);
  if (tool === undefined) throw unknownTool(call, await governor.submit(caller, readUnlisted(name, call)));
  const { asked, issues } = readCall(tool, call);
  const submitted = await governor.submit(caller, asked, call.signal);
  if (isGone(submitted)) throw unknownTool(call, submitted);
  return resultOf(call, asked, withEarlier(call, asked, envelopeOf(submitted, issues)), previewIn(all));
};
