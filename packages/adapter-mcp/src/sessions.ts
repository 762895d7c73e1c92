/** Sessions of revision 2025-11-25, all of one principal: another principal's session id is unknown here. */
import { type Server, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { createIdlePool, type IdlePoolOptions, type Kept } from './idle-pool.ts';
import { createMcpServer, type McpServerOptions } from './server.ts';
import { isStream, whenOver } from './streamed.ts';

export interface SessionsOptions extends McpServerOptions {
  readonly pool: IdlePoolOptions;
  readonly maxRequestBytes: number;
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
    const server = createMcpServer(options);
    const listens = announcer(server, options);
    let isFull = false;
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      enableJsonResponse: true,
      maxRequestBodySize: options.maxRequestBytes,
      onsessioninitialized: (id) => {
        isFull = !sessions.add(id, { transport, listens, close: () => server.close() });
      },
      onsessionclosed: (id) => sessions.remove(id),
    });
    await server.connect(transport);
    const response = await transport.handleRequest(request);
    if (transport.sessionId !== undefined && !isFull) return response;
    await server.close();
    return isFull ? refusal(503, -32_000, 'Too many sessions') : response;
  };

  const serve = async (session: Session, request: Request, release: () => void): Promise<Response> => {
    const response = await session.transport.handleRequest(request);
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

/** Announces changes of the list; one that happens while nobody listens is told to the next who does. */
const announcer = (server: Server, { governor, caller }: McpServerOptions): Session['listens'] => {
  let [listeners, isMissed] = [0, false];
  const announce = (): void => {
    isMissed = listeners === 0;
    if (!isMissed) server.sendToolListChanged().catch(() => {});
  };
  server.onclose = governor.onToolsChanged(caller.tenant, announce);
  return () => {
    listeners += 1;
    if (isMissed) announce();
    let isListening = true;
    return () => {
      if (isListening) listeners -= 1;
      isListening = false;
    };
  };
};
