/** The door of agents: an MCP server whose tools are what the tenant bought, for both protocol revisions. */
export { INCIDENT, INTENT_ID } from './call.ts';
export type { Approvals } from './elicited-approval.ts';
export type { Envelope } from './envelope.ts';
export type { Exchange } from './exchange.ts';
export type {
  ApprovedRead,
  HostAnswer,
  HostOffers,
  HostPrompt,
  HostResource,
  HostTemplate,
} from './host-offers.ts';
export { createMcpHttp, type McpCaller, type McpHttp, type McpHttpOptions } from './http.ts';
export { createMcpServer, type McpServerOptions, mcpServerFactory } from './server.ts';
export { type McpStdio, type McpStdioOptions, mountStdio } from './stdio.ts';
