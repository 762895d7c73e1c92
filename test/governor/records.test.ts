/** Lists of records through both doors: as an argument, as evidence, in receipts, and decided again by an auditor. */
import { readFileSync } from 'node:fs';
import type { Envelope } from '@tai-autonomics/adapter-mcp';
import type { CatalogSource } from '@tai-autonomics/core';
import { formatInstant } from '@tai-autonomics/core/engine';
import type { Observer, Seen } from '@tai-autonomics/governor';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, onTestFinished, test } from 'vitest';
import { answered, keys, openDoor, posting } from '../http/door.ts';
import { connectInMemory } from '../mcp/clients.ts';
import { approved, clockAt, entitlement, loaded, people, right, type Setting, START, startGovernor } from './kit.ts';
import { sealedLedger, verify } from './verified.ts';

const file = readFileSync(new URL('../../examples/policy/release.jsonc', import.meta.url));
const parsed = parseStrictJson(file, { comments: true, maxBytes: 65_536, maxDepth: 32 });
const { packs } = (E.isRight(parsed) ? parsed.right.value : {}) as CatalogSource;
const releasing = loaded({ ...library, packs: [...library.packs, ...packs] });

const check = (name: string, status: string) => ({
  name,
  status,
  required: true,
  started_at: formatInstant(START - 60_000),
});

/** What CI and git say; `checks` is what a test makes of it. */
const arranged = async (): Promise<Setting & { readonly ci: { checks: readonly unknown[] } }> => {
  const clock = clockAt(START);
  const ci: { checks: readonly unknown[] } = { checks: [check('build', 'passed'), check('test', 'failed')] };
  const observer = (source: string, fact: string, value: () => unknown): Observer => ({
    source,
    facts: [fact],
    timeoutMs: 1_000,
    observe: async (): Promise<readonly Seen[]> => [{ fact, value: value(), observedAt: clock.now }],
  });
  const observers = [
    observer('ci', 'ci_checks', () => ({ complete: true, items: ci.checks })),
    observer('git', 'committed_at', () => formatInstant(START - 120_000)),
  ];
  const setting = await startGovernor({ catalogs: [releasing], observers, clock });
  onTestFinished(() => setting.governor.close());
  approved(await setting.governor.submit(people().shop, entitlement(START, 'base')));
  return { ...setting, ci };
};

test('a list of records is asked with, observed, receipted and decided again', async () => {
  const setting = await arranged();
  const { governor, ci } = setting;
  const door = openDoor(governor);
  const ask = async (migrations: unknown) =>
    answered(
      await door.fetch(
        posting(
          '/v1/actions',
          { action: 'release', resource: 'shop', arguments: { commit: 'c0', migrations } },
          { key: keys.agent },
        ),
      ),
    );

  const failing = await ask([]);
  expect(failing.json).toMatchObject({
    verdict: 'refuse',
    reasons: [{ code: 'check_not_passed', next: { kind: 'world' } }],
  });
  ci.checks = [check('build', 'passed'), check('test', 'passed')];
  const irreversible = await ask([{ name: 'drop', reversible: false }]);
  expect(irreversible.json).toMatchObject({ verdict: 'refuse', reasons: [{ code: 'migration_irreversible' }] });
  const misspelt = await ask([{ name: 'drop', reversable: true }]);
  expect(misspelt.json).toMatchObject({ verdict: 'refuse', reasons: [{ code: 'arguments_invalid' }] });
  ci.checks = [{ ...check('build', 'passed'), url: 'https://ci.example' }];
  expect((await ask([])).json).toMatchObject({ verdict: 'refuse', reasons: [{ code: 'evidence_missing' }] });
  ci.checks = [check('build', 'passed')];

  const robot = await connectInMemory({ governor, caller: people().agent }, '2026-07-28');
  const tool = (await robot.client.listTools()).tools.find(({ name }) => name === 'releaser');
  expect(tool?.inputSchema.properties?.['migrations']).toMatchObject({
    type: 'array',
    maxItems: 20,
    uniqueItems: true,
    items: {
      type: 'object',
      properties: { name: { type: 'string', maxLength: 100 }, reversible: { type: 'boolean' } },
      required: ['name', 'reversible'],
      additionalProperties: false,
    },
  });
  const call = { resource: 'shop', commit: 'c1', migrations: [{ name: 'add', reversible: true }] };
  const result = await robot.client.callTool({ name: 'releaser', arguments: call });
  expect((result.structuredContent as unknown as Envelope).outcome).toBe('approved');
  await robot.close();

  const sealed = await sealedLedger(setting);
  const report = verify(sealed);
  expect(report.findings).toEqual([]);
  expect(report.overall).toBe('verified');
  // The records stand in a disclosure, as they were stated.
  const texts = sealed.inputs
    .flatMap(({ disclosures }) => disclosures)
    .map((d) => Buffer.from(d, 'base64url').toString());
  expect(texts.some((text) => text.includes('evidence/ci_checks/ci') && text.includes('"status":"failed"'))).toBe(true);
  expect(right(await governor.head('acme'))?.size).toBe(sealed.inputs.length);
});
