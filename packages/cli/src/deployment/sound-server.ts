/** What a server on the open net has to keep to below its doors: time-outs, requests that no parser should read, and two names of one host. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import { type Problem, problemResponse, SECURITY, writeProblem } from '@tai-autonomics/adapter-http';
import { rawProblem } from './raw-problem.ts';

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
  // A request without a Host is refused below, by a problem; Node would answer nothing but a status.
  const server = createServer({ connectionsCheckingInterval: Math.min(LOOK_MS, requestMs), requireHostHeader: false });
  server.on('request', (incoming, outgoing) => {
    // Of the server as a whole there is nothing to say but that it answers (RFC 9110 section 9.3.7).
    if (incoming.method === 'OPTIONS' && incoming.url === '*' && unsound(incoming) === undefined)
      outgoing.writeHead(204, SECURITY).end();
    else void listener(incoming, outgoing);
  });
  server.on('checkExpectation', (_incoming, outgoing: ServerResponse) => {
    outgoing.shouldKeepAlive = false;
    const { status, headers, body } = writeProblem(UNMET);
    outgoing.writeHead(status, headers).end(body);
  });
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
  server.on('connect', (_incoming, socket: Socket) => {
    // Node has let go of it: nobody else hears that its sender is gone.
    socket.on('error', () => {});
    const before = inFlight.get(socket);
    if (before !== undefined) {
      before.shouldKeepAlive = false;
      return void before.once('close', () => socket.destroy());
    }
    socket.end(rawProblem(NO_PROXY));
    socket.destroySoon();
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
    socket.end(rawProblem(REFUSED[error.code ?? ''] ?? MALFORMED));
    socket.destroySoon();
  });
  return server;
};

/** A target or a host that no address can be made of; anything else is a fault of ours. */
const faultOf = (thrown: unknown): Response =>
  thrown instanceof RequestError
    ? refused('expected a target and a Host header that make an address of http')
    : problemResponse({
        problem: 'internal',
        detail: 'whether it was recorded is not known; ask again with the same id',
        headers: CLOSE,
      });

/**
 * Why a request is refused before a door sees it: no `Host` header, or two, of which a proxy may have read the other, a target that names
 * another host than the header (RFC 9112 section 3.2), or a body whose end nobody knows. `undefined` for any other.
 */
const unsound = ({
  rawHeaders,
  url = '',
  headers,
  httpVersion,
}: Pick<IncomingMessage, 'rawHeaders' | 'url' | 'headers' | 'httpVersion'>): Response | undefined => {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length > 1 || (hosts.length === 0 && httpVersion !== '1.0')) return refused('expected one Host header');
  // A coding that the parser does not know leaves it open where the body ends (section 6.1).
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return refused('expected no transfer coding but chunked');
  if (url.startsWith('/') || url === '*') return undefined;
  const named = URL.canParse(url) ? new URL(url).host : undefined;
  return named === headers.host?.toLowerCase()
    ? undefined
    : refused('expected a target that begins with / or names the host of its header');
};

const MALFORMED: Problem = { problem: 'malformed', detail: 'the request is not HTTP/1.1 as RFC 9112 has it' };
const REFUSED: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: { problem: 'headers_too_large', detail: 'the headers have at most 16384 bytes' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { problem: 'too_large', detail: 'the extensions of a chunk are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { problem: 'timeout', detail: 'the request did not come in time' },
};
const UNMET: Problem = { problem: 'expectation_failed', detail: 'Expect can say 100-continue and nothing else' };
const NO_PROXY: Problem = { problem: 'method_not_allowed', detail: 'this is no proxy', headers: { allow: '' } };

const refused = (detail: string): Response => problemResponse({ problem: 'malformed', detail, headers: CLOSE });

const CLOSE = { connection: 'close' };
