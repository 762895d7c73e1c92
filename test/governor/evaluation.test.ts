/** An evaluation changes sandboxes alone, and says of itself that it is one (M-01, M-04). */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import type { CatalogSource } from '@tai-autonomics/core';
import { conversionOf, pilotOf } from '@tai-autonomics/core/analytics';
import { formatInstant } from '@tai-autonomics/core/engine';
import { type Handler, memoryCredentials, mintCredential, resourceDirectory } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { expect, onTestFinished, test } from 'vitest';
import { connectInMemory } from '../mcp/clients.ts';
import { builtModule } from '../programs/program.ts';
import {
  approve,
  approved,
  codes,
  DAY_MS,
  decided,
  ledgerOf,
  loaded,
  makeReady,
  people,
  right,
  type Setting,
  startGovernor,
  TENANT,
} from './kit.ts';

const { agent } = people();
const [LIVE, SANDBOX] = ['payments', 'trial'] as const;
const resources = right(
  resourceDirectory({
    [TENANT]: {
      [LIVE]: { kind: 'service', environment: 'production' },
      [SANDBOX]: { kind: 'service', environment: 'sandbox' },
    },
  }),
);
const pilot = { mode: 'eval', session: 'pilot-1' } as const;
const convert = {
  action: 'convert_pilot',
  resource: '*',
  arguments: {
    ledger: 'ledger.test/r1/c/0',
    receipt: 7,
    leaf: 'A'.repeat(43),
    insurance: 'valid',
    agreement: 'signed',
  },
};
const rollback = (resource: string) => ({ action: 'trigger_rollback', resource });

/** A catalog of a time when nothing kept evaluations from what is in production. */
const careless: CatalogSource = {
  ...library,
  packs: library.packs.map((pack) => {
    const { extend_pilot: _, ...actions } = pack.actions;
    return { ...pack, actions };
  }),
};

const start = async (source: CatalogSource = library) => {
  const folder = mkdtempSync(join(tmpdir(), 'tai-evaluation-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [world, log] = [join(folder, 'world.json'), join(folder, 'log')];
  writeFileSync(world, '{}');
  const armed: Handler = {
    step: 'rollback',
    module: builtModule(import.meta.resolve('./handlers.ts')),
    export: 'deploys',
    options: { world, log },
  };
  const setting = await startGovernor({ standing: pilot, catalogs: [loaded(source)], resources, handlers: [armed] });
  onTestFinished(() => setting.governor.close());
  await makeReady(setting);
  return { setting, hasRun: () => existsSync(log), world: () => readFileSync(world, 'utf8') };
};

test('what is in production is refused, whoever approved it', async () => {
  const { setting, hasRun } = await start();
  expect(codes(await setting.governor.submit(agent, rollback(LIVE)))).toContain('eval_only_refusal');
  expect(hasRun()).toBe(false);
});

test('an armed handler runs on a sandbox and on nothing else, whatever the catalog approves', async () => {
  const { setting, hasRun, world } = await start(careless);
  await approve(setting, rollback(LIVE));
  const answer = decided(await setting.governor.submit(agent, rollback(LIVE)));
  expect(answer).toMatchObject({ decision: { verdict: 'approve' }, outcome: { status: 'failed' } });
  expect(JSON.stringify(answer.outcome?.result)).toContain('not a sandbox');
  expect([hasRun(), world()]).toEqual([false, '{}']);
  await approve(setting, rollback(SANDBOX));
  await setting.governor.submit(agent, rollback(SANDBOX));
  expect(hasRun()).toBe(true);
});

test('a pilot ends after 14 days; one receipted extension takes it to 90 days after its beginning, and not a millisecond further', async () => {
  const { setting } = await start();
  const { governor, clock } = setting;
  const { operator } = people();
  const [opening] = await ledgerOf(setting);
  const began = Date.parse(opening?.receipt.at ?? '');
  const extend = (until: number) =>
    governor.submit(operator, { action: 'extend_pilot', resource: '*', arguments: { until: formatInstant(until) } });
  const ask = async (at: number) => {
    clock.now = at;
    return codes(await governor.submit(agent, rollback(SANDBOX)));
  };
  expect(await ask(began + 14 * DAY_MS - 1)).not.toContain('pilot_ended');
  expect(await ask(began + 14 * DAY_MS)).toContain('pilot_ended');
  expect(codes(await extend(began + 90 * DAY_MS + 1))).toEqual(['pilot_period_invalid']);
  const extended = approved(await extend(began + 90 * DAY_MS)).receipt;
  expect((await ledgerOf(setting))[extended.seq]?.receipt).toMatchObject({ event: 'pilot_extended', mode: 'eval' });
  expect(await ask(began + 90 * DAY_MS - 1)).not.toContain('pilot_ended');
  expect(await ask(began + 90 * DAY_MS)).toContain('pilot_ended');
  expect(codes(await extend(began + 90 * DAY_MS))).toContain('pilot_extended_already');
});

test('the rate of conversion is computed from receipts alone', async () => {
  const receiptsOf = async (setting: Setting) => (await ledgerOf(setting)).map(({ receipt }) => receipt);
  const [converted, extended] = [(await start()).setting, (await start()).setting];
  const { operator } = people();
  converted.clock.now += 20 * DAY_MS;
  approved(await converted.governor.submit(operator, convert));
  const until = formatInstant(extended.clock.now + 60 * DAY_MS);
  approved(await extended.governor.submit(operator, { action: 'extend_pilot', resource: '*', arguments: { until } }));
  const live = await startGovernor({ resources });
  onTestFinished(() => live.governor.close());
  await makeReady(live);
  const ledgers = await Promise.all([converted, extended, live].map(receiptsOf));
  const pilots = ledgers.map(pilotOf);
  expect(pilots.map((one) => one && { extended: one.extendedMs !== undefined, to: one.converted?.ledger })).toEqual([
    { extended: false, to: convert.arguments.ledger },
    { extended: true, to: undefined },
    undefined,
  ]);
  const known = pilots.filter((one) => one !== undefined);
  expect(conversionOf(known)).toEqual({
    pilots: 2,
    extended: 1,
    converted: 1,
    rateBasisPoints: 5_000,
    medianDays: 20,
  });
  expect(conversionOf([])).toEqual({ pilots: 0, extended: 0, converted: 0 });
});

test('going live is one receipt: the evaluation ends with it, and nothing extends it', async () => {
  const { setting } = await start();
  const { governor, clock } = setting;
  const { operator } = people();
  for (const person of [agent, people().owner])
    expect(codes(await governor.submit(person, convert))).toContain('insufficient_privilege');
  expect(approved(await governor.submit(operator, convert)).receipt.event).toBe('pilot_converted');
  clock.now += 1;
  expect(codes(await governor.submit(agent, rollback(SANDBOX)))).toContain('pilot_ended');
  const extend = { action: 'extend_pilot', resource: '*', arguments: { until: '2026-12-24T00:00:00.000Z' } };
  expect(codes(await governor.submit(operator, extend))).toEqual(['pilot_extended_already']);
  expect(codes(await governor.submit(operator, convert))).toEqual(['pilot_converted_already']);
});

test('every answer over HTTP and MCP says NON-CONTRACTUAL, and none of a contractual deployment does', async () => {
  for (const [standing, notice] of [
    [pilot, 'NON-CONTRACTUAL'],
    [undefined, undefined],
  ] as const) {
    const setting = await startGovernor({ resources, ...(standing === undefined ? {} : { standing }) });
    onTestFinished(() => setting.governor.close());
    await makeReady(setting);
    const { credential, secretText } = mintCredential(systemRandom, { ...agent, scope: agent.scope });
    const { governor } = setting;
    const door = createHttpDoor({ governor, credentials: memoryCredentials([credential]) });
    const key = { authorization: `Bearer ${secretText}`, 'content-type': 'application/json' };
    const ask = async (path: string, body?: object, headers = key): Promise<readonly [string | null, unknown]> => {
      const more = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      const response = await door.fetch(new Request(`http://door.test${path}`, { headers, ...more }));
      const text = await response.text();
      return [response.headers.get('tai-notice'), text.startsWith('{') ? JSON.parse(text).notice : 'not JSON'];
    };
    const inHeader = notice ?? null;
    for (const asked of [
      rollback(LIVE),
      { ...rollback(LIVE), preview: true },
      { action: 'check_health', resource: '*' },
    ])
      expect([asked, await ask('/v1/actions', asked)]).toEqual([asked, [inHeader, notice]]);
    for (const path of ['/v1/tools', '/v1/whoami', '/v1/ledger'])
      expect([path, await ask(path)]).toEqual([path, [inHeader, notice]]);
    for (const path of ['/nowhere', '/health', '/health/ready', '/openapi.json'])
      expect([path, (await ask(path))[0]]).toEqual([path, inHeader]);

    const { client, close } = await connectInMemory({ governor, caller: agent }, '2025-11-25');
    expect((await client.listTools())._meta?.['tai-autonomics/notice']).toBe(notice);
    for (const name of ['rollback_orchestrator', 'health_check']) {
      const { structuredContent, content } = await client.callTool({ name, arguments: { resource: LIVE } });
      expect((structuredContent as { readonly notice?: string }).notice).toBe(notice);
      expect(JSON.stringify(content).includes('NON-CONTRACTUAL: ')).toBe(notice !== undefined);
    }
    await expect(client.callTool({ name: 'no_such_tool', arguments: {} })).rejects.toMatchObject({
      data: notice === undefined ? expect.not.objectContaining({ notice: expect.anything() }) : { notice },
    });
    await close();
  }
});
