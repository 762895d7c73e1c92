/** A tenant that is suspended and resumed, owners that come and go, and glass that is broken in an emergency. */
import { decide } from '@tai-autonomics/core';
import type { Asked, Caller } from '@tai-autonomics/governor';
import { describe, expect, test } from 'vitest';
import { lawful, shipped, spoilt } from '../fixtures/tenant.ts';
import {
  approve,
  approved,
  codes,
  DAY_MS,
  decided,
  entitlement,
  eventsOf,
  ledgerOf,
  makeReady,
  named,
  people,
  reasonsOf,
  right,
  rollback,
  SERVICE,
  type Setting,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { expectVerified } from '../governor/verified.ts';
import { NEVER, system } from '../keys/two-keys.ts';

const { owner, agent, approver, shop } = people();
const rosa: Caller = { tenant: TENANT, subject: { type: 'user', id: 'rosa' }, scope: [] };
const oscar: Caller = { tenant: TENANT, subject: { type: 'user', id: 'oscar' }, scope: [] };
const HOUR_MS = 3_600_000;
const at = (setting: Setting, afterMs: number): string => new Date(setting.clock.now + afterMs).toISOString();

const ready = async (): Promise<Setting> => {
  const setting = await startGovernor({ checkpoints: NEVER });
  await makeReady(setting);
  return setting;
};
const relation = (of: Caller, relation: string, action = 'grant_relation'): Asked => ({
  action,
  resource: 'people',
  arguments: { subject: named(of), relation },
});

describe('a suspended tenant', () => {
  const suspend: Asked = {
    action: 'suspend_tenant',
    resource: '*',
    arguments: { why: 'payment', finding: 'two invoices are open' },
  };
  /**
   * What goes on, beside reads: its end, keys and erasure, stops, silence, what nobody decided in time, what the marketplace says, and what an
   * enforcement point was answered: it changes nothing, and an answer that cannot be recorded is not given, so a refusal would
   * leave who asks without the very answer that the tenant is suspended.
   */
  const GOES_ON = new Set([
    'record_insurance',
    'record_evaluation',
    'resume_tenant',
    'close_ledger',
    'apply_entitlement',
    'raise_andon',
    'raise_scope_andon',
    'heartbeat',
    'escalate_incident',
    'rotate_key',
    'revoke_key',
    'purge_disclosures',
    'upgrade_engine',
    'accept_clock',
    'accept_restore',
    'move_ledger',
    'take_over_ledger',
    'remove_ledger',
  ]);

  test.for(Object.keys(lawful))(
    '%s, lawful otherwise, is refused in it, or reads, or is one that must go on',
    (action) => {
      const decision = decide(shipped, spoilt(shipped, action, { state: { tenant_suspended: true } }));
      const goesOn = GOES_ON.has(action) || shipped.actions.get(action)?.action.does.effect === 'read';
      expect(decision.verdict === 'refuse' ? decision.reasons.map(({ code }) => code) : []).toEqual(
        goesOn ? [] : ['tenant_suspended'],
      );
    },
  );

  test('reads, keeps what the marketplace says, and goes on when the operator resumes it', async () => {
    const setting = await ready();
    const { governor, clock } = setting;
    await approve(setting);
    approved(await governor.submit(system, suspend));
    const [reason] = reasonsOf(await governor.submit(agent, rollback));
    expect(reason).toMatchObject({
      code: 'tenant_suspended',
      next: { kind: 'authority', who: { type: 'system' }, submit: { action: 'resume_tenant', resource: '*' } },
    });
    approved(await governor.submit(agent, { action: 'check_rollback_status', resource: SERVICE }));
    clock.now += 1_000;
    approved(await governor.submit(shop, entitlement(clock.now, 'professional', { change: 'renewed' })));
    expect(right(await governor.tools(agent)).length).toBeGreaterThan(4);
    approved(await governor.submit(system, { action: 'resume_tenant', resource: '*' }));
    expect(decided(await governor.submit(agent, rollback)).decision.verdict).toBe('approve');
    expect((await eventsOf(setting)).filter((event) => event.startsWith('tenant_'))).toEqual([
      'tenant_opened',
      'tenant_suspended',
      'tenant_resumed',
    ]);
    await expectVerified(setting);
  });

  test('is suspended and resumed by nobody of its own', async () => {
    const { governor } = await ready();
    for (const who of [owner, agent, approver, shop]) {
      expect(codes(await governor.submit(who, suspend))).toContain('insufficient_privilege');
      expect(codes(await governor.submit(who, { action: 'resume_tenant', resource: '*' }))).toContain(
        'insufficient_privilege',
      );
    }
  });
});

describe('owners', () => {
  test('one removes another, none removes itself, and one that hands over is none any more', async () => {
    const setting = await ready();
    const { governor } = setting;
    const takes = relation(owner, 'owner', 'revoke_relation');
    expect(codes(await governor.submit(owner, takes))).toEqual(['last_owner']);
    expect(reasonsOf(await governor.submit(owner, takes))[0]?.next).toMatchObject({
      kind: 'request',
      argument: 'credential',
    });
    const to = (caller: Caller): Asked => ({
      action: 'transfer_ownership',
      resource: 'people',
      arguments: { to: named(caller) },
    });
    expect(codes(await governor.submit(owner, to(owner)))).toEqual(['last_owner']);
    approved(await governor.submit(owner, to(oscar)));
    // Until the other one accepts, nothing has changed.
    approved(await governor.submit(owner, relation(rosa, 'responder')));
    const accepts = { action: 'accept_ownership', resource: 'people', arguments: { from: named(owner) } };
    expect(codes(await governor.submit(rosa, accepts))).toEqual(['ownership_not_offered']);
    approved(await governor.submit(oscar, accepts));
    expect(codes(await governor.submit(oscar, accepts))).toEqual(['ownership_not_offered']);
    expect(codes(await governor.submit(owner, relation(rosa, 'approver')))).toEqual(['insufficient_privilege']);
    approved(await governor.submit(oscar, relation(owner, 'owner')));
    approved(await governor.submit(owner, relation(oscar, 'owner', 'revoke_relation')));
    expect(codes(await governor.submit(oscar, relation(rosa, 'owner')))).toEqual(['insufficient_privilege']);
    await expectVerified(setting);
  });

  test('whatever owners do to owners, at least one is left', async () => {
    const everybody = [owner, oscar, rosa];
    const setting = await ready();
    const { governor } = setting;
    const dice = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4, 3, 3, 8, 3, 2, 7, 9, 5];
    for (const [i, n] of dice.entries()) {
      const who = everybody[n % 3] as Caller;
      const whom = everybody[(n + i) % 3] as Caller;
      const asked = [
        relation(whom, 'owner'),
        relation(whom, 'owner', 'revoke_relation'),
        { action: 'transfer_ownership', resource: 'people', arguments: { to: named(whom) } },
        { action: 'accept_ownership', resource: 'people', arguments: { from: named(whom) } },
      ][(n * 7 + i) % 4] as Asked;
      await governor.submit(who, asked);
      const owns = await Promise.all(everybody.map((one) => governor.submit(one, relation(approver, 'approver'))));
      expect(owns.filter((answer) => decided(answer).decision.verdict === 'approve').length).toBeGreaterThan(0);
    }
  });
});

describe('broken glass', () => {
  const glass = (setting: Setting, more: Readonly<Record<string, unknown>> = {}): Asked => ({
    action: 'break_glass',
    resource: SERVICE,
    arguments: {
      action: 'trigger_rollback',
      subject: named(agent),
      until: at(setting, HOUR_MS),
      review_by: at(setting, DAY_MS),
      reason: 'checkout is down, and the Andon forbids to undo it',
      ...more,
    },
  });
  const review: Asked = {
    action: 'review_break_glass',
    resource: '*',
    arguments: { verdict: 'justified', finding: 'the release was broken' },
  };
  const stopped = async (resource = SERVICE): Promise<Setting> => {
    const setting = await ready();
    approved(await setting.governor.submit(owner, relation(rosa, 'responder')));
    approved(
      await setting.governor.submit(rosa, {
        action: 'raise_andon',
        resource,
        arguments: { severity: 'critical', finding: 'payments fail' },
      }),
    );
    return setting;
  };
  /** What the rollback is refused for, but for the approval that each one needs. */
  const refusedFor = async ({ governor }: Setting, by: Caller = agent, asked: Asked = rollback) =>
    codes(await governor.submit(by, asked)).filter((code) => code !== 'rollback_policy_not_approved');

  test.for([SERVICE, '*'])(
    'passes an Andon for %s, for one subject, action and resource, for an hour and no longer',
    async (resource) => {
      const setting = await stopped(resource);
      const { governor, clock } = setting;
      expect(await refusedFor(setting)).toEqual(['andon_open']);
      approved(await governor.submit(rosa, glass(setting)));
      expect(await refusedFor(setting)).toEqual([]);
      const others: readonly (readonly [Caller, Asked])[] = [
        [{ ...agent, subject: { type: 'agent', id: 'another' } }, rollback],
        [agent, { ...rollback, resource: 'ledger' }],
      ];
      approved(
        await governor.submit(agent, {
          action: 'raise_andon',
          resource: 'ledger',
          arguments: { severity: 'low', finding: 'f' },
        }),
      );
      for (const [by, asked] of others) expect(await refusedFor(setting, by, asked)).toContain('andon_open');
      clock.now += HOUR_MS - 1;
      expect(await refusedFor(setting)).not.toContain('andon_open');
      clock.now += 1;
      expect(await refusedFor(setting)).toContain('andon_open');
      await expectVerified(setting);
    },
  );

  test('widens nothing else', async () => {
    const setting = await stopped();
    const { governor, clock } = setting;
    approved(await governor.submit(rosa, glass(setting)));
    const revoked = { subject: named(agent), roles: ['write_rollback'] };
    approved(await governor.submit(owner, { action: 'revoke_role', resource: 'people', arguments: revoked }));
    expect(await refusedFor(setting)).toEqual(['insufficient_privilege']);
    clock.now += 1_000;
    approved(
      await governor.submit(shop, entitlement(clock.now, 'professional', { status: 'suspended', change: 'suspended' })),
    );
    expect(await refusedFor(setting)).toContain('suspended');
    const quarantine = { andon: { res_svc: 'high' }, quarantine: { res_svc: true } };
    const passing = { glass_until: { sub_bot: { trigger_rollback: { res_svc: '2026-01-26T13:00:00.000Z' } } } };
    const decision = decide(shipped, spoilt(shipped, 'trigger_rollback', { state: { ...quarantine, ...passing } }));
    expect(decision).toMatchObject({ verdict: 'refuse', reasons: [{ code: 'quarantined' }] });
  });

  test('is reviewed by somebody else, and is broken no more while that is overdue', async () => {
    const setting = await stopped();
    const { governor, clock } = setting;
    approved(await governor.submit(owner, relation(approver, 'responder')));
    const due = at(setting, DAY_MS);
    approved(await governor.submit(rosa, glass(setting)));
    clock.now += HOUR_MS;
    expect(codes(await governor.submit(approver, glass(setting)))).toEqual(['review_period_invalid']);
    approved(await governor.submit(approver, glass(setting, { review_by: due })));
    for (const who of [rosa, approver])
      expect(codes(await governor.submit(who, review))).toContain('reviewer_broke_it');
    clock.now = Date.parse(due);
    expect(codes(await governor.submit(rosa, glass(setting)))).toContain('review_overdue');
    approved(await governor.submit(owner, review));
    expect(codes(await governor.submit(owner, review))).toEqual(['nothing_to_review']);
    approved(await governor.submit(rosa, glass(setting)));
    const glasses = (await ledgerOf(setting)).filter(({ receipt }) => receipt.event.startsWith('glass_'));
    expect(glasses.map(({ receipt }) => receipt.event)).toEqual([
      'glass_broken',
      'glass_broken',
      'glass_reviewed',
      'glass_broken',
    ]);
    await expectVerified(setting);
  });
});
