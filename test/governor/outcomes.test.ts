/** How an approved action ends: as the world looks, whatever its handler says; each ending has its receipt (C-28 to C-30). */
import type { Asked } from '@tai-autonomics/governor';
import { expect, test } from 'vitest';
import { eventually, isRunning } from '../governor-parts/scratch.ts';
import { hasty, small } from './catalogs.ts';
import { makeDeployment } from './deployment.ts';
import {
  approve,
  approved,
  clockAt,
  codes,
  ledgerOf,
  makeReady,
  people,
  rollback,
  SERVICE,
  START,
  shipped,
  startGovernor,
} from './kit.ts';
import { expectVerified } from './verified.ts';

const { agent } = people();
const status: Asked = { action: 'check_rollback_status', resource: SERVICE };

test.for([
  {
    note: 'a handler that does it and an observer that sees it',
    handler: 'deploys',
    status: 'success',
    result: { deployed: 'v1.1.0' },
    event: 'rollback_completed',
  },
  {
    note: 'a handler that says so while the world is as before',
    handler: 'claims',
    status: 'failed',
    result: { why: 'what the action promised is not seen', handler: 'rolled back' },
    event: 'action_executed',
  },
  {
    note: 'a world that can no longer be seen',
    handler: 'hides',
    status: 'unknown',
    result: { why: 'whether the world is as promised could not be observed', handler: 'rolled back' },
    event: 'action_executed',
  },
  {
    note: 'a handler that throws',
    handler: 'refuses',
    status: 'failed',
    result: 'the tag is gone',
    event: 'action_executed',
  },
  {
    note: 'a handler that fills its heap',
    handler: 'fillsHeap',
    status: 'memory_exceeded',
    result: { limitBytes: 67_108_864 },
    event: 'action_executed',
    catalog: small,
  },
  {
    note: 'a handler that hangs with a child',
    handler: 'hangs',
    status: 'timeout',
    result: { limitMs: 1_500 },
    event: 'rollback_timeout',
    catalog: hasty,
  },
] as const)('$note: $status', async (row, context) => {
  const deployment = makeDeployment(context);
  const clock = clockAt(START);
  const setting = await startGovernor({
    clock,
    catalogs: ['catalog' in row ? row.catalog : shipped],
    observers: [deployment.observer(clock)],
    handlers: [deployment.handler(row.handler)],
  });
  await makeReady(setting);
  await approve(setting);
  const answer = approved(await setting.governor.submit(agent, rollback));
  const { outcome } = answer;
  expect(outcome).toMatchObject({ status: row.status, result: row.result, receipt: { event: row.event } });

  const [decision, begun, ended] = (await ledgerOf(setting)).slice(-3).map(({ receipt }) => receipt);
  expect(decision).toMatchObject({ event: 'rollback_approved', kind: 'decision', seq: answer.receipt.seq });
  const of = { seq: answer.receipt.seq, leaf: answer.receipt.leaf };
  expect(begun).toMatchObject({ event: 'rollback_initiated', kind: 'consequence', of });
  expect(ended).toMatchObject({ event: row.event, kind: 'outcome', status: row.status, of, id: decision?.id });
  expect(approved(await setting.governor.submit(agent, status)).outcome?.result).toEqual({ status: row.status });
  if (row.handler === 'hangs') expect(await eventually(() => !isRunning(Number(deployment.log())))).toBe(true);

  // Whatever came of it, the approval is used up. (Where the world is hidden or changed, something else is wanting too.)
  setting.clock.now += 1_000;
  expect(codes(await setting.governor.submit(agent, rollback))).toContain('rollback_policy_not_approved');
  await expectVerified(setting);
});

test('an outcome says what was measured, and which limits were enforced', async (context) => {
  const deployment = makeDeployment(context);
  const clock = clockAt(START);
  const setting = await startGovernor({
    clock,
    observers: [deployment.observer(clock)],
    handlers: [deployment.handler('deploys')],
  });
  await makeReady(setting);
  const asked = { ...rollback, incident: 'INC-12', trace: '4bf92f3577b34da6a3ce929d0e0e4736' };
  await approve(setting, asked);
  approved(await setting.governor.submit(agent, asked));
  const ledger = await ledgerOf(setting);
  expect(ledger.at(-1)?.disclosed.get('outcome/body')).toMatchObject({
    status: 'success',
    measured: { wallMs: expect.any(Number) },
    bounds: { enforced: ['wall_clock', 'v8_heap'], measured: ['rss', 'cpu'] },
  });
  const shared = { incident: 'INC-12', trace: '4bf92f3577b34da6a3ce929d0e0e4736' };
  for (const { receipt } of ledger.slice(-3)) expect(receipt).toMatchObject(shared);
});

test('an approval that waited for its beginning until its deadline is not run late', async (context) => {
  const deployment = makeDeployment(context);
  const clock = clockAt(START);
  const setting = await startGovernor({
    clock,
    catalogs: [hasty],
    observers: [deployment.observer(clock)],
    handlers: [deployment.handler('deploys')],
  });
  await makeReady(setting);
  await approve(setting);
  const { append } = setting.store;
  Object.assign(setting.store, {
    append: (...args: Parameters<typeof append>) => {
      // A slow disk: each group takes a second of the deployment's clock.
      clock.now += 1_000;
      return append(...args);
    },
  });
  const answer = approved(await setting.governor.submit(agent, rollback));
  expect([answer.outcome?.status, deployment.runs()]).toEqual(['timeout', 0]);
  await expectVerified(setting);
});
