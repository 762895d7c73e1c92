/** Tenants that rest: who was asked for longest ago makes room, and nobody can tell. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import type { Asked, Caller, LedgerStore } from '@tai-autonomics/governor';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs, sightings } from '../runs.ts';
import { approved, codes, decided, entitlement, eventsOf, people, right, START, startGovernor } from './kit.ts';
import { expectVerified } from './verified.ts';

const TENANTS = ['acme', 'umbrella', 'initech', 'hooli'];

/** A store that counts how often a ledger is read from its beginning. */
const counting = (): { readonly store: LedgerStore; readonly folds: () => number } => {
  const store = memoryStore();
  let folds = 0;
  return {
    store: {
      ...store,
      read: (id, from, to) => {
        if (from === 0) folds += 1;
        return store.read(id, from, to);
      },
    },
    folds: () => folds,
  };
};

const finding = (n: number): Asked => ({
  id: `finding ${n}`,
  action: 'raise_andon',
  resource: `service-${n % 3}`,
  arguments: { severity: 'low', finding: 'a smell of smoke' },
});
const agentOf = (tenant: string): Caller => people(tenant).agent;

/** Opens all tenants, asks as told, seals after every answer; what was answered, in order. */
const told = async (restingMax: number, asked: readonly number[]) => {
  const { store, folds } = counting();
  const setting = await startGovernor({ store, restingMax });
  for (const tenant of TENANTS) {
    approved(await setting.governor.submit(people(tenant).shop, entitlement(START)));
    right(await setting.governor.seal(tenant));
  }
  const opened = folds();
  const answers: unknown[] = [];
  for (const [n, which] of asked.entries()) {
    const tenant = TENANTS[which % TENANTS.length] ?? '';
    const answer = decided(await setting.governor.submit(agentOf(tenant), finding(which)));
    answers.push([
      answer.repeated,
      answer.receipt.seq,
      codes(answer),
      right(await setting.governor.tools(agentOf(tenant))),
    ]);
    if (n % 3 < 2) right(await setting.governor.seal(tenant));
  }
  return {
    setting,
    answers,
    events: await Promise.all(TENANTS.map((t) => eventsOf(setting, t))),
    folds: folds() - opened,
  };
};

test('a governor that keeps one tenant at rest answers as one that keeps all, whatever is asked in whatever order', async () => {
  let folded = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(11), { minLength: 4, maxLength: 20 }), async (asked) => {
      const [few, all] = [await told(1, asked), await told(100, asked)];
      expect(few.answers).toEqual(all.answers);
      expect(few.events).toEqual(all.events);
      for (const tenant of TENANTS) await expectVerified(few.setting, tenant);
      folded += few.folds - all.folds;
    }),
    { numRuns: runs(10) },
  );
  // Tenants did make room: their ledgers were folded anew.
  expect(folded).toBeGreaterThan(sightings(10));
});

test('a tenant that somebody listens to does not make room', async () => {
  const { store, folds } = counting();
  const setting = await startGovernor({ store, restingMax: 1 });
  for (const tenant of TENANTS) {
    approved(await setting.governor.submit(people(tenant).shop, entitlement(START)));
    right(await setting.governor.seal(tenant));
    setting.governor.onToolsChanged(tenant, () => {});
  }
  const before = folds();
  for (const tenant of TENANTS) right(await setting.governor.tools(agentOf(tenant)));
  expect(folds()).toBe(before);
});

test('names that nobody opened do not stay in memory', async () => {
  const { store, folds } = counting();
  const setting = await startGovernor({ store, restingMax: 2 });
  for (let n = 0; n < 20; n += 1) expect(right(await setting.governor.head(`nobody-${n}`))).toBeUndefined();
  const before = folds();
  right(await setting.governor.head('nobody-19'));
  expect(folds()).toBe(before);
  right(await setting.governor.head('nobody-0'));
  expect(folds()).toBeGreaterThan(before);
});
