/** The end of a ledger, and its silences: both are receipts, and both are sealed. */
import { setTimeout as pause } from 'node:timers/promises';
import { decide } from '@tai-autonomics/core';
import { parseCheckpoint } from '@tai-autonomics/core/receipt';
import type { Asked } from '@tai-autonomics/governor';
import { describe, expect, test } from 'vitest';
import { lawful, shipped, spoilt } from '../fixtures/tenant.ts';
import { until } from '../governor/deployment.ts';
import {
  approved,
  codes,
  decided,
  eventsOf,
  ledgerOf,
  makeReady,
  people,
  reasonsOf,
  restart,
  right,
  runningClock,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { expectVerified } from '../governor/verified.ts';
import { NEVER, system } from '../keys/two-keys.ts';

const { owner, agent, approver } = people();
const health: Asked = { action: 'check_health', resource: 'here' };
const close: Asked = { action: 'close_ledger', resource: '*', arguments: { why: 'contract_ended' } };

describe('a closed ledger', () => {
  test.for([
    { note: 'an owner', who: owner },
    { note: 'the system', who: system },
  ])('$note closes it; a final checkpoint covers the receipt that says so', async ({ who }) => {
    const setting = await startGovernor({ checkpoints: NEVER });
    await makeReady(setting);
    const { receipt } = approved(await setting.governor.submit(who, close));
    expect(receipt.event).toBe('ledger_closed');
    const stored = right(await setting.store.checkpoint(setting.identity.ledger(TENANT)));
    expect(right(parseCheckpoint(stored?.note ?? '')).size).toBe(receipt.seq + 1);
  });

  test('refuses everything from then on, and says that nobody can change it; in the next process too', async () => {
    const setting = await startGovernor();
    await makeReady(setting);
    approved(await setting.governor.submit(owner, close));
    for (const { governor } of [setting, await restart(setting)]) {
      for (const [who, asked] of [
        [agent, health],
        [owner, close],
        [approver, { action: 'raise_andon', resource: 'x', arguments: { severity: 'low', finding: 'f' } }],
      ] as const) {
        const answer = await governor.submit(who, asked);
        expect(codes(answer)).toContain('ledger_closed');
        expect(reasonsOf(answer).find(({ code }) => code === 'ledger_closed')?.next.kind).toBe('none');
      }
    }
    await expectVerified(setting);
  });

  test.for(Object.keys(lawful))(
    '%s, lawful otherwise, is refused in it, or is one of what must stay possible',
    (action) => {
      const decision = decide(shipped, spoilt(shipped, action, { state: { ledger_status: 'closed' } }));
      const stays = [
        'rotate_key',
        'revoke_key',
        'purge_disclosures',
        'upgrade_engine',
        'accept_restore',
        'accept_clock',
      ].includes(action);
      expect(decision.verdict).toBe(stays ? 'approve' : 'refuse');
      if (decision.verdict === 'refuse') expect(decision.reasons.map(({ code }) => code)).toContain('ledger_closed');
    },
  );

  test('nobody but an owner or the system closes it', async () => {
    const setting = await startGovernor();
    await makeReady(setting);
    for (const who of [agent, approver])
      expect(codes(await setting.governor.submit(who, close))).toContain('insufficient_privilege');
    approved(await setting.governor.submit(agent, health));
  });
});

describe('a heartbeat', () => {
  const beating = { heartbeatMs: 25, checkpoints: { ...NEVER, withinMs: 5 } };
  const beats = (events: readonly string[]): number => events.filter((event) => event === 'heartbeat').length;

  test('breaks a silence, again and again, and is sealed', async () => {
    const setting = await startGovernor({ ...beating, clock: runningClock() });
    await makeReady(setting);
    expect(await until(async () => beats(await eventsOf(setting)) >= 2)).toBe(true);
    const { length } = await ledgerOf(setting);
    const sealed = async () => right(await setting.store.checkpoint(setting.identity.ledger(TENANT)))?.size ?? 0;
    expect(await until(async () => (await sealed()) >= length)).toBe(true);
    await setting.governor.close();
  });

  test('is one for all processes: each silence is broken once', async () => {
    const setting = await startGovernor({ ...beating, clock: runningClock() });
    await makeReady(setting);
    const other = await restart(setting);
    decided(await other.governor.submit(agent, health));
    expect(await until(async () => beats(await eventsOf(setting)) >= 3)).toBe(true);
    const receipts = (await ledgerOf(setting)).map(({ receipt }) => receipt);
    await Promise.all([setting, other].map(({ governor }) => governor.close()));
    for (const [n, { event, at }] of receipts.entries()) {
      const before = Date.parse(receipts[n - 1]?.at ?? at);
      if (event === 'heartbeat') expect(Date.parse(at) - before).toBeGreaterThanOrEqual(beating.heartbeatMs);
    }
  });

  test('is off unless it is asked for, and ends with the ledger', async () => {
    const quiet = await startGovernor({ clock: runningClock() });
    await makeReady(quiet);
    const closed = await startGovernor({ ...beating, clock: runningClock() });
    await makeReady(closed);
    approved(await closed.governor.submit(owner, close));
    const { length } = await ledgerOf(closed);
    await pause(120);
    expect(beats(await eventsOf(quiet))).toBe(0);
    expect(await ledgerOf(closed)).toHaveLength(length);
  });

  test('nobody but the system can say it', async () => {
    const setting = await startGovernor();
    await makeReady(setting);
    const asked: Asked = { action: 'heartbeat', resource: '*' };
    expect(codes(await setting.governor.submit(owner, asked))).toContain('insufficient_privilege');
  });
});
