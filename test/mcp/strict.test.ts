/** A message that two readers could take for two things is none, over both transports: `test/vectors/field/mcp-duplicate-members`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { createMcpHttp } from '@tai-autonomics/adapter-mcp';
import { expect, test } from 'vitest';
import { holds } from '../generators/dice.ts';
import { builtFrom } from '../programs/program.ts';
import { agent, fakeGovernor, look } from './fake-governor.ts';

const lines = readFileSync('test/vectors/field/mcp-duplicate-members/messages.jsonl', 'utf8').trim().split('\n');
/** More of them: the message, the id in its answer, and the protocol's code. */
const WORSE: readonly (readonly [text: string, id: number | null, code: number])[] = [
  ['{"jsonrpc":"2.0","id":4,"id":5,"method":"tools/list"}', 5, -32_600],
  ['{"jsonrpc":', null, -32_700],
  ['\u0000', null, -32_700],
  ['[{"a":1,"a":2}]', null, -32_600],
  ['{"jsonrpc":"2.0","id":10,"method":"tools/call","params":{"name":"a_look\\ud800"}}', 10, -32_600],
  ['{"jsonrpc":"2.0","id":11,"method":"tools/call","params":{"name":"a_look","arguments":{"\\udc00":1}}}', 11, -32_600],
  ['{"jsonrpc":"2.0","id":"\\udc00","method":"tools/list"}', null, -32_600],
  ['{"jsonrpc":"2.0","id":12,"method":"tools/list","params":{"_meta":{"constructor":{}}}}', 12, -32_600],
  ['{"jsonrpc":"2.0","id":13,"method":"tools/list","params":{"\\u005f_proto__":{}}}', 13, -32_600],
  [`{"jsonrpc":"2.0","id":14,"method":"tools/list","params":{"a":${'['.repeat(70)}${']'.repeat(70)}}}`, 14, -32_600],
];
const BAD = [...lines.map((line, n) => [line, n + 1, -32_600] as const), ...WORSE];

const initialize = JSON.stringify({
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
});
const head = {
  host: 'localhost',
  authorization: 'Bearer a',
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

const door = async () => {
  const governor = fakeGovernor(look);
  const mcp = createMcpHttp({ governor, authenticate: async () => agent });
  const post = (body: string, more: Readonly<Record<string, string>> = {}) =>
    mcp.fetch(new Request('http://localhost/mcp', { method: 'POST', headers: { ...head, ...more }, body }));
  const opened = await post(initialize);
  const session = {
    'mcp-session-id': opened.headers.get('mcp-session-id') ?? '',
    'mcp-protocol-version': '2025-11-25',
  };
  return { governor, mcp, post: (body: string) => post(body, session) };
};

test('over HTTP each is refused by its id, and nothing is asked of the governor', async () => {
  const { governor, mcp, post } = await door();
  for (const [line, id, code] of BAD) {
    const answer = await post(line);
    expect(answer.status, line).toBe(400);
    const said = (await answer.json()) as { id: unknown; error: { code: number } };
    expect([said.id, said.error.code], line).toEqual([id, code]);
  }
  expect(governor.asked).toEqual([]);
  const listed = await post('{"jsonrpc":"2.0","id":9,"method":"tools/list"}');
  expect(listed.status).toBe(200);
  await mcp.close();
});

test.for([
  { note: 'not in NFC', name: 'cafe\u0301' },
  { note: 'with an invisible character', name: 'pay\u200bments' },
  { note: 'with another direction', name: '\u202epayments' },
  { note: 'with a space around it', name: 'payments ' },
  { note: 'with a letter of another alphabet', name: 'p\u0430yments' },
  { note: 'with a control character', name: 'pay\u0000ments' },
])(
  'a resource whose name is $note makes a call that can only be refused, and is about nothing of that name',
  async ({ name }) => {
    const { governor, mcp, post } = await door();
    const call = { name: 'a_look', arguments: { resource: name } };
    await post(JSON.stringify({ jsonrpc: '2.0', id: 3, method: 'tools/call', params: call }));
    // It has an argument that no action takes, which says what is wrong.
    expect(
      governor.asked.map(({ asked }) => [
        asked.resource,
        asked.arguments === undefined ? [] : Object.values(asked.arguments),
      ]),
    ).toEqual([['*', ['resource']]]);
    await mcp.close();
  },
);

test('over standard streams too, and the lines around them are answered', async () => {
  const child = spawn(process.execPath, [builtFrom(import.meta.resolve('./stdio-server.ts'))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = text(child.stdout);
  const ready = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
  const list = '{"jsonrpc":"2.0","id":9,"method":"tools/list"}';
  // Lines end where they like: one character at a time for a while.
  const whole = [initialize, ready, '', ...BAD.map(([line]) => line), list, ''].join('\r\n');
  for (const character of whole.slice(0, 300)) child.stdin.write(character);
  child.stdin.write(whole.slice(300));
  const seen: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    seen.push(chunk.toString());
    if (seen.join('').includes('"id":9')) child.stdin.end();
  });
  await once(child, 'exit');
  const answers = (await said)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const refused = answers.filter(({ error }) => error !== undefined);
  expect(refused.map(({ id }) => id)).toEqual(BAD.map(([, id]) => id));
  expect(answers.filter(({ result }) => result !== undefined).map(({ id }) => id)).toEqual([0, 9]);
});

test('a member that stands twice, at whatever depth, is refused; the message without it is answered', async () => {
  const { governor, mcp, post } = await door();
  const cases: (readonly [text: string, isMessage: boolean])[] = [];
  holds(100, (d) => {
    const nested = (depth: number): string =>
      depth === 0
        ? '1'
        : d.chance(50)
          ? `[${nested(depth - 1)}]`
          : `{"${d.pick(['a', 'b', 'method'])}":${nested(depth - 1)}}`;
    const value = nested(d.below(6));
    const twice = `{"x":${value},"x":${value}}`;
    const around = (inner: string): string =>
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a_look","arguments":{"action":"x","y":${inner}}}}`;
    cases.push([around(value), true], [around(`[${value},${twice}]`), false]);
  });
  for (const [body, isMessage] of cases) expect((await post(body)).status, body).toBe(isMessage ? 200 : 400);
  expect(governor.asked).toHaveLength(cases.length / 2);
  await mcp.close();
});
