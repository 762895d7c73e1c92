/** Plan facts: the catalog's row for the plan that the tenant bought, narrowed by what its entitlement names. */
import type { Plan, PlanId } from '../catalog-source.ts';
import type { PlanFact } from '../fact.ts';
import type { Sight } from '../reading.ts';
import type { State } from '../state.ts';
import type { Value } from '../value.ts';

const NOTHING: readonly string[] = [];

const cellOf = (state: State, cell: string): Value | undefined => state.cells.get(cell)?.get('');

/** Both allow it. Where the entitlement names all of its plan, as it mostly does, no list is built. */
const narrowed = (row: readonly string[], named: Value | undefined): readonly string[] => {
  if (typeof named !== 'object') return NOTHING;
  for (const name of named) if (!row.includes(name)) return named.filter((other) => row.includes(other));
  return named;
};

/** Readers of plan facts over a catalog's plans. An unknown or absent plan gives nothing. */
export const planReader = (
  plans: ReadonlyMap<PlanId, Plan>,
): ((column: PlanFact['column']) => (o: { readonly state: State }) => Sight) => {
  const rowOf = (state: State): Plan | undefined => plans.get(String(cellOf(state, 'entitlement_plan') ?? ''));
  return (column) => {
    switch (column) {
      case 'packs':
        return ({ state }) => narrowed(rowOf(state)?.packs ?? NOTHING, cellOf(state, 'entitlement_packs'));
      case 'ceiling':
        return ({ state }) => narrowed(rowOf(state)?.iam_roles ?? NOTHING, cellOf(state, 'entitlement_roles'));
      case 'quota':
        return ({ state }) => rowOf(state)?.quota ?? 0;
    }
  };
};
