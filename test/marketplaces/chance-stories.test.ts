/**
 * Stories of a buyer at Google by chance: several orders at once, offers, changes of plan, cancellations that are taken back,
 * suspensions without a message, what Google forgets. Told late, twice and in any order they end as told on time.
 */
import { googleVendor } from '@tai-autonomics/adapter-http/marketplaces';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Dice, diceOf } from '../generators/dice.ts';
import { clockAt, TENANT } from '../governor/kit.ts';
import { runs } from '../runs.ts';
import { entitlementOf, type FakeGoogle, type Json, noticeOf, PROVIDER, serveGoogle, TOKEN } from './fake-google.ts';
import { bytesOf, entitledTo, keptIn, NOW, openDesk } from './kit.ts';

let google: FakeGoogle;
beforeAll(async () => {
  google = await serveGoogle();
});
afterAll(() => google.close());

interface Step {
  readonly happens: () => void;
  /** Absent where Google sends none. */
  readonly message?: Json;
}

const BEGUN = Date.parse('2026-11-21T08:00:00.123Z');
const PLANS = ['base', 'pro', 'big'];

/** What may happen to an order next, by Google's pages: the state it is in from then on, and the type of the message. */
const NEXT: Readonly<Record<string, readonly (readonly [state: string, type?: string])[]>> = {
  '': [
    ['ACTIVE', 'OFFER_ACCEPTED'],
    ['ACTIVE', 'ACTIVE'],
  ],
  ACTIVE: [
    ['PENDING_CANCELLATION', 'PENDING_CANCELLATION'],
    ['PENDING_PLAN_CHANGE', 'OFFER_ACCEPTED'],
    ['ACTIVE', 'PLAN_CHANGED'],
    ['ACTIVE', 'RENEWED'],
    ['ACTIVE', 'OFFER_ENDED'],
    ['SUSPENDED'],
    ['CANCELLED', 'CANCELLED'],
  ],
  PENDING_CANCELLATION: [
    ['ACTIVE', 'CANCELLATION_REVERTED'],
    ['CANCELLED', 'CANCELLED'],
    ['PENDING_CANCELLATION', 'CANCELLING'],
  ],
  PENDING_PLAN_CHANGE: [
    ['ACTIVE', 'PLAN_CHANGED'],
    ['ACTIVE', 'PLAN_CHANGE_CANCELED'],
  ],
  SUSPENDED: [['ACTIVE'], ['CANCELLED', 'CANCELLED']],
  CANCELLED: [['DELETED', 'DELETED']],
  DELETED: [],
};

const storyOf = (dice: Dice): readonly Step[] => {
  const states = new Map(['E1', 'E2', 'E3'].slice(0, 1 + dice.below(3)).map((id) => [id, '']));
  const steps: Step[] = [];
  let [at, wasPlaced] = [BEGUN, false];
  for (let n = 0; n < 3 + dice.below(7); n += 1) {
    const id = dice.pick([...states.keys()]);
    // Orders may be placed in one instant; nothing else happens twice in a second.
    const isPlaced = states.get(id) === '';
    at += dice.pick([isPlaced && wasPlaced ? 0 : 1_000, 1_000, 86_400_000 / 4]);
    wasPlaced = isPlaced;
    const instant = new Date(at).toISOString().replace('Z', dice.pick(['Z', '456Z', '000001Z']));
    const [state, type] = dice.pick(NEXT[states.get(id) ?? ''] ?? []) ?? [];
    if (state === undefined) {
      steps.push({
        happens: () => {},
        message: noticeOf(dice.pick(['ACCOUNT_ACTIVE', 'ACCOUNT_DELETED']), 'ACC-1', n),
      });
      continue;
    }
    const plan = isPlaced || type === 'PLAN_CHANGED' ? { plan: dice.pick(PLANS) } : {};
    const asked = state === 'PENDING_PLAN_CHANGE' ? { newPendingPlan: dice.pick(PLANS) } : {};
    states.set(id, state);
    steps.push({
      happens: () => {
        const { newPendingPlan: _, ...before } =
          google.entitlements.get(id) ?? entitlementOf(id, { createTime: instant });
        if (state === 'DELETED') google.entitlements.delete(id);
        else
          google.entitlements.set(id, {
            ...before,
            ...plan,
            ...asked,
            state: `ENTITLEMENT_${state}`,
            updateTime: instant,
          });
      },
      ...(type === undefined ? {} : { message: noticeOf(`ENTITLEMENT_${type}`, id, n) }),
    });
  }
  return steps;
};

/** Delivers what is told after so many steps have happened, and reads everything once more in the end, as each hour. */
const told = async (steps: readonly Step[], deliveries: readonly (readonly [step: number, happened: number])[]) => {
  const clock = clockAt(NOW);
  const token = async () => E.right(TOKEN);
  const tables = {
    tenants: { 'ACC-1': TENANT },
    plans: { 'rollback-guard/pro': 'professional', base: 'base', big: 'enterprise' },
  };
  const setting = await openDesk(googleVendor({ provider: PROVIDER, endpoint: google.endpoint, token }), tables, clock);
  google.entitlements.clear();
  google.accounts.clear();
  google.accounts.set('ACC-1', { name: 'ACC-1', approvals: [] });
  const again: Json[] = [];
  let happened = 0;
  for (const [step, count] of deliveries) {
    while (happened < Math.max(count, step + 1)) steps[happened++]?.happens();
    const message = steps[step]?.message;
    clock.now += 1_000;
    if (message === undefined) continue;
    const { answer } = await setting.desk.take(bytesOf(message));
    expect(answer).not.toBe('rejected');
    if (answer === 'later') again.push(message);
  }
  while (happened < steps.length) steps[happened++]?.happens();
  // What was answered 503 comes again: a repetition about what Google forgot before it said so.
  for (const message of again) expect(await setting.desk.take(bytesOf(message))).toMatchObject({ answer: 'kept' });
  await setting.desk.sync();
  const [had, kept] = [await entitledTo(setting), await keptIn(setting)];
  // Of what was over before anybody read it nothing is known, and nothing has to be.
  const state = had['entitlement_status'] === 'cancelled' ? {} : had;
  await setting.governor.close();
  return { state, kept };
};

test('a story by chance, told late, twice and in any order, ends as told on time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (g) => {
      const dice = diceOf(g);
      const steps = storyOf(dice);
      const onTime = await told(
        steps,
        steps.map((_, i) => [i, i + 1]),
      );
      const order = [...steps.keys(), ...dice.some([...steps.keys()])]
        .map((step) => ({ step, place: dice.below(1_000) }))
        .sort((a, b) => a.place - b.place);
      let happened = 0;
      const late = order.map(({ step }) => {
        happened = Math.max(happened, step + 1 + dice.below(steps.length - step));
        return [step, happened] as const;
      });
      expect(await told(steps, late)).toEqual(onTime);
    }),
    { numRuns: runs(200), endOnFailure: process.env['LAW_SHRINK'] === undefined },
  );
});
