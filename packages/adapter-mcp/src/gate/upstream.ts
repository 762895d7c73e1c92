/** Somebody else's MCP server, as a gate reaches it: connected when it is needed, bounded in all that it says. */
import {
  type CallToolResult,
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  type Tool,
  type Transport,
} from '@modelcontextprotocol/client';
import { pinOf } from './tool-pin.ts';

/** How a server is reached, and how long it is waited for. */
export interface UpstreamOptions {
  /** A new way to the server, for the first call and after it went away. */
  readonly connect: () => Transport;
  /** How long a call may take; 50 s where absent. It has to be below the limit of the pack's actions. */
  readonly callMs?: number;
  /** How long connecting and listing may take; 15 s where absent. */
  readonly openMs?: number;
  /** Told of what is wrong with the server. */
  readonly onerror?: (error: unknown) => void;
}

/** A tool, and the digest of how it is described; absent where it can't be written down. */
export interface UpstreamTool {
  readonly tool: Tool;
  readonly pin?: string;
}

/** How a call ended. */
export type UpstreamAnswer =
  | { readonly ended: 'answered'; readonly result: CallToolResult }
  /** It never began, or the server refused it by the protocol's own error. */
  | { readonly ended: 'failed'; readonly why: string }
  | { readonly ended: 'timeout'; readonly limitMs: number }
  /** It was on its way when the server went: nobody can say how far it came. */
  | { readonly ended: 'unknown'; readonly why: string };

/** The server behind a gate. */
export interface Upstream {
  /** Its tools by name, as they are now; `undefined` while it can't be reached. */
  tools(): Promise<ReadonlyMap<string, UpstreamTool> | undefined>;
  /** Calls a tool; with a `pin` only if it is described as that pin says, by the server that is called. */
  call(
    name: string,
    given: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    pin?: string,
  ): Promise<UpstreamAnswer>;
  /** Calls back when it says that its tools changed, until the answer is called. */
  onChanged(changed: () => void): () => void;
  close(): Promise<void>;
}

const CALL_MS = 50_000;
const OPEN_MS = 15_000;
/** More tools than these are not looked at. */
const TOOLS_MAX = 1_000;
const PAGES_MAX = 100;
/** A server that says without end that its tools changed is asked no more often than this. */
const LIST_EVERY_MS = 1_000;
/** One that does not start is not started again at every call. */
const RETRY_MS = 1_000;

interface Connected {
  readonly client: Client;
  readonly tools: ReadonlyMap<string, UpstreamTool>;
  readonly listedAt: number;
}

/** Connects with the first question. */
export const createUpstream = ({
  connect,
  callMs = CALL_MS,
  openMs = OPEN_MS,
  onerror = () => {},
}: UpstreamOptions): Upstream => {
  let current: Promise<Connected> | undefined;
  let live: Client | undefined;
  let isStale = false;
  let failedAt = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  const listeners = new Set<() => void>();

  const open = async (): Promise<Connected> => {
    const client = new Client(
      { name: 'tai-autonomics-gate', version: '0.1.0' },
      { versionNegotiation: { mode: 'auto' } },
    );
    live = client;
    client.onerror = onerror;
    client.onclose = () => {
      // One that was given up may close late: the one that is connected since is not gone with it.
      if (live === client) current = undefined;
    };
    client.setNotificationHandler('notifications/tools/list_changed', () => {
      isStale = true;
      for (const told of listeners) told();
    });
    try {
      await client.connect(connect(), { timeout: openMs });
      return { client, tools: await toolsOf(client, openMs), listedAt: performance.now() };
    } catch (error) {
      await client.close().catch(() => {});
      throw error;
    }
  };

  const connected = async (): Promise<Connected | undefined> => {
    if (isClosed) return undefined;
    if (current === undefined && performance.now() - failedAt < RETRY_MS) return undefined;
    current ??= open();
    const opening = current;
    try {
      return await opening;
    } catch (error) {
      failedAt = performance.now();
      if (current === opening) current = undefined;
      onerror(error);
      return undefined;
    }
  };

  const listed = async (): Promise<Connected | undefined> => {
    const found = await connected();
    if (found === undefined || !isStale || performance.now() - found.listedAt < LIST_EVERY_MS) return found;
    isStale = false;
    current = listAgain(found, openMs);
    return connected();
  };

  return {
    tools: async () => (await listed())?.tools,
    call: async (name, given, signal, pin) => {
      const found = await connected();
      if (found === undefined) return { ended: 'failed', why: 'the server behind the gate cannot be reached' };
      if (pin !== undefined && found.tools.get(name)?.pin !== pin)
        return { ended: 'failed', why: 'the tool changed before it was called' };
      try {
        const result = await found.client.callTool({ name, arguments: given }, { signal, timeout: callMs });
        return { ended: 'answered', result };
      } catch (error) {
        onerror(error);
        return endedBy(error, callMs);
      }
    },
    onChanged: (changed) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    close: async () => {
      isClosed = true;
      const last = await current?.catch(() => undefined);
      await last?.client.close().catch(() => {});
    },
  };
};

/** The same connection with its tools as they are now. One that no longer says them is closed: it is connected anew. */
const listAgain = async (found: Connected, openMs: number): Promise<Connected> => {
  try {
    return { ...found, tools: await toolsOf(found.client, openMs), listedAt: performance.now() };
  } catch (error) {
    await found.client.close().catch(() => {});
    throw error;
  }
};

/** All its tools, of which the first of a name counts. */
const toolsOf = async (client: Client, timeout: number): Promise<ReadonlyMap<string, UpstreamTool>> => {
  const found = new Map<string, UpstreamTool>();
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const listed = await client.listTools(cursor === undefined ? undefined : { cursor }, { timeout });
    for (const tool of listed.tools) {
      const pin = pinOf(tool);
      if (found.size < TOOLS_MAX && !found.has(tool.name))
        found.set(tool.name, pin === undefined ? { tool } : { tool, pin });
    }
    if (listed.nextCursor === undefined || found.size >= TOOLS_MAX) break;
    cursor = listed.nextCursor;
  }
  return found;
};

const LIES = 'the server answered what its own schema does not allow';

/** What the server says in an error is its own, and goes to the host alone. */
const endedBy = (error: unknown, limitMs: number): UpstreamAnswer => {
  if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) return { ended: 'timeout', limitMs };
  // Found after the answer: what was asked for may have been done.
  if (error instanceof ProtocolError && /structured content/i.test(error.message))
    return { ended: 'unknown', why: LIES };
  if (error instanceof ProtocolError) return { ended: 'failed', why: `the server answered with error ${error.code}` };
  return { ended: 'unknown', why: 'the server went away before it answered' };
};
