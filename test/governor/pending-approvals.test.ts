/** What an approver is shown, and that an approval releases exactly that (C-24). */
import { createRederiver } from '@tai-autonomics/core/engine';
import type { Rederived } from '@tai-autonomics/core/receipt';
import type { Caller } from '@tai-autonomics/governor';
import { expect, test } from 'vitest';
import {
  approved,
  codes,
  decided,
  type Entry,
  ledgerOf,
  makeReady,
  people,
  reasonsOf,
  rollback,
  SERVICE,
  shipped,
  startGovernor,
} from './kit.ts';
import { expectVerified } from './verified.ts';

const { agent, approver, owner } = people();

interface Shown {
  readonly receipt: number;
  readonly leaf: string;
  readonly requester: { readonly id: string };
  readonly action: string;
  readonly resource: string;
  readonly plan: readonly unknown[];
  readonly codes: readonly string[];
  readonly submit: readonly { readonly action: string; readonly arguments: object }[];
}

const start = async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  const pending = async (by: Caller = approver, more: object = {}) => {
    const answer = await setting.governor.submit(by, {
      action: 'pending_approvals',
      resource: '*',
      arguments: { ...more },
    });
    return approved(answer).outcome?.result as { readonly pending: readonly Shown[]; readonly next?: number };
  };
  const answer = (action: string, shown: Pick<Shown, 'receipt' | 'leaf'>, more: object, resource = SERVICE) =>
    setting.governor.submit(approver, {
      action,
      resource,
      arguments: { receipt: shown.receipt, leaf: shown.leaf, ...more },
    });
  const until = () => new Date(setting.clock.now + 3_600_000).toISOString();
  return { ...setting, setting, pending, answer, until };
};

test('what was refused for want of an approval is shown whole, until it is answered', async () => {
  const { governor, pending, answer, until, setting } = await start();
  expect((await pending()).pending).toEqual([]);
  const refused = decided(await governor.submit(agent, rollback));
  const { pending: all } = await pending();
  expect(all).toMatchObject([
    {
      receipt: refused.receipt.seq,
      leaf: refused.receipt.leaf,
      requester: { type: 'agent', id: 'bot' },
      action: 'trigger_rollback',
      resource: SERVICE,
      plan: [{ step: 'rollback', with: { target_version: expect.any(String) } }],
      codes: ['rollback_policy_not_approved'],
      submit: [{ action: 'approve_action', arguments: { receipt: refused.receipt.seq, leaf: refused.receipt.leaf } }],
    },
  ]);
  await governor.submit(agent, rollback);
  expect((await pending(owner)).pending).toHaveLength(1);
  const [newest] = (await pending()).pending;
  expect(newest?.receipt).toBeGreaterThan(refused.receipt.seq);
  approved(await answer('approve_action', all[0] as Shown, { expires_at: until() }));
  expect((await pending()).pending).toEqual([]);
  expect(codes(await governor.submit(agent, { action: 'pending_approvals', resource: '*' }))).toContain(
    'insufficient_privilege',
  );
  await expectVerified(setting);
});

test('an approval that says another resource, leaf or place than it was shown releases nothing', async () => {
  const { governor, pending, answer, until, setting } = await start();
  await governor.submit(agent, rollback);
  const harmless = decided(await governor.submit(agent, { action: 'check_health', resource: 'service/harmless' }));
  const [shown] = (await pending()).pending as [Shown];
  const term = { expires_at: until() };
  for (const wrong of [
    await answer('approve_action', shown, term, 'service/harmless'),
    await answer('approve_action', { ...shown, leaf: harmless.receipt.leaf }, term),
    await answer('approve_action', { receipt: harmless.receipt.seq, leaf: harmless.receipt.leaf }, term),
    await answer('approve_action', { ...shown, receipt: 1_000_000 }, term),
  ])
    expect(codes(wrong)).toEqual(['refusal_unknown']);
  expect(codes(await governor.submit(agent, rollback))).toEqual(['rollback_policy_not_approved']);
  await expectVerified(setting);
});

test('a denial takes the request off the list, and tells the requester why and until when', async () => {
  const { governor, pending, answer, until, clock, setting } = await start();
  await governor.submit(agent, rollback);
  const [shown] = (await pending()).pending as [Shown];
  const denial = { why: 'too_risky', finding: 'the release before is broken too' };
  approved(await answer('deny_action', shown, denial));
  expect((await pending()).pending).toEqual([]);
  const refused = await governor.submit(agent, rollback);
  expect(codes(refused)).toEqual(['rollback_policy_not_approved', 'approval_denied']);
  const told = reasonsOf(refused).find(({ code }) => code === 'approval_denied');
  expect(told?.next).toMatchObject({ kind: 'time', notBefore: new Date(clock.now + 86_400_000).toISOString() });
  expect(told?.facts).toContain('denied_why');
  approved(await answer('approve_action', shown, { expires_at: until() }));
  await expectVerified(setting);
});

test('the list is paged, the newest first', async () => {
  const { governor, pending } = await start();
  const asked = [1, 2, 3].map((n) => ({ ...rollback, resource: `${SERVICE}-${n}` }));
  for (const one of asked) await governor.submit(agent, one);
  const { pending: first, next } = await pending(approver, { limit: 2 });
  const rest = await pending(approver, { limit: 2, before: next });
  expect([...first, ...rest.pending].map(({ resource }) => resource)).toEqual(asked.map((a) => a.resource).reverse());
});

type Members = Readonly<Record<string, unknown>>;
/** The rederiver's answers over a ledger in which an issuer told the approvals otherwise, and what they write with it. */
const retold = (entries: readonly Entry[], from: string, to: string): readonly Rederived[] => {
  const rederiver = createRederiver({ catalogs: new Map([[shipped.digest, shipped.catalog]]) });
  const other = <A>(x: A): A => JSON.parse(JSON.stringify(x).replaceAll(from, to)) as A;
  return entries.map(({ receipt, row, disclosed }) => {
    const isApproval = receipt.event === 'approval_granted';
    const told = isApproval ? new Map([...disclosed].map(([name, json]) => [name, other(json)])) : disclosed;
    return rederiver.step(isApproval ? other(receipt) : receipt, row.leaf, told, true);
  });
};

test('an approval that is told to be of another request than the one it names is falsified', async () => {
  const { governor, pending, answer, until, setting } = await start();
  await governor.submit(agent, rollback);
  const [shown] = (await pending()).pending as [Shown];
  approved(await answer('approve_action', shown, { expires_at: until() }));
  const entries = await ledgerOf(setting);
  expect(retold(entries, 'nothing of this', 'it').at(-1)).toMatchObject({ status: 'ok', level: 2 });
  const intent = entries.at(-1)?.disclosed.get('request/intent') as unknown as { readonly refusal: Members };
  const binding = String(intent.refusal['binding']);
  const why = 'the refusal that it names is not the one that stands there';
  expect(retold(entries, binding, 'A'.repeat(binding.length)).at(-1)).toEqual({ status: 'falsified', why });
  const elsewhere = retold(entries, `"receipt":${shown.receipt}`, '"receipt":0').at(-1);
  expect(elsewhere).toEqual({ status: 'falsified', why: 'the refusal that it names is not in the ledger' });
});

test('of an approval whose refusal is withheld an auditor says no more than that it follows from its readings', async () => {
  const { governor, pending, answer, until, setting } = await start();
  await governor.submit(agent, rollback);
  const [shown] = (await pending()).pending as [Shown];
  approved(await answer('approve_action', shown, { expires_at: until() }));
  const kept = (await ledgerOf(setting)).map((entry) =>
    entry.receipt.seq === shown.receipt ? { ...entry, disclosed: new Map() } : entry,
  );
  expect(retold(kept, 'nothing of this', 'it').at(-1)).toEqual({ status: 'ok', level: 1 });
});
