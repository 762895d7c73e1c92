/** `tai mcp` beside a server and without one: several agents at once, whoever holds the ledger. */
import process from 'node:process';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { EXIT } from '@tai-autonomics/cli';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Connected, connect } from '../mcp/clients.ts';
import { TAI } from '../programs/program.ts';
import { inTheLongRun } from '../runs.ts';
import { startTai } from './process.ts';
import { prepare, runIn } from './rows.ts';
import { folder } from './scratch.ts';

const { dir, remove } = folder();
const open: Connected[] = [];

const session = async (agent: string): Promise<Connected> => {
  const connected = await connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [TAI, 'mcp', '--tenant', 'acme', '--agent', agent],
      cwd: dir,
      stderr: 'inherit',
    }),
    '2025-11-25',
  );
  open.push(connected);
  return connected;
};

const receiptOf = async ({ client }: Connected): Promise<number> => {
  const { structuredContent } = await client.callTool({ name: 'health_check', arguments: { resource: '*' } });
  return (structuredContent as { receipt: { seq: number } }).receipt.seq;
};

beforeAll(async () => {
  prepare(dir);
  await runIn(dir, ['event', 'event.json']);
});
afterAll(async () => {
  for (const { close } of open) await close();
  remove();
});

test('two agents ask one server; after it was killed one of them holds the ledger, and the other asks that one', async (context) => {
  inTheLongRun(context);
  const serving = startTai(dir, 'serve', '--port', '0');
  await serving.says(/stop with Ctrl-C\n/);
  const [ada, bob] = [await session('ada'), await session('bob')];
  const { tools } = await ada.client.listTools();
  expect(tools.map(({ name }) => name)).toContain('health_check');
  expect((await bob.client.listTools()).tools).toEqual(tools);
  const places = [await receiptOf(ada), await receiptOf(bob)];
  // One whose client goes away ends, though the server that it asks stays.
  const gone = startTai(dir, 'mcp', '--tenant', 'acme', '--agent', 'cleo');
  gone.child.stdin?.end();
  expect(await gone.ended).toBe(EXIT.ok);
  serving.child.kill('SIGKILL');
  await serving.ended;
  // Who takes over opens the ledger first; then each is answered.
  for (const agent of [ada, bob]) await expect.poll(() => receiptOf(agent), { timeout: 100_000 }).toBeGreaterThan(0);
  places.push(await receiptOf(ada), await receiptOf(bob));
  expect(places).toEqual([...new Set(places)].sort((one, other) => one - other));
  const { out } = await runIn(dir, ['submit', 'check_health', '--tenant', 'acme', '--as', 'agent:cy', '--json']);
  expect(JSON.parse(out).receipt.seq).toBe((places.at(-1) ?? 0) + 1);
}, 240_000);

test('a tenant that is not open is said, and nothing is served', async () => {
  const { code, err } = await runIn(dir, ['mcp', '--tenant', 'amce']);
  expect([code, err]).toEqual([
    EXIT.unreadable,
    'tai: --tenant: no tenant "amce" is open in .tai; tai tenants lists those that are\n',
  ]);
});
