/** The door for one agent on this machine: a child process that speaks MCP over its standard streams. */
import process from 'node:process';
import type { McpServerFactory, Transport } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { type McpServerOptions, mcpServerFactory } from '../server.ts';
import { strictLines } from './strict-lines.ts';

/** What the MCP door over standard streams is made from. */
export interface McpStdioOptions extends McpServerOptions {
  /** Another two-way stream of messages instead of this process's standard streams. */
  readonly transport?: Transport;
}

/** One connection over standard streams. */
export interface McpStdio {
  /** Resolves when the client went away or `close` was called. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/**
 * Serves one connection, in the protocol revision that its client opens with (2026-07-28 or 2025-11-25). There is no
 * token on a standard stream: whoever starts the process decides for whom it speaks.
 */
export const mountStdio = (options: McpStdioOptions): McpStdio => mountServers(mcpServerFactory(options), options);

/** Serves one connection with the servers of a factory. */
export const mountServers = (
  factory: McpServerFactory,
  { transport = strictStdio(), onerror }: Pick<McpStdioOptions, 'transport' | 'onerror'>,
): McpStdio => {
  const served = serveStdio(factory, { transport, onerror: (error) => onerror?.(error) });
  const closed = new Promise<void>((resolve) => {
    const { onclose } = transport;
    transport.onclose = () => {
      onclose?.();
      resolve();
    };
  });
  return { closed, close: () => served.close() };
};

const strictStdio = (): Transport =>
  new StdioServerTransport(process.stdin.pipe(strictLines((line) => process.stdout.write(line))));
