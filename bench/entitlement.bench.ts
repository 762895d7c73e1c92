/**
 * What a change of entitlement costs: reading what is bought and which tools appear and disappear, at 6 packs and at 1 000.
 * Workload: catalogs of packs with three tools each, one plan; a tenant goes back and forth between half of what the plan
 * sells and all of it (a plan sells at most 256 packs, the verifier among them, so with 1 000 in the catalog it is 128 and 255). Process CPU time,
 * medians of the rounds.
 */
import {
  type Catalog,
  type CatalogSource,
  compileCatalog,
  decide,
  type Observation,
  type State,
} from '@tai-autonomics/core';
import { ROLES } from '@tai-autonomics/core/author';
import {
  activePacks,
  type CellWrite,
  emptyState,
  evolve,
  formatInstant,
  surfaceChange,
  visibleTools,
} from '@tai-autonomics/core/engine';
import { platform, receiptVerifier, rollbackGuard } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { amount, cpuMs, figure, median } from './measure.ts';
import { onPage } from './on-page.ts';

const SIZES = [6, 1_000] as const;
const GOAL_US = { 6: 20, 1000: 2_000 } as const;
const ROUNDS = amount(9);
const NOW = Date.UTC(2026, 10, 21, 8);
/** A set has at most 256 members, and the verifier is one of an entitlement’s packs. */
const SET_MAX = 255;

const packNames = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `pack_${i}`);

/** Three tools a pack, as the shipped ones have; what an action requires is not looked at here. */
const catalogOf = (count: number): Catalog => {
  const { check_rollback_status: look } = rollbackGuard.actions;
  if (look === undefined) throw new Error('rollback_guard has no such action');
  const packs = packNames(count).map((id) => ({
    ...receiptVerifier,
    pack_id: id,
    always: undefined,
    requires: ['receipt_verifier'],
    actions: { [`look_${id}`]: { ...look, does: { effect: 'read', step: 'show', with: {} } } },
    tools: ['a', 'b', 'c'].map((tool) => ({
      tool: `${id}_${tool}`,
      title: id,
      description: id,
      actions: [`look_${id}`],
    })),
  }));
  const source = {
    catalog: { id: 'bench', version: '1.0.0' },
    packs: [platform, receiptVerifier, ...packs.map(({ always: _, ...pack }) => pack)],
    plans: {
      all: { title: 'All', sku_id: 'all-1', packs: packNames(Math.min(count, SET_MAX)), iam_roles: ROLES, quota: 1 },
    },
  } as unknown as CatalogSource;
  const compiled = compileCatalog(source);
  if (E.isLeft(compiled)) throw new Error(JSON.stringify(compiled.left.slice(0, 3)));
  return compiled.right;
};

/** The event by which a tenant has some packs, as the governor would decide it. */
const observationOf = (state: State, packs: readonly string[], n: number): Observation => ({
  id: `event ${n}`,
  at: NOW,
  mode: 'eval',
  intent: {
    subject: { type: 'marketplace', id: 'market', ref: 'sub_market', scope: [] },
    action: {
      id: 'apply_entitlement',
      arguments: {
        event_id: `event ${n}`,
        entitlement_id: 'ent-1',
        occurred_at: formatInstant(NOW - 1_000_000 + n),
        rank: n,
        status: 'active',
        plan_id: 'all',
        sku_id: 'all-1',
        enabled_packs: packs,
        iam_roles: ROLES,
        expiry: formatInstant(NOW + 1_000_000),
      },
    },
    resource: { id: 'entitlement', ref: 'res_entitlement' },
    binding: 'binding',
  },
  evidence: [],
  state,
});

const writesOf = (catalog: Catalog, o: Observation): readonly CellWrite[] => {
  const decision = decide(catalog, o);
  if (decision.verdict === 'refuse') throw new Error(decision.reasons[0].code);
  return decision.writes;
};

const after = (state: State, writes: readonly CellWrite[]): State =>
  evolve(state, { kind: 'decision', seq: 0, verdict: 'approve', writes });

/** Kept, so that no compiler can leave the work out. */
let kept: unknown;

/** Microseconds of CPU a call; the median of the rounds, after one to warm up. */
const cpuUs = (calls: number, run: (n: number) => unknown): number => {
  const rounds = Array.from({ length: ROUNDS + 1 }, () => {
    const ms = cpuMs(() => {
      for (let n = 0; n < calls; n += 1) kept = run(n);
    });
    return (ms * 1e3) / calls;
  });
  return median(rounds.slice(1));
};

const speed = (count: (typeof SIZES)[number]): string => {
  const catalog = catalogOf(count);
  const all = packNames(Math.min(count, SET_MAX));
  const half = all.slice(0, all.length >> 1);
  const few = after(emptyState, writesOf(catalog, observationOf(emptyState, half, 1)));
  const many = after(few, writesOf(catalog, observationOf(few, all, 2)));
  const calls = count > 100 ? 300 : 30_000;
  const resolve = cpuUs(calls, (n) => {
    const [from, to] = n % 2 === 0 ? [few, many] : [many, few];
    return [activePacks(catalog, to), surfaceChange(catalog, from, to)];
  });
  const same = cpuUs(calls, () => surfaceChange(catalog, many, many));
  const list = cpuUs(calls, () => visibleTools(catalog, many, { type: 'agent', scope: [] }));
  const asked = observationOf(few, all, 3);
  const event = cpuUs(calls >> 1, () => {
    const state = after(few, writesOf(catalog, asked));
    return [state, surfaceChange(catalog, few, state)];
  });
  const goal = GOAL_US[count];
  const line = (what: string, us: number, wanted = ''): void =>
    console.log(`  ${what.padEnd(52)}${figure(what, us, 2).padStart(10)}${wanted}`);
  console.log(`${count} packs, ${catalog.tools.size} tools; ${half.length} ↔ ${all.length} packs          µs of CPU`);
  line('what is bought, and what appeared and disappeared', resolve, `   (under ${goal})`);
  line('the same, when nothing did', same);
  line('the list of tools that an agent sees', list);
  line('a whole event: decide, evolve, compare', event);
  return figure('µs', resolve, resolve < 10 ? 1 : 0);
};

/** Prints the cost of a change at each size. */
export const entitlementBench = (): void => {
  const [six, thousand] = SIZES.map(speed);
  onPage('what a purchase changes, resolved and compared: 6 packs; 1,000 packs', `${six} µs; ${thousand} µs`);
  if (kept === undefined) throw new Error('nothing was measured');
};
