/** Another catalog, another surface: over both doors, at once, for its own tenant alone. */
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import { memoryCatalogs } from '@tai-autonomics/adapter-storage';
import type { CatalogSource } from '@tai-autonomics/core';
import { type Caller, loadCatalog, memoryCredentials, mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { packsWithout } from '../fixtures/tenant.ts';
import { approved, makeReady, people, right, startGovernor, TENANT } from '../governor/kit.ts';
import { connectInMemory, REVISIONS } from './clients.ts';

const { agent } = people();
const operator: Caller = { tenant: TENANT, subject: { type: 'system', id: 'operator' }, scope: [] };

/** Tools of packs: `check_request` is the door's own. */
const packed = <A extends { readonly name: string }>(tools: readonly A[]): readonly A[] =>
  tools.filter(({ name }) => name !== 'check_request');

/** A throttle is not sold any more, and who asks for a rollback has to say why. */
const next: CatalogSource = {
  ...library,
  catalog: { id: 'next', version: '2.0.0' },
  aliases: {},
  packs: packsWithout('storm_discipline').map((pack) => {
    const rollback = pack.actions['trigger_rollback'];
    if (rollback === undefined) return pack;
    const why = { means: 'why it is rolled back', type: { type: 'string' } } as const;
    const actions = { ...pack.actions, trigger_rollback: { ...rollback, arguments: { ...rollback.arguments, why } } };
    return { ...pack, actions };
  }),
  plans: Object.fromEntries(
    Object.entries(library.plans).map(([id, plan]) => [
      id,
      { ...plan, packs: plan.packs.filter((pack) => pack !== 'storm_discipline') },
    ]),
  ),
};

test.for(REVISIONS)(
  'an activated catalog is what both doors show and answer by, MCP in revision %s',
  async (revision) => {
    const catalogStore = memoryCatalogs();
    const successor = right(loadCatalog(next));
    right(await catalogStore.write(successor.text));
    const setting = await startGovernor({ catalogStore });
    const { governor } = setting;
    for (const tenant of [TENANT, 'umbrella']) await makeReady(setting, tenant);
    const minted = mintCredential(systemRandom, agent);
    const door = createHttpDoor({ governor, credentials: memoryCredentials([minted.credential]) });
    const send = async (path: string, body?: object): Promise<Readonly<Record<string, unknown>>> => {
      const headers = { authorization: `Bearer ${minted.secretText}`, 'content-type': 'application/json' };
      const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
      return (await (await door.fetch(new Request(`http://door.test${path}`, init))).json()) as Record<string, unknown>;
    };
    const overHttp = async (): Promise<readonly string[]> =>
      ((await send('/v1/tools'))['tools'] as readonly { readonly tool: string }[]).map(({ tool }) => tool);
    const mine = await connectInMemory({ governor, caller: agent }, revision);
    const theirs = await connectInMemory({ governor, caller: people('umbrella').agent }, revision);
    const overMcp = async () => packed((await mine.client.listTools()).tools);
    const before = await overHttp();
    expect((await overMcp()).map(({ name }) => name)).toEqual(before);
    expect(before).toContain('storm_detector');

    approved(await governor.submit(operator, { action: 'activate_catalog', resource: successor.digest }));
    await mine.told(1);
    const after = before.filter((tool) => !['storm_detector', 'storm_status', 'throttle_config'].includes(tool));
    expect(await overHttp()).toEqual(after);
    const tools = await overMcp();
    expect(tools.map(({ name }) => name)).toEqual(after);
    expect(tools.find(({ name }) => name === 'rollback_orchestrator')?.inputSchema).toMatchObject({
      properties: { why: { type: 'string' } },
      required: expect.arrayContaining(['why']),
    });
    expect(packed((await theirs.client.listTools()).tools).map(({ name }) => name)).toEqual(before);
    expect(theirs.timesTold()).toBe(0);

    const asked = { action: 'rollback_orchestrator', resource: 'payments' };
    const refused = {
      verdict: 'refuse',
      reasons: expect.arrayContaining([expect.objectContaining({ code: 'arguments_invalid' })]),
    };
    expect(await send('/v1/actions', asked)).toMatchObject(refused);
    expect(await send('/v1/actions', { ...asked, preview: true })).toMatchObject(refused);
    const called = await mine.client.callTool({ name: 'rollback_orchestrator', arguments: { resource: 'payments' } });
    expect(called.structuredContent).toMatchObject({ reasons: refused.reasons });
    await expect(mine.client.callTool({ name: 'storm_status', arguments: {} })).rejects.toMatchObject({
      code: -32_602,
    });
    await Promise.all([mine.close(), theirs.close()]);
    await governor.close();
  },
);
