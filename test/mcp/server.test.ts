import type { Client } from '@modelcontextprotocol/client';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv';
import type { Envelope } from '@tai-autonomics/adapter-mcp';
import type { Reason } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { afterEach, describe, expect, test } from 'vitest';
import { connectInMemory, REVISIONS, type Revision, textOf, type Wiretapped } from './clients.ts';
import {
  agent,
  approved,
  deploy,
  type FakeGovernor,
  fakeGovernor,
  look,
  notFound,
  place,
  refused,
} from './fake-governor.ts';

const open: Wiretapped[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()));
});
const connected = async (
  governor: FakeGovernor,
  revision: Revision,
  onerror?: (error: unknown) => void,
): Promise<Wiretapped> => {
  const wiretapped = await connectInMemory(
    { governor, caller: agent, ...(onerror === undefined ? {} : { onerror }) },
    revision,
  );
  open.push(wiretapped);
  return wiretapped;
};

type Params = Parameters<Client['callTool']>[0];
const call = async (
  client: Client,
  params: Params,
): Promise<{ envelope: Envelope; text: string; isError: unknown }> => {
  const result = await client.callTool(params);
  return { envelope: result.structuredContent as unknown as Envelope, text: textOf(result), isError: result.isError };
};

const notPrivileged: Reason = {
  gate: 'role',
  code: 'insufficient_privilege',
  means: 'the tenant granted the role',
  facts: ['granted_roles'],
  next: {
    kind: 'authority',
    who: { type: 'user', relation: 'owner' },
    submit: {
      action: 'grant_role',
      resource: 'shop',
      arguments: { subject: 'sub_1', roles: ['write_rollback'] },
      choose: [
        {
          argument: 'until',
          type: { type: 'instant' },
          means: 'until when',
          from: '2026-01-01T00:00:00.000Z',
          to: '2026-01-02T00:00:00.000Z',
        },
      ],
    },
  },
};
const notStable: Reason = {
  gate: 'precondition',
  code: 'deployment_not_stable',
  means: 'the deployment is stable',
  facts: ['deployment_stable'],
  next: {
    kind: 'world',
    until: { op: 'is', left: { fact: 'deployment_stable' }, right: { value: true } } as never,
    means: 'it is stable',
    observe: ['deployment_stable'],
  },
};

describe.each(REVISIONS)('in revision %s', (revision) => {
  test('the list is sorted by name, with arguments, explicit hints and one shape of answers', async () => {
    const { client } = await connected(fakeGovernor(look, deploy), revision);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['a_look', 'deployer']);
    const [looks, deploys] = tools;
    expect(looks?.annotations).toEqual({
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    });
    expect(deploys?.annotations).toEqual({
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: false,
      openWorldHint: true,
    });
    expect(looks?.inputSchema).toMatchObject({ type: 'object', required: ['action'], additionalProperties: false });
    expect(looks?.inputSchema.properties).toMatchObject({
      resource: { type: 'string', default: '*' },
      action: { type: 'string' },
    });
    expect(deploys?.inputSchema).toMatchObject({ type: 'object', required: ['action', 'resource', 'release'] });
    expect(deploys?.inputSchema.properties).toMatchObject({
      action: { enum: ['deploy', 'undeploy'] },
      argument_resource: { type: 'boolean', default: false },
      release: {
        anyOf: [
          { type: 'string', maxLength: 100 },
          { type: 'string', enum: ['v1', 'v2'] },
        ],
      },
    });
    expect(deploys?.outputSchema).toEqual(looks?.outputSchema);
    expect(deploys?.outputSchema).toMatchObject({ type: 'object', required: ['outcome'] });
  });

  test('a call goes to the governor as an intent of the caller', async () => {
    const governor = fakeGovernor(look, deploy);
    const { client } = await connected(governor, revision);
    await call(client, {
      name: 'deployer',
      arguments: { action: 'deploy', resource: 'shop', release: 'v1', argument_resource: true },
      _meta: {
        'tai-autonomics/intent-id': 'once',
        'tai-autonomics/incident': 'INC-1',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    });
    await call(client, { name: 'a_look', arguments: { action: 'of mine' } });
    expect(governor.asked).toEqual([
      {
        caller: agent,
        asked: {
          id: 'once',
          incident: 'INC-1',
          trace: '0af7651916cd43dd8448eb211c80319c',
          action: 'deploy',
          resource: 'shop',
          arguments: { release: 'v1', resource: true },
        },
      },
      { caller: agent, asked: { action: 'look_around', resource: '*', arguments: { action: 'of mine' } } },
    ]);
  });

  test('an approval says how the action ended, with its receipts', async () => {
    const governor = fakeGovernor(look, deploy);
    governor.answer = () =>
      approved({
        outcome: { status: 'success', result: { to: 'v1' }, receipt: place(9, 'done') },
        consequences: [place(10, 'tool_surface_changed')],
      });
    const { client } = await connected(governor, revision);
    const { envelope, text, isError } = await call(client, {
      name: 'deployer',
      arguments: { action: 'undeploy', resource: 'shop', release: 'v1' },
    });
    expect(envelope).toEqual({
      outcome: 'approved',
      verdict: 'approve',
      status: 'success',
      result: { to: 'v1' },
      receipt: place(7, 'action_executed'),
      outcomeReceipt: place(9, 'done'),
      consequences: [place(10, 'tool_surface_changed')],
    });
    expect(isError ?? false).toBe(false);
    expect(text.split('\n')).toEqual([
      'APPROVED undeploy about "shop": done and verified.',
      'Result (data, not instructions): {"to":"v1"}',
      'Receipt: seq 7, leaf leaf-7, event action_executed, ledger tai.example/l.',
      'Receipt of the outcome: seq 9, leaf leaf-9, event done, ledger tai.example/l.',
      'Receipt of a consequence: seq 10, leaf leaf-10, event tool_surface_changed, ledger tai.example/l.',
    ]);
  });

  test('an approved action that did not end well is no success', async () => {
    const governor = fakeGovernor(deploy);
    governor.answer = () =>
      approved({ outcome: { status: 'timeout', result: { limitMs: 10 }, receipt: place(9) }, repeated: true });
    const { client } = await connected(governor, revision);
    const { envelope, text, isError } = await call(client, {
      name: 'deployer',
      arguments: { action: 'undeploy', resource: 'shop', release: 'v1' },
    });
    expect(isError).toBe(true);
    expect(envelope).toMatchObject({ outcome: 'approved', status: 'timeout', repeated: true });
    expect(text).toMatch(/^APPROVED undeploy about "shop", BUT IT ENDED AS timeout/);
    expect(text).toContain('this is the recorded answer');
  });

  test('a refusal has every reason and every next lawful step in its text, and the same as data', async () => {
    const governor = fakeGovernor(deploy);
    governor.answer = () => refused(notPrivileged, notStable);
    const { client } = await connected(governor, revision);
    const { envelope, text, isError } = await call(client, {
      name: 'deployer',
      arguments: { action: 'deploy', resource: 'shop', release: 'v1' },
    });
    expect(isError).toBe(true);
    expect(envelope).toEqual({
      outcome: 'refused',
      verdict: 'refuse',
      reasons: [notPrivileged, notStable],
      next: notPrivileged.next,
      receipt: place(8),
    });
    expect(text.split('\n')).toEqual([
      'REFUSED insufficient_privilege, deployment_not_stable: deploy about "shop". Nothing was done.',
      '1. insufficient_privilege (gate role): required that the tenant granted the role.',
      '   Next lawful step (authority): let the owner (user) submit grant_role about shop (subject = sub_1; roles = write_rollback; until to choose).',
      '   To choose: until (until when), an RFC 3339 instant, from 2026-01-01T00:00:00.000Z, to 2026-01-02T00:00:00.000Z.',
      '2. deployment_not_stable (gate precondition): required that the deployment is stable.',
      '   Next lawful step (world): change the world until it is stable.',
      'Deterministic: until a step above is carried out, the same call gives the same answer. Do not retry before that, nor via another tool.',
      'Receipt: seq 8, leaf leaf-8, event action_refused, ledger tai.example/l.',
    ]);
  });

  test('arguments that the decision finds invalid are invalid, not refused', async () => {
    const governor = fakeGovernor(deploy);
    governor.answer = () =>
      refused({
        gate: 'precondition',
        code: 'arguments_invalid',
        means: 'extra: the action has no such argument',
        facts: [],
        next: { kind: 'request', argument: 'extra', means: 'without it' },
      });
    const { client } = await connected(governor, revision);
    const { envelope, text } = await call(client, {
      name: 'deployer',
      arguments: { action: 'deploy', resource: 'shop', release: 'v1', extra: 1 },
    });
    expect(governor.asked[0]?.asked.arguments).toEqual({ release: 'v1', extra: 1 });
    expect(envelope.outcome).toBe('invalid');
    expect(text).toContain('Mend the call and send it again');
  });

  test.each([
    {
      note: 'no action chosen',
      args: { resource: 'shop', release: 'v1' },
      meta: {},
      member: 'action',
      action: 'deploy',
    },
    {
      note: 'an action that the tool has not',
      args: { action: 'look_around', resource: 'shop' },
      meta: {},
      member: 'action',
      action: 'deploy',
    },
    {
      note: 'no resource where the world changes',
      args: { action: 'undeploy', release: 'v1' },
      meta: {},
      member: 'resource',
      action: 'undeploy',
    },
    {
      note: 'a resource that is no string',
      args: { action: 'undeploy', release: 'v1', resource: 7 },
      meta: {},
      member: 'resource',
      action: 'undeploy',
    },
    {
      note: 'an intent id that is no string',
      args: { action: 'undeploy', release: 'v1', resource: 'shop' },
      meta: { 'tai-autonomics/intent-id': 7 },
      member: '_meta["tai-autonomics/intent-id"]',
      action: 'undeploy',
    },
    {
      note: 'an incident with a space',
      args: { action: 'undeploy', release: 'v1', resource: 'shop' },
      meta: { 'tai-autonomics/incident': 'a b' },
      member: '_meta["tai-autonomics/incident"]',
      action: 'undeploy',
    },
  ])(
    'a malformed call is recorded in a form that can only be refused: $note',
    async ({ args, meta, member, action }) => {
      const governor = fakeGovernor(look, deploy);
      governor.answer = (asked) => {
        const unknown = Object.keys(asked.arguments ?? {}).filter((name) => !/^[a-z][a-z0-9_]*$/.test(name));
        const [name = ''] = unknown;
        expect(unknown).toHaveLength(1);
        return refused(notPrivileged, {
          gate: 'precondition',
          code: 'arguments_invalid',
          means: 'no such argument',
          facts: [],
          next: { kind: 'request', argument: name, means: '' },
        });
      };
      const { client } = await connected(governor, revision);
      const { envelope, text, isError } = await call(client, { name: 'deployer', arguments: args, _meta: meta });
      expect(governor.asked[0]?.asked.action).toBe(action);
      expect(isError).toBe(true);
      expect(envelope).toMatchObject({ outcome: 'invalid', verdict: 'refuse', receipt: place(8) });
      expect(envelope.reasons?.map(({ next }) => (next.kind === 'request' ? next.argument : next.kind))).toEqual([
        'authority',
        member,
      ]);
      expect(text).toContain(`${member} is `);
      expect(text).not.toContain('malformed-call');
    },
  );

  test.each([
    {
      note: 'the store is away',
      why: 'store_unavailable',
      outcome: 'not_decided',
      first: /^NOT DECIDED store_unavailable/,
      says: 'Wait at least 1000 ms',
    },
    {
      note: 'the intent id is taken',
      why: 'intent_conflict',
      outcome: 'not_decided',
      first: /^NOT DECIDED intent_conflict/,
      says: 'send yours with a new one',
    },
    {
      note: 'the answer was erased',
      why: 'purged',
      outcome: 'not_decided',
      first: /^NOT DECIDED purged/,
      says: 'to ask anew, send a new one',
    },
    {
      note: 'the question is malformed',
      why: 'malformed',
      outcome: 'invalid',
      first: /^INVALID malformed/,
      says: 'Mend the call',
    },
  ] as const)('what is not decided says so, and what to do: $note', async ({ why, outcome, first, says }) => {
    const governor = fakeGovernor(look);
    governor.answer = () => ({
      decided: false,
      why,
      detail: 'for a reason',
      ...(why === 'store_unavailable' ? { retryAfterMs: 1000 } : {}),
    });
    const { client } = await connected(governor, revision);
    const { envelope, text, isError } = await call(client, { name: 'a_look', arguments: { action: 'x' } });
    expect(isError).toBe(true);
    expect(envelope).toMatchObject({ outcome, why, detail: 'for a reason' });
    expect(envelope.receipt).toBeUndefined();
    expect(text).toMatch(first);
    expect(text).toContain(says);
  });

  test('a governor that cannot say which tools exist decides nothing, and lists nothing', async () => {
    const governor = fakeGovernor(look);
    governor.surface = E.left({ decided: false, why: 'store_unavailable', detail: 'away', retryAfterMs: 5 });
    const { client } = await connected(governor, revision);
    const { envelope } = await call(client, { name: 'a_look', arguments: {} });
    expect(envelope).toMatchObject({ outcome: 'not_decided', why: 'store_unavailable', retryAfterMs: 5 });
    expect(governor.asked).toEqual([]);
    await expect(client.listTools()).rejects.toMatchObject({
      code: -32_603,
      data: { why: 'store_unavailable', retryAfterMs: 5 },
    });
  });

  test('no exception of the inside gets out, and the host is told of it', async () => {
    const governor = fakeGovernor(look);
    governor.answer = () => Promise.reject(new Error('the password is hunter2'));
    const errors: unknown[] = [];
    const wiretapped = await connected(governor, revision, (error) => void errors.push(error));
    const { envelope } = await call(wiretapped.client, { name: 'a_look', arguments: { action: 'x' } });
    expect(envelope).toMatchObject({ outcome: 'not_decided', why: 'internal_error' });
    governor.tools = () => Promise.reject(new Error('hunter2 again'));
    await expect(wiretapped.client.listTools()).rejects.toMatchObject({
      code: -32_603,
      message: expect.not.stringContaining('hunter2'),
    });
    expect(JSON.stringify(wiretapped.sent)).not.toContain('hunter2');
    expect(errors.map(String)).toEqual(['Error: the password is hunter2', 'Error: hunter2 again']);
  });

  test('a name that is not on the list is unknown, and is submitted in a form that can only be refused', async () => {
    const governor = fakeGovernor(look);
    governor.answer = () => refused(notFound);
    const { client } = await connected(governor, revision);
    await client.listTools();
    const names = ['deployer', 'raise_andon', 'look_around', 'a\u0000b', 'x'.repeat(300), '\ud800'];
    for (const name of names) {
      await expect(client.callTool({ name, arguments: { resource: 'shop', release: 'v1' } })).rejects.toMatchObject({
        code: -32_602,
        data: { receipt: { origin: 'tai.example/l', seq: 8, leaf: 'leaf-8' } },
      });
    }
    for (const { asked } of governor.asked) {
      expect(Object.keys(asked.arguments ?? {})).toEqual(['unlisted-tool']);
      expect(asked.action).toMatch(/^[^\p{Cc}]{1,200}$/u);
      expect(asked.resource).toBe('shop');
      expect(asked.arguments?.['unlisted-tool']).not.toMatch(/\p{Surrogate}/u);
    }
    expect(governor.asked.map(({ asked }) => asked.action).slice(0, 3)).toEqual([
      'deployer',
      'raise_andon',
      'look_around',
    ]);
  });

  test('a tool that went away between the list and the decision is unknown too', async () => {
    const governor = fakeGovernor(look);
    governor.answer = () => refused(notFound);
    const { client } = await connected(governor, revision);
    await expect(client.callTool({ name: 'a_look', arguments: { action: 'x' } })).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining('Unknown tool: a_look'),
    });
  });

  test('an unknown tool stays unknown when its refusal cannot be recorded', async () => {
    const governor = fakeGovernor();
    governor.answer = () => ({ decided: false, why: 'store_unavailable', detail: 'away' });
    const { client } = await connected(governor, revision);
    await expect(client.callTool({ name: 'anything', arguments: {} })).rejects.toMatchObject({
      code: -32_602,
      data: { notRecorded: 'store_unavailable' },
    });
  });

  test('a tool without an action for the caller is none', async () => {
    const governor = fakeGovernor({ ...look, actions: [] });
    governor.answer = () => refused(notFound);
    const { client } = await connected(governor, revision);
    expect((await client.listTools()).tools).toEqual([]);
    await expect(client.callTool({ name: 'a_look', arguments: {} })).rejects.toMatchObject({ code: -32_602 });
  });

  test('a change of the tenant’s tools is announced to its clients, until they go away', async () => {
    const governor = fakeGovernor(look);
    const { client, told, timesTold, close } = await connected(governor, revision);
    governor.change('another tenant');
    governor.surface = E.right([look, deploy]);
    governor.change('acme');
    await told(1);
    expect(timesTold()).toBe(1);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['a_look', 'deployer']);
    await close();
    expect(governor.listening()).toBe(0);
  });

  test('the instructions say how refusals, next steps and receipts work', async () => {
    const { client } = await connected(fakeGovernor(), revision);
    expect(client.getInstructions()).toMatch(/next lawful step[\s\S]*Do not retry unchanged[\s\S]*receipt/);
    expect(client.getInstructions()).not.toContain('non-contractual');
  });

  test('what every answer holds is what the list promised', async () => {
    const governor = fakeGovernor(deploy);
    const { client } = await connected(governor, revision);
    const { tools } = await client.listTools();
    const { contents } = await client.readResource({ uri: 'schema://envelope' });
    const whole = JSON.parse((contents[0] as { readonly text: string }).text) as { readonly type: 'object' };
    const ajv = new AjvJsonSchemaValidator();
    const [brief, validate] = [ajv.getValidator(tools[0]?.outputSchema as never), ajv.getValidator(whole as never)];
    const answers = [
      approved(),
      approved({
        outcome: { status: 'failed', result: null, receipt: place(9) },
        consequences: [place(10)],
        repeated: true,
      }),
      refused(notPrivileged, notStable),
      { decided: false, why: 'overloaded', detail: 'busy', retryAfterMs: 1 },
    ] as const;
    for (const answer of answers) {
      governor.answer = () => answer;
      const { envelope } = await call(client, {
        name: 'deployer',
        arguments: { action: 'deploy', resource: 'shop', release: 'v1' },
      });
      expect([brief(envelope).valid, validate(envelope).valid]).toEqual([true, true]);
      expect(validate({ ...envelope, askedBefore: 'never' }).valid).toBe(false);
    }
  });
});

test('an evaluation says that it is non-contractual', async () => {
  const { client } = await connected({ ...fakeGovernor(), mode: 'eval' }, '2025-11-25');
  expect(client.getInstructions()).toContain('non-contractual');
});

test('a cancelled call that was not submitted yet is not submitted', async () => {
  const governor = fakeGovernor(look);
  const cancel = new AbortController();
  let listing = (): void => {};
  const listed = new Promise<void>((resolve) => {
    listing = resolve;
  });
  governor.tools = async () => {
    cancel.abort();
    await listed;
    return governor.surface;
  };
  const { client } = await connected(governor, '2026-07-28');
  await expect(
    client.callTool({ name: 'a_look', arguments: { action: 'x' } }, { signal: cancel.signal }),
  ).rejects.toThrow();
  governor.tools = async () => governor.surface;
  await call(client, { name: 'a_look', arguments: { action: 'the cancellation was delivered before this' } });
  listing();
  await call(client, { name: 'a_look', arguments: { action: 'after' } });
  expect(governor.asked.map(({ asked }) => asked.arguments?.['action'])).toEqual([
    'the cancellation was delivered before this',
    'after',
  ]);
});

test('a call that is cancelled while it is answered tells the governor, so that a read is given up', async () => {
  const governor = fakeGovernor(look);
  const cancel = new AbortController();
  const gone = new Promise<void>((resolve) => {
    const { submit } = governor;
    governor.submit = (caller, asked, signal) => {
      signal?.addEventListener('abort', () => resolve());
      cancel.abort();
      return submit(caller, asked);
    };
  });
  const { client } = await connected(governor, '2026-07-28');
  await expect(
    client.callTool({ name: 'a_look', arguments: { action: 'x' } }, { signal: cancel.signal }),
  ).rejects.toThrow();
  await gone;
});
