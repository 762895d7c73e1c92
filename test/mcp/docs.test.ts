/** docs/mcp.md is true: what it shows is what a client is answered, and its configuration is one that `tai` takes. */
import { readdirSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { main } from '@tai-autonomics/cli';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksOf, pattern } from '../cli/followed-page.ts';
import { scratch } from '../cli/scratch.ts';
import { captureIo } from '../cli/terminal.ts';
import { unlike } from '../docs/shown-json.ts';
import { connectInMemory, REVISIONS, textOf, type Wiretapped } from './clients.ts';
import { createTenants, robotOf, type Tenants } from './tenants.ts';

const blocks = blocksOf('docs/mcp.md').filter(({ info }) => info !== 'ts');
const shown = (start: string): string => blocks.find(({ text }) => text.startsWith(start))?.text ?? '';
const shownJson = (start: string): object => JSON.parse(shown(start)) as object;
const saysText = (text: string, answer: string): boolean => pattern(text.trimEnd().split('\n')).test(`${answer}\n`);

let tenants: Tenants;
beforeAll(async () => {
  tenants = await createTenants();
});
afterAll(() => tenants.governor.close());

/** A robot of a tenant of its own, which has bought a plan. */
const robotWith = async (tenant: string, plan: 'base' | 'professional', revision: (typeof REVISIONS)[number]) => {
  await tenants.buy(tenant, plan);
  const caller = robotOf(tenant, 'read_deployment', 'write_rollback');
  return connectInMemory({ governor: tenants.governor, caller }, revision);
};
const call = ({ client }: Wiretapped) =>
  client.callTool({ name: 'rollback_orchestrator', arguments: { resource: 'shop' } });

test('every block of the page is looked at here, or compiled', () => {
  expect(blocks.map(({ text }) => text.split('\n')[0])).toEqual([
    expect.stringContaining('mcpServers'),
    expect.stringMatching(/^claude mcp add/),
    expect.stringContaining('"servers"'),
    // `npm run test:mcp-hosts` runs it.
    expect.stringContaining('@modelcontextprotocol/inspector'),
    expect.stringContaining('tai serve --host'),
    expect.stringMatching(/^REFUSED /),
    '{',
    '{',
  ]);
});

const { name: PACKAGE } = JSON.parse(readFileSync('packages/cli/package.json', 'utf8')) as { readonly name: string };

describe.each(REVISIONS)('in revision %s', (revision) => {
  test('a refusal is the text and the envelope of the page', async () => {
    tenants.world.isStable = false;
    const robot = await robotWith(`acme-${revision}`, 'professional', revision);
    const answer = await call(robot);
    const text = textOf(answer);
    expect(saysText(shown('REFUSED'), text), text).toBe(true);
    const envelope = shownJson('{\n  "outcome"');
    expect(unlike(envelope, answer.structuredContent)).toEqual([]);
    expect(saysText(shown('REFUSED').replace('shop', 'stop'), text)).toBe(false);
    expect(unlike({ ...envelope, verdict: 'retort' }, answer.structuredContent)).toEqual(['$.verdict']);
    await robot.close();
  });

  test('a tool that was not bought is answered as the page says', async () => {
    const robot = await robotWith(`poor-${revision}`, 'base', revision);
    await expect(call(robot)).rejects.toThrow();
    const sent = robot.sent.at(-1);
    const error = sent !== undefined && 'error' in sent ? sent.error : undefined;
    const unknown = shownJson('{\n  "code"');
    expect(unlike(unknown, error)).toEqual([]);
    expect(unlike({ ...unknown, code: 0 }, error)).toEqual(['$.code']);
    await robot.close();
  });
});

test('the options of `tai serve` are options that it takes', async () => {
  const [program, ...argv] = shown('tai serve').trim().split(' ');
  const { io, err } = captureIo(scratch());
  // A port that is none is refused before anything is made.
  await main([...argv, '--port', 'none'], io);
  expect([program, err()]).toEqual(['tai', expect.stringContaining('--port: expected 0 to 65535')]);
});

interface Server {
  readonly command: string;
  readonly args: readonly string[];
}
/** What each host starts, by the page. */
const started = (): readonly (readonly [string, Server])[] => {
  const { mcpServers } = shownJson('{ "mcpServers"') as { readonly mcpServers: { readonly tai: Server } };
  const { servers } = shownJson('{ "servers"') as { readonly servers: { readonly tai: Server } };
  const [, line = ''] = / -- (.*)/.exec(shown('claude mcp add')) ?? [];
  const [command = '', ...args] = line.split(' ');
  return [
    ['Claude Desktop and Cursor', mcpServers.tai],
    ['VS Code', servers.tai],
    ['Claude Code', { command, args }],
  ];
};

test.each(started())('what %s starts is `tai mcp`, with options that it knows', async (_host, { command, args }) => {
  // By the package's name: `tai` alone is somebody else's on the registry, and a client asks nobody before it starts one.
  const [program, ...argv] = args.slice(args.indexOf('tai'));
  expect([command, ...args.slice(0, args.indexOf('tai'))]).toEqual(['npx', '-y', '-p', PACKAGE]);
  expect(program).toBe('tai');
  // A client starts the process wherever it likes.
  expect(isAbsolute(args[args.indexOf('--dir') + 1] ?? '')).toBe(true);
  const said = async (...more: readonly string[]) => {
    const { io, err } = captureIo(scratch());
    await main([...argv, ...more], io);
    return err();
  };
  expect(await said()).toMatch(/config\.json: no such file/);
  expect(await said('--robot', 'x')).toMatch(/unknown option/);
});

describe('the attacks of the page', () => {
  const page = readFileSync('docs/mcp.md', 'utf8');
  const tests = ['test/mcp', 'test/mcp-gate', 'test/identity']
    .flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`))
    .filter((path) => path.endsWith('.test.ts') && path !== 'test/mcp/docs.test.ts')
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
  const rows = (page.split('\n## Security\n')[1] ?? '').split('\n').filter((line) => line.startsWith('| '));
  const attacks = rows.filter((row) => !row.startsWith('| attack '));
  test('each names what shows that it is stopped', () => {
    expect(attacks.length).toBeGreaterThan(10);
    expect(attacks.filter((row) => !/"[^"]+"/.test(row.split('|')[3] ?? ''))).toEqual([]);
  });
  test.each(
    attacks.flatMap((row) => [...(row.split('|')[3] ?? '').matchAll(/"([^"]+)"/g)].map(([, title = '']) => title)),
  )('"%s" is a test', (title) => {
    expect(["'", '"', '`'].some((quote) => tests.includes(`${quote}${title}${quote}`))).toBe(true);
  });
});
