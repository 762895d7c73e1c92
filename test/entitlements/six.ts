/** The shipped catalog with a plan of its own for tests, and the least that a pack can be. */

import { type Catalog, type CatalogSource, compileCatalog, type Pack } from '@tai-autonomics/core';
import { type Action, ROLES } from '@tai-autonomics/core/author';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';

export const SIX = [
  'receipt_verifier',
  'rollback_guard',
  'storm_discipline',
  'iam_drift_guard',
  'policy_engine',
  'advanced_analytics',
] as const;

const look = (name: string): Action => ({
  means: `shows what ${name} sees`,
  who: ['agent', 'user', 'service'],
  entitlement: 'active',
  roles: ['read_metrics'],
  arguments: {},
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: { effect: 'read', step: 'show', with: {} },
});

/** The least that a pack can be: one tool that looks. */
export const standIn = (name: string, changed: Partial<Pack> = {}): Pack => ({
  pack_id: name,
  version: '1.0.0',
  description: `Stands in for ${name}.`,
  tools: [{ tool: `${name}_look`, title: name, description: `Shows what ${name} sees.`, actions: [`look_${name}`] }],
  signals: [],
  facts: {},
  cells: {},
  actions: { [`look_${name}`]: look(name) },
  codes: {},
  required_iam_roles: ['read_metrics'],
  incompatible_with: [],
  requires: ['receipt_verifier'],
  receipt_events: [],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 60_000, memoryBytes: 134_217_728, cpuPercent: 10 },
  ...changed,
});

/** The plan that sells everything. */
export const everything = {
  title: 'Everything',
  sku_id: 'everything-1',
  packs: [...SIX, 'release_guard'],
  iam_roles: ROLES,
  quota: 1_000,
} as const;

/** The shipped catalog with the plan `everything`. */
export const sixSource: CatalogSource = { ...library, plans: { ...library.plans, everything } };

const compiled = compileCatalog(sixSource);
if (E.isLeft(compiled)) throw new Error(JSON.stringify(compiled.left));
/** The same, compiled. */
export const six: Catalog = compiled.right;

/** Every subset of some names. */
export const subsetsOf = <A>(names: readonly A[]): readonly (readonly A[])[] =>
  Array.from({ length: 2 ** names.length }, (_, mask) => names.filter((_name, i) => (mask >> i) % 2 === 1));
