/** Agents pay for `tools/list` in every session: what it may weigh, and what `docs/mcp.md` says of it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { connectInMemory } from './clients.ts';
import { createTenants, robotOf } from './tenants.ts';

const bytes = (json: unknown): number => Buffer.byteLength(JSON.stringify(json));

test('the list of everything that is sold weighs what the page says, and a tool’s envelope less than a kilobyte', async () => {
  const { governor, buy } = await createTenants();
  await buy('acme', 'professional');
  const caller = robotOf('acme', 'read_deployment', 'write_rollback');
  const { client, close } = await connectInMemory({ governor, caller }, '2026-07-28');
  const { tools } = await client.listTools();
  await close();
  expect(tools.length).toBeGreaterThan(15);
  const envelopes = tools.map(({ outputSchema: { then: _, if: __, ...envelope } = { type: 'object' } }) => envelope);
  expect(new Set(envelopes.map((envelope) => JSON.stringify(envelope))).size).toBe(1);
  expect(bytes(envelopes[0])).toBeLessThan(1000);
  const [, said = '0'] = /less than (\d+) kB/.exec(readFileSync('docs/mcp.md', 'utf8')) ?? [];
  const most = Number(said) * 1000;
  expect(bytes(tools)).toBeLessThan(most);
  expect(bytes(tools)).toBeGreaterThan(most * 0.8);
});
