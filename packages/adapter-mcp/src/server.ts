/** The MCP server of one caller. It keeps nothing: what exists and what may happen is the governor's to say, each time. */
import {
  INTERNAL_ERROR,
  type McpRequestContext,
  type McpServerFactory,
  ProtocolError,
  ResourceNotFoundError,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { ENGINE } from '@tai-autonomics/core/engine';
import type { Caller, Governor } from '@tai-autonomics/governor';
import { createRefusals, type Refusals } from './answer/refusals.ts';
import { pageOf } from './cursor.ts';
import { type Exchange, exchangeOf, type LogLevel } from './exchange.ts';
import type { HostOffers } from './host-offers.ts';
import { complete } from './prompts/completion.ts';
import { instructionsFor } from './prompts/instructions.ts';
import { getPrompt, promptsOf } from './prompts/prompts.ts';
import { type Reader, toolsOf } from './recorded-read.ts';
import { requestStateOf } from './request-state.ts';
import { listResources, templatesOf } from './resources/resource-list.ts';
import { maySubscribe, readResource, toWhomMay } from './resources/resource-read.ts';
import type { Listing } from './tools/brief-listing.ts';
import type { Approvals } from './tools/elicited-approval.ts';
import { answerCall } from './tools/tool-call.ts';
import { listTools } from './tools/tool-list.ts';
import { type Announced, announceTo } from './transport/announcements.ts';

/** Whom a server serves, and who decides. */
export interface McpServerOptions {
  readonly governor: Governor;
  /** From the credential alone. It does not change while the server lives. */
  readonly caller: Caller;
  /** What the host adds: resources and prompts of its own, and how reads are answered. */
  readonly offers?: HostOffers;
  /** Where people approve. */
  readonly approvals?: Approvals;
  /** How much of each tool `tools/list` says: `full` where absent; `brief` leaves the rest to the tool `describe_tool`. */
  readonly listing?: Listing;
  /** A call that is not answered for so long says that it goes on, and again each time so much has passed; 2000 where absent. */
  readonly progressEveryMs?: number;
  /** Told of what failed inside of the door; callers are told only that something did. */
  readonly onerror?: (error: unknown) => void;
}

/** How long a client may show a list without asking again: the bound for hosts that ignore `tools/list_changed`. */
const LIST_HINT = { ttlMs: 5_000, cacheScope: 'private' } as const;
/** Name and instructions do not change while a process runs. */
const DISCOVER_TTL_MS = 60_000;

/**
 * Makes the server of one caller; connect it to a transport once. Cheap: one a request is fine. It announces no changes
 * by itself, see `mcpServerFactory`.
 */
export const createMcpServer = (options: McpServerOptions): Server => serverOf(options, createRefusals()).server;

/** A server, and whether the client of 2025-11-25 that is connected to it subscribed to a resource. */
export interface Served {
  readonly server: Server;
  readonly hears: (uri: string) => boolean;
}

/** The server of one caller whose earlier refusals are kept elsewhere, since servers come and go with requests. */
export const serverOf = (options: McpServerOptions, refusals: Refusals): Served => {
  const { governor, caller, onerror = () => {}, offers = {}, listing = 'full' } = options;
  const reader = readerOf(options);
  const state = requestStateOf(caller);
  const set: LogLevel = { level: undefined };
  // `Server` is meant for advanced use, which this is: our own dispatch, raw JSON Schema, receipts in errors.
  const server = new Server(
    { name: 'tai-autonomics', title: 'TAI Autonomics', version: ENGINE.version },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        prompts: { listChanged: true },
        completions: {},
        logging: {},
      },
      requestState: { verify: state.verify },
      instructions: instructionsFor(governor.mode, listing),
      debouncedNotificationMethods: [
        'notifications/tools/list_changed',
        'notifications/resources/list_changed',
        'notifications/prompts/list_changed',
      ],
      cacheHints: {
        'tools/list': LIST_HINT,
        'resources/list': LIST_HINT,
        'resources/templates/list': LIST_HINT,
        'prompts/list': LIST_HINT,
        'resources/read': { ttlMs: 0, cacheScope: 'private' },
        'server/discover': { ttlMs: DISCOVER_TTL_MS, cacheScope: 'private' },
      },
    },
  );
  const exchanged: Exchanged = (context, about) => exchangeOf(server, context, about, state, set);
  server.setRequestHandler('logging/setLevel', async ({ params }) => {
    set.level = params.level;
    return {};
  });
  server.setRequestHandler('tools/list', ({ params }) => listTools(reader, listing, params?.cursor, onerror));
  server.setRequestHandler('tools/call', ({ params }, context) =>
    answerCall({
      ...options,
      offers,
      listing,
      name: params.name,
      arguments: params.arguments ?? {},
      meta: context.mcpReq._meta ?? {},
      exchange: exchanged(context, params.name),
      refusals,
      onerror,
    }),
  );
  serveResources(server, reader, exchanged, onerror);
  servePrompts(server, reader, refusals, exchanged, onerror);
  return { server, hears: serveSubscriptions(server, reader, onerror) };
};

/** Whom a server reads for. */
export const readerOf = ({ governor, caller, offers = {} }: McpServerOptions): Reader => ({ governor, caller, offers });

/**
 * Announces to whoever is connected to a server; of a resource to whoever may see it now. Nobody is connected yet, or no longer:
 * then there is nobody to tell.
 */
export const announcedBy = ({ server, hears }: Served, reader: Reader): Announced => {
  const updated = toWhomMay(reader, (uri) => {
    server.sendResourceUpdated({ uri }).catch(() => {});
  });
  return {
    listsChanged: () => {
      const told = [server.sendToolListChanged(), server.sendResourceListChanged(), server.sendPromptListChanged()];
      for (const one of told) one.catch(() => {});
    },
    resourceUpdated: (uri) => {
      if (hears(uri)) updated(uri);
    },
  };
};

/**
 * Makes servers for transports that stay open: each tells its client when the tenant's tools changed, after the receipt
 * of the change is durable, until it is closed.
 */
export const mcpServerFactory =
  (options: McpServerOptions): McpServerFactory & (() => Server) =>
  (context?: McpRequestContext) => {
    const served = serverOf(options, createRefusals());
    // Of 2026-07-28 the transport knows who subscribed to what, and passes on no more.
    const told = context?.era === 'modern' ? { ...served, hears: () => true } : served;
    const reader = readerOf(options);
    served.server.onclose = announceTo(reader, announcedBy(told, reader));
    return served.server;
  };

/** What the inside says is the host's to know: a caller gets protocol errors only. */
const guarded =
  <Given extends readonly unknown[], A>(onerror: (error: unknown) => void, answer: (...given: Given) => Promise<A>) =>
  async (...given: Given): Promise<A> => {
    try {
      return await answer(...given);
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      onerror(error);
      throw new ProtocolError(INTERNAL_ERROR, 'Internal error');
    }
  };

type Exchanged = (context: ServerContext, about: string) => Exchange;

const serveResources = (
  server: Server,
  reader: Reader,
  exchanged: Exchanged,
  onerror: (error: unknown) => void,
): void => {
  const { caller } = reader;
  server.setRequestHandler(
    'resources/list',
    guarded(onerror, ({ params }) => listResources(reader, params?.cursor)),
  );
  server.setRequestHandler(
    'resources/templates/list',
    guarded(onerror, async ({ params }) => {
      const { items, nextCursor } = await pageOf(
        { caller, list: 'templates' },
        await templatesOf(reader),
        params?.cursor,
      );
      return { resourceTemplates: [...items], ...(nextCursor === undefined ? {} : { nextCursor }) };
    }),
  );
  server.setRequestHandler(
    'resources/read',
    guarded(onerror, ({ params }, context) => readResource(reader, params.uri, exchanged(context, params.uri))),
  );
};

const servePrompts = (
  server: Server,
  reader: Reader,
  refusals: Refusals,
  exchanged: Exchanged,
  onerror: (error: unknown) => void,
): void => {
  server.setRequestHandler(
    'prompts/list',
    guarded(onerror, async ({ params }) => {
      const prompts = promptsOf(reader, await toolsOf(reader)).map(({ prompt }) => prompt);
      const { items, nextCursor } = await pageOf({ caller: reader.caller, list: 'prompts' }, prompts, params?.cursor);
      return { prompts: [...items], ...(nextCursor === undefined ? {} : { nextCursor }) };
    }),
  );
  server.setRequestHandler(
    'prompts/get',
    guarded(onerror, ({ params }, context) =>
      getPrompt(reader, params.name, params.arguments ?? {}, exchanged(context, params.name)),
    ),
  );
  server.setRequestHandler(
    'completion/complete',
    guarded(onerror, ({ params }) => complete(reader, refusals, params)),
  );
};

/** Keeps what a client of 2025-11-25 subscribed to. Clients of 2026-07-28 say it on their subscription, which the SDK serves. */
const serveSubscriptions = (server: Server, reader: Reader, onerror: (error: unknown) => void): Served['hears'] => {
  const subscribed = new Set<string>();
  server.setRequestHandler(
    'resources/subscribe',
    guarded(onerror, async ({ params: { uri } }) => {
      if (!(await maySubscribe(reader, uri))) throw new ResourceNotFoundError(uri);
      subscribed.add(uri);
      return {};
    }),
  );
  server.setRequestHandler(
    'resources/unsubscribe',
    guarded(onerror, async ({ params: { uri } }) => {
      subscribed.delete(uri);
      return {};
    }),
  );
  return (uri) => subscribed.has(uri);
};
