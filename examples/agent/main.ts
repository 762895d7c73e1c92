/**
 * An agent of the AI SDK at the agents' door. It lists the tools of its tenant, asks for a rollback, is refused, tells people what they
 * have to do, asks how its request stands, and is done once they did it. Its model is scripted, and knows nothing but text, as a
 * model does; put another in its place (`model: anthropic('…')`) and nothing else changes.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMCPClient } from '@ai-sdk/mcp';
import { getRequestListener } from '@hono/node-server';
import { createMcpHttp } from '@tai-autonomics/adapter-mcp';
import { generateText, isStepCount } from 'ai';
import { close, deployed, governor, openTenant } from './deployment.ts';
import { agent, people } from './people.ts';
import { scriptedModel } from './scripted-model.ts';

await openTenant('acme', 'olivia');
const { tellPeople, prepare } = people(governor);
await prepare();

// The door over HTTP. A credential says who asks; here there is one.
const door = createMcpHttp({
  governor,
  authenticate: async (request) =>
    request.headers.get('authorization') === 'Bearer key-of-agent-1' ? agent : undefined,
});
const server = createServer(getRequestListener(door.fetch)).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

const client = await createMCPClient({
  transport: { type: 'http', url: `http://127.0.0.1:${port}/mcp`, headers: { authorization: 'Bearer key-of-agent-1' } },
});
const tools = await client.tools();
console.log(`the agent has ${Object.keys(tools).length} tools of its tenant`);

const { text, steps } = await generateText({
  model: scriptedModel(),
  tools: { ...tools, tell_people: tellPeople },
  stopWhen: isStepCount(12),
  prompt: 'The checkout service is broken since the last release: roll it back.',
});
for (const { toolCalls } of steps)
  for (const { toolName, input } of toolCalls) console.log(`→ ${toolName} ${JSON.stringify(input)}`);
console.log(text);

await client.close();
await door.close();
server.close();
server.closeAllConnections();
console.log(`deployed now: ${await deployed()}`);
process.exitCode = text.startsWith('Done') && (await deployed()) === 'v1.0.0' ? 0 : 1;
await close();
