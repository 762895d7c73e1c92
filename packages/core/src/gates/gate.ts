/** Gates exist at compile time only: each looks at an action and says what it requires. At run time there are requirements. */

import type { Path } from '../data/issue.ts';
import type { Type, Value } from '../data/value.ts';
import type { Action, ActionId, Ask, Remedy, Requirement, Write } from '../policy/action.ts';
import type { CatalogSource, Pack, PlanId } from '../policy/catalog-source.ts';
import type { Cell, CellId, ContextFact, Fact, FactId, LedgerFact } from '../policy/fact.ts';
import type { Role } from '../policy/role.ts';
import { isAble } from './abilities.ts';
import { once } from './once.ts';

/** The name of a gate. */
export type GateId = (typeof GATES)[number];

/** What a gate looks at: an action where it stands in the catalog. */
export interface Placed {
  readonly id: ActionId;
  readonly action: Action;
  readonly pack: Pack;
  readonly source: CatalogSource;
}

/** The actions of a catalog where they stand, pack by pack, with their paths in it. */
export const placedActions: (source: CatalogSource) => readonly (Placed & { readonly path: Path })[] = once((source) =>
  source.packs.flatMap((pack, i) =>
    Object.entries(pack.actions).map(([id, action]) => ({
      id,
      action,
      pack,
      source,
      path: ['packs', i, 'actions', id],
    })),
  ),
);

/** One gate: what it requires of an action, the facts and cells that it brings, and its codes with their meanings. */
export interface Gate {
  readonly gate: GateId;
  readonly codes: Readonly<Record<string, string>>;
  readonly facts: Readonly<Record<FactId, Fact>>;
  readonly cells: Readonly<Record<CellId, Cell>>;
  readonly requires: (placed: Placed) => readonly Requirement[];
  /** What the gate writes by itself, so that what it looks at is true: on every approval, and on every outcome. */
  readonly counts?: (placed: Placed) => Counts;
}

/** Writes that a gate adds to an action's own, after them. */
export interface Counts {
  readonly approval: readonly Write[];
  /** Whatever the outcome is, a withdrawal included. */
  readonly outcome: readonly Write[];
}

/** The gates, always in this order. The earliest failing one determines. */
export const GATES = [
  'registry',
  'entitlement',
  'mode',
  'assurance',
  'role',
  'stop',
  'capacity',
  'precondition',
] as const;

/** What an instant in a cell reads before anything was written: long ago. */
export const EPOCH = '1970-01-01T00:00:00.000Z';

/** A fact that reads one cell. */
export const cellFact = (
  means: string,
  type: Type,
  cell: CellId,
  otherwise: Value,
  key: LedgerFact['key'] = [],
): LedgerFact => ({ means, type, origin: 'ledger', cell, key, otherwise });

/** A fact that the governor stamps. */
export const contextFact = (means: string, type: Type, of: ContextFact['of']): ContextFact => ({
  means,
  type,
  origin: 'context',
  of,
});

/** Whether something outside the ledger changes: what a stop, an assurance and a capacity are about. */
export const changesTheWorld = ({ action }: Placed): boolean =>
  action.does.effect === 'external' || action.does.effect === 'contractual';

/** The smallest plan that sells a pack together with roles, and so many approvals; by number of packs, then by name. */
export const smallestPlan = (
  source: CatalogSource,
  pack: Pack,
  roles: readonly Role[],
  leastQuota = 0,
): PlanId | undefined =>
  Object.keys(source.plans)
    .filter((plan) => covers(source, plan, pack, roles) && (source.plans[plan]?.quota ?? 0) >= leastQuota)
    .sort((a, b) => (source.plans[a]?.packs.length ?? 0) - (source.plans[b]?.packs.length ?? 0) || (a < b ? -1 : 1))[0];

/** Buying the plan: the marketplace's event that would apply it, or `nobody` when no plan sells it. */
export const buyPlan = (source: CatalogSource, plan: PlanId | undefined): Remedy =>
  (plan === undefined ? undefined : purchasesOf(source).get(plan)) ?? NOT_SOLD;

/** Renewing what the tenant has: the same record, active, with a later expiry. */
export const renewPlan: (source: CatalogSource) => Remedy = once((source) =>
  marketplaceSays({
    ...(isAble(source, 'keep_purchases') ? { change: 'renewed', entitlement_id: { fact: 'entitlement_id' } } : {}),
    plan_id: { fact: 'entitlement_plan' },
    sku_id: { fact: 'entitlement_sku' },
    enabled_packs: { fact: 'entitlement_packs' },
    iam_roles: { fact: 'entitlement_roles' },
  }),
);

const NOT_SOLD: Remedy = { by: 'nobody', why: 'no plan of this catalog sells it' };

/** What buying each plan takes. */
const purchasesOf = once(
  (source): ReadonlyMap<PlanId, Remedy> =>
    new Map(
      Object.entries(source.plans).map(([plan, { sku_id, packs, iam_roles }]) => [
        plan,
        marketplaceSays({
          ...(isAble(source, 'keep_purchases') ? { change: 'activated' } : {}),
          plan_id: plan,
          sku_id,
          enabled_packs: packs,
          iam_roles,
        }),
      ]),
    ),
);

/** An event by which an entitlement is active from then on. */
const marketplaceSays = (args: Ask['arguments']): Remedy => ({
  by: 'authority',
  who: { type: 'marketplace' },
  submit: {
    action: 'apply_entitlement',
    arguments: { status: 'active', ...args },
    choose: EVENT_CHOICES.filter(({ argument }) => !Object.hasOwn(args, argument)),
  },
});

/** The instants and ids of an entitlement event, which only the marketplace can choose. */
const EVENT_CHOICES: NonNullable<Ask['choose']> = [
  { argument: 'event_id' },
  { argument: 'entitlement_id' },
  { argument: 'occurred_at', from: { fact: 'entitlement_occurred_at', plus: 1 }, to: { fact: 'at' } },
  { argument: 'rank', from: 0 },
  { argument: 'expiry', from: { fact: 'at', plus: 1 } },
];

const covers = (source: CatalogSource, plan: PlanId, pack: Pack, roles: readonly Role[]): boolean => {
  const row = source.plans[plan];
  if (row === undefined) return false;
  return (
    (pack.always === true || row.packs.includes(pack.pack_id)) && roles.every((role) => row.iam_roles.includes(role))
  );
};
