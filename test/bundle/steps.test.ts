/**
 * What an issuer can make an auditor do, counted in steps and never in time. The steps of a verification are bounded by the
 * size of what is verified; beyond the bound it is "not decided": incomplete, and never falsified.
 */
import { compileCatalog } from '@tai-autonomics/core';
import { createRederiver, STEP_BUDGET } from '@tai-autonomics/core/engine';
import type { Json, Receipt, ReceiptOf, Rederived } from '@tai-autonomics/core/receipt';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Entry, ledgerOf, shipped } from '../governor/kit.ts';
import { diceOf } from '../receipt/mutants.ts';
import { makeEvidence, workFolder } from './evidence.ts';

const work = workFolder();
let entries: readonly Entry[] = [];
let refusal: Entry;

beforeAll(async () => {
  entries = await ledgerOf((await makeEvidence(work.path())).setting);
  const found = entries.find(({ receipt }) => receipt.kind === 'decision' && receipt.event === 'rollback_refused');
  if (found === undefined) throw new Error('nothing was refused');
  refusal = found;
});
afterAll(work.remove);

const catalogs = new Map([[shipped.digest, shipped.catalog]]);

/** One entry of a ledger that somebody seals who wants an auditor to wait. */
type Hostile = Pick<Entry, 'receipt' | 'disclosed'> & Partial<Pick<Entry, 'row'>>;

const disclosing = (name: string, value: Json): Hostile => ({
  receipt: refusal.receipt,
  disclosed: new Map([...refusal.disclosed, [name, value]]),
});

const writing = (seq: number, writes: Receipt['writes']): Hostile => ({
  receipt: {
    ...(refusal.receipt as ReceiptOf<'decision'>),
    seq,
    verdict: 'approve',
    codes: [],
    writes,
    event: 'role_granted',
  } as Receipt,
  disclosed: new Map(),
});

const names = (from: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `m${String(from + i).padStart(9, '0')}`);

/** Ledgers of `size` parts, each of which makes the work of the parts before it larger, where nothing bounds it. */
const FAMILIES: Readonly<Record<string, (size: number) => readonly Hostile[]>> = {
  'a set to which each receipt adds': (size) =>
    Array.from({ length: size }, (_, i) => writing(i, [{ cell: 'big', key: [], add: names(i * 256, 256) }])),
  'tools that may change, in a state that grows': (size) =>
    Array.from({ length: size }, (_, i) =>
      writing(
        i,
        names(i * 100, 100).map((name) => ({ cell: 'entitlement_x', key: [name], set: true })),
      ),
    ),
  'statements by the thousand, receipt after receipt': (size) =>
    Array.from({ length: 16 }, () =>
      disclosing(
        'evidence/deployment_stable/git',
        Array.from({ length: size * 8 }, () => ({ about: 'x', observedAt: '2026-11-21T09:00:00.000Z', value: true })),
      ),
    ),
  'arguments that nobody knows': (size) =>
    Array.from({ length: size }, () => {
      const intent = refusal.disclosed.get('request/intent') as { action: { id: string } };
      const args = Object.fromEntries(names(0, size * 32).map((name) => [name, true]));
      return disclosing('request/intent', { ...intent, action: { ...intent.action, arguments: args } } as Json);
    }),
  'readings of long sets': (size) =>
    Array.from({ length: 16 }, () => disclosing('state/readings', { granted_roles: names(0, size * 64) as Json })),
};

const told = (
  ledger: readonly Hostile[],
  budget = STEP_BUDGET,
): { readonly steps: number; readonly said: readonly Rederived[] } => {
  const rederiver = createRederiver({ catalogs, budget });
  const said = ledger.map(({ receipt, disclosed, row = refusal.row }) =>
    rederiver.step(receipt, row.leaf, disclosed, true),
  );
  return { steps: rederiver.steps, said };
};

describe('the steps of re-deriving a ledger', () => {
  test('are few for what is honest: hundreds a receipt, far below what may be spent', () => {
    const { steps, said } = told(entries);
    expect(said.every(({ status }) => status === 'ok')).toBe(true);
    expect(steps / entries.length).toBeLessThan(STEP_BUDGET.aReceipt / 4);
  });

  test.for(Object.keys(FAMILIES))('never pass the bound, and end in "not available": %s', (family) => {
    const make = FAMILIES[family] as (size: number) => readonly Hostile[];
    const budget = { first: 50_000, aReceipt: 500 };
    for (const size of [10, 20, 40, 80]) {
      const ledger = make(size);
      const { steps, said } = told(ledger, budget);
      expect(steps).toBeLessThanOrEqual(budget.first + budget.aReceipt * ledger.length);
      const spent = said.findIndex((one) => one.status === 'not_available' && one.why.includes('more steps'));
      if (size < 80) continue;
      expect(spent, `${family}: ${steps} steps of ${ledger.length} receipts`).toBeGreaterThan(-1);
      // Behind the first one for which not enough was left nothing is said any more: least of all that it is false.
      expect(said.slice(spent).every(({ status }) => status === 'not_available')).toBe(true);
    }
  });

  test('are counted where they are taken: twice the state, twice the steps of a receipt that looks at all of it', () => {
    const grown = FAMILIES['tools that may change, in a state that grows'] as (size: number) => readonly Hostile[];
    const steps = [20, 40, 80].map((size) => told(grown(size)).steps);
    // The work grows with the square of the size; so does the count, and the budget does not.
    expect((steps[1] ?? 0) / (steps[0] ?? 1)).toBeGreaterThan(2.5);
    expect((steps[2] ?? 0) / (steps[1] ?? 1)).toBeGreaterThan(2.5);
  });

  test('are bounded over ledgers of all kinds of parts, shuffled', () => {
    const next = diceOf('steps');
    const kinds = Object.values(FAMILIES).map((make) => make(12));
    for (let run = 0; run < 20; run++) {
      const budget = { first: next(20_000), aReceipt: next(3_000) };
      const ledger = Array.from({ length: 40 }, () => {
        const kind = kinds[next(kinds.length)] ?? [];
        return kind[next(kind.length)] as Hostile;
      });
      const { steps, said } = told(ledger, budget);
      expect(steps).toBeLessThanOrEqual(budget.first + budget.aReceipt * ledger.length);
      expect(said).toHaveLength(ledger.length);
    }
  });
});

/** A catalog that counts how often anything of it is looked at while it is compiled. */
const looksOf = (source: unknown): number => {
  let looks = 0;
  const watched = (value: object): object =>
    new Proxy(value, {
      get: (target, name, self) => {
        looks += 1;
        const found: unknown = Reflect.get(target, name, self);
        return typeof found === 'object' && found !== null ? watched(found) : found;
      },
    });
  const compiled = compileCatalog(watched(source as object));
  expect(E.isRight(compiled)).toBe(true);
  return looks;
};

type Members = { [name: string]: Members };

/** The shipped catalog with so many of something more. */
const GROWN: Readonly<Record<string, (pack: Members, count: number) => void>> = {
  'actions that change the world': (pack, count) => {
    for (let i = 0; i < count; i++)
      (pack['actions'] as Members)[`a${i}`] = structuredClone(
        (pack['actions'] as Members)['trigger_rollback'] as Members,
      );
  },
  facts: (pack, count) => {
    for (let i = 0; i < count; i++)
      (pack['facts'] as Members)[`f${i}`] = (pack['facts'] as Members)['deployment_stable'] as Members;
  },
};

test.for(Object.keys(GROWN))('a catalog is read in looks that grow as it does: %s', (what) => {
  const looks = [20, 40, 80].map((count) => {
    const source = structuredClone(library) as unknown as { packs: Members[] };
    const pack = source.packs.find(({ pack_id: id }) => (id as unknown) === 'rollback_guard') as Members;
    GROWN[what]?.(pack, count);
    return looksOf(source);
  });
  const [few = 0, more = 0, most = 0] = looks;
  // Twice as many more cost at most twice as much more.
  expect(most - more).toBeLessThanOrEqual(2.2 * (more - few));
});
