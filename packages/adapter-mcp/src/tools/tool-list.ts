/** `tools/list`: a function of the tenant's entitlement and the caller, now; of no connection and no earlier call. */
import { INTERNAL_ERROR, type ListToolsResult, ProtocolError, type Tool } from '@modelcontextprotocol/server';
import { noticeOf } from '@tai-autonomics/core/engine';
import type { VisibleTool } from '@tai-autonomics/governor';
import { pageOf } from '../cursor.ts';
import { type HostOffers, hostAnswer } from '../host-offers.ts';
import { listed } from '../listed-tools.ts';
import type { Reader } from '../recorded-read.ts';
import { checkTool } from './check-request.ts';
import { describeTool } from './tool-description.ts';

/** The caller's tools as they are now. Rejects with protocol errors only. */
export const listTools = async (
  { governor, caller, offers }: Reader,
  cursor: string | undefined,
  onerror: (error: unknown) => void,
): Promise<ListToolsResult> => {
  const tools = await governor.tools(caller).catch((error: unknown) => {
    onerror(error);
    throw notNow({ why: 'internal_error' });
  });
  if (tools._tag === 'Right') {
    const { notice } = noticeOf(governor.mode);
    const marked = notice === undefined ? {} : { _meta: { 'tai-autonomics/notice': notice } };
    const all = listed(tools.right);
    const described = [...all.map((tool) => hosted(offers, tool)), ...checkTool(all)].sort(byName);
    const { items, nextCursor } = await pageOf({ caller, list: 'tools' }, described, cursor);
    return { tools: [...items], ...(nextCursor === undefined ? {} : { nextCursor }), ...marked };
  }
  const { why, retryAfterMs } = tools.left;
  throw notNow({ why, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
};

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
