/** Starting, and what a governor does not decide: a wrong clock, too much at once, what is not of its form. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import type { Decision } from '@tai-autonomics/core';
import { withReceipt } from '@tai-autonomics/core/engine';
import { type Asked, createGovernor, type Observer } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { publishingLibrary } from '../fixtures/publishing-pack.ts';
import { careless } from './catalogs.ts';
import {
  approve,
  approved,
  arrange,
  codes,
  DAY_MS,
  decided,
  entitlement,
  ledgerOf,
  loaded,
  makeReady,
  named,
  people,
  rollback,
  type Setting,
  START,
  standing,
  startGovernor,
  TENANT,
  worldObserver,
} from './kit.ts';
import { expectVerified } from './verified.ts';

const { agent, owner, shop } = people();
const health: Asked = { action: 'check_health', resource: 'here' };
const pilot = { mode: 'eval', session: 'pilot-1' } as const;

const ready = async (given: Parameters<typeof startGovernor>[0] = {}): Promise<Setting> => {
  const setting = await startGovernor(given);
  await makeReady(setting);
  return setting;
};

describe('a governor does not start', () => {
  test('when its self-test approves what must be refused', async () => {
    const { options } = arrange({ standing: pilot, catalogs: [careless] });
    expect(await createGovernor(options)).toEqual(
      E.left(['the self-test failed: do_it was approved on an empty ledger']),
    );
  });

  test.for([
    { note: 'says that it keeps nothing', durable: false, says: 'keeps nothing, and' },
    { note: 'does not declare what it keeps', durable: undefined, says: 'does not declare what it keeps' },
  ] as const)('on a store that $note, where its packs need what is appended to stay', async ({ durable, says }) => {
    const { options, store } = arrange();
    const { capabilities: _, ...undeclared } = store;
    const bare = durable === undefined ? undeclared : { ...undeclared, capabilities: { durable, shared: false } };
    expect(await createGovernor({ ...options, store: bare })).toMatchObject({
      left: [expect.stringMatching(new RegExp(`^the store ${says}.*rollback_guard.* need durable_append$`))],
    });
    const kept = { ...store, capabilities: { durable: true, shared: false } };
    expect(E.isRight(await createGovernor({ ...options, store: kept }))).toBe(true);
  });

  test('on a volatile store without saying so, once; on a durable one it says nothing', async () => {
    for (const [durable, times] of [
      ['process', 1],
      [true, 0],
    ] as const) {
      const { options, store } = arrange();
      const said: string[] = [];
      await createGovernor({
        ...options,
        store: { ...store, capabilities: { durable, shared: false } },
        onFault: (detail) => said.push(detail),
      });
      expect([durable, said.filter((line) => line.startsWith('the store is volatile')).length]).toEqual([
        durable,
        times,
      ]);
    }
    expect(memoryStore().capabilities).toEqual({ durable: 'process', shared: false });
  });

  test.for([
    { note: 'that has expired', validUntil: START - DAY_MS, starts: false },
    { note: 'at the very instant of its expiry', validUntil: START, starts: false },
    { note: 'that is valid for another millisecond', validUntil: START + 1, starts: true },
  ])('contractually, with an insurance certificate $note: $starts', async ({ validUntil, starts }) => {
    const { options } = arrange({
      standing: { mode: 'contractual', insurance: { id: 'POL-77', digest: 'A'.repeat(43), validUntil } },
    });
    const started = await createGovernor(options);
    expect(E.isRight(started)).toBe(starts);
    if (!starts)
      expect(started).toMatchObject({ left: [expect.stringContaining('insurance certificate is not valid')] });
  });

  test('with an observer whose source no receipt can name; and says everything that is wrong at once', async () => {
    const { options, world, clock } = arrange({
      standing: { mode: 'contractual', insurance: { id: 'POL-77', digest: 'A'.repeat(43), validUntil: START } },
    });
    const observers = ['git/main', 'git hub', '', 'git'].map((source) => worldObserver(world, clock, source));
    expect(await createGovernor({ ...options, observers })).toMatchObject({
      left: [
        expect.stringContaining('insurance'),
        expect.stringContaining('"git/main"'),
        expect.stringContaining('"git hub"'),
        expect.stringContaining('""'),
      ],
    });
  });
});

describe('the mode', () => {
  test('contractual is sealed into every receipt with its insurance', async () => {
    const setting = await ready();
    for (const { receipt } of await ledgerOf(setting))
      expect(receipt).toMatchObject({
        mode: 'contractual',
        terms: { insurance: { id: 'POL-77', digest: 'A'.repeat(43) } },
      });
    expect(setting.identity.origin(TENANT)).toMatch(/^ledger\.test\/r1\/c\//);
  });

  test('eval is sealed into every receipt with its pilot, and no assurance is asked for', async () => {
    const setting = await startGovernor({ standing: pilot });
    approved(await setting.governor.submit(shop, entitlement(START)));
    expect(codes(await setting.governor.submit(agent, rollback))).not.toContain('insurance_missing');
    for (const { receipt } of await ledgerOf(setting))
      expect(receipt).toMatchObject({ mode: 'eval', session: { id: 'pilot-1', notice: 'non-contractual' } });
    expect(setting.identity.origin(TENANT)).toMatch(/^ledger\.test\/r1\/e\//);
    await expectVerified(setting);
  });

  test.for(['publish', 'deploy'])(
    'eval refuses to %s, where a contractual deployment approves the same',
    async (action) => {
      const studio = {
        plan_id: 'studio',
        sku_id: 'studio-1',
        enabled_packs: ['receipt_verifier', 'publishing'],
        iam_roles: ['write_config'],
      };
      const may = { ...agent, scope: ['write_config'] } as const;
      const asked: Asked = { action, resource: 'site', arguments: { version: 'v2' } };
      const answers = [standing, pilot].map(async (mode) => {
        const { clock } = arrange();
        const observe: Observer['observe'] = async (_about, facts) =>
          facts.map((fact) => ({ fact, value: true, observedAt: clock() }));
        const observers = [{ source: 'ci', facts: ['checks_green'], timeoutMs: 1_000, observe }];
        const setting = await ready({ standing: mode, catalogs: [loaded(publishingLibrary)], observers, clock });
        const { governor } = setting;
        setting.clock.now += 1_000;
        approved(await governor.submit(shop, entitlement(clock.now, 'professional', studio)));
        const subject = named(agent);
        approved(
          await governor.submit(owner, {
            action: 'grant_role',
            resource: 'people',
            arguments: { subject, roles: ['write_config'] },
          }),
        );
        const answer = decided(await governor.submit(may, asked));
        const { event } = (await ledgerOf(setting))[answer.receipt.seq]!.receipt;
        await expectVerified(setting);
        return [codes(answer), event];
      });
      expect(await Promise.all(answers)).toEqual([
        [[], 'action_approved'],
        [['eval_only_refusal'], 'eval_only_refusal'],
      ]);
    },
  );
});

describe('a clock', () => {
  test('that goes back a little gives no receipt an earlier instant', async () => {
    const setting = await ready();
    setting.clock.now -= 5_000;
    approved(await setting.governor.submit(agent, health));
    setting.clock.now += 2_000;
    approved(await setting.governor.submit(agent, health));
    const at = (await ledgerOf(setting)).map(({ receipt }) => receipt.at);
    expect(at.at(-1)).toBe(new Date(START).toISOString());
    expect(at).toEqual([...at].sort());
    await expectVerified(setting);
  });

  test('that is further behind than that decides nothing until it is right again', async () => {
    const setting = await ready();
    const { length } = await ledgerOf(setting);
    setting.clock.now -= 5_001;
    expect(await setting.governor.submit(agent, health)).toMatchObject({
      decided: false,
      why: 'clock_skew',
      retryAfterMs: 5_000,
    });
    expect((await ledgerOf(setting)).length).toBe(length);
    setting.clock.now += 5_001;
    approved(await setting.governor.submit(agent, health));
  });

  test('that moves between two looks at the world never dates an approval before its evidence', async () => {
    const setting = await ready();
    await approve(setting);
    let reads = 0;
    const jitter = Object.assign(() => setting.clock.now + ((reads++ * 7) % 5), { now: START });
    const observers = [worldObserver(setting.world, jitter)];
    const next = await startGovernor({ ...setting.options, clock: jitter, observers });
    for (let n = 0; n < 20; n++) decided(await next.governor.submit(agent, rollback));
    await expectVerified(next);
  });
});

test('too much at once: what is above the limit is not decided, may come again, and is decided then', async () => {
  const setting = await ready({ waitingMax: 3 });
  const ask = async (n: number) => setting.governor.submit(agent, { ...health, id: `n ${n}` });
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => ask(n)));
  const refused = answers.flatMap((answer, n) => (answer.decided ? [] : [{ answer, n }]));
  expect(refused.length).toBe(7);
  for (const { answer, n } of refused) {
    expect(answer).toMatchObject({ why: 'overloaded', retryAfterMs: expect.any(Number) });
    expect(approved(await ask(n)).repeated).toBe(false);
  }
  await expectVerified(setting);
});

describe('what is not of its form is not decided, and leaves nothing', () => {
  const long = 'x'.repeat(201);
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  test.for<{ readonly note: string; readonly over: object }>([
    { note: 'an id that is empty', over: { id: '' } },
    { note: 'an id of 201 characters', over: { id: long } },
    { note: 'an id with a line break', over: { id: 'a\nb' } },
    { note: 'an id with half a character', over: { id: 'a\ud800' } },
    { note: 'an id that is a number', over: { id: 7 } },
    { note: 'an action of 201 characters', over: { action: long } },
    { note: 'an action with half a character', over: { action: '\udfff' } },
    { note: 'a resource that is empty', over: { resource: '' } },
    { note: 'a resource with half a character', over: { resource: '\ud800x' } },
    { note: 'a resource with a control character', over: { resource: 'a\u0007' } },
    { note: 'arguments that are a list', over: { arguments: [1] } },
    { note: 'arguments that are null', over: { arguments: null } },
    { note: 'arguments with a fraction that JSON cannot say', over: { arguments: { n: Number.NaN } } },
    { note: 'arguments with half a character', over: { arguments: { text: '\ud800' } } },
    { note: 'arguments that hold themselves', over: { arguments: cycle } },
    { note: 'arguments of a megabyte', over: { arguments: { text: 'x'.repeat(1_000_000) } } },
    { note: 'arguments that call back', over: { arguments: { toJSON: () => ({}) } } },
    { note: 'an incident with a space', over: { incident: 'INC 12' } },
    { note: 'a trace of zeros', over: { trace: '0'.repeat(32) } },
  ])('$note', async ({ over }) => {
    const setting = await ready();
    const { length } = await ledgerOf(setting);
    const answer = await setting.governor.submit(agent, { ...health, ...over } as Asked);
    expect(answer).toMatchObject({ decided: false, why: 'malformed' });
    expect((await ledgerOf(setting)).length).toBe(length);
  });
});

test('an argument named __proto__ is an unknown argument like any other', async () => {
  const setting = await ready();
  const asked: Asked = { ...health, arguments: JSON.parse('{"__proto__":{"severity":"low"}}') };
  expect(codes(await setting.governor.submit(agent, asked))).toEqual(['arguments_invalid']);
  await expectVerified(setting);
});

describe('observers', () => {
  const seenBy = async (observe: Observer['observe'], timeoutMs = 2_000) => {
    let looks = 0;
    const { clock } = arrange();
    const observer: Observer = {
      ...worldObserver(new Map(), clock),
      timeoutMs,
      observe: (...args) => {
        looks += 1;
        return observe(...args);
      },
    };
    const setting = await ready({ clock, observers: [observer] });
    const answer = await setting.governor.submit(agent, rollback);
    await expectVerified(setting);
    return { codes: [...new Set(codes(answer))], looks };
  };
  const statements =
    (count: number, value: unknown): Observer['observe'] =>
    async (_about, facts) =>
      facts.flatMap((fact) => Array.from({ length: count }, () => ({ fact, value, observedAt: START })));

  test.for<{ readonly note: string; readonly observe: Observer['observe']; readonly timeoutMs?: number }>([
    { note: 'that see nothing', observe: async () => [] },
    { note: 'that fail', observe: async () => Promise.reject(new Error('no network')) },
    {
      note: 'that throw',
      observe: () => {
        throw new Error('a bug');
      },
    },
    { note: 'that hang', observe: () => new Promise(() => {}), timeoutMs: 100 },
    { note: 'that talk nonsense', observe: async () => [null, 7, 'x'] as never },
    { note: 'that see other facts', observe: async () => [{ fact: 'msa_status', value: 'signed', observedAt: START }] },
    { note: 'that state a thing a thousand times', observe: statements(1_000, true) },
    { note: 'that state a novel', observe: statements(1, 'x'.repeat(1_000_000)) },
    { note: 'that state what JSON cannot say', observe: statements(1, Number.NaN) },
  ])(
    '$note have seen nothing, are asked once, and the refusal says which facts are missing',
    async ({ observe, timeoutMs }) => {
      expect(await seenBy(observe, timeoutMs)).toEqual({
        codes: ['evidence_missing', 'rollback_policy_not_approved'],
        looks: 1,
      });
    },
  );

  test('are not asked while one of the first three gates is shut', async () => {
    let looks = 0;
    const observer: Observer = {
      ...worldObserver(new Map(), () => START),
      observe: async () => {
        looks += 1;
        return [];
      },
    };
    const setting = await startGovernor({ observers: [observer] });
    approved(await setting.governor.submit(shop, entitlement(START, 'base')));
    expect(codes(await setting.governor.submit(agent, rollback))).toEqual(['tool_not_found']);
    expect(looks).toBe(0);
  });

  test('are asked after all, when the gates opened while the intent waited', async () => {
    const setting = await ready();
    const { governor, clock } = setting;
    clock.now += 1_000;
    approved(await governor.submit(shop, entitlement(clock.now, 'base')));
    clock.now += 1_000;
    const [, answer] = await Promise.all([
      governor.submit(shop, entitlement(clock.now)),
      governor.submit(agent, { ...rollback, id: 'just behind' }),
    ]);
    expect(codes(answer)).toEqual(['rollback_policy_not_approved']);
    await expectVerified(setting);
  });
});

describe('whoever listens for a changed tool surface', () => {
  test('is called when its receipt is durable, and no longer when it does not want to be', async () => {
    const setting = await startGovernor();
    const heard: number[] = [];
    const listen = async (): Promise<void> => void heard.push((await ledgerOf(setting)).length);
    const stop = setting.governor.onToolsChanged(TENANT, () => void listen());
    approved(await setting.governor.submit(shop, entitlement(START, 'base')));
    await expect.poll(() => heard).toEqual([]);
    setting.clock.now += 1_000;
    approved(await setting.governor.submit(shop, entitlement(setting.clock.now)));
    await expect.poll(() => heard).toEqual([4]);
    stop();
    setting.clock.now += 1_000;
    approved(await setting.governor.submit(shop, entitlement(setting.clock.now, 'base')));
    expect(heard.length).toBe(1);
  });

  test('and throws, is complained of; the intent is answered', async () => {
    const setting = await startGovernor();
    setting.governor.onToolsChanged(TENANT, () => {
      throw new Error('a bug of the listener');
    });
    approved(await setting.governor.submit(shop, entitlement(START)));
    expect(setting.faults).toEqual(['a listener failed: a bug of the listener']);
  });
});

test('a preview decides the same, and records nothing: so it has no receipt that an approval could name', async () => {
  const setting = await ready();
  const { length } = await ledgerOf(setting);
  const preview = await setting.governor.preview(agent, rollback);
  expect((await ledgerOf(setting)).length).toBe(length);
  const answer = decided(await setting.governor.submit(agent, rollback));
  // A preview has no receipt that an approval could name; the answer has.
  expect(E.map((decision: Decision) => withReceipt(decision, answer.receipt))(preview)).toEqual(
    E.right(answer.decision),
  );
});
