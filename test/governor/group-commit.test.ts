/** Group commit: many intents, few appends; one speculative state; other writers. */
import { setImmediate as turn } from 'node:timers/promises';
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { formatInstant } from '@tai-autonomics/core/engine';
import type { Asked, Caller, Submitted } from '@tai-autonomics/governor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import {
  approve,
  approved,
  codes,
  decided,
  ledgerOf,
  makeReady,
  people,
  restart,
  rollback,
  type Setting,
  startGovernor,
} from './kit.ts';
import { fault, type GatedStore, gatedStore } from './stores.ts';
import { expectVerified } from './verified.ts';

const { agent, owner } = people();
const health: Asked = { action: 'check_health', resource: 'here' };
/** All that an intent is tried for comes out of one budget. */
const TRIES = 24;
const LOSSES = 20;
const finding = (text: string) => ({ severity: 'low', finding: text });

const ready = async (): Promise<{ readonly setting: Setting; readonly store: GatedStore }> => {
  const store = gatedStore(memoryStore());
  const setting = await startGovernor({ store });
  await makeReady(setting);
  store.appends.length = 0;
  return { setting, store };
};

/** The events of the decisions of each append that has some. */
const decisionsOf = ({ appends }: GatedStore): readonly (readonly string[])[] =>
  appends
    .map(({ receipts }) => receipts.filter(({ kind }) => kind === 'decision').map(({ event }) => event))
    .filter((events) => events.length > 0);

describe('a group', () => {
  test('many callers at once share few appends, and each has a receipt of its own', async () => {
    const { setting, store } = await ready();
    const answers = await Promise.all(Array.from({ length: 300 }, () => setting.governor.submit(agent, health)));
    expect(store.appends.length).toBeLessThanOrEqual(2);
    expect(new Set(answers.map((answer) => approved(answer).receipt.seq)).size).toBe(300);
    await expectVerified(setting);
  });

  test('two uses of one approval in one group: exactly one is approved', async () => {
    const { setting, store } = await ready();
    await approve(setting);
    store.appends.length = 0;
    const [one, other] = await Promise.all([
      setting.governor.submit(agent, { ...rollback, id: 'one' }),
      setting.governor.submit(agent, { ...rollback, id: 'other' }),
    ]);
    // One append decided both; what follows are the beginning and the outcome of the one that was approved.
    expect(decisionsOf(store)).toEqual([['rollback_approved', 'rollback_refused']]);
    expect([codes(one), codes(other)]).toEqual([[], ['rollback_policy_not_approved']]);
    await expectVerified(setting);
  });

  test('a stop and what it stops, in one group: whoever came first was first', async () => {
    const { setting, store } = await ready();
    await approve(setting);
    store.appends.length = 0;
    const stop: Asked = { action: 'raise_andon', resource: 'payments', arguments: finding('smoke') };
    const [, stopped] = await Promise.all([
      setting.governor.submit(agent, stop),
      setting.governor.submit(agent, rollback),
    ]);
    expect(codes(stopped)).toEqual(['andon_open']);
    expect(decisionsOf(store)).toEqual([['andon_raised', 'rollback_refused']]);
    await expectVerified(setting);
  });
});

describe('another writer', () => {
  test('was faster: the group is decided anew on what it wrote, at a fresh instant', async () => {
    const { setting, store } = await ready();
    await approve(setting);
    const other = await restart(setting, { store: { ...store } });
    let isFirst = true;
    store.gate = async ({ receipts }, next) => {
      if (isFirst && receipts[0]?.event === 'rollback_approved') {
        isFirst = false;
        setting.clock.now += 1_500;
        approved(
          await other.governor.submit(agent, { action: 'raise_andon', resource: 'payments', arguments: finding('x') }),
        );
      }
      return next();
    };
    // The other governor writes through the same store: its own append has to pass the gate untouched.
    const answer = decided(await setting.governor.submit(agent, rollback));
    expect(codes(answer)).toEqual(['andon_open']);
    const ledger = await ledgerOf(setting);
    expect(ledger.map(({ receipt }) => receipt.event).slice(-2)).toEqual(['andon_raised', 'rollback_refused']);
    expect(ledger[answer.receipt.seq]?.receipt.at).toBe(formatInstant(setting.clock.now));
    await expectVerified(setting);
  });

  test('always was faster: nothing is decided, nothing is lost, and later it is', async () => {
    const { setting, store } = await ready();
    const other = await restart(setting, { store: { ...store } });
    let isRival = false;
    store.gate = async (_append, next) => {
      if (!isRival) {
        isRival = true;
        approved(await other.governor.submit(owner, health));
        isRival = false;
      }
      return next();
    };
    expect(await setting.governor.submit(agent, health)).toMatchObject({ decided: false, why: 'store_unavailable' });
    store.gate = undefined;
    approved(await setting.governor.submit(agent, health));
    await expectVerified(setting);
  });

  test('was faster, then the store fell silent: what losing took of the budget is not there for looking', async () => {
    const { setting, store } = await ready();
    const other = await restart(setting, { store: { ...store } });
    const counted = { lost: 0, looked: 0 };
    let isRival = false;
    const looks: GatedStore['head'] = store.head;
    store.gate = async (_append, next) => {
      if (isRival) return next();
      counted.lost += 1;
      if (counted.lost <= LOSSES) {
        isRival = true;
        approved(await other.governor.submit(owner, health));
        isRival = false;
        return next();
      }
      store.blind = true;
      return fault('unavailable', 'unknown');
    };
    Object.assign(store, {
      head: async (ledger: string) => {
        if (store.blind) counted.looked += 1;
        return looks(ledger);
      },
    });
    expect(await setting.governor.submit(agent, health)).toMatchObject({ decided: false, why: 'store_unavailable' });
    // The last try found the store silent; a checkpoint may have looked beside those that were left.
    expect(counted.lost).toBe(LOSSES + 1);
    expect(counted.looked).toBeLessThan(TRIES / 2);
    store.blind = false;
    store.gate = undefined;
    approved(await setting.governor.submit(agent, health));
    await expectVerified(setting);
  });

  test('recorded the same intent: its answer is given, and the rest of the group goes on', async () => {
    const { setting, store } = await ready();
    const other = await restart(setting, { store: { ...store } });
    const asked: Asked = { ...health, id: 'twice' };
    let isFirst = true;
    let first: Submitted | undefined;
    store.gate = async (_append, next) => {
      if (isFirst) {
        isFirst = false;
        first = await other.governor.submit(agent, asked);
      }
      return next();
    };
    const [repeated, ...rest] = await Promise.all([
      setting.governor.submit(agent, asked),
      ...Array.from({ length: 5 }, () => setting.governor.submit(agent, health)),
    ]);
    expect(repeated).toMatchObject({ repeated: true, receipt: first?.decided === true ? first.receipt : {} });
    expect(rest.map((answer) => approved(answer).repeated)).toEqual([false, false, false, false, false]);
    await expectVerified(setting);
  });

  test('opened the tenant that this process took for unknown', async () => {
    const store = memoryStore();
    const one = await startGovernor({ store });
    const two = await startGovernor({ store, signer: one.signer });
    expect(await one.governor.submit(agent, health)).toMatchObject({ decided: false, why: 'unknown_tenant' });
    await makeReady(two);
    approved(await one.governor.submit(agent, health));
    await expectVerified(one);
  });
});

interface Move {
  readonly by: 0 | 1;
  readonly id: number;
  readonly what: 'read' | 'stop' | 'clear' | 'refused';
  /** Turns of the event loop before it is asked. */
  readonly after: number;
}

const move: fc.Arbitrary<Move> = fc.record({
  by: fc.constantFrom(0, 1),
  id: fc.nat(12),
  what: fc.constantFrom('read', 'stop', 'clear', 'refused'),
  after: fc.nat(6),
});

const askedBy = ({ id, what }: Move): readonly [Caller, Asked] => {
  switch (what) {
    case 'read':
      return [agent, { ...health, id: `read ${id}` }];
    case 'stop':
      return [agent, { id: `stop ${id}`, action: 'raise_andon', resource: 'payments', arguments: finding('seen') }];
    case 'clear':
      return [owner, { id: `clear ${id}`, action: 'clear_andon', resource: 'payments', arguments: { finding: 'ok' } }];
    case 'refused':
      return [owner, { ...rollback, id: `refused ${id}` }];
  }
};

/** Both governors append through stores that take their time, each its own. */
const slowly = (store: GatedStore, turns: () => number): GatedStore => {
  const slow = gatedStore(store);
  slow.gate = async (_append, next) => {
    for (let n = turns(); n > 0; n--) await turn();
    const answer = await next();
    for (let n = turns(); n > 0; n--) await turn();
    return answer;
  };
  return slow;
};

test('two governors over one store never fork the ledger, lose a receipt, or answer one intent twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(move, { minLength: 5, maxLength: 40 }),
      fc.infiniteStream(fc.nat(3)),
      async (moves, random) => {
        const { setting, store } = await ready();
        const turns = (): number => random.next().value ?? 0;
        const one = await restart(setting, { store: slowly(store, turns) });
        const two = await restart(setting, { store: slowly(store, turns) });
        const answers = await Promise.all(
          moves.map(async (m) => {
            for (let n = m.after; n > 0; n--) await turn();
            return [m, await [one, two][m.by]!.governor.submit(...askedBy(m))] as const;
          }),
        );
        const ledger = await ledgerOf(setting);
        const places = new Map<string, number>();
        for (const [m, answer] of answers) {
          // Asking again later is safe: it either has its receipt by now, or gets one.
          const final = answer.decided ? answer : decided(await one.governor.submit(...askedBy(m)));
          const { seq, leaf } = final.receipt;
          if (answer.decided) expect(Buffer.from(ledger[seq]!.row.leaf).toString('base64url')).toBe(leaf);
          const key = `${m.what} ${m.id}`;
          expect(places.get(key) ?? seq).toBe(seq);
          places.set(key, seq);
        }
        expect(new Set(places.values()).size).toBe(places.size);
        const ids = (await ledgerOf(setting)).flatMap(({ row }) => row.intent?.id ?? []);
        expect(new Set(ids).size).toBe(ids.length);
        await expectVerified(one);
      },
    ),
    { numRuns: runs(25) },
  );
});
