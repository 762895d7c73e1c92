/**
 * `npm run test:mcp-hosts`: clients that others wrote, at the door with the real governor: the official client in both protocol
 * revisions, the client of the SDK before it, and the Inspector with the command line of docs/mcp.md as it stands there.
 */
import { strictEqual as equal, match, ok } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Envelope } from '@tai-autonomics/adapter-mcp';
import { blocksOf } from '../cli/followed-page.ts';
import { connect, REVISIONS, textOf } from './clients.ts';
import { listen } from './loopback.ts';
import { createTenants, robotOf } from './tenants.ts';

const HOSTS = resolve('tools/hosts');
const KEY = 'key-of-robot';

const { governor, buy } = await createTenants();
await buy('acme', 'professional');
const robot = robotOf('acme', 'read_deployment', 'write_rollback');
const door = await listen({
  governor,
  authenticate: async (request) => (request.headers.get('authorization') === `Bearer ${KEY}` ? robot : undefined),
});
const requestInit = { headers: { authorization: `Bearer ${KEY}` } };

/** What every client has in common here. */
interface Host {
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  callTool(of: { readonly name: string; readonly arguments: Record<string, unknown> }): Promise<unknown>;
  readResource(of: { readonly uri: string }): Promise<{ readonly contents: readonly unknown[] }>;
  getPrompt(of: {
    readonly name: string;
    readonly arguments: Record<string, string>;
  }): Promise<{ readonly messages: readonly unknown[] }>;
}

/** A refusal that is read as text and as data, a read, a receipt, a prompt, and a tool that is not there. */
const useDoor = async (host: Host): Promise<void> => {
  const { tools } = await host.listTools();
  ok(tools.some(({ name }) => name === 'rollback_orchestrator'));
  const refused = (await host.callTool({
    name: 'rollback_orchestrator',
    arguments: { resource: 'shop' },
  })) as Parameters<typeof textOf>[0] & {
    readonly structuredContent: Envelope;
    readonly isError?: boolean;
  };
  match(textOf(refused), /^REFUSED insufficient_privilege/);
  equal(refused.isError, true);
  equal(refused.structuredContent.outcome, 'refused');
  const seq = refused.structuredContent.receipt?.seq;
  const stands = (await host.callTool({ name: 'check_request', arguments: { receipt: seq } })) as Parameters<
    typeof textOf
  >[0];
  match(textOf(stands), /^WAITING: /m);
  equal((await host.readResource({ uri: `receipt://${seq}` })).contents.length, 1);
  equal((await host.getPrompt({ name: 'why_refused', arguments: { receipt: String(seq) } })).messages.length, 1);
  const unknown = await host.callTool({ name: 'no_such_tool', arguments: {} }).then(
    () => undefined,
    (error: unknown) => error as { readonly code: number; readonly data?: { readonly receipt?: unknown } },
  );
  equal(unknown?.code, -32_602);
  ok(unknown.data?.receipt !== undefined);
};
const say = (line: string): void => void process.stdout.write(`${line}\n`);

for (const revision of REVISIONS) {
  const { client, close } = await connect(new StreamableHTTPClientTransport(door.url, { requestInit }), revision);
  equal(client.getNegotiatedProtocolVersion(), revision);
  await useDoor(client as unknown as Host);
  await close();
  say(`the official client, ${revision}: ok`);
}

/** A module of a host, from where hosts are installed. */
const installed = (path: string): Promise<Record<string, new (...given: never[]) => unknown>> =>
  import(pathToFileURL(resolve(HOSTS, 'node_modules', path)).href) as ReturnType<typeof installed>;
const { Client } = await installed('@modelcontextprotocol/sdk/dist/esm/client/index.js');
const { StreamableHTTPClientTransport: OldTransport } = await installed(
  '@modelcontextprotocol/sdk/dist/esm/client/streamableHttp.js',
);
type Made = new (...given: unknown[]) => Host & { connect(to: unknown): Promise<void>; close(): Promise<void> };
const old = new (Client as Made)({ name: 'an old host', version: '1.0.0' });
await old.connect(new (OldTransport as Made)(door.url, { requestInit }));
await useDoor(old);
await old.close();
say('the client of the SDK 1.x, 2025-11-25: ok');

/** The command lines of the page, each as it stands, where hosts are installed. */
const lines = blocksOf('docs/mcp.md').filter(({ text: block }) => block.includes('@modelcontextprotocol/inspector'));
ok(lines.length > 0);
for (const { text: block } of lines) {
  const child = spawn('sh', ['-e', '-c', block], {
    cwd: HOSTS,
    env: { ...process.env, TAI_URL: door.url.href, TAI_KEY: KEY, npm_config_offline: 'true' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  equal(code, 0);
  match(out, /rollback_orchestrator/);
  match(out, /APPROVED check_health/);
  say('the Inspector, with the command lines of docs/mcp.md: ok');
}

await door.close();
await governor.close();
