/** The HTTP door on a loopback port. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHttp, type McpHttp, type McpHttpOptions } from '@tai-autonomics/adapter-mcp';

export interface Loopback {
  readonly url: URL;
  readonly door: McpHttp;
  /** A transport that carries a token. */
  readonly transport: (token: string) => StreamableHTTPClientTransport;
  close(): Promise<void>;
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

export const listen = async (options: McpHttpOptions): Promise<Loopback> => {
  const door = createMcpHttp(options);
  const handler = toNodeHandler(door);
  const server = createServer((request, response) => {
    // The bridge's own type of a request has no `| undefined`, which Node's has.
    void handler(request as Parameters<typeof handler>[0], response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
  return {
    url,
    door,
    transport: (token) =>
      new StreamableHTTPClientTransport(url, { requestInit: { headers: { authorization: `Bearer ${token}` } } }),
    close: async () => {
      await door.close();
      await closed(server);
    },
  };
};
