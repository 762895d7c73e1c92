/** The tools of the plans as an agent reads them: about fifty, each of which says what it is for and what it answers. */
import type { Tool } from '@modelcontextprotocol/client';
import { ROLES } from '@tai-autonomics/core/author';
import { library } from '@tai-autonomics/packs';
import { describe, expect, test } from 'vitest';
import { people } from '../governor/kit.ts';
import { connectInMemory } from '../mcp/clients.ts';
import { bearing, startGuarded } from '../packs/guarded.ts';

const SIX = [
  'receipt_verifier',
  'rollback_guard',
  'storm_discipline',
  'iam_drift_guard',
  'policy_engine',
  'advanced_analytics',
];
const tools = library.packs.flatMap((pack) => pack.tools.map((tool) => ({ ...tool, pack })));

test('six packs sell at least thirty tools in one artefact (P-44, P-47, X-04, X-08)', () => {
  const { packs = [], iam_roles = [] } = library.plans['enterprise'] ?? {};
  expect([...packs].sort()).toEqual([...SIX].sort());
  expect(new Set(iam_roles).size).toBe(9);
  expect(tools.length).toBeGreaterThanOrEqual(30);
  expect(tools.filter(({ pack }) => pack.always === true).length).toBeGreaterThanOrEqual(4);
});

test('each tool offers an action, and each action that an agent may take has a tool, but those of the platform', () => {
  const offered = new Set(tools.flatMap(({ actions }) => actions));
  const without = library.packs
    .filter(({ tools: own }) => own.length > 0)
    .flatMap(({ actions }) => Object.entries(actions))
    .filter(([id, { who }]) => who.includes('agent') && !offered.has(id));
  expect(without.map(([id]) => id)).toEqual([]);
});

describe('what tells an agent what a tool is for', () => {
  test.for(tools)('$tool', ({ description, title, actions, pack }) => {
    expect(description.length).toBeGreaterThan(70);
    expect(title).not.toBe('');
    for (const id of actions) {
      const action = pack.actions[id];
      // What changes the ledger alone answers with its receipt.
      if (action?.does.effect !== 'internal') expect([id, action?.returns !== undefined]).toEqual([id, true]);
    }
  });
});

test('over MCP every tool has schemas of what goes in and comes out, and all four hints', async (context) => {
  const [{ setting }, releasing] = [await startGuarded(context), await startGuarded(context, { plan: 'release' })];
  const list = async (
    caller: Parameters<typeof connectInMemory>[0]['caller'],
    governor = setting.governor,
  ): Promise<readonly Tool[]> => {
    const { client, close } = await connectInMemory({ governor, caller }, '2026-07-28');
    const listed = (await client.listTools()).tools;
    await close();
    return listed;
  };
  const every = bearing('agent', 'bot', ...ROLES);
  const agents = [...(await list(every)), ...(await list(every, releasing.setting.governor))];
  const owners = await list({ ...people().owner, scope: ROLES });
  const names = new Set([...agents, ...owners].map(({ name }) => name));
  expect([...names].sort()).toEqual([...tools.map(({ tool }) => tool), 'check_request'].sort());
  for (const { name, inputSchema, outputSchema, annotations } of [...agents, ...owners]) {
    expect([name, inputSchema.type, inputSchema['additionalProperties']]).toEqual([name, 'object', false]);
    expect([name, outputSchema?.['type']]).toEqual([name, 'object']);
    expect(Object.keys(annotations ?? {}).sort()).toEqual([
      'destructiveHint',
      'idempotentHint',
      'openWorldHint',
      'readOnlyHint',
    ]);
  }
  const destructive = agents.filter(({ annotations }) => annotations?.destructiveHint === true).map(({ name }) => name);
  expect(destructive.sort()).toEqual([
    'configuration_restorer',
    'drift_remediate',
    'listing_publisher',
    'listing_withdrawal',
    'release_deployer',
    'release_reverter',
    'rollback_orchestrator',
    'throttle_config',
  ]);
});
