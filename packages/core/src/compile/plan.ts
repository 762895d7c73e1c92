/** Plan facts: the catalog's row for the plan that the tenant bought, narrowed by what its entitlement names. */

import type { Value } from '../data/value.ts';
import type { Plan, PlanId } from '../policy/catalog-source.ts';
import type { PlanFact } from '../policy/fact.ts';
import type { Sight } from '../reading.ts';
import { type State, valueIn } from '../state.ts';

/** A plan's row, its lists as sets too. */
interface Row {
  readonly packs: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  readonly quota: number;
}

const NOTHING: readonly string[] = [];

/** Readers of plan facts over a catalog's plans. An unknown or absent plan gives nothing. */
export const planReader = (
  plans: ReadonlyMap<PlanId, Plan>,
): ((column: PlanFact['column']) => (o: { readonly state: State }) => Sight) => {
  const rows = new Map(
    [...plans].map(([id, { packs, iam_roles, quota }]): [PlanId, Row] => [
      id,
      { packs: new Set(packs), roles: new Set(iam_roles), quota },
    ]),
  );
  const rowOf = (state: State): Row | undefined => rows.get(String(valueIn(state, 'entitlement_plan') ?? ''));
  return (column) => {
    switch (column) {
      case 'packs':
        return ({ state }) => narrowed(rowOf(state)?.packs, valueIn(state, 'entitlement_packs'));
      case 'ceiling':
        return ({ state }) => narrowed(rowOf(state)?.roles, valueIn(state, 'entitlement_roles'));
      case 'quota':
        return ({ state }) => rowOf(state)?.quota ?? 0;
    }
  };
};

/** Both allow it. Where the entitlement names all of its plan, as it mostly does, no list is built. */
const narrowed = (row: ReadonlySet<string> | undefined, named: Value | undefined): readonly string[] => {
  if (row === undefined || typeof named !== 'object') return NOTHING;
  for (const name of named) if (!row.has(name)) return named.filter((other) => row.has(other));
  return named;
};
