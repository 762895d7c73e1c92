/** What a client is told of a call that takes long, how it gives one up, and what a host adds: both revisions, both ways. */
import type { Client, ClientCapabilities } from '@modelcontextprotocol/client';
import { createMcpHttp, type HostOffers, type HostResource, type McpServerOptions } from '@tai-autonomics/adapter-mcp';
import { afterEach, describe, expect, test } from 'vitest';
import { type Connected, connect, connectInMemory, REVISIONS, type Revision, textOf } from './clients.ts';
import { agent, approved, deploy, type FakeGovernor, fakeGovernor, look, notFound, refused } from './fake-governor.ts';
import { listen } from './loopback.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});
const ways = REVISIONS.flatMap((revision) =>
  (['over a stream', 'over HTTP'] as const).map((way) => ({ revision, way })),
);

interface Asking {
  readonly capabilities?: ClientCapabilities;
  readonly prepare?: (client: Client) => void;
}
const open = async (
  way: string,
  revision: Revision,
  options: Omit<McpServerOptions, 'caller'>,
  { capabilities, prepare }: Asking = {},
): Promise<Connected> => {
  if (way === 'over a stream') {
    const connected = await connectInMemory({ ...options, caller: agent }, revision, capabilities, prepare);
    closing.push(connected);
    return connected;
  }
  const loopback = await listen({ ...options, authenticate: async () => agent });
  const connected = await connect(loopback.transport('a'), revision, capabilities, prepare);
  closing.push(loopback, connected);
  return connected;
};
const LOOK = { name: 'a_look', arguments: { action: 'x' } };

/** A governor whose answer waits until it is let go, or until nobody waits for it any more. */
const slow = (): FakeGovernor & { readonly letGo: () => void; readonly left: Promise<void> } => {
  let [letGo, leave] = [(): void => {}, (): void => {}];
  const done = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const governor = fakeGovernor(look);
  governor.answer = async (_asked, signal) => {
    signal?.addEventListener('abort', leave, { once: true });
    await Promise.race([done, left]);
    return approved();
  };
  return Object.assign(governor, { letGo, left });
};

test('what was kept for one question is taken for no other: not for another name, not for another method', async () => {
  const name = 'test://a';
  const read: HostResource['read'] = async (_, { kept, ask }) =>
    kept === undefined ? ask({}, 'kept') : [{ uri: name, text: String(kept) }];
  const resources = [name, 'test://b'].map((uri) => ({ visible: () => true, resource: { uri, name: uri }, read }));
  const write = async () => ({ messages: [] });
  const offers: HostOffers = { resources, prompts: [{ visible: () => true, prompt: { name }, write }] };
  const door = createMcpHttp({ governor: fakeGovernor(look), authenticate: async () => agent, offers });
  closing.push(door);
  const ask = async (method: string, named: { readonly uri: string } | { readonly name: string }, more: object) => {
    const headers = {
      host: 'localhost',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      'mcp-name': 'uri' in named ? named.uri : named.name,
    };
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...named, _meta, ...more } });
    const answer = await door.fetch(new Request('http://localhost/mcp', { method: 'POST', headers, body }));
    return (await answer.json()) as { readonly result?: { readonly requestState?: string } };
  };
  const stateOf = async (): Promise<object> => {
    const { result } = await ask('resources/read', { uri: name }, {});
    expect(result).toMatchObject({ requestState: expect.any(String) });
    return { requestState: result?.requestState, inputResponses: {} };
  };
  const invalid = { error: { code: -32_602, message: 'Invalid or expired requestState' } };
  expect(await ask('resources/read', { uri: 'test://b' }, await stateOf())).toMatchObject(invalid);
  expect(await ask('prompts/get', { name }, await stateOf())).toMatchObject(invalid);
  expect(await ask('resources/read', { uri: name }, await stateOf())).toMatchObject({
    result: { contents: [{ text: 'kept' }] },
  });
});

describe.each(ways)('$way in revision $revision', ({ way, revision }) => {
  test('a call that takes long says that it goes on, to a client that asked to be told, until it is answered', async () => {
    const governor = slow();
    const { client } = await open(way, revision, { governor, progressEveryMs: 1 });
    const told: number[] = [];
    const answer = await client.callTool(LOOK, {
      onprogress: ({ progress, message }) => {
        expect(message).toContain('look_around');
        told.push(progress);
        if (told.length === 3) governor.letGo();
      },
    });
    expect(textOf(answer)).toContain('APPROVED');
    expect(told.slice(0, 3)).toEqual([1, 2, 3]);
  });

  test('a client that gives a call up is waited for no longer', async () => {
    const governor = slow();
    const { client } = await open(way, revision, { governor });
    const cancel = new AbortController();
    const answer = client.callTool(LOOK, { signal: cancel.signal });
    while (governor.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    cancel.abort('enough');
    await expect(answer).rejects.toThrow();
    await governor.left;
    // The connection goes on.
    governor.answer = () => approved();
    expect(textOf(await client.callTool(LOOK))).toContain('APPROVED');
  });

  test('a client that asked for a log is told how a call went, without its arguments and its result; others are not', async () => {
    const governor = fakeGovernor(look, deploy);
    governor.answer = ({ action }) => (action === 'look_around' ? approved() : refused(notFound));
    const said: unknown[] = [];
    const { client } = await open(
      way,
      revision,
      { governor },
      {
        prepare: (one) => {
          one.setNotificationHandler('notifications/message', ({ params }) => void said.push(params));
        },
      },
    );
    const secret = { name: 'a_look', arguments: { action: 'x', resource: 'shop', token: 'hunter2' } };
    const at = (level: string) =>
      revision === '2026-07-28' ? { _meta: { 'io.modelcontextprotocol/logLevel': level } } : {};
    await client.callTool(secret);
    expect(said).toEqual([]);
    if (revision === '2025-11-25') await client.setLoggingLevel('info');
    await client.callTool({ ...secret, ...at('info') });
    expect(said).toMatchObject([
      { level: 'info', logger: 'tai-autonomics', data: { resource: 'shop', outcome: 'approved' } },
    ]);
    expect(JSON.stringify(said)).not.toContain('hunter2');
    if (revision === '2025-11-25') await client.setLoggingLevel('error');
    await client.callTool({ ...secret, ...at('error') });
    expect(said).toHaveLength(1);
  });

  test('a host answers an approved read in its own words, after its receipt; it answers nothing else', async () => {
    const governor = fakeGovernor(look, deploy);
    const called: string[] = [];
    const answer = (name: string) => ({
      answer: async () => {
        called.push(name);
        return [{ type: 'text' as const, text: `the host's ${name}` }];
      },
    });
    const offers: HostOffers = { answers: { look_around: answer('look'), deploy: answer('deploy') } };
    const { client } = await open(way, revision, { governor, offers });
    const seen = await client.callTool(LOOK);
    expect(seen.content).toMatchObject([
      { text: "the host's look" },
      { text: expect.stringContaining('Receipt: seq 7') },
    ]);
    // What changes the world is answered by what was decided and done alone.
    await client.callTool({ name: 'deployer', arguments: { action: 'deploy', resource: 'shop' } });
    governor.answer = () => refused(notFound);
    await client.callTool(LOOK).catch(() => {});
    governor.answer = () => refused({ ...notFound, gate: 'role', code: 'insufficient_privilege' });
    expect(textOf(await client.callTool(LOOK))).toMatch(/^REFUSED/);
    expect(called).toEqual(['look']);
    expect(governor.asked.map(({ asked }) => asked.action)).toEqual([
      'look_around',
      'deploy',
      'look_around',
      'look_around',
    ]);
  });

  test('what a host adds takes the place of nothing that the door has, and is seen by whom the host says alone', async () => {
    const governor = fakeGovernor(look);
    const resource = (uri: string, visible = true) => ({
      visible: () => visible,
      resource: { uri, name: uri },
      read: async () => [{ uri, text: 'the host’s' }],
    });
    const prompt = (name: string, visible = true) => ({
      visible: () => visible,
      prompt: { name },
      write: async () => ({
        messages: [{ role: 'user' as const, content: { type: 'text' as const, text: 'the host’s' } }],
      }),
    });
    const own = [
      'ledger://head',
      'policy://active',
      'receipt://1',
      'schema://envelope',
      'incident://x',
      'LEDGER://head',
      'bundle://x',
    ];
    const offers: HostOffers = {
      resources: [...own.map((uri) => resource(uri)), resource('test://shown'), resource('test://hidden', false)],
      templates: [
        {
          visible: () => true,
          template: { uriTemplate: 'receipt://{seq}', name: 'r' },
          read: async (uri) => [{ uri, text: 'the host’s' }],
        },
        {
          visible: () => false,
          template: { uriTemplate: 'test://t/{id}', name: 't' },
          read: async (uri) => [{ uri, text: 'the host’s' }],
        },
      ],
      prompts: [prompt('why_refused'), prompt('run_anything'), prompt('greeting'), prompt('hidden', false)],
    };
    const { client } = await open(way, revision, { governor, offers });
    const listed = (await client.listResources()).resources.map(({ uri, name }) => [uri, name === uri]);
    expect(listed.filter(([, isHosts]) => isHosts)).toEqual([['test://shown', true]]);
    expect((await client.listResourceTemplates()).resourceTemplates.map(({ name }) => name)).not.toContain('r');
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(['greeting']);
    const read = async (uri: string): Promise<string> =>
      client.readResource({ uri }).then(
        ({ contents }) => JSON.stringify(contents),
        ({ code }: { readonly code: number }) => String(code),
      );
    expect(await read('test://shown')).toContain('the host’s');
    for (const uri of [...own, 'test://hidden', 'test://t/1', 'receipt://7'])
      expect([uri, await read(uri)]).toEqual([uri, expect.not.stringContaining('the host’s')]);
    // What is hidden and what is not there are told apart by nothing.
    const codes = await Promise.all(['test://hidden', 'test://nothing', 'test://t/1'].map(read));
    expect(new Set(codes)).toEqual(new Set(['-32602']));
    for (const name of ['hidden', 'nothing', 'why_refused', 'run_anything'])
      await expect(client.getPrompt({ name })).rejects.toMatchObject({
        code: -32_602,
        message: expect.stringContaining(`Unknown prompt: ${name}`),
      });
  });

  test('a client that lacks what an answer needs gets the protocol’s error, and nothing is asked', async () => {
    const governor = fakeGovernor(look);
    const offers: HostOffers = { answers: { look_around: { needs: { sampling: {} }, answer: async () => [] } } };
    const { client } = await open(way, revision, { governor, offers });
    await expect(client.callTool(LOOK)).rejects.toMatchObject({
      code: -32_021,
      data: { requiredCapabilities: { sampling: {} } },
    });
    expect(governor.asked).toEqual([]);
  });
});
