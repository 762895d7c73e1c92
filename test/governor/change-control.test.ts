/** A tenant's policy document at work: what is waited for comes, as many approve as are asked for, and an auditor re-derives it. */
import type { NextStep, Reason } from '@tai-autonomics/core';
import { parseInstant } from '@tai-autonomics/core/engine';
import type { Caller } from '@tai-autonomics/governor';
import { expect, test } from 'vitest';
import { shippedControlled } from '../fixtures/change-control.ts';
import {
  approvalOf,
  approved,
  assurance,
  codes,
  loaded,
  makeReady,
  named,
  people,
  reasonsOf,
  rollback,
  startGovernor,
  TENANT,
} from './kit.ts';
import { expectVerified } from './verified.ts';

const WINDOW = 'change_control__window_closed';
const TWO = 'change_control__two_approvals';
const HOUR_MS = 3_600_000;
const { agent, approver, owner, operator } = people();
const nora: Caller = { tenant: TENANT, subject: { type: 'user', id: 'nora' }, scope: [] };

const nextOf = (reasons: readonly Reason[], code: string): NextStep | undefined =>
  reasons.find((reason) => reason.code === code)?.next;

test('a rollback on a Saturday waits for Monday, then for two approvals; every receipt is re-derived', async () => {
  const setting = await startGovernor({ catalogs: [loaded(shippedControlled.source)] });
  const { governor, clock } = setting;
  await makeReady(setting);
  const relation = { subject: named(nora), relation: 'approver' };
  approved(await governor.submit(owner, { action: 'grant_relation', resource: 'people', arguments: relation }));

  const saturday = await governor.submit(agent, rollback);
  expect(codes(saturday)).toEqual(['rollback_policy_not_approved', WINDOW, TWO]);
  const wait = nextOf(reasonsOf(saturday), WINDOW);
  expect(wait).toEqual({
    kind: 'time',
    notBefore: '2026-11-23T08:00:00.000Z',
    before: '2026-11-23T16:00:00.000Z',
    lapses: ['insurance_stale'],
  });
  expect(nextOf(reasonsOf(saturday), TWO)).toMatchObject({ kind: 'authority', times: 2 });

  clock.now = wait?.kind === 'time' ? (parseInstant(wait.notBefore) as number) : 0;
  approved(await governor.submit(operator, assurance(clock.now).insurance));
  const monday = await governor.submit(agent, rollback);
  expect(codes(monday)).toEqual(['rollback_policy_not_approved', TWO]);
  approved(await governor.submit(approver, approvalOf(monday, clock.now + 2 * HOUR_MS)));

  const one = await governor.submit(agent, rollback);
  expect(codes(one)).toEqual([TWO]);
  expect(nextOf(reasonsOf(one), TWO)).not.toHaveProperty('times');
  // Nora's is counted, and expires first; Arthur may not begin anew what both approved.
  approved(await governor.submit(nora, approvalOf(one, clock.now + HOUR_MS)));
  expect(codes(await governor.submit(approver, approvalOf(one, clock.now + 3 * HOUR_MS)))).toEqual([
    'already_approved',
  ]);

  // A millisecond before the first of them expires. What is approved is used up by it.
  clock.now += HOUR_MS - 1;
  approved(await governor.submit(agent, rollback));
  const again = await governor.submit(agent, rollback);
  expect(codes(again)).toEqual(['rollback_policy_not_approved', TWO]);
  expect(nextOf(reasonsOf(again), TWO)).toMatchObject({ times: 2 });
  expect(await expectVerified(setting)).toBeGreaterThan(12);
});
