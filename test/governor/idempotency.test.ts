/** The same intent id gets the same answer: at once, while it runs, later, after a restart; and to nobody else. */

import type { Asked, Caller } from '@tai-autonomics/governor';
import { describe, expect, test } from 'vitest';
import { makeDeployment } from './deployment.ts';
import {
  approve,
  approved,
  clockAt,
  codes,
  decided,
  entitlement,
  ledgerOf,
  makeReady,
  people,
  restart,
  rollback,
  START,
  startGovernor,
} from './kit.ts';
import { expectVerified } from './verified.ts';

const { agent, owner, shop } = people();
const once: Asked = { ...rollback, id: 'once' };
const raise: Asked = {
  id: 'stop',
  action: 'raise_andon',
  resource: 'payments',
  arguments: { severity: 'low', finding: 'x' },
};

const ready = async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  return setting;
};

describe('the same id and the same request', () => {
  test('get the recorded refusal, though by now it would be approved', async () => {
    const setting = await ready();
    const first = decided(await setting.governor.submit(agent, once));
    await approve(setting);
    const again = decided(await setting.governor.submit(agent, once));
    expect(again).toEqual({ ...first, repeated: true });
    expect(codes(await setting.governor.submit(agent, rollback))).toEqual([]);
  });

  test('get the recorded approval and outcome of an action, which runs once', async (context) => {
    const deployment = makeDeployment(context);
    const clock = clockAt(START);
    const handlers = [deployment.handler('deploys')];
    const setting = await startGovernor({ clock, observers: [deployment.observer(clock)], handlers });
    await makeReady(setting);
    await approve(setting);
    const first = approved(await setting.governor.submit(agent, once));
    expect(first.outcome?.status).toBe('success');
    const told = { receipt: first.receipt, consequences: [], outcome: first.outcome, repeated: true };
    expect(await setting.governor.submit(agent, once)).toMatchObject(told);
    const later = await restart(setting);
    expect(await later.governor.submit(agent, once)).toMatchObject(told);
    expect(deployment.runs()).toBe(1);
  });

  test('while it runs wait for its outcome', async (context) => {
    const deployment = makeDeployment(context);
    const clock = clockAt(START);
    const handlers = [deployment.handler('deploysLate', { delayMs: 300 })];
    const setting = await startGovernor({ clock, observers: [deployment.observer(clock)], handlers });
    await makeReady(setting);
    await approve(setting);
    const first = setting.governor.submit(agent, once);
    // Not before its approval is durable, and not after its handler has ended.
    await expect.poll(async () => (await ledgerOf(setting)).at(-1)?.receipt.event).toBe('rollback_initiated');
    const second = approved(await setting.governor.submit(agent, once));
    expect(second).toMatchObject({ repeated: true, outcome: approved(await first).outcome });
    expect(second.outcome?.status).toBe('success');
  });

  test('at once, many times, share one decision', async () => {
    const setting = await ready();
    const answers = await Promise.all(Array.from({ length: 20 }, () => setting.governor.submit(agent, raise)));
    expect(new Set(answers.map((answer) => approved(answer).receipt.seq)).size).toBe(1);
    expect(answers.filter((answer) => !approved(answer).repeated).length).toBe(1);
    await expectVerified(setting);
  });

  test('of an event that changed the tool surface name the same consequences', async () => {
    const setting = await startGovernor();
    const event = entitlement(START);
    const first = approved(await setting.governor.submit(shop, event));
    expect(first.consequences.map((place) => place.event)).toEqual(['tool_surface_changed']);
    expect(await setting.governor.submit(shop, event)).toEqual({ ...first, repeated: true });
  });

  test('of a read look again: what it found is recorded nowhere', async () => {
    const setting = await ready();
    const asked: Asked = { id: 'look', action: 'check_health', resource: 'here' };
    const first = approved(await setting.governor.submit(agent, asked));
    setting.clock.now += 60_000;
    const again = approved(await setting.governor.submit(agent, asked));
    expect(again).toMatchObject({ receipt: first.receipt, repeated: true, outcome: { status: 'success' } });
    expect(again.outcome?.result).toMatchObject({ at: '2026-11-21T09:01:00.000Z' });
  });

  test('through an alias and through its action are one', async () => {
    const setting = await ready();
    const first = decided(await setting.governor.submit(agent, once));
    const again = await setting.governor.submit(agent, { ...once, action: 'rollback_trigger' });
    expect(again).toMatchObject({ repeated: true, receipt: first.receipt });
  });
});

describe('the same id', () => {
  test.for<{ readonly note: string; readonly other: Asked }>([
    { note: 'another action', other: { ...raise, action: 'check_health', arguments: {} } },
    { note: 'another resource', other: { ...raise, resource: 'billing' } },
    { note: 'another argument', other: { ...raise, arguments: { severity: 'high', finding: 'x' } } },
    { note: 'one argument more', other: { ...raise, arguments: { ...raise.arguments, more: 1 } } },
  ])('and $note is a conflict: at once, later, after a restart; nothing is recorded', async ({ other }) => {
    const setting = await ready();
    const conflict = { decided: false, why: 'intent_conflict' };
    const [first, second] = await Promise.all([
      setting.governor.submit(agent, raise),
      setting.governor.submit(agent, other),
    ]);
    // Of two that are asked at once either may be the first.
    const [won, lost, loser] = first.decided ? [first, second, other] : [second, first, raise];
    decided(won);
    expect(lost).toMatchObject(conflict);
    const size = (await ledgerOf(setting)).length;
    expect(await setting.governor.submit(agent, loser)).toMatchObject(conflict);
    const later = await restart(setting);
    expect(await later.governor.submit(agent, loser)).toMatchObject(conflict);
    expect((await ledgerOf(setting)).length).toBe(size);
  });

  test('and the same members in another order are the same request', async () => {
    const setting = await ready();
    approved(await setting.governor.submit(agent, raise));
    const turned = { ...raise, arguments: Object.fromEntries(Object.entries(raise.arguments ?? {}).reverse()) };
    expect(await setting.governor.submit(agent, turned)).toMatchObject({ repeated: true });
  });

  test('of somebody else is another intent: nobody can use it up, or be told its answer', async () => {
    const setting = await ready();
    const event = entitlement(START + 1, 'base');
    setting.clock.now += 1_000;
    // An agent that guesses the id of the marketplace's next event must not keep it from being applied.
    decided(await setting.governor.submit(agent, { ...raise, id: event.id ?? '' }));
    expect(approved(await setting.governor.submit(shop, event)).repeated).toBe(false);
    const asked: Asked = { id: 'mine', action: 'check_health', resource: 'here' };
    const callers: readonly Caller[] = [agent, owner, { ...agent, subject: { type: 'agent', id: 'other' } }];
    const seqs = await Promise.all(
      callers.map(async (caller) => approved(await setting.governor.submit(caller, asked)).receipt.seq),
    );
    expect(new Set(seqs).size).toBe(callers.length);
  });

  test.for(['open', 'open acme', 'unknown outcome of 9'])(
    '%s, which sounds like the governor’s own, is free',
    async (id) => {
      const setting = await startGovernor();
      approved(await setting.governor.submit(shop, { ...entitlement(START), id }));
      await expectVerified(setting);
    },
  );
});

test('an id is minted where none was given, and then each is an intent of its own', async () => {
  const setting = await ready();
  const asked: Asked = { action: 'check_health', resource: 'here' };
  const [one, other] = [await setting.governor.submit(agent, asked), await setting.governor.submit(agent, asked)];
  expect(approved(one).receipt.seq).not.toBe(approved(other).receipt.seq);
});
