/** No receipt, no action: what has to be durable before a handler runs, and what comes of a store that fails. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { describe, expect, test } from 'vitest';
import { type Deployment, makeDeployment, until } from './deployment.ts';
import {
  approve,
  approved,
  clockAt,
  codes,
  decided,
  eventsOf,
  makeReady,
  people,
  restart,
  rollback,
  type Setting,
  START,
  startGovernor,
} from './kit.ts';
import { type Append, fault, type GatedStore, gatedStore } from './stores.ts';
import { expectVerified } from './verified.ts';

interface Stage {
  readonly setting: Setting;
  readonly store: GatedStore;
  readonly deployment: Deployment;
}

/** A tenant whose rollback is approved and whose handler really changes the world. */
const stage = async (context: Parameters<typeof makeDeployment>[0]): Promise<Stage> => {
  const deployment = makeDeployment(context);
  const store = gatedStore(memoryStore());
  const clock = clockAt(START);
  const setting = await startGovernor({
    store,
    clock,
    observers: [deployment.observer(clock)],
    handlers: [deployment.handler('deploys')],
  });
  await makeReady(setting);
  await approve(setting);
  return { setting, store, deployment };
};

const agent = people().agent;
const kindOf = ({ receipts }: Append): string => receipts.map(({ event }) => event).join(' ');
const failOn = (store: GatedStore, event: string, times = Number.POSITIVE_INFINITY): void => {
  let left = times;
  store.gate = (append, next) => {
    if (!kindOf(append).includes(event) || left <= 0) return next();
    left -= 1;
    return Promise.resolve(fault('full'));
  };
};

describe.concurrent('no receipt, no action', () => {
  test('a handler runs only when its approval and its beginning are durable, and its outcome is recorded after', async (context) => {
    const { setting, store, deployment } = await stage(context);
    const steps: string[] = [];
    store.gate = async (append, next) => {
      const before = deployment.runs();
      const answer = await next();
      steps.push(`${kindOf(append)}: ${before}, then ${deployment.runs()}`);
      return answer;
    };
    const done = approved(await setting.governor.submit(agent, rollback));
    expect(done.outcome).toMatchObject({ status: 'success', result: { deployed: 'v1.1.0' } });
    expect(steps).toEqual([
      'rollback_approved: 0, then 0',
      'rollback_initiated: 0, then 0',
      'rollback_completed: 1, then 1',
    ]);
    await expectVerified(setting);
  });

  test('an approval that cannot be recorded is none: nothing runs, and it is still to be had', async (context) => {
    const { setting, store, deployment } = await stage(context);
    const before = await eventsOf(setting);
    failOn(store, 'rollback_approved', 1);
    expect(await setting.governor.submit(agent, rollback)).toMatchObject({ decided: false, why: 'store_unavailable' });
    expect([deployment.runs(), await eventsOf(setting)]).toEqual([0, before]);
    expect(approved(await setting.governor.submit(agent, rollback)).outcome?.status).toBe('success');
    expect(deployment.runs()).toBe(1);
    await expectVerified(setting);
  });

  test('a refusal that cannot be recorded is not told', async (context) => {
    const { setting, store } = await stage(context);
    failOn(store, 'rollback_refused', 1);
    const stranger = { ...agent, subject: { type: 'agent', id: 'stranger' } } as const;
    expect(await setting.governor.submit(stranger, rollback)).toMatchObject({ decided: false });
    expect(codes(await setting.governor.submit(stranger, rollback))).toContain('insufficient_privilege');
  });

  test('a beginning that cannot be recorded begins nothing; after the deadline it is driven under its own approval', async (context) => {
    const { setting, store, deployment } = await stage(context);
    failOn(store, 'rollback_initiated');
    const answer = approved(await setting.governor.submit(agent, rollback));
    expect(answer.outcome).toMatchObject({ status: 'unknown', receipt: answer.receipt });
    expect(deployment.runs()).toBe(0);
    store.gate = undefined;
    setting.clock.now += 300_000 + 10_000;
    const again = await restart(setting);
    await again.governor.head('acme');
    expect(await until(async () => (await eventsOf(setting)).at(-1) === 'rollback_completed')).toBe(true);
    expect(deployment.runs()).toBe(1);
    await expectVerified(again);
  });

  test('an outcome that cannot be recorded at once is recorded when it can', async (context) => {
    const { setting, store, deployment } = await stage(context);
    failOn(store, 'rollback_completed', 2);
    expect(approved(await setting.governor.submit(agent, rollback)).outcome?.status).toBe('success');
    expect(deployment.runs()).toBe(1);
    await expectVerified(setting);
  });

  test('an outcome that cannot be recorded is unknown; the same process drives an idempotent action again when it is due', async (context) => {
    const { setting, store, deployment } = await stage(context);
    failOn(store, 'rollback_completed');
    const answer = decided(await setting.governor.submit(agent, { ...rollback, id: 'once' }));
    expect(answer.outcome).toMatchObject({ status: 'unknown' });
    expect((await eventsOf(setting)).at(-1)).toBe('rollback_initiated');
    store.gate = undefined;
    setting.clock.now += 300_000 + 10_000;
    // Any receipt of the ledger makes it look at what is due.
    approved(await setting.governor.submit(agent, { action: 'check_health', resource: 'here' }));
    expect(await until(async () => (await eventsOf(setting)).at(-1) === 'rollback_completed')).toBe(true);
    expect(deployment.runs()).toBe(2);
    const repeated = decided(await setting.governor.submit(agent, { ...rollback, id: 'once' }));
    expect(repeated).toMatchObject({ repeated: true, receipt: answer.receipt, outcome: { status: 'success' } });
    await expectVerified(setting);
  });
});
