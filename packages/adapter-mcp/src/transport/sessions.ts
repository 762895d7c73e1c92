/** Sessions of revision 2025-11-25, all of one principal: another principal's session id is unknown here. */
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import type { Refusals } from '../answer/refusals.ts';
import { announcedBy, type McpServerOptions, readerOf, type Served, serverOf } from '../server.ts';
import { announceTo } from './announcements.ts';
import { createIdlePool, type IdlePoolOptions, type Kept } from './idle-pool.ts';
import { isStream, whenOver, whole } from './streamed.ts';

export interface SessionsOptions extends McpServerOptions {
  readonly pool: IdlePoolOptions;
  readonly maxRequestBytes: number;
  readonly refusals: Refusals;
}

/** The 2025 leg of one principal. */
export interface Sessions extends Kept {
  fetch(request: Request): Promise<Response>;
}

interface Session extends Kept {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  /** Says that a stream is open now on which changes can be announced; answers how to say that it is not. */
  readonly listens: () => () => void;
}

/** Serves sessions: `initialize` opens one, DELETE or being idle closes it, an open GET stream keeps it. */
export const createSessions = (options: SessionsOptions): Sessions => {
  const sessions = createIdlePool<Session>(options.pool);

  const open = async (request: Request): Promise<Response> => {
    const served = serverOf(options, options.refusals);
    const { server } = served;
    const listens = announcer(served, options);
    let isFull = false;
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      maxRequestBodySize: options.maxRequestBytes,
      onsessioninitialized: (id) => {
        isFull = !sessions.add(id, { transport, listens, close: () => server.close() });
      },
      onsessionclosed: (id) => sessions.remove(id),
    });
    await server.connect(transport);
    const response = await whole(request, await transport.handleRequest(request));
    if (transport.sessionId !== undefined && !isFull) return response;
    await server.close();
    return isFull ? refusal(503, -32_000, 'Too many sessions') : response;
  };

  const serve = async (session: Session, request: Request, release: () => void): Promise<Response> => {
    const handled = await session.transport.handleRequest(request);
    const response = request.method === 'GET' ? handled : await whole(request, handled);
    const deafen = request.method === 'GET' && isStream(response) ? session.listens() : (): void => {};
    return whenOver(request, response, () => {
      deafen();
      release();
    });
  };

  return {
    fetch: async (request) => {
      const id = request.headers.get('mcp-session-id');
      if (id === null) return open(request);
      const session = sessions.find(id);
      if (session === undefined) return refusal(404, -32_001, 'Session not found');
      const release = sessions.hold(id);
      try {
        return await serve(session, request, release);
      } catch (error) {
        release();
        throw error;
      }
    },
    close: () => sessions.close(),
  };
};

const refusal = (status: number, code: number, message: string): Response =>
  Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status });

/** Announces changes; what happens while nobody listens is told, once, to the next who does. */
const announcer = (served: Served, options: McpServerOptions): Session['listens'] => {
  const reader = readerOf(options);
  const { listsChanged, resourceUpdated } = announcedBy(served, reader);
  const missed = new Map<string, () => void>();
  let listeners = 0;
  const tell = (what: string, say: () => void): void => {
    if (listeners === 0) missed.set(what, say);
    else say();
  };
  served.server.onclose = announceTo(reader, {
    listsChanged: () => tell('lists', listsChanged),
    resourceUpdated: (uri) => tell(uri, () => resourceUpdated(uri)),
  });
  return () => {
    listeners += 1;
    for (const say of missed.values()) say();
    missed.clear();
    let isListening = true;
    return () => {
      if (isListening) listeners -= 1;
      isListening = false;
    };
  };
};
