/** Somebody else's MCP server, as a gate reaches it: connected when it is needed, bounded in all that it says. */
import {
  type CallToolResult,
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  type Tool,
  type Transport,
} from '@modelcontextprotocol/client';
import { ENGINE } from '@tai-autonomics/core/engine';
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

/** A tool, and the digest of how it is described; absent where it cannot be written down. */
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
  /** Its tools by name, as they are now; `undefined` while it cannot be reached. */
  tools(): Promise<ReadonlyMap<string, UpstreamTool> | undefined>;
  /** What it offers beside tools, such as `prompts`; none while it cannot be reached. */
  others(): Promise<readonly string[]>;
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

/** What a server may offer that a gate doesn't pass. */
const OTHERS = ['prompts', 'resources', 'completions', 'logging'] as const;
const CALL_MS = 50_000;
const OPEN_MS = 15_000;
/** More tools than these are not looked at. */
const TOOLS_MAX = 1_000;
/** A server that says nothing of a change is asked again after this, with the next question. */
const LIST_FOR_MS = 60_000;
/** A server that says without end that its tools changed is asked no more often than this. */
const LIST_EVERY_MS = 1_000;
/** One that does not start is not started again at every call. */
const RETRY_MS = 1_000;

interface Connected {
  readonly client: Client;
  readonly tools: ReadonlyMap<string, UpstreamTool>;
  readonly listedAt: number;
  /** Calls that wait for their answers. */
  readonly calls: Set<object>;
}

/** Connects with the first question. */
export const createUpstream = (options: UpstreamOptions): Upstream => {
  const { callMs = CALL_MS, openMs = OPEN_MS, onerror = () => {} } = options;
  let current: Promise<Connected> | undefined;
  let live: Client | undefined;
  let isStale = false;
  let failedAt = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  const told = createTold();

  const open = (): Promise<Connected> => {
    const client = clientOf(() => {
      isStale = true;
      told.soon();
    });
    live = client;
    client.onerror = onerror;
    client.onclose = () => {
      // One that was given up may close late: the one that is connected since is not gone with it.
      if (live === client) current = undefined;
    };
    return connectTo(client, options.connect, openMs);
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
    if (found === undefined) return found;
    const age = performance.now() - found.listedAt;
    if (age < (isStale ? LIST_EVERY_MS : LIST_FOR_MS)) return found;
    isStale = false;
    current = listAgain(found, openMs);
    return connected();
  };

  /** Over HTTP nothing closes by itself: one that is lost is left, and closed when nothing waits on it any more. */
  const ended = async ({ client, calls }: Connected, isLost: boolean): Promise<void> => {
    if (isLost && live === client) [live, current] = [undefined, undefined];
    if (live !== client && calls.size === 0) await client.close().catch(() => {});
  };

  return {
    tools: async () => (await listed())?.tools,
    others: async () => {
      const offered = (await connected())?.client.getServerCapabilities() ?? {};
      return OTHERS.filter((one) => Object.hasOwn(offered, one));
    },
    call: async (name, given, signal, pin) => {
      const found = await connected();
      if (found === undefined) return { ended: 'failed', why: 'the server behind the gate cannot be reached' };
      if (pin !== undefined && found.tools.get(name)?.pin !== pin)
        return { ended: 'failed', why: 'the tool changed before it was called' };
      const answered = await callOn(found, { name, arguments: given }, { signal, timeout: callMs });
      if ('error' in answered) onerror(answered.error);
      await ended(found, 'error' in answered && isLost(answered.error));
      return answered.how;
    },
    onChanged: (changed) => told.add(changed),
    close: async () => {
      isClosed = true;
      told.stop();
      const last = await current?.catch(() => undefined);
      await last?.client.close().catch(() => {});
    },
  };
};

/** Who is told that tools changed: at once, but no more often than the tools are asked for, so that a flood goes no further. */
const createTold = () => {
  const listeners = new Set<() => void>();
  let toldAt = Number.NEGATIVE_INFINITY;
  let later: NodeJS.Timeout | undefined;
  const tell = (): void => {
    later = undefined;
    toldAt = performance.now();
    for (const told of listeners) told();
  };
  return {
    add: (told: () => void): (() => void) => {
      listeners.add(told);
      return () => void listeners.delete(told);
    },
    soon: (): void => {
      const wait = toldAt + LIST_EVERY_MS - performance.now();
      if (wait <= 0) tell();
      else later ??= setTimeout(tell, wait).unref();
    },
    stop: (): void => clearTimeout(later),
  };
};

const clientOf = (changed: () => void): Client => {
  const client = new Client(
    { name: 'tai-autonomics-gate', version: ENGINE.version },
    {
      versionNegotiation: { mode: 'auto' },
      // A server of 2026-07-28 tells nothing of itself: this subscribes.
      listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: changed } },
    },
  );
  // One that says so without having announced that it would is heard, too.
  client.setNotificationHandler('notifications/tools/list_changed', changed);
  return client;
};

const connectTo = async (client: Client, connect: () => Transport, openMs: number): Promise<Connected> => {
  try {
    await client.connect(connect(), { timeout: openMs });
    return { client, tools: await toolsOf(client, openMs), listedAt: performance.now(), calls: new Set() };
  } catch (error) {
    await client.close().catch(() => {});
    throw error;
  }
};

type CallParams = Parameters<Client['callTool']>[0];

const callOn = async (
  { client, calls }: Connected,
  params: CallParams,
  limits: { readonly signal: AbortSignal; readonly timeout: number },
): Promise<{ readonly how: UpstreamAnswer; readonly error?: unknown }> => {
  const call = {};
  calls.add(call);
  try {
    return { how: { ended: 'answered', result: await client.callTool(params, limits) } };
  } catch (error) {
    if (limits.signal.aborted)
      return { how: { ended: 'unknown', why: 'whoever asked gave it up before the server answered' } };
    return { how: endedBy(error, limits.timeout), error };
  } finally {
    calls.delete(call);
  }
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

/** All its tools, of which the first of a name counts. What the server lets others keep of its list is not asked for. */
const toolsOf = async (client: Client, timeout: number): Promise<ReadonlyMap<string, UpstreamTool>> => {
  const found = new Map<string, UpstreamTool>();
  const signal = AbortSignal.timeout(timeout);
  // All pages, as many as the client allows; the time is for all of them together.
  const { tools } = await client.listTools(undefined, { timeout, signal, cacheMode: 'refresh' });
  for (const tool of tools) {
    const pin = pinOf(tool);
    if (found.size < TOOLS_MAX && !found.has(tool.name))
      found.set(tool.name, pin === undefined ? { tool } : { tool, pin });
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
  const status = error instanceof SdkHttpError ? error.status : undefined;
  // A redirect that is not followed, or a request that the server did not take.
  if (status !== undefined && status >= 300 && status < 500 && status !== 408)
    return { ended: 'failed', why: `the server answered with HTTP status ${status}` };
  return { ended: 'unknown', why: 'the server went away before it answered' };
};

/** Whether nothing further can come of a connection: it broke, or the server doesn't know it any more. */
const isLost = (error: unknown): boolean => {
  // Of a session that was forgotten, some servers say 400 in the place of 404.
  if (error instanceof SdkHttpError) return error.status === 400 || error.status === 404 || error.status >= 500;
  return (
    !(error instanceof ProtocolError) && !(error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout)
  );
};
