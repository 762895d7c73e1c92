import type { Client } from '@modelcontextprotocol/client';
import type { Envelope } from '@tai-autonomics/adapter-mcp';
import type { Caller } from '@tai-autonomics/governor';
import { incidentResponse, library, receiptVerifier } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, connectInMemory, REVISIONS, type Revision, textOf, type Wiretapped } from './clients.ts';
import { type Loopback, listen } from './loopback.ts';
import { createTenants, ownerOf, robotOf, type Tenants } from './tenants.ts';

/** `check_request` is the door's own. */
const CORE_TOOLS = [
  'andon',
  'check_request',
  ...[...receiptVerifier.tools, ...incidentResponse.tools].map(({ tool }) => tool),
].sort();
const ROLLBACK_TOOLS = ['configuration_restorer', 'deployment_validator', 'rollback_orchestrator', 'rollback_status'];
/** `throttle_config` takes write_config, which the credentials here don't carry. */
const STORM_TOOLS = ['storm_detector', 'storm_status'];
const PROFESSIONAL_TOOLS = [...CORE_TOOLS, ...ROLLBACK_TOOLS, ...STORM_TOOLS].sort();

let tenants: Tenants;
beforeAll(async () => {
  tenants = await createTenants();
});
afterAll(() => tenants.governor.close());

const clientOf = (caller: Caller, revision: Revision): Promise<Wiretapped> =>
  connectInMemory({ governor: tenants.governor, caller }, revision);
const names = async (client: Client): Promise<readonly string[]> =>
  (await client.listTools()).tools.map(({ name }) => name);
const sizeOf = async (tenant: string): Promise<number> => {
  const head = await tenants.governor.head(tenant);
  return E.isRight(head) ? (head.right?.size ?? 0) : -1;
};
/** The last error that a server sent, byte for byte but for what may differ: id, name, and where the receipt stands. */
const lastError = ({ sent }: Wiretapped, name: string): string => {
  const message = sent.at(-1);
  const text = JSON.stringify(message === undefined || !('error' in message) ? message : message.error);
  return text
    .replaceAll(JSON.stringify(name).slice(1, -1), 'NAME')
    .replace(/"seq":\d+/, '"seq":SEQ')
    .replace(/"leaf":"[\w-]{43}"/, '"leaf":LEAF');
};

describe.each(REVISIONS)('over the real governor in revision %s', (revision) => {
  const acme = `acme-${revision}`;

  test('a base tenant sees what is always on, an upgrade is announced, and then there are more', async () => {
    await tenants.buy(acme, 'base');
    const robot = await clientOf(robotOf(acme, 'read_deployment', 'write_rollback'), revision);
    const { client } = robot;
    expect(await names(client)).toEqual(CORE_TOOLS);

    const before = await sizeOf(acme);
    const refused = client.callTool({ name: 'rollback_orchestrator', arguments: { resource: 'shop' } });
    await expect(refused).rejects.toMatchObject({
      code: -32_602,
      data: { receipt: { seq: before, leaf: expect.stringMatching(/^[\w-]{43}$/) } },
    });
    expect(await sizeOf(acme)).toBe(before + 1);

    await tenants.buy(acme, 'professional');
    await robot.told(1);
    expect(await names(client)).toEqual(PROFESSIONAL_TOOLS);
    await robot.close();
  });

  test('a refusal of a visible tool has every reason and every next lawful step, in its text too', async () => {
    tenants.world.isStable = false;
    const robot = await clientOf(robotOf(acme, 'read_deployment', 'write_rollback'), revision);
    const result = await robot.client.callTool({ name: 'rollback_orchestrator', arguments: { resource: 'shop' } });
    tenants.world.isStable = true;
    const envelope = result.structuredContent as unknown as Envelope;
    const text = textOf(result);
    const codes = envelope.reasons?.map(({ code }) => code) ?? [];
    expect(result.isError).toBe(true);
    expect(codes).toContain('insufficient_privilege');
    expect(codes).toContain('deployment_not_stable');
    expect(codes).toContain('rollback_policy_not_approved');
    expect(text).toMatch(new RegExp(`^REFUSED ${[...new Set(codes)].join(', ')}: `));
    expect(text.match(/Next lawful step \(/g)).toHaveLength(codes.length);
    expect(text).toContain('submit grant_role');
    expect(text).toContain('submit approve_action');
    expect(text).toContain(`Receipt: seq ${envelope.receipt?.seq}, leaf ${envelope.receipt?.leaf}`);
    expect(await sizeOf(acme)).toBe((envelope.receipt?.seq ?? -1) + 1);
    await robot.close();
  });

  test('a read answers with its result, and a repeated intent id with the recorded answer', async () => {
    const robot = await clientOf(robotOf(acme), revision);
    const once = { name: 'health_check', arguments: {}, _meta: { 'tai-autonomics/intent-id': `health ${revision}` } };
    const first = (await robot.client.callTool(once)).structuredContent as unknown as Envelope;
    const again = (await robot.client.callTool(once)).structuredContent as unknown as Envelope;
    expect(first).toMatchObject({ outcome: 'approved', status: 'success', result: { status: 'ok', mode: 'eval' } });
    expect(again).toMatchObject({
      outcome: 'approved',
      repeated: true,
      receipt: { seq: first.receipt?.seq, leaf: first.receipt?.leaf },
    });
    const other = await robot.client.callTool({ ...once, arguments: { resource: 'shop' } });
    expect(other).toMatchObject({
      isError: true,
      structuredContent: { outcome: 'not_decided', why: 'intent_conflict' },
    });
    await robot.close();
  });

  test('unknown arguments and a missing resource are invalid, with a receipt', async () => {
    const robot = await clientOf(robotOf(acme, 'read_deployment', 'write_rollback'), revision);
    for (const [name, args, member] of [
      ['health_check', { verbose: true }, 'verbose'],
      ['rollback_orchestrator', {}, 'resource'],
      ['entitlement_gate', {}, 'action'],
    ] as const) {
      const result = await robot.client.callTool({ name, arguments: args });
      const envelope = result.structuredContent as unknown as Envelope;
      expect(envelope).toMatchObject({ outcome: 'invalid', verdict: 'refuse', receipt: { seq: expect.any(Number) } });
      expect(envelope.reasons?.some(({ next }) => next.kind === 'request' && next.argument === member)).toBe(true);
      expect(textOf(result)).toContain(member);
    }
    await robot.close();
  });

  test('unknown, not bought and hidden look the same, byte for byte but for the name and the receipt', async () => {
    const tenant = `poor-${revision}`;
    await tenants.buy(tenant, 'base');
    const robot = await clientOf(robotOf(tenant, 'read_deployment', 'write_rollback'), revision);
    const errors = new Set<string>();
    const asked = [
      'no_such_tool',
      'rollback_orchestrator',
      // An alias of it, an action of it, and actions of the platform that have no tool: one that agents may take, too.
      'ac_rollback_orchestrator',
      'trigger_rollback',
      'raise_andon',
      'grant_role',
      'apply_entitlement',
      'open_tenant',
    ];
    for (const [n, name] of asked.entries()) {
      const args = { severity: 'high', finding: 'smoke', resource: 'shop' };
      const before = await sizeOf(tenant);
      await expect(
        robot.client.callTool({ name, arguments: args, _meta: { 'tai-autonomics/intent-id': `${n}` } }),
      ).rejects.toThrow();
      errors.add(lastError(robot, name));
      expect(await sizeOf(tenant)).toBe(before + 1);
    }
    expect([...errors]).toHaveLength(1);
    expect([...errors][0]).toMatch(
      /^\{"code":-32602,"message":"Unknown tool: NAME","data":\{"notice":"NON-CONTRACTUAL","receipt":\{"origin":"[^"]+","seq":SEQ,"leaf":LEAF\}/,
    );
    await robot.close();
  });

  test('a name that is an action and no tool does nothing, whoever asks and whatever was bought', async () => {
    const tenant = `quiet-${revision}`;
    await tenants.buy(tenant, 'professional');
    const robot = robotOf(tenant);
    const isStopped = async (): Promise<boolean> => {
      const decision = await tenants.governor.preview(robot, { action: 'trigger_rollback', resource: 'shop' });
      return JSON.stringify(decision).includes('andon_open');
    };
    const andon = { severity: 'high', finding: 'smoke' };
    for (const caller of [robot, ownerOf(tenant)]) {
      const { client, close } = await clientOf(caller, revision);
      for (const name of ['raise_andon', 'check_health']) {
        for (const args of [andon, { ...andon, resource: 'shop' }]) {
          await expect(client.callTool({ name, arguments: args })).rejects.toMatchObject({ code: -32_602 });
        }
      }
      await close();
    }
    expect(await isStopped()).toBe(false);
    await tenants.governor.submit(robot, { action: 'raise_andon', resource: 'shop', arguments: andon });
    expect(await isStopped()).toBe(true);
  });

  test('what is listed can be called, and nothing else can, before and after an upgrade', async () => {
    const tenant = `listed-${revision}`;
    const every = [
      'check_request',
      ...library.packs.flatMap((pack) => [...pack.tools.map(({ tool }) => tool), ...Object.keys(pack.actions)]),
    ];
    for (const plan of ['base', 'professional'] as const) {
      await tenants.buy(tenant, plan);
      for (const caller of [robotOf(tenant), ownerOf(tenant)]) {
        const { client, close } = await clientOf(caller, revision);
        const callable: string[] = [];
        for (const name of every) {
          const isAnswered = await client.callTool({ name, arguments: {} }).then(
            () => true,
            () => false,
          );
          if (isAnswered) callable.push(name);
        }
        expect(callable.sort()).toEqual(await names(client));
        await close();
      }
    }
  });

  test('a tenant without a ledger has no tools', async () => {
    const { client, close } = await clientOf(robotOf('nobody'), revision);
    expect(await names(client)).toEqual([]);
    await expect(client.callTool({ name: 'health_check', arguments: {} })).rejects.toMatchObject({ code: -32_602 });
    await close();
  });
});

describe.each(REVISIONS)('over HTTP and the real governor in revision %s', (revision) => {
  let loopback: Loopback;
  beforeAll(async () => {
    loopback = await listen({
      governor: tenants.governor,
      authenticate: async (request) => robotOf(request.headers.get('authorization')?.replace('Bearer ', '') ?? ''),
    });
  });
  afterAll(() => loopback.close());

  test('an upgrade is announced to that tenant’s clients alone', async () => {
    const [rich, poor] = [`rich-${revision}`, `neighbour-${revision}`];
    await tenants.buy(rich, 'base');
    await tenants.buy(poor, 'base');
    const a = await connect(loopback.transport(rich), revision);
    const b = await connect(loopback.transport(poor), revision);
    expect(await names(a.client)).toEqual(CORE_TOOLS);
    await tenants.buy(rich, 'professional');
    await a.told(1);
    // Its credential carries no role, so no purchase shows it what takes one.
    expect(await names(a.client)).toEqual(CORE_TOOLS);
    expect(await names(b.client)).toEqual(CORE_TOOLS);
    await tenants.buy(poor, 'professional');
    await b.told(1);
    expect([a.timesTold(), b.timesTold()]).toEqual([1, 1]);
    await a.close();
    await b.close();
  });
});
