/** Tenants over processes: each is sent to the same one, none is kept waiting by another, and an older process says what it lacks. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { ENGINES } from '@tai-autonomics/core/engine';
import type { Asked, LedgerStore, Submitted } from '@tai-autonomics/governor';
import { processFor } from '@tai-autonomics/governor/operator';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { approved, clockAt, entitlement, makeReady, people, restart, START, startGovernor } from './kit.ts';
import { memorySigner } from './signer.ts';

const health: Asked = { action: 'check_health', resource: '*' };

test('law: a tenant is sent to one of the processes, in whatever order they stand, and moves only when its own goes', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.string(), names, fc.nat(), (tenant, processes, n) => {
      const to = processFor(tenant, processes);
      expect(processes).toContain(to);
      expect(processFor(tenant, [...processes].reverse())).toBe(to);
      const gone = processes[n % processes.length];
      const left = processes.filter((name) => name !== gone);
      if (gone !== to) expect(processFor(tenant, left)).toBe(to);
      else if (left.length > 0) expect(left).toContain(processFor(tenant, left));
    }),
    { numRuns: runs(2_000) },
  );
  expect(processFor('acme', [])).toBeUndefined();
});

test('a thousand tenants are spread over eight processes, about as many on each', () => {
  const processes = Array.from({ length: 8 }, (_, n) => `tai-${n}`);
  const counts = new Map(processes.map((name) => [name, 0]));
  for (let n = 0; n < 1_000; n += 1) {
    const to = processFor(`tenant-${n}`, processes) ?? '';
    counts.set(to, (counts.get(to) ?? 0) + 1);
  }
  expect(Math.min(...counts.values())).toBeGreaterThan(80);
  expect(Math.max(...counts.values())).toBeLessThan(175);
});

test('a tenant that asks without end is told when to come back, and keeps no other one waiting', async () => {
  const setting = await startGovernor({ waitingMax: 64 });
  const [hot, cold] = [people('hot'), people('cold')];
  await makeReady(setting);
  for (const { shop } of [hot, cold]) approved(await setting.governor.submit(shop, entitlement(START)));
  let hotDecided = 0;
  const asks = async (who: typeof hot, name: string, n: number): Promise<Submitted> => {
    const answer = await setting.governor.submit(who.agent, { ...health, id: `${name} ${n}` });
    if (name === 'hot' && answer.decided) hotDecided += 1;
    return answer;
  };
  const flood = Array.from({ length: 2_000 }, (_, n) => asks(hot, 'hot', n));
  const others = Array.from({ length: 5 }, (_, n) => asks(cold, 'cold', n));
  for (const answer of await Promise.all(others)) approved(answer);
  // No more of the other tenant was decided meanwhile than it may have waiting.
  expect(hotDecided).toBeLessThanOrEqual(64);
  const answers = await Promise.all(flood);
  const refused = answers.filter((answer) => !answer.decided);
  expect(refused.length).toBeGreaterThan(0);
  for (const answer of refused) expect(answer).toMatchObject({ why: 'overloaded', retryAfterMs: expect.any(Number) });
  expect(answers.length - refused.length).toBe(64);
  await setting.governor.close();
});

test('two processes whose clocks are apart: the one that is behind decides nothing until it has caught up, and says so', async () => {
  const store: LedgerStore = {
    ...memoryStore(),
    capabilities: { durable: true, shared: true },
    close: async () => undefined,
  };
  const [ahead, behind] = [clockAt(START + 60_000), clockAt(START)];
  const one = await startGovernor({ store, clock: ahead });
  await makeReady(one);
  const other = await startGovernor({ ...one.options, store, clock: behind });
  const { agent } = people();
  const asked: Asked = { ...health, id: 'asked' };
  expect(await other.governor.submit(agent, asked)).toMatchObject({
    decided: false,
    why: 'clock_skew',
    detail: expect.stringContaining('ms behind the ledger'),
    retryAfterMs: expect.any(Number),
  });
  expect(await other.governor.ready()).toContainEqual(expect.stringMatching(/^the clock is \d+ ms behind/));
  approved(await one.governor.submit(agent, { ...health, id: 'of the other' }));
  behind.now = ahead.now;
  expect(await other.governor.ready()).toEqual([]);
  approved(await other.governor.submit(agent, asked));
});

test('during an upgrade: what a newer process moved on is left alone by an older one, which says so, and others are decided by both', async () => {
  const store: LedgerStore = {
    ...memoryStore(),
    capabilities: { durable: true, shared: true },
    close: async () => undefined,
  };
  const newest = Math.max(...ENGINES.keys());
  const engine = ENGINES.get(newest);
  if (engine === undefined) throw new Error('no engine');
  const signer = memorySigner();
  // Both begin new ledgers with the meaning that both have; the newer one has another besides.
  const next = new Map([...ENGINES, [newest + 1, engine] as const]);
  const one = await startGovernor({ store, signer, engines: next });
  const other = await restart(one, { engines: ENGINES });
  await makeReady(one);
  const second = people('second');
  approved(await one.governor.submit(second.shop, entitlement(START)));
  const { agent, operator } = people();
  approved(await other.governor.submit(agent, health));
  approved(
    await one.governor.submit(operator, {
      action: 'upgrade_engine',
      resource: '*',
      arguments: { semantics: newest + 1 },
    }),
  );
  approved(await one.governor.submit(agent, health));
  expect(await other.governor.submit(agent, health)).toMatchObject({ decided: false, why: 'not_ready' });
  approved(await other.governor.submit(second.agent, health));
  approved(await one.governor.submit(second.agent, health));
});
