/**
 * What a diagnosis costs. Workload: 1 000 recipes of one kind, two for each of 500 signatures, one of them narrower; observations
 * with 40 statements, of which every tenth lacks the signature, so that every recipe has to be looked at. One diagnosis is all
 * from the observation to the plan, or to the list of what is missing; its time is CPU time of the process. Compiling compares every two recipes once.
 */
import process from 'node:process';
import { compileCatalog, type Observation } from '@tai-autonomics/core';
import { compileRecipes } from '@tai-autonomics/core/analysis';
import { RECIPE_FORMAT, type Recipe } from '@tai-autonomics/core/author';
import { diagnose } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { amount, cpuMs, cpuMsSince, figure } from './measure.ts';

const SIGNATURES = amount(500);
const LOOKS = amount(20_000);
const signature = (i: number): string => `s${i}`;

const seen = (means: string, type: object) => ({
  means,
  type,
  origin: 'observed',
  sources: ['monitor'],
  maxAgeMs: 60_000,
});
const pack = {
  pack_id: 'bench_recipes',
  version: '1.0.0',
  description: 'Facts that the recipes look at.',
  tools: [],
  signals: [],
  facts: {
    signature: seen('what is seen', {
      type: 'enum',
      values: Array.from({ length: SIGNATURES }, (_, i) => signature(i)),
    }),
    severe: seen('whether it is severe', { type: 'boolean' }),
    ...Object.fromEntries(Array.from({ length: 38 }, (_, i) => [`other_${i}`, seen('beside it', { type: 'boolean' })])),
  },
  cells: {},
  actions: {},
  codes: {},
  required_iam_roles: [],
  incompatible_with: [],
  requires: [],
  receipt_events: [],
  storage: 'none',
  compute_limits: { timeoutMs: 1_000, memoryBytes: 16_777_216, cpuPercent: 10 },
};

const recipe = (i: number, severe: boolean): Recipe => ({
  format: RECIPE_FORMAT,
  recipe_id: `mend_${i}${severe ? '_severe' : ''}`,
  version: '1.0.0',
  title: 'Mend it',
  category: 'troubleshooting',
  kind: 'trouble',
  explanation: 'It is seen.',
  symptom: {
    all: [{ fact: 'signature', is: signature(i) }, ...(severe ? [{ fact: 'severe', is: true } as const] : [])],
  },
  steps: [
    { means: 'mends it', action: 'restore_configuration', arguments: {}, undo: { by: 'nothing', why: 'it is kept' } },
  ],
  verify: { fact: 'severe', is: false },
  roles: ['read_deployment', 'write_rollback'],
  prevention: 'Look after it.',
  owner: 'platform',
  review: { state: 'reviewed', by: 'sre' },
  rollout: 100,
});

const observation = (i: number): Observation => ({
  id: 'observation',
  at: 1_769_428_800_000,
  mode: 'contractual',
  intent: {
    subject: { type: 'agent', id: 'a', ref: 'a', scope: [] },
    action: { id: 'check_incident', arguments: {} },
    resource: { id: 'svc', ref: 'svc' },
    binding: 'binding',
  },
  evidence: ['signature', 'severe', ...Array.from({ length: 38 }, (_, k) => `other_${k}`)].flatMap((fact) =>
    fact === 'signature' && i % 10 === 0
      ? []
      : [
          {
            fact,
            about: 'svc',
            value: fact === 'signature' ? signature(i % SIGNATURES) : i % 3 === 0,
            source: 'monitor',
            observedAt: 1_769_428_799_000,
          },
        ],
  ),
  state: { cells: new Map(), open: new Map() },
});

/** Prints what diagnoses cost. */
export const recipesBench = (): void => {
  const catalog = compileCatalog({ ...library, packs: [...library.packs, pack] });
  if (E.isLeft(catalog)) throw new Error('the catalog does not compile');
  const recipes = Array.from({ length: SIGNATURES }, (_, i) => [recipe(i, false), recipe(i, true)]).flat();
  let book: ReturnType<typeof compileRecipes> | undefined;
  const compiling = cpuMs(() => {
    book = compileRecipes(catalog.right, recipes);
  });
  if (book === undefined || E.isLeft(book)) throw new Error('the recipes do not compile');
  const { right } = book;
  const observations = Array.from({ length: 1_000 }, (_, i) => observation(i));
  const times: number[] = [];
  for (let i = 0; i < LOOKS; i++) {
    const o = observations[i % observations.length] ?? observation(0);
    const started = process.cpuUsage();
    diagnose(right, 'trouble', o);
    times.push(cpuMsSince(started));
  }
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  console.log(`recipes of one kind           ${figure('recipes', recipes.length)}`);
  console.log(`compile them, once        ms  ${figure('ms', compiling, 0)}`);
  console.log(`one diagnosis, median     µs  ${figure('µs', at(0.5) * 1_000, 1)}`);
  console.log(`one diagnosis, p99        µs  ${figure('µs', at(0.99) * 1_000, 1)}`);
};
