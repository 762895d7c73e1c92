/** Prompts: runbooks of what the caller can do, and what to do after a refusal. */
import type { Client } from '@modelcontextprotocol/client';
import type { Envelope } from '@tai-autonomics/adapter-mcp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectInMemory, REVISIONS, textOf } from './clients.ts';
import { agent, deploy, fakeGovernor, look } from './fake-governor.ts';
import { createTenants, robotOf, type Tenants } from './tenants.ts';

let tenants: Tenants;
beforeAll(async () => {
  tenants = await createTenants();
});
afterAll(() => tenants.governor.close());

const prompt = async (client: Client, name: string, args: Record<string, string>): Promise<string> => {
  const { messages } = await client.getPrompt({ name, arguments: args });
  expect(messages.map(({ role }) => role)).toEqual(['user']);
  return textOf({ content: messages.map(({ content }) => content) });
};
const values = async (client: Client, name: string, argument: string, value: string): Promise<readonly string[]> =>
  (await client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: argument, value } })).completion.values;

describe.each(REVISIONS)('in revision %s', (revision) => {
  const acme = `prompted-${revision}`;
  const robot = (tenant = acme, id = 'robot') =>
    connectInMemory(
      {
        governor: tenants.governor,
        caller: { ...robotOf(tenant, 'read_deployment', 'write_rollback'), subject: { type: 'agent', id } },
      },
      revision,
    );

  test('there is a runbook for what changes the world and was bought, and the prompts of everybody', async () => {
    await tenants.buy(acme, 'base');
    const { client, close } = await robot();
    // As a client without a cache asks.
    const listed = async () =>
      (await client.request({ method: 'prompts/list', params: {} })).prompts.map(({ name }) => name);
    expect(await listed()).toEqual(['report_incident', 'why_refused']);
    await expect(
      client.getPrompt({ name: 'run_rollback_orchestrator', arguments: { resource: 'shop' } }),
    ).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining('Unknown prompt: run_rollback_orchestrator'),
    });
    await tenants.buy(acme, 'professional');
    expect(await listed()).toEqual([
      'report_incident',
      'run_configuration_restorer',
      'run_rollback_orchestrator',
      'why_refused',
    ]);
    const text = await prompt(client, 'run_rollback_orchestrator', { resource: 'shop' });
    expect(text).toMatch(
      /^Goal: .*"shop"\.\n1\. Preview it: call entitlement_gate[\s\S]*2\. Call rollback_orchestrator/,
    );
    await close();
  });

  test('a refusal is read from its receipt, with every step that was lawful, by whoever may see it', async () => {
    const { client, close } = await robot();
    const answer = await client.callTool({ name: 'rollback_orchestrator', arguments: { resource: 'shop' } });
    const { receipt, reasons = [] } = answer.structuredContent as unknown as Envelope;
    const seq = String(receipt?.seq);
    const text = await prompt(client, 'why_refused', { receipt: seq });
    for (const { code, means } of reasons) expect(text).toContain(`${code}: required that ${means}.`);
    expect(text).toMatch(/Next lawful step \(authority\): let the owner \(user\) submit grant_role/);
    expect(await values(client, 'why_refused', 'receipt', seq.slice(0, 1))).toContain(seq);

    const other = await robot(acme, 'stranger');
    await expect(other.client.getPrompt({ name: 'why_refused', arguments: { receipt: seq } })).rejects.toMatchObject({
      code: -32_602,
    });
    expect(await values(other.client, 'why_refused', 'receipt', '')).toEqual([]);
    for (const given of [{}, { receipt: 'x' }, { receipt: '999999' }])
      await expect(client.getPrompt({ name: 'why_refused', arguments: given })).rejects.toMatchObject({
        code: -32_602,
      });
    for (const one of [other, { close }]) await one.close();
  });

  test('an incident is reported from its receipts', async () => {
    const { client, close } = await robot();
    await client.callTool({ name: 'health_check', arguments: {}, _meta: { 'tai-autonomics/incident': 'INC-1' } });
    expect(await prompt(client, 'report_incident', { incident: 'INC-1' })).toContain('"action":"check_health"');
    await expect(client.getPrompt({ name: 'report_incident', arguments: { incident: 'a b' } })).rejects.toMatchObject({
      code: -32_602,
    });
    await close();
  });

  test('arguments are completed from what the caller has, and of what is hidden nothing is told', async () => {
    const governor = fakeGovernor(look, deploy);
    const { client, close } = await connectInMemory({ governor, caller: agent }, revision);
    expect(await values(client, 'run_deployer', 'action', 'un')).toEqual(['undeploy']);
    expect(await values(client, 'run_deployer', 'action', '')).toEqual(['deploy', 'undeploy']);
    for (const [name, argument] of [
      ['run_nothing', 'action'],
      ['run_deployer', 'toString'],
      ['why_refused', 'receipt'],
    ] as const)
      expect(await values(client, name, argument, '')).toEqual([]);
    const schemas = await client.complete({
      ref: { type: 'ref/resource', uri: 'schema://{tool}' },
      argument: { name: 'tool', value: 'd' },
    });
    expect(schemas.completion.values).toEqual(['deployer']);
    await expect(
      client.getPrompt({ name: 'run_deployer', arguments: { action: 'other', resource: 'shop' } }),
    ).rejects.toMatchObject({ code: -32_602 });
    expect(governor.asked).toEqual([]);
    await close();
  });

  test('the same refusal of the same call says where it was refused before; another call does not', async () => {
    const { client, close } = await robot();
    const ask = async (resource: string) => {
      const answer = await client.callTool({ name: 'rollback_orchestrator', arguments: { resource } });
      return { text: textOf(answer), envelope: answer.structuredContent as unknown as Envelope };
    };
    const [first, other, again] = [await ask('till'), await ask('desk'), await ask('till')];
    expect([first.envelope.askedBefore, other.envelope.askedBefore]).toEqual([undefined, undefined]);
    expect(again.envelope.askedBefore).toEqual([first.envelope.receipt?.seq]);
    expect(again.text).toContain(
      `You asked exactly this before, and were refused for the same reasons (receipt ${first.envelope.receipt?.seq}).`,
    );
    await close();
  });
});
