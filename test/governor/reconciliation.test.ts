/** Approved actions whose process died: driven again where that does no harm, else unknown and the line stops. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import type { LoadedCatalog } from '@tai-autonomics/governor';
import { describe, expect, test } from 'vitest';
import { oneShot, successor } from './catalogs.ts';
import { type Deployment, makeDeployment, until } from './deployment.ts';
import {
  type Arranged,
  approve,
  approved,
  clockAt,
  codes,
  eventsOf,
  ledgerOf,
  makeReady,
  people,
  restart,
  rollback,
  type Setting,
  START,
  shipped,
  showOver,
  startGovernor,
  TENANT,
} from './kit.ts';
import { fault, type GatedStore, gatedStore } from './stores.ts';
import { expectVerified, sealedLedger, verify } from './verified.ts';

const { agent, owner } = people();
const LIMIT_MS = 300_000;
const GRACE_MS = 10_000;

interface Stage {
  readonly setting: Setting;
  /** The first process sees the ledger through this; its successors through another. */
  readonly dying: GatedStore;
  readonly deployment: Deployment;
  /** A new process over the same ledger, at a later time. */
  later(afterMs: number, given?: Arranged): Promise<Setting>;
}

type Finishing = Parameters<typeof makeDeployment>[0];

/** A tenant whose rollback is approved and fails to record one event: there its process dies. */
const stage = async (context: Finishing, catalog: LoadedCatalog, diesAt?: string): Promise<Stage> => {
  const deployment = makeDeployment(context);
  const clock = clockAt(START);
  const inner = memoryStore();
  const dying = gatedStore(inner);
  const observers = [deployment.observer(clock)];
  const handlers = [deployment.handler('deploys')];
  const setting = await startGovernor({ store: dying, clock, catalogs: [catalog], observers, handlers });
  await makeReady(setting);
  await approve(setting);
  if (diesAt !== undefined) {
    let isDead = false;
    dying.gate = ({ receipts }, next) => {
      isDead ||= receipts.some(({ event }) => event === diesAt);
      dying.blind = isDead;
      return isDead ? Promise.resolve(fault('unavailable')) : next();
    };
  }
  const later: Stage['later'] = async (afterMs, given) => {
    clock.now += afterMs;
    const next = await restart({ ...setting, store: inner }, given);
    await next.governor.head(TENANT);
    return next;
  };
  return { setting, dying, deployment, later };
};

const lastEvent = async (setting: Setting): Promise<string | undefined> => (await eventsOf(setting)).at(-1);
const andon = async (setting: Setting): Promise<readonly string[]> =>
  codes(await setting.governor.submit(agent, rollback));

describe.concurrent('a process that died', () => {
  test.for([
    { note: 'before the beginning, an idempotent action', catalog: shipped, at: 'rollback_initiated', runs: 1 },
    { note: 'before the beginning, any action', catalog: oneShot, at: 'rollback_initiated', runs: 1 },
    { note: 'before the outcome, an idempotent action', catalog: shipped, at: 'rollback_completed', runs: 2 },
  ])('$note: it is driven under its own approval', async ({ catalog, at, runs }, context) => {
    const { setting, deployment, later } = await stage(context, catalog, at);
    expect(approved(await setting.governor.submit(agent, rollback)).outcome?.status).toBe('unknown');
    const next = await later(LIMIT_MS + GRACE_MS);
    expect(await until(async () => (await lastEvent(next)) === 'rollback_completed')).toBe(true);
    expect(deployment.runs()).toBe(runs);
    // No second approval and no second decision: what was approved was carried out.
    expect((await eventsOf(next)).filter((event) => event === 'rollback_approved').length).toBe(1);
    await expectVerified(next);
  });

  test('before the outcome of an action that does harm twice: it is unknown, and the system stops the line', async (context) => {
    const { setting, deployment, later } = await stage(context, oneShot, 'rollback_completed');
    approved(await setting.governor.submit(agent, rollback));
    const next = await later(LIMIT_MS + GRACE_MS);
    expect(await until(async () => (await lastEvent(next)) === 'andon_raised')).toBe(true);
    const [outcome, stop] = (await ledgerOf(next)).slice(-2);
    expect(outcome?.receipt).toMatchObject({ kind: 'outcome', status: 'unknown', event: 'action_executed' });
    expect(stop?.receipt).toMatchObject({ kind: 'decision', verdict: 'approve' });
    expect(stop?.disclosed.get('request/intent')).toMatchObject({
      subject: { type: 'system' },
      resource: { id: 'payments' },
    });
    expect(deployment.runs()).toBe(1);
    // Whoever operates it is told which one.
    expect(await next.governor.status(TENANT)).toMatchObject({
      right: { open: [], unknown: [{ seq: outcome?.receipt.seq, of: expect.any(Number), at: outcome?.receipt.at }] },
    });
    expect(await andon(next)).toContain('andon_open');
    await showOver(next.governor, owner, 'payments');
    approved(
      await next.governor.submit(owner, {
        action: 'clear_andon',
        resource: 'payments',
        arguments: { finding: 'it is at v1.1.0' },
      }),
    );
    expect(await andon(next)).not.toContain('andon_open');
    await expectVerified(next);
  });

  test('a little while ago: nothing is touched until the deadline and its grace are over', async (context) => {
    const { setting, deployment, later } = await stage(context, shipped, 'rollback_initiated');
    approved(await setting.governor.submit(agent, rollback));
    const early = await later(LIMIT_MS + GRACE_MS - 1);
    approved(await early.governor.submit(agent, { action: 'check_health', resource: 'here' }));
    expect([deployment.runs(), (await eventsOf(early)).slice(-2)]).toEqual([
      0,
      ['rollback_approved', 'action_executed'],
    ]);
  });

  test('under an older catalog: the action is ended by the catalog that approved it', async (context) => {
    const { setting, later } = await stage(context, shipped, 'rollback_initiated');
    approved(await setting.governor.submit(agent, rollback));
    const next = await later(LIMIT_MS + GRACE_MS, { catalogs: [successor, shipped] });
    expect(await until(async () => (await lastEvent(next)) === 'rollback_completed')).toBe(true);
    await expectVerified(next);
  });

  test('and whose approval was purged since: it is unknown, and the whole tenant stops', async (context) => {
    const { setting, later } = await stage(context, shipped, 'rollback_initiated');
    const { seq } = approved(await setting.governor.submit(agent, rollback)).receipt;
    const { purge } = setting.store;
    await purge(setting.identity.ledger(TENANT), seq, ['request/intent']);
    const next = await later(LIMIT_MS + GRACE_MS);
    expect(await until(async () => (await lastEvent(next)) === 'andon_raised')).toBe(true);
    expect((await ledgerOf(next)).at(-1)?.disclosed.get('request/intent')).toMatchObject({ resource: { id: '*' } });
    expect(await andon(next)).toContain('andon_open');
    const report = verify(await sealedLedger(next));
    expect([report.overall, report.findings]).toEqual(['incomplete', []]);
  });
});

describe.concurrent('a process that was only slow', () => {
  const slowStage = async (context: Finishing, catalog: LoadedCatalog) => {
    const deployment = makeDeployment(context);
    const clock = clockAt(START);
    const handlers = [deployment.handler('deploysLate', { delayMs: 1_200 })];
    const slow = await startGovernor({ clock, catalogs: [catalog], observers: [deployment.observer(clock)], handlers });
    await makeReady(slow);
    await approve(slow);
    const running = slow.governor.submit(agent, rollback);
    await until(() => deployment.runs() === 1);
    clock.now += LIMIT_MS + GRACE_MS;
    const other = await restart(slow, { handlers: [deployment.handler('deploys')] });
    await other.governor.head(TENANT);
    return { slow, other, running, deployment };
  };
  const outcomes = async (setting: Setting): Promise<readonly string[]> =>
    (await ledgerOf(setting)).flatMap(({ receipt }) => (receipt.kind === 'outcome' ? [receipt.status] : []));

  test('is late: another gave its action up, and what it finds out is no longer recorded', async (context) => {
    const { slow, other, running, deployment } = await slowStage(context, oneShot);
    expect(await until(async () => (await lastEvent(other)) === 'andon_raised')).toBe(true);
    expect(deployment.runs()).toBe(1);
    expect(approved(await running).outcome).toMatchObject({
      status: 'unknown',
      result: expect.stringContaining('another'),
    });
    expect(await outcomes(slow)).toEqual(['unknown']);
    await expectVerified(other);
  });

  test('and another drives an idempotent action again: it has one outcome', async (context) => {
    const { slow, other, running } = await slowStage(context, shipped);
    expect(await until(async () => (await outcomes(other)).length > 0)).toBe(true);
    approved(await running);
    // Which of the two records it depends on the machine; that there is one does not.
    expect(await outcomes(slow)).toHaveLength(1);
    await expectVerified(other);
  });
});

test('a process that was forgotten does not begin what another began', async (context) => {
  const { setting, dying, deployment, later } = await stage(context, oneShot);
  let goOn = (): void => {};
  dying.gate = async ({ receipts }, next) => {
    if (receipts[0]?.event === 'rollback_initiated') await new Promise<void>((resolve) => (goOn = resolve));
    return next();
  };
  const forgotten = setting.governor.submit(agent, rollback);
  await until(() => dying.appends.at(-1)?.receipts[0]?.event === 'rollback_initiated');
  const next = await later(LIMIT_MS + GRACE_MS, { handlers: [deployment.handler('deploysLate', { delayMs: 700 })] });
  expect(await until(() => deployment.runs() === 1)).toBe(true);
  goOn();
  expect(approved(await forgotten).outcome?.status).toBe('unknown');
  expect(await lastEvent(next)).toBe('rollback_initiated');
  expect(await until(async () => (await lastEvent(next)) === 'rollback_completed')).toBe(true);
  expect((await eventsOf(next)).filter((event) => event === 'rollback_initiated').length).toBe(1);
  await expectVerified(next);
});
