/** What is asked of a whole ledger: it goes on where it stopped, it delays nobody, and it ends with whoever asked. */
import { setMaxListeners } from 'node:events';
import { memorySnapshots, memoryStore } from '@tai-autonomics/adapter-storage';
import { type FigureContext, startFigure } from '@tai-autonomics/core/analytics';
import type { Asked, Caller, LedgerStore, Submitted } from '@tai-autonomics/governor';
import { createJobs, type Job } from '@tai-autonomics/governor/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';
import {
  approved,
  codes,
  decided,
  type Entry,
  entitlement,
  ledgerOf,
  people,
  restart,
  right,
  SERVICE,
  type Setting,
  START,
  startGovernor,
} from './kit.ts';

/** A tenant in which an owner may look at everything. */
const opened = async (setting: Setting, tenant?: string): Promise<Caller> => {
  const { shop, owner } = people(tenant);
  approved(await setting.governor.submit(shop, entitlement(START, 'enterprise')));
  const roles = ['read_metrics', 'read_audit_trail'] as const;
  const subject = 'user:olivia';
  approved(
    await setting.governor.submit(owner, { action: 'grant_role', resource: 'people', arguments: { subject, roles } }),
  );
  return { ...owner, scope: roles };
};

/** Looks of an agent, refused ones and others by turns. */
const filled = async ({ governor }: Setting, count: number, tenant?: string): Promise<void> => {
  const { agent } = people(tenant);
  const asked = (n: number): Asked => ({
    action: n % 3 === 0 ? 'show_metrics' : 'check_health',
    resource: `s-${n % 9}`,
  });
  for (let n = 0; n < count; n += 250)
    await Promise.all(Array.from({ length: Math.min(250, count - n) }, (_, k) => governor.submit(agent, asked(n + k))));
};

const figure = (since: number, action = 'count_refusals'): Asked => ({
  action,
  resource: '*',
  arguments: { since: new Date(since).toISOString() },
});

/** A signal of its own for each of many who leave together. */
const relayed = (signal: AbortSignal): AbortSignal => {
  const own = new AbortController();
  setMaxListeners(100, signal);
  signal.addEventListener('abort', () => own.abort(), { once: true });
  return own.signal;
};

/** What a read found. */
const found = (submitted: Submitted): Readonly<Record<string, unknown>> =>
  approved(submitted).outcome?.result as Readonly<Record<string, unknown>>;
const why = (submitted: Submitted): unknown =>
  (decided(submitted).outcome?.result as { readonly why?: unknown } | undefined)?.why;

/** How many rows are read, in all and between two turns of the event loop at most. */
const counting = (inner: LedgerStore) => {
  const seen = { rows: 0, most: 0, now: 0 };
  const store: LedgerStore = {
    ...inner,
    async *read(ledger, from, to) {
      for await (const row of inner.read(ledger, from, to)) {
        if (seen.now === 0)
          setImmediate(() => {
            seen.now = 0;
          });
        seen.now += 1;
        seen.rows += 1;
        seen.most = Math.max(seen.most, seen.now);
        yield row;
      }
    },
  };
  return { store, seen };
};

const NO_PACKS: FigureContext = { packOf: () => undefined };

const recomputed = (name: string, entries: readonly Entry[]): unknown => {
  const run = startFigure(name, { since: 0, until: Number.MAX_SAFE_INTEGER }, NO_PACKS);
  for (const { receipt, disclosed } of entries) run?.step(receipt, disclosed);
  return run?.finish().figure;
};

const actionIn = ({ disclosed }: Entry): unknown =>
  (disclosed.get('request/intent') as { readonly action?: { readonly id?: unknown } } | undefined)?.action?.id;

const { agent, shop } = people();
const ACTS: readonly (readonly [Caller, Asked])[] = [
  [agent, { action: 'check_health', resource: SERVICE }],
  [agent, { action: 'show_metrics', resource: SERVICE }],
  [agent, { action: 'trigger_rollback', resource: SERVICE }],
  [agent, { action: 'raise_andon', resource: SERVICE, arguments: { severity: 'low', finding: 'a noise' } }],
  [shop, { action: 'check_health', resource: '*' }],
];
const FIGURES = { count_refusals: 'refusals', find_recurrence: 'recurrence', measure_approvals: 'approvals' } as const;

test('whenever it is asked, a figure is what the ledger says from its first receipt on, and a list is all that is asked for', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ acts: fc.array(fc.nat(ACTS.length - 1), { maxLength: 30 }), figure: fc.nat(2) }), {
        minLength: 1,
        maxLength: 4,
      }),
      async (rounds) => {
        const setting = await startGovernor();
        const owner = await opened(setting);
        for (const { acts, figure: n } of rounds) {
          for (const act of acts) await setting.governor.submit(...(ACTS[act] as (typeof ACTS)[number]));
          const [action, name] = Object.entries(FIGURES)[n] as readonly [string, string];
          const entries = await ledgerOf(setting);
          const told = found(await setting.governor.submit(owner, { action, resource: '*' }));
          expect(told['figure']).toEqual(recomputed(name, entries));
          const asked = { actions: ['raise_andon', 'show_metrics'], limit: 100 };
          const before = await ledgerOf(setting);
          const list = found(
            await setting.governor.submit(owner, { action: 'list_receipts', resource: '*', arguments: asked }),
          );
          const wanted = before.filter((entry) => asked.actions.includes(String(actionIn(entry))));
          expect((list['receipts'] as readonly { readonly seq: number }[]).map(({ seq }) => seq)).toEqual(
            wanted.slice(0, 100).map(({ receipt }) => receipt.seq),
          );
        }
        await setting.governor.close();
      },
    ),
    { numRuns: runs(10) },
  );
});

test('what was asked long ago is answered as it was then', async () => {
  const setting = await startGovernor();
  const owner = await opened(setting);
  await filled(setting, 20);
  const asked = { ...figure(0), id: 'then' };
  const then = found(await setting.governor.submit(owner, asked));
  await filled(setting, 20);
  const now = found(await setting.governor.submit(owner, figure(0)));
  expect(now).not.toEqual(then);
  expect(found(await setting.governor.submit(owner, asked))).toEqual(then);
});

test('asked again, a figure reads what was written since; a page is all that is read in one turn', async () => {
  const { store, seen } = counting(memoryStore());
  const setting = await startGovernor({ store });
  const owner = await opened(setting);
  await filled(setting, 1_000);
  found(await setting.governor.submit(owner, figure(0)));
  expect(seen.rows).toBeGreaterThan(1_000);
  seen.rows = 0;
  found(await setting.governor.submit(owner, figure(0, 'find_recurrence')));
  found(await setting.governor.submit(owner, { action: 'pending_approvals', resource: '*' }));
  expect(seen.rows).toBeLessThan(10);
  found(
    await setting.governor.submit(owner, {
      action: 'list_receipts',
      resource: '*',
      arguments: { events: ['role_granted'], limit: 1 },
    }),
  );
  expect(seen.rows).toBeLessThan(100);
  expect(seen.most).toBeLessThanOrEqual(128);
});

/** Asks for all that is kept of a whole ledger, and holds each answer against the receipts themselves. */
const asTheLedgerSays = async (setting: Setting, owner: Caller): Promise<void> => {
  const { governor } = setting;
  for (const [action, name] of Object.entries(FIGURES)) {
    const entries = await ledgerOf(setting);
    expect(found(await governor.submit(owner, { action, resource: '*' }))['figure']).toEqual(recomputed(name, entries));
  }
  const entries = await ledgerOf(setting);
  const asked = { action: 'list_receipts', resource: '*', arguments: { actions: ['show_metrics'], limit: 100 } };
  const list = found(await governor.submit(owner, asked))['receipts'] as readonly { readonly seq: number }[];
  const wanted = entries.filter((entry) => actionIn(entry) === 'show_metrics');
  expect(list.map(({ seq }) => seq)).toEqual(wanted.slice(0, 100).map(({ receipt }) => receipt.seq));
  const pending = found(await governor.submit(owner, { action: 'pending_approvals', resource: '*' }));
  expect(pending['pending']).toHaveLength(1);
};

/** A ledger that was asked for everything, and whose folds were kept. */
const keeping = async (count: number) => {
  const { store, seen } = counting(memoryStore());
  const snapshots = memorySnapshots();
  const setting = await startGovernor({ store, snapshots, snapshotEvery: 64 });
  const owner = await opened(setting);
  await setting.governor.submit(agent, { action: 'trigger_rollback', resource: SERVICE });
  await filled(setting, count);
  await asTheLedgerSays(setting, owner);
  const ledger = setting.identity.ledger('acme');
  const kept = async () => right(await snapshots.read(ledger, 'folds-usual')) ?? new Uint8Array();
  return { setting, owner, snapshots, ledger, kept, seen };
};

test('after a restart what is asked of a whole ledger reads what was written since, and is what the ledger says', async () => {
  const { setting, owner, seen } = await keeping(300);
  const again = await restart(setting);
  await again.governor.submit(agent, { action: 'check_health', resource: SERVICE });
  seen.rows = 0;
  found(await again.governor.submit(owner, { action: 'count_refusals', resource: '*' }));
  expect(seen.rows).toBeLessThan(100);
  await asTheLedgerSays(again, owner);
});

test('a fold that was changed, cut, or kept of another ledger is found, and counted again', async () => {
  const { setting, owner, snapshots, ledger, kept } = await keeping(100);
  const bytes = await kept();
  expect(bytes.length).toBeGreaterThan(1_000);
  const changed = Uint8Array.from(bytes);
  changed[bytes.length - 3] = (changed[bytes.length - 3] ?? 0) ^ 1;
  const theirs = await (await keeping(120)).kept();
  for (const wrong of [changed, bytes.subarray(0, bytes.length / 2), theirs, new Uint8Array()]) {
    right(await snapshots.write(ledger, 'folds-usual', wrong));
    await asTheLedgerSays(await restart(setting, { onFault: () => {} }), owner);
  }
});

test('decisions go on beside 64 figures, and one more than may wait is told to come again', async () => {
  const setting = await startGovernor();
  const owner = await opened(setting);
  await filled(setting, 1_000);
  const here = new AbortController();
  let answered = 0;
  const asked = Array.from({ length: 66 }, async (_, n) => {
    const answer = await setting.governor.submit(owner, figure(START - n * 1_000 - 1), relayed(here.signal));
    answered += 1;
    return why(answer);
  });
  for (let n = 0; n < 50; n++)
    decided(await setting.governor.submit(agent, { action: 'check_health', resource: SERVICE }));
  expect(answered).toBeLessThan(33);
  here.abort();
  const told = (await Promise.all(asked)).filter((said) => String(said).startsWith('64 '));
  expect(told).toEqual(Array(2).fill('64 questions of this tenant wait for their answer already; ask again later'));
});

test('who asks for much takes turns with who asks for little', async () => {
  const setting = await startGovernor();
  const [busy, quiet] = [await opened(setting), await opened(setting, 'quiet')];
  await filled(setting, 500);
  await filled(setting, 50, 'quiet');
  let open = 16;
  const many = Array.from({ length: open }, async (_, n) => {
    await setting.governor.submit(busy, figure(START - n * 1_000 - 1));
    open -= 1;
  });
  found(await setting.governor.submit(quiet, figure(START - 1)));
  expect(open).toBeGreaterThan(8);
  await Promise.all(many);
});

test.for(['verify_receipts', 'count_refusals', 'export_receipts'])(
  'whoever asked for %s leaves, and nothing more is read for them',
  async (action) => {
    const { store, seen } = counting(memoryStore());
    const setting = await startGovernor({ store });
    const owner = await opened(setting);
    await filled(setting, 1_500);
    seen.rows = 0;
    const here = new AbortController();
    const asked = setting.governor.submit(owner, { ...figure(0, action), arguments: {} }, here.signal);
    while (seen.rows === 0) await new Promise((turn) => setImmediate(turn));
    here.abort();
    const answer = decided(await asked);
    expect([answer.decision.verdict, why(answer)]).toEqual(['approve', 'nobody waits for the answer any more']);
    const left = seen.rows;
    expect(left).toBeLessThan(1_500);
    for (let n = 0; n < 50; n++) await new Promise((turn) => setImmediate(turn));
    expect(seen.rows).toBe(left);
  },
);

test('tenants take turns, of one tenant its four oldest questions; what waits for nothing is passed over', () => {
  const jobs = createJobs();
  const job = (number: number, tenant: string): Job => ({
    number,
    source: { tenant } as Job['source'],
    answer: () => {},
    want: { kind: 'want_rows', job: number, from: 0, to: 1 },
  });
  const busy = Array.from({ length: 6 }, (_, n) => job(n, 'busy'));
  for (const one of busy) jobs.add(one);
  jobs.add(job(9, 'quiet'));
  const turns = (count: number) => Array.from({ length: count }, () => jobs.next()?.number);
  expect(turns(7)).toEqual([0, 9, 1, 9, 2, 9, 3]);
  (busy[0] as Job).want = undefined;
  expect(turns(4)).toEqual([9, 1, 9, 2]);
  jobs.remove(busy[1] as Job);
  expect(new Set(turns(8))).toEqual(new Set([9, 2, 3, 4]));
});

test('lists that wait for an index keep nobody from the pages that it is made of', async () => {
  const setting = await startGovernor();
  const owner = await opened(setting);
  await filled(setting, 300);
  const list: Asked = {
    action: 'list_receipts',
    resource: '*',
    arguments: { events: ['role_granted'], since: new Date(START - 1).toISOString() },
  };
  const asked = Array.from({ length: 12 }, (_, n) => setting.governor.submit(owner, n % 3 === 0 ? figure(0) : list));
  for (const answer of await Promise.all(asked)) found(answer);
});

test('a store that has fewer rows than its ledger ends what is asked of it, and says where', async () => {
  const inner = memoryStore();
  let most = Number.MAX_SAFE_INTEGER;
  const store: LedgerStore = { ...inner, read: (ledger, from, to) => inner.read(ledger, from, Math.min(to, most)) };
  const setting = await startGovernor({ store });
  const owner = await opened(setting);
  await filled(setting, 60);
  most = 32;
  const list = (more: object): Asked => ({
    action: 'list_receipts',
    resource: '*',
    arguments: { limit: 100, ...more },
  });
  for (const asked of [list({}), list({ since: new Date(START + 1).toISOString() }), figure(0)])
    expect(why(await setting.governor.submit(owner, asked))).toMatch(/^the ledger ends at receipt \d+$/);
});

test('an action that runs is carried out to its end, whoever left', async () => {
  const setting = await startGovernor();
  await opened(setting);
  const left = AbortSignal.abort();
  const raised = await setting.governor.submit(
    agent,
    { action: 'raise_andon', resource: SERVICE, arguments: { severity: 'low', finding: 'a noise' } },
    left,
  );
  expect(codes(raised)).toEqual([]);
  expect((await ledgerOf(setting)).at(-1)?.receipt.event).toBe('andon_raised');
});
