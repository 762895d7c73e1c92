/** What serves one principal over HTTP. Nothing is shared between principals, so no event can reach the wrong one. */
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import type { IdlePoolOptions, Kept } from './idle-pool.ts';
import { createMcpServer, type McpServerOptions } from './server.ts';
import { createSessions } from './sessions.ts';

export interface PrincipalOptions extends McpServerOptions {
  readonly legacy: 'sessions' | 'stateless' | 'reject';
  readonly sessions: IdlePoolOptions;
  readonly maxRequestBytes: number;
}

/** One principal's part of the door. */
export interface Principal extends Kept {
  fetch(request: Request): Promise<Response>;
}

/** Revision 2026-07-28 has a server a request and streams for subscriptions; 2025-11-25 has sessions. */
export const createPrincipal = (options: PrincipalOptions): Principal => {
  const { governor, caller, onerror, legacy, maxRequestBytes } = options;
  const modern = createMcpHandler(() => createMcpServer(options), {
    legacy: legacy === 'stateless' ? 'stateless' : 'reject',
    maxRequestBodySize: maxRequestBytes,
    maxSubscriptions: options.sessions.max,
    onerror: (error) => onerror?.(error),
  });
  const stop = governor.onToolsChanged(caller.tenant, () => modern.notify.toolsChanged());
  const sessions = createSessions({ ...options, pool: options.sessions });
  const isSession = (request: Request): Promise<boolean> =>
    legacy === 'sessions'
      ? isLegacyRequest(request, undefined, { maxRequestBodySize: maxRequestBytes })
      : Promise.resolve(false);
  return {
    fetch: async (request) => ((await isSession(request)) ? sessions.fetch(request) : modern.fetch(request)),
    close: async () => {
      stop();
      await Promise.all([modern.close(), sessions.close()]);
    },
  };
};
