/** A gate over standard streams, for one agent on this machine. */
import { type McpStdio, type McpStdioOptions, mountServers } from '../transport/stdio.ts';
import { type GateOptions, gateServerFactory } from './gate.ts';

/** Serves one connection. The server behind it is reached with the first question. */
export const mountGate = (options: GateOptions & Pick<McpStdioOptions, 'transport'>): McpStdio =>
  mountServers(gateServerFactory(options), options);
