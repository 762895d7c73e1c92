/** The MCP server of one caller. It keeps nothing: what exists and what may happen is the governor's to say, each time. */
import { type McpServerFactory, Server } from '@modelcontextprotocol/server';
import { ENGINE } from '@tai-autonomics/core/engine';
import type { Caller, Governor } from '@tai-autonomics/governor';
import { instructionsFor } from './instructions.ts';
import { answerCall } from './tool-call.ts';
import { listTools } from './tool-list.ts';

/** Whom a server serves, and who decides. */
export interface McpServerOptions {
  readonly governor: Governor;
  /** From the credential alone. It does not change while the server lives. */
  readonly caller: Caller;
  /** Told of what failed inside of the door; callers are told only that something did. */
  readonly onerror?: (error: unknown) => void;
}

/** How long a client may show a list without asking again: the bound for hosts that ignore `tools/list_changed`. */
const LIST_TTL_MS = 5_000;
/** Name and instructions do not change while a process runs. */
const DISCOVER_TTL_MS = 60_000;

/**
 * Makes the server of one caller; connect it to a transport once. Cheap: one a request is fine. It announces no changes
 * of the list by itself, see `mcpServerFactory`.
 */
export const createMcpServer = ({ governor, caller, onerror = () => {} }: McpServerOptions): Server => {
  // `Server` is meant for advanced use, which this is: our own dispatch, raw JSON Schema, receipts in errors.
  const server = new Server(
    { name: 'tai-autonomics', title: 'TAI Autonomics', version: ENGINE.version },
    {
      capabilities: { tools: { listChanged: true } },
      instructions: instructionsFor(governor.mode),
      debouncedNotificationMethods: ['notifications/tools/list_changed'],
      cacheHints: {
        'tools/list': { ttlMs: LIST_TTL_MS, cacheScope: 'private' },
        'server/discover': { ttlMs: DISCOVER_TTL_MS, cacheScope: 'private' },
      },
    },
  );
  server.setRequestHandler('tools/list', () => listTools(governor, caller, onerror));
  server.setRequestHandler('tools/call', ({ params }, { mcpReq: { signal, _meta = {} } }) =>
    answerCall({
      governor,
      caller,
      name: params.name,
      arguments: params.arguments ?? {},
      meta: _meta,
      signal,
      onerror,
    }),
  );
  return server;
};

/**
 * Makes servers for transports that stay open: each tells its client when the tenant's tools changed, after the receipt
 * of the change is durable, until it is closed.
 */
export const mcpServerFactory =
  (options: McpServerOptions): McpServerFactory & (() => Server) =>
  () => {
    const server = createMcpServer(options);
    const announce = (): void => {
      // Nobody is connected yet, or no longer: then there is nobody to tell.
      server.sendToolListChanged().catch(() => {});
    };
    server.onclose = options.governor.onToolsChanged(options.caller.tenant, announce);
    return server;
  };
