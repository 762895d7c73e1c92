/** The agents' door: an MCP server whose tools are what the tenant bought. A client connects to it in memory. */
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { type Envelope, mountStdio } from '@tai-autonomics/adapter-mcp';
import type { Caller } from '@tai-autonomics/governor';
import { governor } from './deployment.ts';
import { receive } from './marketplace.ts';

const agent: Caller = {
  tenant: 'acme',
  subject: { type: 'agent', id: 'agent-1' },
  scope: ['read_deployment', 'write_rollback'],
};
await receive('entitlement-activated');

// `mountStdio` serves the standard streams of its process, unless it is given another transport.
const [here, there] = InMemoryTransport.createLinkedPair();
mountStdio({ governor, caller: agent, transport: there });

let hear: () => void = () => {};
const heard = new Promise<void>((resolve) => {
  hear = resolve;
});
const client = new Client(
  { name: 'an-agent', version: '1.0.0' },
  { listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: () => hear() } } },
);
await client.connect(here);

const list = async (): Promise<void> => {
  const { tools } = await client.listTools();
  for (const { name, title } of tools) console.log(`  ${name}: ${title}`);
};
console.log('a base tenant has');
await list();

await receive('entitlement-upgraded');
await heard;
console.log('told of a change; a professional tenant has');
await list();

// A refusal says in its text all that an agent needs; for programs it stands in `structuredContent`.
const refused = await client.callTool({ name: 'rollback_orchestrator', arguments: { resource: 'service/checkout' } });
for (const part of refused.content) if (part.type === 'text') console.log(part.text.split('\n')[0]);
const { reasons = [], receipt } = refused.structuredContent as unknown as Envelope;
for (const { code, next } of reasons)
  console.log(
    `  ${code}: next,`,
    next.kind === 'authority' ? `${next.who.relation}: ${next.submit.action}` : next.kind,
  );
console.log(`  receipt #${receipt?.seq} ${receipt?.event}`);

await client.close();
await governor.close();
