/** What is sold and what an owner limits holds at the doors: with many callers at once, after a restart, and in previews. */
import type { CatalogSource } from '@tai-autonomics/core';
import { formatInstant } from '@tai-autonomics/core/engine';
import type { Asked, Submitted } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { scratchFolder } from '../governor-parts/scratch.ts';
import { builtModule } from '../programs/program.ts';
import {
  approve,
  approved,
  codes,
  decided,
  ledgerOf,
  loaded,
  makeReady,
  people,
  reasonsOf,
  restart,
  right,
  type Setting,
  START,
  startGovernor,
} from './kit.ts';

const { agent, owner } = people();
const CALLERS = 8;
const WINDOW_MS = 30 * 86_400_000;
const MINUTE_MS = 60_000;

const withQuota = (quota: number): CatalogSource => {
  const plans = Object.entries(library.plans).map(([id, plan]) => [id, { ...plan, quota }]);
  return { ...library, plans: Object.fromEntries(plans) };
};

/** Rollbacks of so many services, each of which somebody approved already. */
const approvedRollbacks = async (setting: Setting, count = CALLERS): Promise<readonly Asked[]> => {
  const asked = Array.from({ length: count }, (_, i) => ({ action: 'trigger_rollback', resource: `service-${i}` }));
  for (const each of asked) await approve(setting, each);
  return asked;
};

const approvals = (answers: readonly Submitted[]): number =>
  answers.filter((answer) => decided(answer).decision.verdict === 'approve').length;

test('with a quota of three, three of eight callers at once are approved, and none after a restart', async () => {
  const first = await startGovernor({ catalogs: [loaded(withQuota(3))] });
  await makeReady(first);
  const asked = await approvedRollbacks(first);
  const answers = await Promise.all(asked.map((each) => first.governor.submit(agent, each)));
  expect(approvals(answers)).toBe(3);
  const refused = answers.filter((answer) => decided(answer).decision.verdict === 'refuse');
  expect(new Set(refused.flatMap((answer) => codes(answer)))).toEqual(new Set(['quota_exceeded']));
  const reset = formatInstant(START + WINDOW_MS);
  for (const answer of refused) expect(reasonsOf(answer)[0]?.next).toMatchObject({ kind: 'time', notBefore: reset });
  const preview = right(await first.governor.preview(agent, { action: 'trigger_rollback', resource: 'service-7' }));
  expect(preview).toMatchObject({ verdict: 'refuse' });

  const second = await restart(first);
  expect(codes(await second.governor.submit(agent, { action: 'trigger_rollback', resource: 'service-9' }))).toContain(
    'quota_exceeded',
  );
  second.clock.now = START + WINDOW_MS - 1;
  expect(codes(await second.governor.submit(agent, { action: 'trigger_rollback', resource: 'service-9' }))).toContain(
    'quota_exceeded',
  );
  second.clock.now = START + WINDOW_MS;
  expect(
    codes(await second.governor.submit(agent, { action: 'trigger_rollback', resource: 'service-9' })),
  ).not.toContain('quota_exceeded');
  await second.governor.close();
});

test('of a budget in money eight callers at once spend what it has, and no minor unit more', async () => {
  const changing = library.packs.flatMap(({ actions }) =>
    Object.entries(actions).flatMap(([id, { does }]) => ('after' in does ? [[id, 1_999] as const] : [])),
  );
  const costs = { currency: 'EUR', actions: Object.fromEntries(changing) };
  const setting = await startGovernor({ catalogs: [loaded({ ...library, costs })] });
  await makeReady(setting);
  const budget = async (minor: number, from = setting): Promise<void> => {
    approved(await from.governor.submit(owner, { action: 'set_limits', resource: '*', arguments: { budget: minor } }));
  };
  const rollback = { action: 'trigger_rollback', resource: 'service-9' };
  await budget(1_998);
  const tooSmall = await setting.governor.submit(agent, rollback);
  expect(reasonsOf(tooSmall)[0]).toMatchObject({
    code: 'budget_exceeded',
    next: { kind: 'authority', submit: { action: 'set_limits' } },
  });
  await budget(3 * 1_999);
  const asked = await approvedRollbacks(setting);
  const answers = await Promise.all(asked.map((each) => setting.governor.submit(agent, each)));
  expect(approvals(answers)).toBe(3);
  const refused = answers.filter((answer) => decided(answer).decision.verdict === 'refuse');
  const reset = formatInstant(START + WINDOW_MS);
  for (const answer of refused)
    expect(reasonsOf(answer)).toMatchObject([{ code: 'budget_exceeded', next: { kind: 'time', notBefore: reset } }]);
  const preview = right(await setting.governor.preview(agent, { action: 'trigger_rollback', resource: 'service-7' }));
  expect(preview).toMatchObject({ verdict: 'refuse' });

  const second = await restart(setting);
  expect(codes(await second.governor.submit(agent, rollback))).toContain('budget_exceeded');
  await budget(4 * 1_999, second);
  expect(codes(await second.governor.submit(agent, rollback))).not.toContain('budget_exceeded');
  await second.governor.close();
});

test('with one action that may be open, one of eight callers at once is approved, and the next when it has ended', async (context) => {
  const folder = scratchFolder(context);
  const setting = await startGovernor({
    handlers: [
      {
        step: 'rollback',
        module: builtModule(import.meta.resolve('./handlers.ts')),
        export: 'deploysLate',
        options: { log: `${folder}/log`, world: `${folder}/world`, delayMs: 300 },
      },
    ],
  });
  await makeReady(setting);
  const limit = { action: 'set_limits', resource: '*', arguments: { open_actions: 1 } };
  approved(await setting.governor.submit(owner, limit));
  const asked = await approvedRollbacks(setting);
  const answers = await Promise.all(asked.map((each) => setting.governor.submit(agent, each)));
  expect(approvals(answers)).toBe(1);
  const refused = answers.filter((answer) => decided(answer).decision.verdict === 'refuse');
  expect(new Set(refused.flatMap((answer) => codes(answer)))).toEqual(new Set(['wip_limit_reached']));
  expect(reasonsOf(refused[0] as Submitted)[0]?.next.kind).toBe('world');
  // Each is told which place is the next, from what the ledger says: the deadline of the one that was approved, and the grace
  // after which what was lost is ended.
  const { receipt } = (await ledgerOf(setting)).find((entry) => entry.receipt.event === 'rollback_approved') ?? {};
  const deadline = receipt?.kind === 'decision' ? receipt.deadline : undefined;
  expect(deadline).toMatch(/Z$/);
  const latest = formatInstant(Date.parse(deadline ?? '') + 10_000);
  for (const answer of refused)
    expect(decided(answer).notes).toEqual([
      `1 action is open, and 1 may be: one of them has to end first, at the latest at ${latest}, when their time is up; a refusal queues nothing, so ask again then`,
    ]);
  // It failed, and what is open is given back however it ends.
  const again = asked.find((_, i) => decided(answers[i] as Submitted).decision.verdict === 'refuse') as Asked;
  expect(approvals([await setting.governor.submit(agent, again)])).toBe(1);
  await setting.governor.close();
});

test('with a minute between two approvals, one of eight callers at once is approved; a restart shortens no minute', async () => {
  const first = await startGovernor();
  await makeReady(first);
  approved(await first.governor.submit(owner, { action: 'set_limits', resource: '*', arguments: { pace: 'minute' } }));
  const asked = await approvedRollbacks(first);
  const answers = await Promise.all(asked.map((each) => first.governor.submit(agent, each)));
  expect(approvals(answers)).toBe(1);
  const refused = answers.filter((answer) => decided(answer).decision.verdict === 'refuse');
  const next = formatInstant(START + MINUTE_MS);
  for (const answer of refused)
    expect(reasonsOf(answer)).toMatchObject([{ code: 'rate_limited', next: { kind: 'time', notBefore: next } }]);
  const again = asked.find((_, i) => decided(answers[i] as Submitted).decision.verdict === 'refuse') as Asked;
  const second = await restart(first);
  second.clock.now = START + MINUTE_MS - 1;
  expect(codes(await second.governor.submit(agent, again))).toEqual(['rate_limited']);
  second.clock.now = START + MINUTE_MS;
  expect(approvals([await second.governor.submit(agent, again)])).toBe(1);
  await second.governor.close();
});

test('what is open when a process ends is open in the next one, until its end is known', async (context) => {
  const folder = scratchFolder(context);
  const handler = {
    step: 'rollback',
    module: builtModule(import.meta.resolve('./handlers.ts')),
    export: 'deploysLate',
    options: { log: `${folder}/log`, world: `${folder}/world`, delayMs: 1_500 },
  };
  const first = await startGovernor({ handlers: [handler] });
  await makeReady(first);
  const limit = { action: 'set_limits', resource: '*', arguments: { open_actions: 1 } };
  approved(await first.governor.submit(owner, limit));
  const [one, other] = (await approvedRollbacks(first, 2)) as [Asked, Asked];
  const running = first.governor.submit(agent, one);
  await expect
    .poll(async () => (await ledgerOf(first)).map(({ receipt }) => receipt.event), { timeout: 10_000 })
    .toContain('rollback_approved');
  const second = await restart(first, { handlers: [handler] });
  expect(codes(await second.governor.submit(agent, other))).toEqual(['wip_limit_reached']);
  approved(await running);
  await second.governor.close();
});
