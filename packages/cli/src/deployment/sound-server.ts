/** What a server on the open net has to keep to below its doors: time-outs, requests that no parser should read, and two names of one host. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';

/** The headers of a request come within so long, the whole of it within so long. */
const PATIENCE: Patience = { headersMs: 20_000, requestMs: 60_000 };
/** How often it is looked for those who take longer. */
const LOOK_MS = 10_000;
/** Longer than the balancers in front keep theirs (Google's 600 seconds, Amazon's 60): who closes first must not be this end. */
const KEEP_ALIVE_MS = 620_000;

/** How long a server waits for a sender, in milliseconds. */
export interface Patience {
  /** For the headers of a request. */
  readonly headersMs: number;
  /** For the whole of a request. */
  readonly requestMs: number;
}

/** A request as Node has it. */
export interface Bindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/**
 * A server that listens nowhere yet. It has time-outs, and what the parser refuses, or what makes no request of the Web's, is answered
 * with a problem document, which repeats nothing of it.
 */
export const soundServer = (
  fetch: (request: Request, bindings: Bindings) => Promise<Response>,
  hostname: string,
  { headersMs, requestMs }: Patience = PATIENCE,
): Server => {
  const answer = async (request: Request, bindings: unknown): Promise<Response> => {
    const { incoming, outgoing } = bindings as Bindings;
    return unsound(incoming) ?? fetch(request, { incoming, outgoing });
  };
  const listener = getRequestListener(answer, { hostname, errorHandler: faultOf });
  const server = createServer({ connectionsCheckingInterval: Math.min(LOOK_MS, requestMs) }, listener);
  server.headersTimeout = headersMs;
  server.requestTimeout = requestMs;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const inFlight = new WeakMap<Duplex, ServerResponse>();
  server.on('request', ({ socket }, response) => {
    inFlight.set(socket, response);
    response.once('close', () => {
      // A request that came behind it, over the same connection, is in flight still.
      if (inFlight.get(socket) === response) inFlight.delete(socket);
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const before = inFlight.get(socket);
    if (before?.req.complete === true) {
      // What came before it is lawful, and perhaps decided: it gets its own answer, which is the last one.
      before.shouldKeepAlive = false;
      return void before.once('close', () => socket.destroy());
    }
    // Whoever is gone already, or has part of an answer, is told nothing.
    // Nor is one that is behind another: what is said now would be taken for the other's answer.
    if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0 || before?.socket === null)
      return void socket.destroy();
    socket.end(rawProblem(...(REFUSED[error.code ?? ''] ?? MALFORMED)));
    socket.destroySoon();
  });
  return server;
};

/** A target or a host that no address can be made of; anything else is a fault of ours. */
const faultOf = (thrown: unknown): Response =>
  thrown instanceof RequestError
    ? problem('expected a target and a Host header that make an address of http')
    : respond(
        500,
        'Something went wrong here',
        'internal',
        'whether it was recorded is not known; ask again with the same id',
      );

/**
 * Why a request is refused before a door sees it: two `Host` headers, of which a proxy may have read the other, a target that names
 * another host than the header (RFC 9112 section 3.2), or a body whose end nobody knows. `undefined` for any other.
 */
const unsound = ({
  rawHeaders,
  url = '',
  headers,
}: Pick<IncomingMessage, 'rawHeaders' | 'url' | 'headers'>): Response | undefined => {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length > 1) return problem('expected one Host header');
  // A coding that the parser does not know leaves it open where the body ends (section 6.1).
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return problem('expected no transfer coding but chunked');
  if (url.startsWith('/') || url === '*') return undefined;
  const named = URL.canParse(url) ? new URL(url).host : undefined;
  return named === headers.host?.toLowerCase()
    ? undefined
    : problem('expected a target that begins with / or names the host of its header');
};

const MALFORMED = [400, 'Bad Request', 'malformed', 'the request is not HTTP/1.1 as RFC 9112 has it'] as const;
const REFUSED: Readonly<Record<string, readonly [number, string, string, string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    'headers_too_large',
    'the headers have at most 16384 bytes',
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Content Too Large', 'too_large', 'the extensions of a chunk are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'timeout', 'the request did not come in time'],
};

const bodyOf = (status: number, title: string, code: string, detail: string): string =>
  JSON.stringify({ type: `/problems/${code}`, title, status, code, detail });

const TYPE = 'application/problem+json';

const rawProblem = (status: number, title: string, code: string, detail: string): string => {
  const body = bodyOf(status, title, code, detail);
  return [
    `HTTP/1.1 ${status} ${title}`,
    `content-type: ${TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
    '',
    body,
  ].join('\r\n');
};

const problem = (detail: string): Response => respond(400, 'The request cannot be read', 'malformed', detail);

const respond = (status: number, title: string, code: string, detail: string): Response =>
  new Response(bodyOf(status, title, code, detail), {
    status,
    headers: {
      'content-type': TYPE,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    },
  });
