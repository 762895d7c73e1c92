/** The brief list: what an agent with a small context pays, and that nothing but the list is another. */
import type { Tool } from '@modelcontextprotocol/client';
import { createMcpHttp } from '@tai-autonomics/adapter-mcp';
import { ROLES } from '@tai-autonomics/core/author';
import { library } from '@tai-autonomics/packs';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Connected, connectInMemory, REVISIONS } from './clients.ts';
import { createTenants, robotOf, type Tenants } from './tenants.ts';

const tokens = (json: unknown): number => encode(JSON.stringify(json)).length;

let tenants: Tenants;
beforeAll(async () => {
  tenants = await createTenants();
  await tenants.buy('acme', 'enterprise');
  await tenants.buy('small', 'base');
});
afterAll(() => tenants.governor.close());

describe.each(REVISIONS)('in revision %s', (revision) => {
  let full: Connected;
  let brief: Connected;
  let tools: readonly Tool[];
  beforeAll(async () => {
    const caller = robotOf('acme', ...ROLES);
    full = await connectInMemory({ governor: tenants.governor, caller }, revision);
    brief = await connectInMemory({ governor: tenants.governor, caller, listing: 'brief' }, revision);
    tools = (await brief.client.listTools()).tools;
  });
  afterAll(() => Promise.all([full.close(), brief.close()]));

  test('the tools of a pack cost a few hundred tokens, and all of them less than 2 500', () => {
    const inPack = (pack: (typeof library.packs)[number]): readonly Tool[] =>
      tools.filter(({ name }) => pack.tools.some(({ tool }) => tool === name));
    const packs = library.packs.map((pack) => inPack(pack)).filter((listed) => listed.length > 0);
    expect(packs.length).toBeGreaterThanOrEqual(6);
    for (const listed of packs) expect(tokens(listed)).toBeLessThan(600);
    expect(tokens(tools)).toBeLessThan(2_500);
  });
  test('it names the tools of the full list, and one that describes them', async () => {
    const names = (await full.client.listTools()).tools.map(({ name }) => name);
    expect(tools.map(({ name }) => name)).toEqual([...names, 'describe_tool'].sort());
  });
  test('each tool is described on demand as the full list describes it, and no receipt is written', async () => {
    const before = await tenants.governor.head('acme');
    for (const tool of (await full.client.listTools()).tools) {
      const { structuredContent, content, isError } = await brief.client.callTool({
        name: 'describe_tool',
        arguments: { tool: tool.name },
      });
      expect(isError).toBe(false);
      expect(structuredContent).toMatchObject({ outcome: 'approved', result: tool });
      expect(JSON.stringify(content)).toContain(JSON.stringify(JSON.stringify(tool)).slice(1, -1));
    }
    expect(await tenants.governor.head('acme')).toEqual(before);
  });
  test('a tool that reads is still said to read, and one that changes the world to change it', async () => {
    const hints = new Map(tools.map(({ name, annotations }) => [name, annotations]));
    for (const { name, annotations } of (await full.client.listTools()).tools) {
      expect(hints.get(name)?.readOnlyHint ?? false).toBe(annotations?.readOnlyHint);
      if (annotations?.readOnlyHint !== true)
        expect(hints.get(name)?.destructiveHint).toBe(annotations?.destructiveHint);
    }
  });
  test('a call is decided as ever: an argument of the wrong type is refused, a full one is answered', async () => {
    const wrong = await brief.client.callTool({ name: 'receipt_display', arguments: { seq: 'first' } });
    expect(wrong.structuredContent).toMatchObject({ outcome: 'invalid', verdict: 'refuse' });
    const right = await brief.client.callTool({ name: 'health_check', arguments: {} });
    expect(right.structuredContent).toMatchObject({ outcome: 'approved', status: 'success' });
  });
  test('what is not bought is described like what never was', async () => {
    const caller = robotOf('small', ...ROLES);
    const { client, close } = await connectInMemory({ governor: tenants.governor, caller, listing: 'brief' }, revision);
    const describe = (tool: string) => client.callTool({ name: 'describe_tool', arguments: { tool } });
    expect(await describe('rollback_orchestrator')).toEqual(await describe('no_such_tool'));
    expect((await describe('no_such_tool')).isError).toBe(true);
    for (const given of [{}, { tool: 7 }, { tool: 'health_check', more: true }])
      expect((await client.callTool({ name: 'describe_tool', arguments: given })).structuredContent).toMatchObject({
        outcome: 'invalid',
      });
    await close();
  });
  test('on a full list there is no such tool', async () => {
    await expect(full.client.callTool({ name: 'describe_tool', arguments: { tool: 'health_check' } })).rejects.toThrow(
      'Unknown tool',
    );
  });
});

test('over HTTP the client chooses by the query, and another word than full or brief is refused', async () => {
  const door = createMcpHttp({
    governor: tenants.governor,
    authenticate: async () => robotOf('acme', ...ROLES),
    listing: 'brief',
  });
  const list = async (query: string): Promise<{ status: number; names: readonly string[] }> => {
    const response = await door.fetch(
      new Request(`http://localhost/mcp${query}`, {
        method: 'POST',
        headers: {
          host: 'localhost',
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/list',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/list',
          params: {
            _meta: {
              'io.modelcontextprotocol/protocolVersion': '2026-07-28',
              'io.modelcontextprotocol/clientInfo': { name: 'a test', version: '1.0.0' },
              'io.modelcontextprotocol/clientCapabilities': {},
            },
          },
        }),
      }),
    );
    const text = await response.text();
    return { status: response.status, names: [...text.matchAll(/"name":"(\w+)"/g)].map(([, name = '']) => name) };
  };
  expect((await list('')).names).toContain('describe_tool');
  expect((await list('?listing=brief')).names).toContain('describe_tool');
  const full = await list('?listing=full');
  expect(full.status).toBe(200);
  expect(full.names).toContain('health_check');
  expect(full.names).not.toContain('describe_tool');
  expect((await list('?listing=short')).status).toBe(400);
  await door.close();
});
