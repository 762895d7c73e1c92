/** One server for both doors: HTTP for marketplaces and services, MCP for agents under `/mcp`. */
import { serve } from '@hono/node-server';
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import { createMcpHttp } from '@tai-autonomics/adapter-mcp';
import type { CatalogSource } from '@tai-autonomics/core';
import { type Caller, type CredentialStore, callerOf, type Governor, verifyKey } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

export interface Server {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly governor: Governor;
  readonly credentials: CredentialStore;
  readonly hostname: string;
  /** 0: any free port. */
  readonly port: number;
  /** Other spellings of plans that marketplace events may use. */
  readonly aliases?: CatalogSource['aliases'];
}

/** Starts both doors and answers when they are open. Rejects if the port can't be had. */
export const startServer = async ({
  governor,
  credentials,
  hostname,
  port,
  aliases,
}: ServerOptions): Promise<Server> => {
  const http = createHttpDoor({ governor, credentials, ...(aliases === undefined ? {} : { aliases }) });
  const mcp = createMcpHttp({ governor, authenticate: authenticate(credentials) });
  const fetch = (request: Request): Promise<Response> =>
    new URL(request.url).pathname === '/mcp' ? mcp.fetch(request) : http.fetch(request);
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname, port }, (info) => {
      resolve({
        url: `http://${hostname}:${info.port}`,
        close: async () => {
          await mcp.close();
          await new Promise<void>((done) => {
            server.close(() => done());
            if ('closeAllConnections' in server) server.closeAllConnections();
          });
        },
      });
    });
    server.once('error', reject);
  });
};

const authenticate =
  (credentials: CredentialStore) =>
  async (request: Request): Promise<Caller | undefined> => {
    const [scheme, key] = (request.headers.get('authorization') ?? '').split(' ', 2);
    const verified = await verifyKey(credentials, scheme?.toLowerCase() === 'bearer' ? key : undefined);
    return E.isRight(verified) && verified.right.tenant !== undefined ? callerOf(verified.right) : undefined;
  };
