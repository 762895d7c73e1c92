/** What an approval rested on is asked once more, in the one append with which its action begins. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { createRederiver } from '@tai-autonomics/core/engine';
import { parseReceipt, type Receipt, type Rederived } from '@tai-autonomics/core/receipt';
import type { Asked, Caller, LedgerStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { needs } from '../outside-tools.ts';
import { firstFalsified, retold as told, without } from '../receipt/retold.ts';
import { makeDeployment } from './deployment.ts';
import {
  approve,
  approved,
  assurance,
  clockAt,
  decided,
  type Entry,
  entitlement,
  ledgerOf,
  makeReady,
  named,
  people,
  rollback,
  SERVICE,
  START,
  shipped,
  startGovernor,
} from './kit.ts';
import { expectVerified } from './verified.ts';

const { agent, approver, owner, operator, shop } = people();

/** A store that keeps the approval of a rollback, and says so only when it is let go. */
const holding = (): { readonly store: LedgerStore; readonly held: Promise<void>; readonly letGo: () => void } => {
  const store = memoryStore();
  let letGo = (): void => {};
  let hold = (): void => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const held = new Promise<void>((resolve) => {
    hold = resolve;
  });
  const append: LedgerStore['append'] = async (ledger, expected, rows) => {
    const answer = await store.append(ledger, expected, rows);
    const isApproval = rows.some(({ bytes }) => {
      const receipt = parseReceipt(bytes);
      return E.isRight(receipt) && receipt.right.event === 'rollback_approved';
    });
    if (isApproval) {
      hold();
      await gate;
    }
    return answer;
  };
  return { store: { ...store, append }, held, letGo };
};

interface Meanwhile {
  readonly note: string;
  readonly by: Caller;
  readonly asks: (given: { readonly bot: string; readonly refusal: Readonly<Record<string, unknown>> }) => Asked;
  readonly codes: readonly string[];
}

const grant =
  (action: string, roles: readonly string[]): Meanwhile['asks'] =>
  ({ bot }) => ({
    action,
    resource: 'people',
    arguments: { subject: bot, roles },
  });
const { insurance } = assurance(START);

const MEANWHILE: readonly Meanwhile[] = [
  {
    note: 'the approval is taken back',
    by: approver,
    asks: ({ refusal }) => ({ action: 'revoke_approval', resource: SERVICE, arguments: refusal }),
    codes: ['rollback_policy_not_approved'],
  },
  {
    note: 'it is denied after all',
    by: approver,
    asks: ({ refusal }) => ({
      action: 'deny_action',
      resource: SERVICE,
      arguments: { ...refusal, why: 'not_now', finding: 'smoke' },
    }),
    codes: ['approval_denied', 'rollback_policy_not_approved'],
  },
  {
    note: 'the grant is taken back',
    by: owner,
    asks: grant('revoke_role', ['write_rollback']),
    codes: ['insufficient_privilege'],
  },
  {
    note: 'the entitlement is suspended',
    by: shop,
    asks: () => entitlement(START + 1, 'professional', { status: 'suspended', change: 'suspended' }),
    codes: ['suspended'],
  },
  {
    note: 'a smaller plan is bought',
    by: shop,
    asks: () => entitlement(START + 1, 'base'),
    codes: ['tool_not_found'],
  },
  {
    note: 'the line is stopped',
    by: agent,
    asks: () => ({ action: 'raise_andon', resource: SERVICE, arguments: { severity: 'high', finding: 'smoke' } }),
    codes: ['andon_open'],
  },
  {
    note: 'the insurance lapses',
    by: operator,
    asks: () => ({ ...insurance, arguments: { ...insurance.arguments, status: 'lapsed' } }),
    codes: ['insurance_missing'],
  },
  {
    note: 'the ledger is closed',
    by: owner,
    asks: () => ({ action: 'close_ledger', resource: '*', arguments: { why: 'contract_ended' } }),
    codes: ['ledger_closed'],
  },
  { note: 'another role is granted', by: owner, asks: grant('grant_role', ['read_metrics']), codes: [] },
  { note: 'another role is taken back', by: owner, asks: grant('revoke_role', ['read_metrics']), codes: [] },
  {
    note: 'the line is stopped for something else',
    by: agent,
    asks: () => ({ action: 'raise_andon', resource: 'other', arguments: { severity: 'high', finding: 'smoke' } }),
    codes: [],
  },
  {
    note: 'somebody else’s approval is taken back',
    by: approver,
    asks: ({ refusal }) => ({ action: 'revoke_approval', resource: SERVICE, arguments: { ...refusal, receipt: 0 } }),
    codes: [],
  },
  { note: 'another rollback is asked for and refused', by: agent, asks: () => rollback, codes: [] },
];

test.for(MEANWHILE)(
  'an approved rollback, and before it begins $note: $codes',
  async ({ by, asks, codes }, context) => {
    const deployment = makeDeployment(context);
    const clock = clockAt(START);
    const { store, held, letGo } = holding();
    const setting = await startGovernor({
      clock,
      store,
      observers: [deployment.observer(clock)],
      handlers: [deployment.handler('deploys')],
    });
    const { governor } = setting;
    await makeReady(setting);
    await approve(setting);
    const entries = await ledgerOf(setting);
    const approval = entries.at(-1)?.disclosed.get('request/intent') as unknown as {
      readonly action: { readonly arguments: Readonly<Record<string, unknown>> };
    };
    const { expires_at: _, ...refusal } = approval.action.arguments;
    const running = governor.submit(agent, rollback);
    await held;
    clock.now += 2;
    const meanwhile = governor.submit(by, asks({ bot: named(agent), refusal }));
    // On its way into the queue: behind the approval, before the beginning.
    await new Promise((resolve) => setImmediate(resolve));
    letGo();
    const { outcome } = approved(await running);
    if (codes.length === 0)
      expect(outcome).toMatchObject({ status: 'success', receipt: { event: 'rollback_completed' } });
    else {
      approved(await meanwhile);
      expect(outcome).toMatchObject({
        status: 'withdrawn',
        result: { codes },
        receipt: { event: 'action_withdrawn' },
      });
      expect(deployment.runs()).toBe(0);
      const last = (await ledgerOf(setting)).at(-1);
      expect(last?.receipt).toMatchObject({ kind: 'outcome', status: 'withdrawn' });
      expect(last?.disclosed.get('outcome/body')).toMatchObject({ status: 'withdrawn', result: { codes } });
    }
    await meanwhile;
    await expectVerified(setting);
  },
);

test('what another process records before the beginning stops it too', async (context) => {
  const deployment = makeDeployment(context);
  const clock = clockAt(START);
  const { store, held, letGo } = holding();
  const parts = { clock, observers: [deployment.observer(clock)], handlers: [deployment.handler('deploys')] };
  const setting = await startGovernor({ ...parts, store });
  await makeReady(setting);
  await approve(setting);
  const other = await startGovernor({ ...parts, store, signer: setting.signer });
  const running = setting.governor.submit(agent, rollback);
  await held;
  const revoked = { subject: named(agent), roles: ['write_rollback'] };
  approved(await other.governor.submit(owner, { action: 'revoke_role', resource: 'people', arguments: revoked }));
  letGo();
  expect(decided(await running).outcome).toMatchObject({
    status: 'withdrawn',
    result: { codes: ['insufficient_privilege'] },
  });
  expect(deployment.runs()).toBe(0);
  await expectVerified(setting);
});

test('what takes an approval back is found by the verifier in Python too, and so is what does not', async (context) => {
  needs(context, 'python3');
  const deployment = makeDeployment(context);
  const clock = clockAt(START);
  const { store, held, letGo } = holding();
  const observers = [deployment.observer(clock)];
  const setting = await startGovernor({ clock, store, observers, handlers: [deployment.handler('deploys')] });
  await makeReady(setting);
  await approve(setting);
  const running = setting.governor.submit(agent, rollback);
  await held;
  clock.now += 2;
  const stop = { severity: 'high', finding: 'smoke' } as const;
  const meanwhile = setting.governor.submit(agent, { action: 'raise_andon', resource: SERVICE, arguments: stop });
  await new Promise((resolve) => setImmediate(resolve));
  letGo();
  expect(approved(await running).outcome).toMatchObject({ status: 'withdrawn' });
  approved(await meanwhile);
  const ledger = await ledgerOf(setting);
  const cases = [
    told(ledger, 'none', (text) => text),
    told(ledger, 'action_withdrawn', (text) => text.replace('"codes":["', '"codes":["approval_denied","')),
    without(ledger, 'andon_raised'),
  ];
  for (const [i, { ours, theirs }] of firstFalsified(cases).entries()) {
    expect([i, theirs]).toEqual([i, ours]);
    expect(ours === -1).toBe(i === 0);
  }
});

/** The rederiver's answers over a ledger of which one receipt is told otherwise. */
const retold = (entries: readonly Entry[], change: (receipt: Receipt) => Receipt): readonly Rederived[] => {
  const rederiver = createRederiver({ catalogs: new Map([[shipped.digest, shipped.catalog]]) });
  return entries.map(({ receipt, row, disclosed }) => rederiver.step(change(receipt), row.leaf, disclosed, true));
};

test('a withdrawal without a cause is falsified', async (context) => {
  const deployment = makeDeployment(context);
  const clock = clockAt(START);
  const observers = [deployment.observer(clock)];
  const setting = await startGovernor({ clock, observers, handlers: [deployment.handler('claims')] });
  await makeReady(setting);
  await approve(setting);
  approved(await setting.governor.submit(agent, rollback));
  const entries = await ledgerOf(setting);
  const outcome = entries.length - 1;
  expect(retold(entries, (receipt) => receipt)[outcome]).toEqual({ status: 'ok', level: 2 });
  const withdrawn = (receipt: Receipt): Receipt =>
    receipt.kind === 'outcome' ? { ...receipt, status: 'withdrawn', event: 'action_withdrawn' } : receipt;
  expect(retold(entries, withdrawn)[outcome]).toEqual({
    status: 'falsified',
    why: 'it is said to be withdrawn, and it had begun',
  });
  const begins = outcome - 1;
  const unbegun = entries.filter((_, i) => i !== begins);
  expect(retold(unbegun, withdrawn).at(-1)).toEqual({
    status: 'falsified',
    why: 'nothing that was recorded since its approval takes it back',
  });
});

test('a beginning in spite of a withdrawal is falsified', async (context) => {
  const deployment = makeDeployment(context);
  const clock = clockAt(START);
  const { store, held, letGo } = holding();
  const observers = [deployment.observer(clock)];
  const setting = await startGovernor({ clock, store, observers, handlers: [deployment.handler('deploys')] });
  await makeReady(setting);
  await approve(setting);
  const running = setting.governor.submit(agent, rollback);
  await held;
  const roles = { subject: named(agent), roles: ['write_rollback'] };
  const revoking = setting.governor.submit(owner, { action: 'revoke_role', resource: 'people', arguments: roles });
  await new Promise((resolve) => setImmediate(resolve));
  letGo();
  await Promise.all([running, revoking]);
  const begun = (receipt: Receipt): Receipt => {
    if (receipt.kind !== 'outcome') return receipt;
    const { status: _, ...rest } = receipt;
    return { ...rest, kind: 'consequence', event: 'rollback_initiated', writes: [] };
  };
  expect(retold(await ledgerOf(setting), begun).at(-1)).toEqual({
    status: 'falsified',
    why: 'it began, though it was withdrawn by insufficient_privilege',
  });
});
