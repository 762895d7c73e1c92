/** `tools/list`: a function of the tenant's entitlement and the caller, now; of no connection and no earlier call. */
import { INTERNAL_ERROR, type ListToolsResult, ProtocolError, type Tool } from '@modelcontextprotocol/server';
import { noticeOf } from '@tai-autonomics/core/engine';
import type { VisibleTool } from '@tai-autonomics/governor';
import { pageOf } from '../cursor.ts';
import { type HostOffers, hostAnswer } from '../host-offers.ts';
import { listed } from '../listed-tools.ts';
import type { Reader } from '../recorded-read.ts';
import { type Listing, listBriefly } from './brief-listing.ts';
import { checkTool } from './check-request.ts';
import { describeTool } from './tool-description.ts';

/** The caller's tools as they are now. Rejects with protocol errors only. */
export const listTools = async (
  reader: Reader,
  listing: Listing,
  cursor: string | undefined,
  onerror: (error: unknown) => void,
): Promise<ListToolsResult> => {
  const { governor, caller } = reader;
  const tools = await governor.tools(caller).catch((error: unknown) => {
    onerror(error);
    throw notNow({ why: 'internal_error' });
  });
  if (tools._tag === 'Right') {
    const { notice } = noticeOf(governor.mode);
    const marked = notice === undefined ? {} : { _meta: { 'tai-autonomics/notice': notice } };
    const described = describedTools(reader, listed(tools.right));
    const shown = listing === 'brief' ? [...listBriefly(described)].sort(byName) : described;
    const { items, nextCursor } = await pageOf({ caller, list: 'tools' }, shown, cursor);
    return { tools: [...items], ...(nextCursor === undefined ? {} : { nextCursor }), ...marked };
  }
  const { why, retryAfterMs } = tools.left;
  throw notNow({ why, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
};

/** The tools of a caller as they are described in full, those of the door among them. */
export const describedTools = ({ offers }: Reader, tools: readonly VisibleTool[]): readonly Tool[] =>
  [...tools.map((tool) => hosted(offers, tool)), ...checkTool(tools)].sort(byName);

const byName = (a: Tool, b: Tool): number => (a.name < b.name ? -1 : 1);

/** A tool, with the arguments as the host says them. */
const hosted = (offers: HostOffers, tool: VisibleTool): Tool => {
  const described = describeTool(tool);
  const [only, ...more] = tool.actions;
  const inputSchema =
    only === undefined || more.length > 0 ? undefined : hostAnswer(offers, tool, only.action)?.inputSchema;
  return inputSchema === undefined ? described : { ...described, inputSchema };
};

const notNow = (data: Readonly<Record<string, unknown>>): ProtocolError =>
  new ProtocolError(INTERNAL_ERROR, 'The tools cannot be listed now', data);
