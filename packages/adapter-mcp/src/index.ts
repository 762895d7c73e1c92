/** The door of agents: an MCP server whose tools are what the tenant bought, for both protocol revisions. */

export type { Envelope } from './answer/envelope.ts';
export type { Exchange } from './exchange.ts';
export type {
  ApprovedRead,
  HostAnswer,
  HostOffers,
  HostPrompt,
  HostResource,
  HostTemplate,
} from './host-offers.ts';
export { createMcpServer, type McpServerOptions, mcpServerFactory } from './server.ts';
export type { Listing } from './tools/brief-listing.ts';
export { INCIDENT, INTENT_ID } from './tools/call.ts';
export type { Approvals } from './tools/elicited-approval.ts';
export { createMcpHttp, type McpCaller, type McpHttp, type McpHttpOptions } from './transport/http.ts';
export { type McpStdio, type McpStdioOptions, mountStdio } from './transport/stdio.ts';
