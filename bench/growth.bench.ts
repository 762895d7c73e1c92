/**
 * What does not grow: a decision under a catalog of ever more packs, and for ever more tenants, each with a state of its own.
 * And what does: compiling the catalog. Process CPU time; the sizes take turns; medians of the rounds.
 */
import {
  type Catalog,
  type CatalogSource,
  compileCatalog,
  type Decision,
  decide,
  type Observation,
  type Pack,
} from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { decideRollback } from './hand-written/rules.ts';
import { amount, cpuMs, figure, isShort, median } from './measure.ts';
import { openingBench } from './opening.ts';
import { rollbackWorkload } from './rollback-workload.ts';

const SEED = 20_261_121;
const OBSERVATIONS = 256;
const ROUNDS = amount(9);
const WARM_UP = 3;
const DECISIONS = amount(50_000);
const PACKS: readonly number[] = isShort ? [1, 100] : [1, 100, 1_000, 10_000];
const TENANTS: readonly number[] = isShort ? [1, 1_000] : [1, 1_000, 100_000];
const FLAT = 1.3;
const COMPILED = amount(1_000);

let kept: Decision | undefined;

/** A pack with a fact, a cell, a code and two actions of its own. */
const packOf = (n: number): Pack => ({
  pack_id: `pack_${n}`,
  version: '1.0.0',
  description: 'Opens and closes a valve.',
  tools: [
    { tool: `valve_${n}`, title: 'A valve', description: 'Opens a valve.', actions: [`open_${n}`] },
    { tool: `valve_stop_${n}`, title: 'A valve', description: 'Closes a valve.', actions: [`close_${n}`] },
  ],
  signals: [],
  facts: {
    [`pressure_${n}`]: {
      means: 'the pressure',
      type: { type: 'integer', min: 0, max: 1_000 },
      origin: 'observed',
      sources: ['gauge'],
      maxAgeMs: 60_000,
    },
    [`valve_${n}`]: {
      means: 'how the valve is',
      type: { type: 'enum', values: ['open', 'shut'] },
      origin: 'ledger',
      cell: `valve_${n}`,
      key: [{ fact: 'resource_ref' }],
      otherwise: 'shut',
    },
  },
  cells: {
    [`valve_${n}`]: {
      means: 'how a valve is',
      key: ['resource_ref'],
      type: { type: 'enum', values: ['open', 'shut'] },
    },
  },
  actions: Object.fromEntries(
    (['open', 'close'] as const).map((verb) => [
      `${verb}_${n}`,
      {
        means: `${verb}s a valve`,
        who: ['agent'],
        entitlement: 'active',
        roles: ['read_deployment'],
        arguments: {},
        requires: [
          {
            code: `pressure_high_${n}`,
            means: 'the pressure is low',
            when: {
              all: [
                { fact: `pressure_${n}`, atMost: 500 },
                { fact: `valve_${n}`, is: verb === 'open' ? 'shut' : 'open' },
              ],
            },
            remedy: { by: 'world' },
          },
        ],
        emits: { approve: 'action_executed', refuse: 'action_refused' },
        writes: [
          { cell: `valve_${n}`, key: [{ fact: 'resource_ref' }], change: { set: verb === 'open' ? 'open' : 'shut' } },
        ],
        does: { effect: 'internal' },
      },
    ]),
  ),
  codes: { [`pressure_high_${n}`]: 'the pressure is high' },
  required_iam_roles: ['read_deployment'],
  incompatible_with: [],
  requires: [],
  receipt_events: [],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 1_000, memoryBytes: 1_048_576, cpuPercent: 5 },
});

const sourceOf = (extra: number): CatalogSource => ({
  ...library,
  packs: [...library.packs, ...Array.from({ length: extra }, (_, n) => packOf(n))],
});

const compiled = (source: CatalogSource): Catalog => {
  const made = compileCatalog(source);
  if (E.isLeft(made)) throw new Error(JSON.stringify(made.left.slice(0, 3)));
  return made.right;
};

/** Microseconds of CPU time a decision, one figure a subject. */
const medians = (
  subjects: readonly (readonly [(o: Observation) => Decision, readonly Observation[]])[],
): readonly number[] => {
  const found = subjects.map((): number[] => []);
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const [i, [decider, observations]] of subjects.entries()) {
      const ms = cpuMs(() => {
        for (let n = 0; n < DECISIONS; n += 1) kept = decider(observations[n % observations.length] as Observation);
      });
      if (round >= 0) found[i]?.push((ms * 1e3) / DECISIONS);
    }
  }
  return found.map(median);
};

const print = (what: string, sizes: readonly number[], times: readonly number[]): void => {
  console.log(`\n${what.padEnd(24)}µs a decision   times the first`);
  for (const [i, size] of sizes.entries()) {
    const ratio = (times[i] ?? 0) / (times[0] ?? 1);
    const goal = i === sizes.length - 1 ? `   (within ${FLAT})` : '';
    console.log(
      `${figure('size', size).padEnd(24)}${figure('µs a decision', times[i] ?? Number.NaN, 2).padStart(13)}${figure('times the first', ratio, 2).padStart(18)}${goal}`,
    );
  }
};

/** Prints both tables, the time to compile, and how long tenants take to open. */
export const growthBench = async (): Promise<void> => {
  const base = compiled(library);
  const { observations } = rollbackWorkload(base, OBSERVATIONS, SEED);
  console.log(`trigger_rollback, half approved, half refused, ${OBSERVATIONS} observations (seed ${SEED})`);
  const catalogs = PACKS.map((extra) => compiled(sourceOf(extra)));
  print(
    'packs beside the shipped',
    PACKS,
    medians(catalogs.map((catalog) => [(o) => decide(catalog, o), observations])),
  );
  // Approvals alone, so that one tenant's question costs what another's does; every tenant has a state of its own.
  const asked = rollbackWorkload(base, 2 * (TENANTS.at(-1) ?? 1), SEED + 1).observations;
  const approved = asked.filter((_, n) => n % 2 === 0);
  const workloads = TENANTS.map((count) => approved.slice(0, count));
  print('tenants, approvals', TENANTS, medians(workloads.map((workload) => [(o) => decide(base, o), workload])));
  // What the machine's caches take: the function that was written by hand looks the same cells up.
  print('the same, by hand', TENANTS, medians(workloads.map((workload) => [decideRollback, workload])));
  const source = sourceOf(COMPILED);
  const times = Array.from({ length: 5 }, () => cpuMs(() => void compiled(source)));
  console.log(`\ncompiling ${COMPILED} packs: ${figure('ms to compile', median(times))} ms of CPU time (under 1 000)`);
  if (kept === undefined) throw new Error('nothing was decided');
  await openingBench();
};
