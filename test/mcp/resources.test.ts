/** What can be read at the agents' door: with the rights of the tools that show the same, looked at again at each read. */
import { ROLES } from '@tai-autonomics/core/author';
import type { Caller } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, connectInMemory, REVISIONS, type Revision, type Wiretapped } from './clients.ts';
import { agent, approved, type FakeGovernor, fakeGovernor, look, notFound, place, refused } from './fake-governor.ts';
import { listen } from './loopback.ts';
import { createTenants, ownerOf, robotOf, type Tenants } from './tenants.ts';

let tenants: Tenants;
beforeAll(async () => {
  tenants = await createTenants();
});
afterAll(() => tenants.governor.close());

type Connection = Pick<Wiretapped, 'client' | 'close'>;
const ways = REVISIONS.flatMap((revision) => (['in memory', 'over HTTP'] as const).map((way) => ({ revision, way })));

const open = async (way: string, revision: Revision, caller: Caller): Promise<Connection> => {
  const { governor } = tenants;
  if (way === 'in memory') return connectInMemory({ governor, caller }, revision);
  const loopback = await listen({ governor, authenticate: async () => caller });
  const connected = await connect(loopback.transport('a'), revision);
  return {
    client: connected.client,
    close: async () => {
      await connected.close();
      await loopback.close();
    },
  };
};
const jsonOf = async ({ client }: Connection, uri: string): Promise<Record<string, unknown>> => {
  const { contents } = await client.readResource({ uri });
  expect(contents).toMatchObject([{ uri, mimeType: 'application/json' }]);
  return JSON.parse((contents[0] as { readonly text: string }).text) as Record<string, unknown>;
};
const sizeOf = async (tenant: string): Promise<number> => {
  const head = await tenants.governor.head(tenant);
  return E.isRight(head) ? (head.right?.size ?? 0) : -1;
};
/** Everything that is listed, page after page. */
const allOf = async ({ client }: Connection): Promise<readonly string[]> => {
  const uris: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.request({ method: 'resources/list', params: cursor === undefined ? {} : { cursor } });
    uris.push(...page.resources.map(({ uri }) => uri));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return uris;
};
const NOT_FOUND = (uri: string) => ({ code: -32_602, data: { uri } });

describe.each(ways)('$way in revision $revision', ({ revision, way }) => {
  const acme = `read-${way.replaceAll(' ', '-')}-${revision}`;

  test('the head, the policy, a receipt, an incident and a schema are what the tools show', async () => {
    await tenants.buy(acme, 'professional');
    const robot = await open(way, revision, robotOf(acme, 'read_deployment'));
    await robot.client.callTool({
      name: 'rollback_status',
      arguments: { resource: 'shop' },
      _meta: { 'tai-autonomics/incident': 'INC-7' },
    });
    const size = await sizeOf(acme);
    expect(await jsonOf(robot, 'ledger://head')).toEqual({
      origin: expect.stringContaining('tai.example'),
      size,
      leaf: expect.stringMatching(/^[\w-]{43}$/),
    });
    const policy = await jsonOf(robot, 'policy://active');
    const { tools } = await robot.client.listTools();
    expect((policy['tools'] as { tool: string }[]).map(({ tool }) => tool)).toEqual(
      tools.flatMap(({ name }) => (name === 'check_request' ? [] : [name])),
    );
    expect(policy['catalog']).toMatch(/^[\w:-]+$/);
    // Nothing of this was recorded: a client may look as often as it likes.
    expect(await sizeOf(acme)).toBe(size);

    const shown = await jsonOf(robot, `receipt://${size - 1}`);
    const byTool = await robot.client.callTool({ name: 'receipt_display', arguments: { seq: size - 1 } });
    expect(shown).toEqual((byTool.structuredContent as { result: unknown }).result);
    // Each of the two is recorded: who was shown what.
    expect(await sizeOf(acme)).toBe(size + 2);

    const incident = await jsonOf(robot, 'incident://INC-7');
    expect(incident['receipts']).toMatchObject([{ incident: 'INC-7', action: expect.any(String) }]);
    const schema = await robot.client.readResource({ uri: 'schema://receipt_display' });
    expect((schema.contents[0] as { readonly text: string }).text).toContain('"receipt":{"type":"string"');
    await robot.close();
  });

  test('what is not there, is somebody else’s or is misspelt gets one answer', async () => {
    const robot = await open(way, revision, robotOf(acme, 'read_deployment'));
    const stranger = await open(way, revision, { ...robotOf(acme), subject: { type: 'agent', id: 'stranger' } });
    const size = await sizeOf(acme);
    await robot.client.callTool({ name: 'health_check', arguments: {} });
    const own = `receipt://${size}`;
    expect(await jsonOf(robot, own)).toMatchObject({ seq: size });
    for (const uri of [
      own,
      'receipt://999999',
      'receipt://007',
      'receipt://-1',
      'receipt://1e1',
      'receipt://',
      'ledger://tail',
      'schema://nothing',
      'nothing',
    ])
      await expect(stranger.client.readResource({ uri }), uri).rejects.toMatchObject(NOT_FOUND(uri));
    // An owner sees everybody's.
    const owner = await open(way, revision, ownerOf(acme));
    expect(await jsonOf(owner, own)).toMatchObject({ seq: size });
    for (const one of [robot, stranger, owner]) await one.close();
  });

  test('the list has what can be read, the newest receipt first, page after page, and nothing of others', async () => {
    const owner = await open(way, revision, { ...ownerOf(acme), scope: ROLES });
    const robot = await open(way, revision, robotOf(acme, 'read_deployment'));
    const health = { action: 'check_health', resource: '*' };
    const more = Array.from({ length: 110 }, () => tenants.governor.submit(robotOf(acme, 'read_deployment'), health));
    await Promise.all(more);
    const size = await sizeOf(acme);
    const uris = await allOf(owner);
    expect(uris.slice(0, 3)).toEqual(['ledger://head', 'policy://active', 'schema://envelope']);
    expect(uris.slice(3)).toEqual(Array.from({ length: size }, (_, i) => `receipt://${size - 1 - i}`));
    const stranger = await open(way, revision, { ...robotOf(acme), subject: { type: 'agent', id: 'newcomer' } });
    expect((await allOf(stranger)).filter((uri) => uri.startsWith('receipt:'))).toEqual([]);
    for (const one of [robot, stranger, owner]) await one.close();
  });

  test('a cursor is its caller’s own: made up, altered or somebody else’s it is refused', async () => {
    const owner = await open(way, revision, ownerOf(acme));
    const robot = await open(way, revision, robotOf(acme, 'read_deployment'));
    const { nextCursor = '' } = await owner.client.request({ method: 'resources/list', params: {} });
    expect(nextCursor).not.toBe('');
    const altered = nextCursor.replace(/^\d+/, '9999');
    for (const [who, cursor] of [
      [owner, altered],
      [owner, '0-0'],
      [owner, ''],
      [owner, `${nextCursor}0`],
      [robot, nextCursor],
    ] as const)
      await expect(who.client.request({ method: 'resources/list', params: { cursor } })).rejects.toMatchObject({
        code: -32_602,
      });
    await expect(owner.client.request({ method: 'tools/list', params: { cursor: nextCursor } })).rejects.toMatchObject({
      code: -32_602,
    });
    for (const one of [robot, owner]) await one.close();
  });

  test('templates name what takes a place in a URI', async () => {
    const robot = await open(way, revision, robotOf(acme, 'read_deployment'));
    const { resourceTemplates } = await robot.client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'incident://{incident}',
      'receipt://{seq}',
      'schema://{tool}',
    ]);
    await robot.close();
  });

  test('for a tenant that has nothing there is nothing, and nothing is recorded', async () => {
    const nobody = await open(way, revision, robotOf(`no-${acme}`));
    expect(await allOf(nobody)).toEqual([]);
    expect((await nobody.client.listResourceTemplates()).resourceTemplates).toEqual([]);
    for (const uri of ['ledger://head', 'policy://active', 'receipt://0', 'schema://envelope'])
      await expect(nobody.client.readResource({ uri }), uri).rejects.toMatchObject(NOT_FOUND(uri));
    expect(await sizeOf(`no-${acme}`)).toBe(0);
    await nobody.close();
  });
});

/** A client that hears of a resource, in either revision. */
const hearing = async (connected: Wiretapped, revision: Revision, uri: string): Promise<readonly string[]> => {
  const heard: string[] = [];
  connected.client.setNotificationHandler(
    'notifications/resources/updated',
    ({ params }) => void heard.push(params.uri),
  );
  if (revision === '2025-11-25') await connected.client.subscribeResource({ uri });
  else await connected.client.listen({ resourceSubscriptions: [uri] });
  return heard;
};

describe.each(REVISIONS)('subscriptions in revision %s', (revision) => {
  test('whoever subscribed to the head hears of a new receipt of its tenant, once for many', async () => {
    const governor = fakeGovernor(look);
    const connected = await connectInMemory({ governor, caller: agent }, revision);
    const heard = await hearing(connected, revision, 'ledger://head');
    governor.record('other');
    for (let n = 0; n < 50; n += 1) governor.record(agent.tenant);
    governor.change(agent.tenant);
    await expect.poll(() => heard).toEqual(['ledger://head']);
    await connected.close();
  });

  test('whoever subscribed to nothing is told nothing of resources', async () => {
    const governor = fakeGovernor(look);
    const connected = await connectInMemory({ governor, caller: agent }, revision);
    await connected.client.listTools();
    const heard = await hearing(connected, revision, 'policy://active');
    governor.record(agent.tenant);
    governor.change(agent.tenant);
    await expect.poll(() => heard).toEqual(['policy://active']);
    await connected.close();
  });
});

test.each(['in memory', 'over HTTP'])(
  '%s, whoever has no tool hears of nothing, and of all once it has one',
  async (way) => {
    const governor = fakeGovernor();
    const loopback = way === 'in memory' ? undefined : await listen({ governor, authenticate: async () => agent });
    const connected =
      loopback === undefined
        ? await connectInMemory({ governor, caller: agent }, '2026-07-28')
        : await connect(loopback.transport('a'), '2026-07-28');
    const heard: string[] = [];
    connected.client.setNotificationHandler(
      'notifications/resources/updated',
      ({ params }) => void heard.push(params.uri),
    );
    await connected.client.listen({ resourceSubscriptions: ['ledger://head', 'policy://active'] });
    governor.change(agent.tenant);
    await connected.told(1);
    governor.surface = E.right([look]);
    governor.record(agent.tenant);
    await expect.poll(() => heard).toEqual(['ledger://head']);
    await connected.close();
    await loopback?.close();
  },
);

test('the head that a subscriber reads when it is told has the new receipt, and nobody else’s', async () => {
  const { governor, buy } = tenants;
  await buy('told', 'base');
  await buy('not-told', 'base');
  const size = await sizeOf('told');
  const sizes: Promise<number>[] = [];
  const stop = governor.onRecorded('told', () => void sizes.push(sizeOf('told')));
  const health = { action: 'check_health', resource: '*' };
  await governor.submit(robotOf('not-told'), health);
  expect(sizes).toEqual([]);
  await governor.submit(robotOf('told'), health);
  expect(await Promise.all(sizes)).toEqual([size + 1]);
  stop();
  await governor.submit(robotOf('told'), health);
  expect(sizes).toHaveLength(1);
});

test('in revision 2025-11-25 a subscription to what the caller cannot hear of is refused', async () => {
  const { client, close } = await connectInMemory({ governor: fakeGovernor(look), caller: agent }, '2025-11-25');
  for (const uri of ['receipt://1', 'ledger://tail'])
    await expect(client.subscribeResource({ uri }), uri).rejects.toMatchObject(NOT_FOUND(uri));
  await close();
});

/** The tools that read receipts, of a governor whose readers fail. */
const shows = {
  ...look,
  tool: 'receipt_display',
  actions: look.actions.flatMap((action) =>
    ['show_receipt', 'list_receipts'].map((one) => ({ ...action, action: one })),
  ),
};

test('a read that was approved and not answered cannot be told now: nothing says that there is nothing', async () => {
  const governor = {
    ...fakeGovernor(shows),
    head: async () => E.right({ origin: 'tai.example/l', size: 3, leaf: 'leaf-2' }),
    submit: async () =>
      approved({ outcome: { status: 'failed', result: { why: 'ask again later' }, receipt: place(7) } }),
  };
  const errors: unknown[] = [];
  const { client, close } = await connectInMemory(
    { governor, caller: agent, onerror: (error) => void errors.push(error) },
    '2026-07-28',
  );
  for (const asking of [
    client.listResources(),
    client.readResource({ uri: 'receipt://1' }),
    client.readResource({ uri: 'incident://INC-1' }),
    client.getPrompt({ name: 'why_refused', arguments: { receipt: '1' } }),
    client.getPrompt({ name: 'report_incident', arguments: { incident: 'INC-1' } }),
  ])
    await expect(asking).rejects.toMatchObject({ code: -32_603, data: { why: 'not_ready' } });
  expect(errors).toEqual([]);
  await close();
});

describe('a read that finds nothing', () => {
  const reading = async (answer: FakeGovernor['answer']): Promise<unknown> => {
    const governor = fakeGovernor(shows);
    governor.answer = answer;
    const errors: unknown[] = [];
    const { client, close } = await connectInMemory(
      { governor, caller: agent, onerror: (error) => void errors.push(error) },
      '2026-07-28',
    );
    const failed: unknown = await client.readResource({ uri: 'receipt://3' }).catch((error: unknown) => error);
    await close();
    expect(governor.asked.map(({ asked }) => asked)).toEqual([
      { action: 'show_receipt', resource: '*', arguments: { seq: 3 } },
    ]);
    return errors.length === 0 ? failed : [failed, errors.map(String)];
  };

  test('because it is refused, is answered with the refusal, in words and as data', async () => {
    expect(await reading(() => refused(notFound))).toMatchObject({
      code: -32_010,
      message: expect.stringMatching(/^REFUSED tool_not_found: show_receipt/),
      data: { outcome: 'refused', receipt: { seq: 8 }, reasons: [{ code: 'tool_not_found' }] },
    });
  });

  test('because it is not decided, says when to ask again', async () => {
    const busy = { decided: false, why: 'overloaded', detail: 'busy', retryAfterMs: 5 } as const;
    expect(await reading(() => busy)).toMatchObject({ code: -32_603, data: { why: 'overloaded', retryAfterMs: 5 } });
  });

  test('because something failed inside, tells the host what, and the caller only that', async () => {
    const [failed, errors] = (await reading(() => Promise.reject(new Error('hunter2')))) as readonly unknown[];
    expect(failed).toMatchObject({ code: -32_603, message: expect.not.stringContaining('hunter2') });
    expect(errors).toEqual(['Error: hunter2']);
  });
});

test('more than a hundred tools are listed in pages, and a cursor of a list that changed is refused', async () => {
  const many = Array.from({ length: 230 }, (_, n) => ({ ...look, tool: `look_${String(n).padStart(3, '0')}` }));
  const governor = fakeGovernor(...many);
  governor.answer = () => approved();
  const { client, close } = await connectInMemory({ governor, caller: agent }, '2026-07-28');
  const page = (cursor?: string) =>
    client.request({ method: 'tools/list', params: cursor === undefined ? {} : { cursor } });
  const first = await page();
  const second = await page(first.nextCursor);
  const third = await page(second.nextCursor);
  expect([...first.tools, ...second.tools, ...third.tools].map(({ name }) => name)).toEqual(
    many.map(({ tool }) => tool),
  );
  expect([first.tools.length, third.nextCursor]).toEqual([100, undefined]);
  governor.surface = E.right(many.slice(1));
  await expect(page(first.nextCursor)).rejects.toMatchObject({ code: -32_602 });
  await close();
});
