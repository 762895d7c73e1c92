/**
 * `check_request`: how a refusal stands by now. A wait for a person is a place in the ledger that an agent asks about, not a
 * connection that is held open. It shows what `show_receipt` shows and a preview tells, with the rights of both; it decides nothing.
 */
import type { CallToolResult, Tool } from '@modelcontextprotocol/server';
import type { Decision } from '@tai-autonomics/core';
import { express } from '@tai-autonomics/core/author';
import { noticeOf, withReceipt } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import type { Asked, VisibleAction, VisibleTool } from '@tai-autonomics/governor';
import type { Envelope } from '../answer/envelope.ts';
import { BRIEF_SCHEMA } from '../answer/envelope-schema.ts';
import { quoted } from '../answer/quoted.ts';
import { CHECK_REQUEST, DENIED, deniedLine, isPending, markLines, placeLine, reasonLines } from '../answer/words.ts';
import { type Found, offers, type Reader, read } from '../recorded-read.ts';

/** The tool, for a caller that may be shown its own receipts. A pack's tool of this name takes its place. */
export const checkTool = (tools: readonly VisibleTool[]): readonly Tool[] =>
  offers(tools, 'show_receipt') && !tools.some(({ tool }) => tool === CHECK_REQUEST) ? [TOOL] : [];

const TOOL: Tool = {
  name: CHECK_REQUEST,
  title: 'How does my request stand?',
  description:
    'How something that you were refused stands by now: still waiting for a person, released, denied, or missing something else. Call it with the place of the refusal instead of asking again; at most once a minute.',
  inputSchema: {
    type: 'object',
    properties: { receipt: { type: 'integer', minimum: 0, description: '`seq` of the receipt of the refusal' } },
    required: ['receipt'],
    additionalProperties: false,
  },
  outputSchema: BRIEF_SCHEMA,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
};

/** How a request stands. */
type RequestStatus = 'released' | 'waiting' | 'denied' | 'refused';

/** Answers a call of the tool. */
export const checkRequest = async (
  reader: Reader,
  tools: readonly VisibleTool[],
  given: Readonly<Record<string, unknown>>,
): Promise<CallToolResult> => {
  const { receipt: seq } = given;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0 || Object.keys(given).length > 1)
    return invalid(reader, 'receipt is the only argument, and an integer of at least 0: the place of a refusal');
  const found = await read(reader, 'show_receipt', { seq });
  const refusal = found === undefined ? undefined : refusalIn(reader, tools, found);
  if (found === undefined || refusal === undefined)
    return invalid(reader, `there is no refusal of yours at place ${seq} that can be asked for now`, found);
  const previewed = await reader.governor.preview(reader.caller, refusal.asked);
  if (previewed._tag === 'Left') return invalid(reader, `it cannot be told now: ${previewed.left.detail}`, found);
  const { leaf } = found.result as { readonly leaf: string };
  return standing(reader, seq, refusal, withReceipt(previewed.right, { seq, leaf }), found);
};

interface Refusal {
  readonly asked: Asked;
  readonly tool: string;
}

/** What was refused, as the caller would ask for it again; `undefined` for what is no refusal of its own. */
const refusalIn = (
  { governor, caller }: Reader,
  tools: readonly VisibleTool[],
  { result }: Found,
): Refusal | undefined => {
  const { receipt, disclosed } = result as {
    readonly receipt: string;
    readonly disclosed: Readonly<Record<string, unknown>>;
  };
  const { verdict } = JSON.parse(receipt) as { readonly verdict?: string };
  const intent = disclosed['request/intent'];
  if (verdict !== 'refuse' || !isPlainObject(intent)) return undefined;
  const { action, resource, subject } = intent as unknown as {
    readonly action: { readonly id: string; readonly arguments: Readonly<Record<string, never>> };
    readonly resource: { readonly id: string };
    readonly subject: { readonly ref: string };
  };
  if (subject.ref !== governor.refOf(caller.tenant, caller.subject)) return undefined;
  const tool = tools.find(({ actions }) => actions.some((one) => one.action === action.id));
  const visible = tool?.actions.find((one) => one.action === action.id);
  if (tool === undefined || visible === undefined) return undefined;
  const asked = { action: action.id, resource: resource.id, arguments: worded(visible, action.arguments) };
  return { asked, tool: tool.tool };
};

/** Arguments as they are written at a door: an instant is recorded as a number. */
const worded = (
  { arguments: declared }: VisibleAction,
  recorded: Readonly<Record<string, never>>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(recorded).map(([name, value]) => {
      const type = Object.hasOwn(declared, name) ? declared[name]?.type : undefined;
      return [name, type === undefined ? value : express(type, value)];
    }),
  );

const statusOf = (decision: Decision): RequestStatus => {
  if (decision.verdict === 'approve') return 'released';
  if (decision.reasons.some(({ code }) => code === DENIED)) return 'denied';
  return decision.reasons.some(isPending) ? 'waiting' : 'refused';
};

const standing = (
  { governor: { mode } }: Reader,
  seq: number,
  { asked, tool }: Refusal,
  decision: Decision,
  { receipt }: Found,
): CallToolResult => {
  const stands = statusOf(decision);
  const reasons = decision.verdict === 'approve' ? [] : decision.reasons;
  const what = `${asked.action} about ${quoted(asked.resource)}`;
  const said: Readonly<Record<RequestStatus, string>> = {
    released: `RELEASED: ${what} would be approved now. Call ${tool} again with the same arguments.`,
    waiting: `WAITING: nobody has answered yet, or not enough people. Do something else, and call ${CHECK_REQUEST} again in a minute at the earliest; do not ask for ${what} meanwhile.`,
    denied: `DENIED. ${deniedLine(asked)}`,
    refused: `REFUSED: ${what} would be refused now for what stands below. Carry that out first.`,
  };
  const envelope: Envelope = {
    ...noticeOf(mode),
    outcome: 'approved',
    verdict: 'approve',
    status: 'success',
    result: { receipt: seq, action: asked.action, resource: asked.resource, stands, reasons },
    receipt,
  };
  const text = [
    `APPROVED ${CHECK_REQUEST} of receipt ${seq}: answered; nothing was decided.`,
    said[stands],
    ...(stands === 'denied' ? [] : reasonLines(reasons)),
    placeLine('Receipt', receipt),
    ...markLines(envelope),
  ].join('\n');
  return { content: [{ type: 'text', text }], structuredContent: envelope, isError: false };
};

const invalid = ({ governor: { mode } }: Reader, detail: string, found?: Found): CallToolResult => {
  const envelope: Envelope = {
    ...noticeOf(mode),
    outcome: 'invalid',
    why: 'malformed',
    detail,
    ...(found === undefined ? {} : { receipt: found.receipt }),
  };
  const text = [
    `INVALID ${CHECK_REQUEST}: ${detail}.`,
    ...(found === undefined ? [] : [placeLine('Receipt', found.receipt)]),
    ...markLines(envelope),
  ].join('\n');
  return { content: [{ type: 'text', text }], structuredContent: envelope, isError: true };
};
