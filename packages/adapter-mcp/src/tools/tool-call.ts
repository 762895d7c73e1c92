/** `tools/call`: from a name and arguments off the wire to what the governor said of them. */
import {
  type CallToolResult,
  INVALID_PARAMS,
  type InputRequiredResult,
  isInputRequiredResult,
  ProtocolError,
} from '@modelcontextprotocol/server';
import type { NextStep } from '@tai-autonomics/core';
import { noticeOf } from '@tai-autonomics/core/engine';
import { type Asked, type Caller, type Governor, inTraceOf, type Submitted } from '@tai-autonomics/governor';
import { brokenEnvelope, type Envelope, envelopeOf, isFulfilled, notDecidedEnvelope } from '../answer/envelope.ts';
import { quoted } from '../answer/quoted.ts';
import { callKey, type Refusals } from '../answer/refusals.ts';
import { CHECK_REQUEST, wordsOf } from '../answer/words.ts';
import { demand, type Exchange } from '../exchange.ts';
import { type HostAnswer, type HostOffers, hostAnswer } from '../host-offers.ts';
import { listed } from '../listed-tools.ts';
import { DESCRIBE_TOOL, describeOnDemand, type Listing } from './brief-listing.ts';
import { type RawCall, readCall, readUnlisted } from './call.ts';
import { checkRequest, checkTool } from './check-request.ts';
import { type Approvals, askPerson, submitSigned, type Waiting, waitingFor, waitingIn } from './elicited-approval.ts';
import { whileWaiting } from './progress.ts';
import { describedTools } from './tool-list.ts';

/** One call: whose it is, and what came with it. */
export interface ToolCall extends RawCall {
  readonly governor: Governor;
  readonly caller: Caller;
  readonly name: string;
  readonly exchange: Exchange;
  readonly refusals: Refusals;
  readonly offers: HostOffers;
  readonly listing: Listing;
  readonly approvals?: Approvals;
  readonly progressEveryMs?: number;
  readonly onerror?: (error: unknown) => void;
}

/** What a call is answered: its result, or what the client is asked for first. */
type Answer = CallToolResult | InputRequiredResult;

/** Answers a call. Rejects with protocol errors only; of any other failure nothing gets out but the fact. */
export const answerCall = async (call: ToolCall): Promise<Answer> => {
  try {
    return await inTraceOf(call.meta['traceparent'], () => answer(call));
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    call.onerror?.(error);
    return resultOf(call, readUnlisted(call.name, call), brokenEnvelope);
  }
};

const answer = async (call: ToolCall): Promise<Answer> => {
  const { governor, caller, name, offers } = call;
  stopIfCancelled(call);
  const tools = await governor.tools(caller);
  if (tools._tag === 'Left') return resultOf(call, readUnlisted(name, call), notDecidedEnvelope(tools.left));
  stopIfCancelled(call);
  const all = listed(tools.right);
  const tool = all.find((one) => one.tool === name || one.aliases?.includes(name) === true);
  const checks = checkTool(all).length > 0;
  if (tool === undefined && checks && name === CHECK_REQUEST)
    return checkRequest({ governor, caller, offers }, all, call.arguments);
  if (tool === undefined && call.listing === 'brief' && name === DESCRIBE_TOOL)
    return describeOnDemand(call, describedTools(call, all), call.arguments);
  if (tool === undefined) throw unknownTool(call, await governor.submit(caller, readUnlisted(name, call)));
  const read = readCall(tool, call);
  const host = hostAnswer(offers, tool, read.asked.action);
  if (host?.needs !== undefined) demand(call.exchange, host.needs);
  const decided = await decide(call, read, checks);
  return host === undefined || isInputRequiredResult(decided) ? decided : hosted(call, host, read.asked, decided);
};

/** Decides a call: again as it is recorded where nothing can have changed, and with the person behind the client where one is waited for. */
const decide = async (
  call: ToolCall,
  { asked, issues }: ReturnType<typeof readCall>,
  checks: boolean,
): Promise<Answer> => {
  const { governor, caller, exchange, approvals = {}, refusals } = call;
  const { elicitation } = exchange.capabilities;
  const mayAsk = elicitation !== undefined && approvals.elicit !== false && issues.length === 0;
  const waiting = mayAsk ? waitingIn(exchange.kept, callKey(asked)) : undefined;
  if (waiting !== undefined)
    return resultOf(call, asked, await answered(call, asked, waiting, exchange.responses), checks);
  const again = asked.id === undefined ? await recorded(call, asked) : undefined;
  if (again !== undefined) return resultOf(call, asked, again, checks);
  // Where a person may be asked, the refusal has an id by which it is answered again.
  const named: Asked = mayAsk && asked.id === undefined ? { ...asked, id: crypto.randomUUID() } : asked;
  const submitted = await submit(call, named);
  if (isGone(submitted)) throw unknownTool(call, submitted);
  const envelope = noted(refusals, asked, envelopeOf(submitted, issues));
  const first = envelope.askedBefore === undefined && envelope.repeated !== true;
  const pending =
    mayAsk && first && named.id !== undefined ? waitingFor(callKey(asked), named.id, envelope) : undefined;
  const person = pending === undefined ? undefined : await askPerson(exchange, approvals, asked, pending);
  if (person === undefined || pending === undefined) return resultOf(call, asked, envelope, checks);
  if ('later' in person) return person.later;
  const then = (await submitSigned(governor, caller, pending, person.said))
    ? noted(refusals, asked, envelopeOf(await submit(call, approvedOf(asked, pending))))
    : envelope;
  return resultOf(call, asked, then, checks);
};

/** What is said once a person was asked: what was approved is asked for anew; else the refusal is as it is recorded. */
const answered = async (
  call: ToolCall,
  asked: Asked,
  waiting: Waiting,
  said: Readonly<Record<string, unknown>>,
): Promise<Envelope> => {
  const { governor, caller, refusals } = call;
  await submitSigned(governor, caller, waiting, said);
  const previewed = await governor.preview(caller, asked);
  const isReleased = previewed._tag === 'Right' && previewed.right.verdict === 'approve';
  const submitted = await submit(call, isReleased ? approvedOf(asked, waiting) : { ...asked, id: waiting.id });
  return noted(refusals, asked, envelopeOf(submitted));
};

/** The call once it was approved: another question than the one that was refused, and the same however often it is sent. */
const approvedOf = (asked: Asked, { seq }: Waiting): Asked => ({
  ...asked,
  id: `${(asked.id ?? 'asked').slice(0, 150)} after receipt ${seq}`,
});

const submit = (call: ToolCall, asked: Asked): Promise<Submitted> => {
  const { governor, caller, exchange, progressEveryMs } = call;
  const what = `${asked.action} about ${quoted(asked.resource)}`;
  return whileWaiting(exchange, what, progressEveryMs, () => governor.submit(caller, asked, exchange.signal));
};

/** The newest refusal, if asking exactly the same again can't change it. */
const recorded = async ({ governor, caller, refusals }: ToolCall, asked: Asked): Promise<Envelope | undefined> => {
  if (!refusals.mayBeAgain(asked)) return undefined;
  const head = await governor.head(caller.tenant);
  return head._tag === 'Right' && head.right !== undefined ? refusals.again(asked, head.right.size) : undefined;
};

/** A refusal with the places of the same ones before it; anything else as it is. */
const noted = (refusals: Refusals, asked: Asked, envelope: Envelope): Envelope =>
  envelope.verdict === 'refuse' && envelope.repeated !== true ? refusals.note(asked, envelope) : envelope;

/** An approved read, as the host shows it, and the words of the door after that. */
const hosted = async (call: ToolCall, host: HostAnswer, asked: Asked, result: CallToolResult): Promise<Answer> => {
  const envelope = result.structuredContent as unknown as Envelope;
  if (!isFulfilled(envelope)) return result;
  const { caller, exchange } = call;
  const shown = await host.answer({ caller, asked, result: envelope.result, receipt: envelope.receipt, exchange });
  return isInputRequiredResult(shown) ? shown : { ...result, content: [...shown, ...result.content] };
};

const resultOf = async (
  { governor: { mode }, exchange }: ToolCall,
  asked: Asked,
  answered: Envelope,
  checks = false,
): Promise<CallToolResult> => {
  const envelope = { ...noticeOf(mode), ...answered };
  await tell(exchange, asked, envelope);
  return {
    content: [{ type: 'text', text: wordsOf(asked, envelope, checks) }],
    structuredContent: envelope,
    isError: !isFulfilled(envelope),
  };
};

/** A line for the log of the client, if it asked for one: never an argument, and never a result. */
const tell = async (exchange: Exchange, { action, resource }: Asked, envelope: Envelope): Promise<void> => {
  const { outcome, status, reasons, receipt } = envelope;
  const level = isFulfilled(envelope) ? 'info' : outcome === 'refused' ? 'notice' : 'warning';
  if (!exchange.hears(level)) return;
  const codes = reasons === undefined ? {} : { codes: [...new Set(reasons.map(({ code }) => code))] };
  const place = receipt === undefined ? {} : { receipt: receipt.seq };
  await exchange.log(level, {
    action,
    resource,
    outcome,
    ...(status === undefined ? {} : { status }),
    ...codes,
    ...place,
  });
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

/** Only before it is submitted: a submitted intent is decided and recorded, whether or not somebody still listens. */
const stopIfCancelled = ({ exchange: { signal } }: ToolCall): void => {
  if (signal.aborted) throw new ProtocolError(INVALID_PARAMS, 'Cancelled before it was asked');
};
