/** Whether the ledger is as its cells are declared: found by applying the writes and looking. */
import type { Catalog, Observation, State } from '@tai-autonomics/core';
import { admit, express, STATUSES, type Type, type Value } from '@tai-autonomics/core/author';
import { type CellWrite, evolve, outcomeOf } from '@tai-autonomics/core/engine';

/** Whether a value may stand in a cell. The empty text stands for one that was never written. */
const isOf = (type: Type, value: Value): boolean =>
  (value === '' && type.type === 'string') || admit(type)(express(type, value)) !== undefined;

/** The cells that hold something that is not of their types. */
export const strayCells = (catalog: Catalog, { cells }: State): readonly string[] =>
  [...cells].flatMap(([id, values]) => {
    const type = catalog.cells.get(id)?.type;
    return type !== undefined && [...values.values()].every((value) => isOf(type, value)) ? [] : [id];
  });

/** Whether an approval's writes, or those of an outcome after it, take a cell out of its type. */
export const leavesAType = (
  catalog: Catalog,
  o: Observation,
  { writes }: { readonly writes: readonly CellWrite[] },
): boolean => {
  const state = evolve(o.state, { kind: 'decision', seq: 0, verdict: 'approve', writes });
  if (strayCells(catalog, state).length > 0) return true;
  return STATUSES.some((status) => {
    const after = outcomeOf(catalog, o, status)?.writes ?? [];
    return strayCells(catalog, evolve(state, { kind: 'outcome', seq: 1, of: 0, status, writes: after })).length > 0;
  });
};
