/** One server for both doors: HTTP for marketplaces and services, MCP for agents under `/mcp`. */
import type { Server as HttpServer, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as NetServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import {
  allowOrigins,
  CALLER_LIMITS,
  type CallerLimiter,
  type CallerLimits,
  createHttpDoor,
  type ExportStreams,
  type HttpDoor,
  type HttpDoorOptions,
  limitCallers,
  type PushIdentity,
  type ReceiptFeed,
} from '@tai-autonomics/adapter-http';
import { createApproverPage } from '@tai-autonomics/adapter-http/node';
import { createMcpHttp, type McpCaller } from '@tai-autonomics/adapter-mcp';
import type { CatalogSource } from '@tai-autonomics/core';
import { type CredentialStore, callerOf, type Governor, type ResourceDirectory } from '@tai-autonomics/governor';
import { systemClock } from '@tai-autonomics/governor/node';
import type { Verified } from '@tai-autonomics/governor/tokens';
import { type IdentityConfig, metadataResponse } from '@tai-autonomics/governor/tokens';
import { either as E } from 'fp-ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { MetricsDoor } from '../telemetry/metrics-door.ts';
import { type Callers, createCallers } from './callers.ts';
import { keepListening } from './keep-listening.ts';
import { type Bindings, type Patience, soundServer } from './sound-server.ts';
import { compressed } from './storage/compressed.ts';

export interface Server {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Takes no new connection; resolves when every request that came is answered, streamed answers whole, or after `mostMs`. */
  drain(mostMs: number): Promise<void>;
  /** Gives the port back and ends what is left: streams, and requests that took too long. Needs no `drain` before it. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly governor: Governor;
  readonly credentials: CredentialStore;
  readonly hostname: string;
  /** 0: any free port. */
  readonly port: number;
  /** Host names that the MCP door is reached by, and those of browsers' origins; loopback where absent. */
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  /** Origins of pages that may ask the HTTP door, as they are now; none where absent. */
  readonly origins?: () => readonly string[];
  /** 32 bytes that seal the sessions of the approvers' page; processes with the same ones take each other's. Made anew where absent. */
  readonly pageSecret?: Uint8Array;
  /** Other spellings of plans that marketplace events may use, as they are now. */
  readonly aliases: () => CatalogSource['aliases'];
  /** Who vouches for callers beside the keys, as it is now; nobody where absent. */
  readonly identity?: () => IdentityConfig | undefined;
  /** Told in a line when an issuer of tokens does not answer, and when it does again. */
  readonly say?: (line: string) => void;
  /** Which resources tenants have, as it is now, for questions of AuthZEN; none are listed where absent. */
  readonly resources?: () => ResourceDirectory;
  /** The marketplaces that are connected, as they are now: their desks, and how their messages are known. */
  readonly marketplace?: () => Omit<NonNullable<HttpDoorOptions['marketplace']>, 'verifyPush'>;
  /** Reads the receipts that are streamed; none are where absent. */
  readonly feed?: ReceiptFeed;
  /** Makes bundles while they are read; where absent they have to fit an answer. */
  readonly exports?: ExportStreams;
  /** What a caller may ask, as it is now; `CALLER_LIMITS` where absent. */
  readonly limits?: () => Partial<CallerLimits> | undefined;
  /** Answers `/metrics`; 404 where absent. */
  readonly metrics?: MetricsDoor;
  /** How long senders are waited for; 20 seconds for headers and 60 for a request where absent. */
  readonly patience?: Patience;
  /** Told of each request of a door. */
  readonly onRequest?: Metrics['request'];
}

/** Starts both doors and answers when they are open. Rejects if the port can't be had. */
export const startServer = async (options: ServerOptions): Promise<Server> => {
  const { governor, credentials, hostname, port, pageSecret, origins = () => [] } = options;
  const flight = createFlight();
  // Whoever spreads requests over several processes sends no more to this one.
  const ready: Governor['ready'] = async () => (flight.isLast ? ['the process is stopping'] : governor.ready());
  const callers = createCallers(credentials, options.identity, options.say);
  const mcp = createMcpHttp({
    governor,
    authenticate: async (request) => mcpCallerOf(await callers.current.of(request, 'mcp')),
    resource: () => callers.current.resources?.mcp,
    approvals: { page: () => pageOf(callers) },
    ...(options.allowedHosts === undefined ? {} : { allowedHosts: options.allowedHosts }),
    ...(options.allowedOrigins === undefined ? {} : { allowedOrigins: options.allowedOrigins }),
  });
  const page = createApproverPage({
    governor,
    credentials,
    ...(pageSecret === undefined ? {} : { secret: pageSecret }),
  });
  const limits = (): CallerLimits => ({ ...CALLER_LIMITS, ...options.limits?.() });
  const doorOf = (request: Request): 'http' | 'mcp' => (new URL(request.url).pathname === '/mcp' ? 'mcp' : 'http');
  const limited = limitCallers(credentials, limits, systemClock, page.sessionOf, (request) =>
    callers.current.of(request, doorOf(request)),
  );
  const http = httpDoor({ ...options, governor: { ...governor, ready } }, callers, limited.spend);
  const answer = async (request: Request, { incoming, outgoing }: Bindings): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === '/metrics' && options.metrics !== undefined) return options.metrics(request);
    const metadata = metadataResponse(request, Object.values(callers.current.resources ?? {}));
    if (metadata !== undefined) return metadata;
    callers.cameFrom(request, incoming.socket.remoteAddress);
    const landed = flight.began(outgoing);
    const door = doorOf(request);
    const isPage = pathname === '/approvals' || pathname.startsWith('/approvals/');
    const handler = async (asked: Request): Promise<Response> =>
      (await limited(asked)) ?? (await (door === 'mcp' ? mcp : isPage ? page : http()).fetch(asked));
    const answered = await (door === 'mcp' || isPage ? handler : allowOrigins(origins, handler))(request);
    for (const [name, value] of Object.entries(await limited.headersOf(request))) answered.headers.set(name, value);
    const response = await compressed(request, answered);
    options.onRequest?.(door, response.status);
    if (!pathname.startsWith('/health')) await flight.turn();
    if (!isEndless(request, response)) return response;
    landed();
    return flight.endless(response);
  };
  return new Promise((resolve, reject) => {
    const server = soundServer(answer, hostname, options.patience);
    server.once('error', reject);
    server.listen(port, hostname, () => {
      server.off('error', reject);
      const { port: own } = server.address() as AddressInfo;
      const leave = keepListening(server, 'the doors', () => server.listen(own, hostname));
      resolve({
        url: `http://${hostname}:${own}`,
        drain: (mostMs) => {
          leave();
          return drain(server, flight, mostMs);
        },
        close: async () => {
          leave();
          NetServer.prototype.close.call(server);
          await mcp.close();
          server.closeAllConnections();
        },
      });
    });
  });
};

/** A stream of changes may go on for hours: it is ended, not waited for. One that holds the answer of a call ends with it. */
const isEndless = ({ method, headers }: Request, response: Response): boolean =>
  response.headers.get('content-type')?.startsWith('text/event-stream') === true &&
  (method === 'GET' || headers.get('mcp-method') === 'subscriptions/listen');

/** The approvers' page, where the door is known by an origin of https. */
const pageOf = ({ current }: Callers): string | undefined => {
  const origin = originOf(current.resources?.http.resource);
  return origin === undefined ? undefined : `${origin}/approvals`;
};

/** The origin by which a door is reached, if it is one of https. */
const originOf = (resource: string | undefined): string | undefined => {
  const origin = resource === undefined ? undefined : new URL(resource).origin;
  return origin?.startsWith('https:') === true ? origin : undefined;
};

/** The door of the spellings, the issuers and the resources that count now. It keeps nothing, so it is made anew when they change. */
const httpDoor = (
  {
    governor,
    credentials,
    aliases,
    marketplace = () => NO_MARKETPLACES,
    resources: directory,
    feed,
    exports,
  }: ServerOptions,
  callers: Callers,
  spend: CallerLimiter['spend'],
): (() => HttpDoor) => {
  const make = (
    known: CatalogSource['aliases'],
    { of, ofPush, resources }: Callers['current'],
    listed: ResourceDirectory | undefined,
    shops: ReturnType<typeof marketplace>,
  ): HttpDoor => {
    const pdp = originOf(resources?.http.resource);
    return createHttpDoor({
      governor,
      credentials,
      spend,
      authenticate: (request) => of(request, 'http'),
      authzen: { ...(pdp === undefined ? {} : { pdp }), ...(listed === undefined ? {} : { resources: listed }) },
      ...(feed === undefined ? {} : { feed }),
      ...(exports === undefined ? {} : { exports }),
      ...(resources === undefined ? {} : { resource: resources.http }),
      marketplace: { ...shops, ...(ofPush === undefined ? {} : { verifyPush: pushVerifier(ofPush) }) },
      ...(known === undefined ? {} : { aliases: known }),
    });
  };
  const parts = () => [aliases(), callers.current, directory?.(), marketplace()] as const;
  let made = parts();
  let door = make(...made);
  return () => {
    const now = parts();
    if (now.some((part, n) => part !== made[n])) {
      made = now;
      door = make(...made);
    }
    return door;
  };
};

const NO_MARKETPLACES = {};

/** A push that nobody can verify now is sent again: what is thrown is answered with 503. */
const pushVerifier =
  (ofPush: NonNullable<Callers['current']['ofPush']>) =>
  async (request: Request): Promise<PushIdentity | undefined> => {
    const sender = await ofPush(request);
    if (E.isRight(sender)) return sender.right;
    if (sender.left === 'unavailable') throw new Error('the keys of the push service cannot be had now');
    return undefined;
  };

const mcpCallerOf = (verified: Verified): McpCaller | 'unavailable' | undefined => {
  if (E.isLeft(verified)) return verified.left === 'unavailable' ? 'unavailable' : undefined;
  if (verified.right.tenant === undefined) return undefined;
  const { scopesFor } = verified.right;
  return { ...callerOf(verified.right), ...(scopesFor === undefined ? {} : { scopesFor }) };
};

/** The requests that came and are not answered yet. */
interface Flight {
  /** Answers how to say that one is not waited for. */
  began(response: ServerResponse): () => void;
  /** From now on each answer is the last one of its connection. */
  last(): void;
  readonly isLast: boolean;
  /** A stream that has no end of its own: it ends, whole, when the port is closed. */
  endless(response: Response): Response;
  /** Ends them. */
  endStreams(): void;
  /** Holds answers back; answers how to let them go. */
  hold(): () => void;
  /** Resolves when an answer may go. */
  turn(): Promise<void>;
  readonly size: number;
  /** How many have come, ever. */
  readonly came: number;
}

const createFlight = (): Flight => {
  const open = new Set<ServerResponse>();
  let isLast = false;
  let came = 0;
  let held: Promise<void> = Promise.resolve();
  const streams = new Set<ReadableStreamDefaultReader<Uint8Array>>();
  return {
    endless: (response) => {
      if (response.body === null) return response;
      const reader = response.body.getReader();
      streams.add(reader);
      const body = new ReadableStream<Uint8Array>(
        {
          pull: async (controller) => {
            const { done, value } = await reader.read();
            if (!done) return controller.enqueue(value);
            streams.delete(reader);
            controller.close();
          },
          cancel: (why) => {
            streams.delete(reader);
            return reader.cancel(why);
          },
        },
        { highWaterMark: 0 },
      );
      return new Response(body, response);
    },
    endStreams: () => {
      for (const reader of streams) void reader.cancel().catch(() => {});
    },
    hold: () => {
      let letGo = (): void => {};
      held = new Promise((go) => {
        letGo = go;
      });
      return letGo;
    },
    turn: () => held,
    began: (response) => {
      came += 1;
      const landed = (): void => void open.delete(response);
      open.add(response);
      response.once('close', landed);
      if (isLast) response.shouldKeepAlive = false;
      return landed;
    },
    last: () => {
      isLast = true;
      for (const response of open) response.shouldKeepAlive = false;
    },
    get isLast() {
      return isLast;
    },
    get size() {
      return open.size;
    },
    get came() {
      return came;
    },
  };
};

/**
 * So many looks, one after the other, at which nothing new has come: then what was on its way has come. Time alone would
 * say nothing, since a busy process does not look.
 */
const QUIET_LOOKS = 10;
const LOOK_MS = 10;
/** Node takes one connection a turn, so a busy process needs a while; whoever goes on connecting is not waited for longer. */
const ARRIVALS_MS = 5_000;

/**
 * `server.close()` alone would reset what is on its way: connections that the system has made and this process has not
 * taken yet, and requests on a connection that is idle just now. So what comes at the end is still taken, then the port is
 * closed, and each connection ends with its next answer or when nothing comes on it any more. Until the port is closed answers are
 * held back: whoever asks again once they are answered would connect again and again, and be met by its closing.
 */
const drain = async (server: HttpServer, flight: Flight, mostMs: number): Promise<void> => {
  const until = performance.now() + mostMs;
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  flight.last();
  const letGo = flight.hold();
  await quiet(() => connections + flight.came, performance.now() + ARRIVALS_MS, isOnTime);
  NetServer.prototype.close.call(server);
  flight.endStreams();
  letGo();
  // While one is open, every look counts as one at which something came.
  let looks = 0;
  await quiet(() => {
    looks += 1;
    return flight.size > 0 ? -looks : flight.came;
  }, until);
  server.closeIdleConnections();
};

/** Waits until what came stays what it is. `counts` says of a look, by how long it took, whether it says anything. */
const quiet = async (
  came: () => number,
  until: number,
  counts: (tookMs: number) => boolean = () => true,
): Promise<void> => {
  let before = came();
  for (let looks = 0; looks < QUIET_LOOKS && performance.now() < until; ) {
    const since = performance.now();
    await pause(LOOK_MS);
    const now = came();
    looks = now === before && counts(performance.now() - since) ? looks + 1 : 0;
    before = now;
  }
};

/** Where this process gets its turn late, others on the machine do so too: they may not have connected yet. */
const isOnTime = (tookMs: number): boolean => tookMs < 3 * LOOK_MS;
