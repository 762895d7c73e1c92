/** `tools/list`: a function of the tenant's entitlement and the caller, now; of no connection and no earlier call. */
import { INTERNAL_ERROR, type ListToolsResult, ProtocolError } from '@modelcontextprotocol/server';
import { noticeOf } from '@tai-autonomics/core/engine';
import type { Caller, Governor, VisibleTool } from '@tai-autonomics/governor';
import { pageOf } from './cursor.ts';
import { describeTool } from './tool-description.ts';

/** The tools that can be called, sorted by name: a tool without an action for this caller is none. */
export const listed = (tools: readonly VisibleTool[]): readonly VisibleTool[] =>
  tools.filter(({ actions }) => actions.length > 0).sort((a, b) => (a.tool < b.tool ? -1 : 1));

/** The caller's tools as they are now. Rejects with protocol errors only. */
export const listTools = async (
  governor: Governor,
  caller: Caller,
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
    const described = listed(tools.right).map(describeTool);
    const { items, nextCursor } = await pageOf({ caller, list: 'tools' }, described, cursor);
    return { tools: [...items], ...(nextCursor === undefined ? {} : { nextCursor }), ...marked };
  }
  const { why, retryAfterMs } = tools.left;
  throw notNow({ why, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
};

const notNow = (data: Readonly<Record<string, unknown>>): ProtocolError =>
  new ProtocolError(INTERNAL_ERROR, 'The tools cannot be listed now', data);
