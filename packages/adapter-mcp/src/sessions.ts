/** Sessions of revision 2025-11-25, all of one principal: another principal's session id is unknown here. */
import { type Server, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { createIdlePool, type IdlePoolOptions, type Kept } from './idle-pool.ts';
import { whenOver } from './streamed.ts';

export interface SessionsOptions {
  readonly pool: IdlePoolOptions;
  readonly maxRequestBytes: number;
  /** Makes the server of a session; it announces changes by itself. */
  readonly server: () => Server;
}

/** The 2025 leg of one principal. */
export interface Sessions extends Kept {
  fetch(request: Request): Promise<Response>;
}

interface Session extends Kept {
  readonly transport: WebStandardStreamableHTTPServerTransport;
}

const refusal = (status: number, code: number, message: string): Response =>
  Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status });

/** Serves sessions: `initialize` opens one, DELETE or being idle closes it, an open GET stream keeps it. */
export const createSessions = ({ pool, maxRequestBytes, server: makeServer }: SessionsOptions): Sessions => {
  const sessions = createIdlePool<Session>(pool);

  const open = async (request: Request): Promise<Response> => {
    const server = makeServer();
    let isFull = false;
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      enableJsonResponse: true,
      maxRequestBodySize: maxRequestBytes,
      onsessioninitialized: (id) => {
        isFull = !sessions.add(id, { transport, close: () => server.close() });
      },
      onsessionclosed: (id) => sessions.remove(id),
    });
    await server.connect(transport);
    const response = await transport.handleRequest(request);
    if (transport.sessionId !== undefined && !isFull) return response;
    await server.close();
    return isFull ? refusal(503, -32_000, 'Too many sessions') : response;
  };

  return {
    fetch: async (request) => {
      const id = request.headers.get('mcp-session-id');
      if (id === null) return open(request);
      const session = sessions.find(id);
      if (session === undefined) return refusal(404, -32_001, 'Session not found');
      const release = sessions.hold(id);
      try {
        return whenOver(request, await session.transport.handleRequest(request), release);
      } catch (error) {
        release();
        throw error;
      }
    },
    close: () => sessions.close(),
  };
};
