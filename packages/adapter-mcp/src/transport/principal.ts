/** What serves one principal over HTTP. Nothing is shared between principals, so no event can reach the wrong one. */
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { createRefusals } from '../answer/refusals.ts';
import { toWhomMay } from '../resources/resource-read.ts';
import { type McpServerOptions, readerOf, serverOf } from '../server.ts';
import { announceTo } from './announcements.ts';
import type { IdlePoolOptions, Kept } from './idle-pool.ts';
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
  const { onerror, legacy, maxRequestBytes } = options;
  const refusals = createRefusals();
  const modern = createMcpHandler(() => serverOf(options, refusals).server, {
    legacy: legacy === 'stateless' ? 'stateless' : 'reject',
    maxRequestBodySize: maxRequestBytes,
    maxSubscriptions: options.sessions.max,
    onerror: (error) => onerror?.(error),
  });
  const stop = announceTo(readerOf(options), {
    listsChanged: () => {
      modern.notify.toolsChanged();
      modern.notify.resourcesChanged();
      modern.notify.promptsChanged();
    },
    // The SDK takes every subscription of 2026-07-28, so the right to hear is looked at here.
    resourceUpdated: toWhomMay(readerOf(options), (uri) => modern.notify.resourceUpdated(uri)),
  });
  const sessions = createSessions({ ...options, pool: options.sessions, refusals });
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
