/** A refusal that is asked for again unchanged: what can't have changed is answered from the record, everything else is decided. */
import type { Envelope } from '@tai-autonomics/adapter-mcp';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectInMemory, REVISIONS, textOf } from './clients.ts';
import { createTenants, ownerOf, robotOf, type Tenants } from './tenants.ts';

let tenants: Tenants;
beforeAll(async () => {
  tenants = await createTenants();
});
afterAll(() => tenants.governor.close());

describe.each(REVISIONS)('in revision %s', (revision) => {
  const open = async (name: string) => {
    const tenant = `${name}-${revision}`;
    await tenants.buy(tenant, 'professional');
    tenants.world.isStable = true;
    const caller = robotOf(tenant, 'read_deployment', 'write_rollback');
    const { client, close } = await connectInMemory({ governor: tenants.governor, caller }, revision);
    return {
      tenant,
      caller,
      close,
      ask: async (meta?: Record<string, unknown>) => {
        const answer = await client.callTool({
          name: 'rollback_orchestrator',
          arguments: { resource: 'shop' },
          ...(meta === undefined ? {} : { _meta: meta }),
        });
        return { text: textOf(answer), envelope: answer.structuredContent as unknown as Envelope };
      },
      size: async () => {
        const head = await tenants.governor.head(tenant);
        return E.isRight(head) ? (head.right?.size ?? 0) : -1;
      },
    };
  };

  test('where nothing was recorded since, it is the answer of then, and says so: nothing is decided, nothing recorded', async () => {
    const robot = await open('again');
    const first = await robot.ask();
    const size = await robot.size();
    for (let n = 0; n < 3; n++) {
      const again = await robot.ask();
      expect(again.envelope).toEqual({
        ...first.envelope,
        repeated: true,
        askedBefore: [first.envelope.receipt?.seq],
      });
      expect(again.text).toContain('it was not decided again: this is the answer of then.');
    }
    expect(await robot.size()).toBe(size);
    await robot.close();
  });

  test.each([
    {
      note: 'something was recorded since',
      change: async (tenant: string) => {
        await tenants.governor.submit(robotOf(tenant), { action: 'check_health', resource: '*' });
      },
    },
    { note: 'it has an intent id of its own', meta: { 'tai-autonomics/intent-id': 'mine' } },
  ])('it is decided and recorded anew if $note', async ({ note, change, meta }) => {
    const robot = await open(note.replaceAll(' ', '-'));
    const first = await robot.ask();
    await change?.(robot.tenant);
    const size = await robot.size();
    const again = await robot.ask(meta);
    expect(again.envelope.repeated).toBeUndefined();
    expect([again.envelope.receipt?.seq, await robot.size()]).toEqual([size, size + 1]);
    expect(again.envelope.askedBefore).toEqual([first.envelope.receipt?.seq]);
    await robot.close();
  });

  test('a refusal that rests on the world is decided anew each time', async () => {
    const robot = await open('worldly');
    tenants.world.isStable = false;
    const first = await robot.ask();
    expect(first.text).toContain('deployment_not_stable');
    tenants.world.isStable = true;
    const again = await robot.ask();
    expect(again.envelope.repeated).toBeUndefined();
    expect(again.text).not.toContain('deployment_not_stable');
    await robot.close();
  });

  test('what a step brought about is seen at once', async () => {
    const robot = await open('stepped');
    expect((await robot.ask()).text).toContain('insufficient_privilege');
    await tenants.governor.submit(ownerOf(robot.tenant), {
      action: 'grant_role',
      resource: 'shop',
      arguments: {
        subject: tenants.governor.refOf(robot.tenant, robot.caller.subject),
        roles: ['read_deployment', 'write_rollback'],
      },
    });
    expect((await robot.ask()).text).not.toContain('insufficient_privilege');
    await robot.close();
  });
});
