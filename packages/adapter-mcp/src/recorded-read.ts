/**
 * Reads that go through the governor as intents, like the tools that show the same: the same rights, and the same receipt of
 * who was shown what.
 */
import { INTERNAL_ERROR, ProtocolError } from '@modelcontextprotocol/server';
import { noticeOf } from '@tai-autonomics/core/engine';
import type { Caller, Governor, NotDecided, ReceiptPlace, VisibleTool } from '@tai-autonomics/governor';
import { envelopeOf } from './answer/envelope.ts';
import { wordsOf } from './answer/words.ts';
import type { HostOffers } from './host-offers.ts';
import { listed } from './listed-tools.ts';
import { WHOLE_TENANT } from './tools/call.ts';

/** Whom a door serves now. */
export interface Reader {
  readonly governor: Governor;
  readonly caller: Caller;
  /** What the host adds for it. */
  readonly offers: HostOffers;
}

/** What a read found, and where that is recorded. */
export interface Found {
  readonly result: unknown;
  readonly receipt: ReceiptPlace;
}

/** The error of what policy refuses and is no call of a tool; its data is the refusal. */
const REFUSED = -32_010;

/** The caller's tools now. Rejects with the protocol's error where they can't be told. */
export const toolsOf = async ({
  governor,
  caller,
}: Pick<Reader, 'governor' | 'caller'>): Promise<readonly VisibleTool[]> => {
  const tools = await governor.tools(caller);
  if (tools._tag === 'Left') throw notNow(tools.left);
  return listed(tools.right);
};

/** Whether one of the tools does this. */
export const offers = (tools: readonly VisibleTool[], action: string): boolean =>
  tools.some(({ actions }) => actions.some((one) => one.action === action));

/** What a read says where there is no such receipt, or somebody else's: it alone finds nothing. */
const NOT_YOURS = 'there is no receipt of yours at this place';

/**
 * Asks for a read; `undefined` where there is no receipt of the caller at the place it names. Rejects with the protocol's
 * error where it is refused, not decided or not answered.
 */
export const read = async (
  { governor, caller }: Pick<Reader, 'governor' | 'caller'>,
  action: string,
  args: Readonly<Record<string, unknown>>,
): Promise<Found | undefined> => {
  const asked = { action, resource: WHOLE_TENANT, arguments: args };
  const submitted = await governor.submit(caller, asked);
  if (!submitted.decided) throw notNow(submitted);
  const { receipt, outcome, decision } = submitted;
  if (decision.verdict === 'refuse') {
    const envelope = { ...noticeOf(governor.mode), ...envelopeOf(submitted) };
    throw new ProtocolError(REFUSED, wordsOf(asked, envelope), envelope);
  }
  if (outcome?.status === 'success') return { result: outcome.result, receipt };
  const { why } = (outcome?.result ?? {}) as { readonly why?: unknown };
  if (action === 'show_receipt' && why === NOT_YOURS) return undefined;
  throw notNow({ why: 'not_ready' });
};

/** The error of what can't be told now. */
export const notNow = ({ why, retryAfterMs }: Pick<NotDecided, 'why' | 'retryAfterMs'>): ProtocolError =>
  new ProtocolError(INTERNAL_ERROR, 'This cannot be told now', {
    why,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
