/** docs/http.md is true: each request of the page is sent by curl, and its answer is what the page shows. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { library } from '@tai-autonomics/packs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksOf } from '../cli/followed-page.ts';
import { openShell, type Shell } from '../docs/shell.ts';
import { unlike } from '../docs/shown-json.ts';
import { createTenants } from '../mcp/tenants.ts';
import { needs } from '../outside-tools.ts';
import { answered, eventOf, keys, openDoor, posting } from './door.ts';

/** Each request of the page, with the answer that stands in the block below it. */
const exchanges = blocksOf('docs/http.md').flatMap(({ info, line, text }, i, all) => {
  const next = all[i + 1];
  return info === 'console' ? [{ line, request: text.replace(/^\$ /, '').trimEnd(), shown: next }] : [];
});

let shell: Shell;
const closing: (() => unknown)[] = [];

/** A tenant that bought the plan whose rollback the page asks for, and whose deployment is not stable. */
beforeAll(async () => {
  const { governor, world } = await createTenants();
  world.isStable = false;
  const door = openDoor(governor, { aliases: library.aliases });
  const { sku_id, packs: enabled_packs, iam_roles } = library.plans['professional'] ?? {};
  const bought = eventOf(
    { event_id: 'e-0', occurred_at: '2026-11-21T07:00:00Z' },
    { plan_id: 'professional', sku_id, enabled_packs, iam_roles },
  );
  expect((await answered(await door.fetch(posting('/marketplace', bought, { key: keys.shop })))).status).toBe(200);
  const handler = toNodeHandler(door);
  const server = createServer((request, response) => {
    // The bridge's own type of a request has no `| undefined`, which Node's has.
    void handler(request as Parameters<typeof handler>[0], response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  shell = openShell('.');
  const { port } = server.address() as AddressInfo;
  const known = { URL: `http://127.0.0.1:${port}`, KEY: keys.agent, SHOP_KEY: keys.shop };
  for (const [name, value] of Object.entries(known)) await shell.run(`${name}='${value}'`, /^/);
  closing.push(
    () => shell.close(),
    () => server.close(),
    () => governor.close(),
  );
});
afterAll(async () => {
  for (const close of closing) await close();
});

describe('docs/http.md', () => {
  test('shows an answer below each request', () => {
    expect(exchanges.length).toBeGreaterThanOrEqual(4);
    expect(exchanges.map(({ shown }) => shown?.info)).toEqual(exchanges.map(() => 'json'));
    const answers = blocksOf('docs/http.md').filter(({ info }) => info === 'json');
    expect(answers.length).toBe(exchanges.length);
  });

  test.for(exchanges)('line $line', async ({ request, shown }, context) => {
    needs(context, 'bash', 'curl');
    const { printed } = await shell.run(request.replace('curl ', 'curl --silent '), /^/);
    const answer: unknown = JSON.parse(printed);
    const expected: unknown = JSON.parse(shown?.text ?? '');
    expect({ unlike: unlike(expected, answer), answer }).toEqual({ unlike: [], answer });
    // An answer that differs in one place is not what is shown.
    expect(unlike({ ...(expected as object), verdict: 'retort' }, answer)).toEqual(['$.verdict']);
  });
});

describe('an answer that is not what a page shows', () => {
  test.for([
    { note: 'another string', shown: { a: 'x' }, answer: { a: 'y' }, at: ['$.a'] },
    { note: 'a string that ends otherwise', shown: { a: 'sub_…!' }, answer: { a: 'sub_x' }, at: ['$.a'] },
    { note: 'a member that is not shown', shown: { a: 1 }, answer: { a: 1, b: 2 }, at: ['$.b'] },
    { note: 'a member that is not there', shown: { a: 1, '…': '…' }, answer: { b: 2 }, at: ['$.a'] },
    { note: 'a longer list', shown: [1], answer: [1, 2], at: ['$.length'] },
    { note: 'a list that begins otherwise', shown: [1, '…'], answer: [2, 1], at: ['$[0]'] },
    { note: 'no list', shown: ['…'], answer: {}, at: ['$'] },
    { note: 'none of it: it is the same', shown: ['…', { a: '…' }, '…'], answer: [[], { a: {} }, 1, 2], at: [] },
  ])('$note', ({ shown, answer, at }) => {
    expect(unlike(shown, answer)).toEqual(at);
  });
});
