/** What an action says of a list of records, as far as it holds: a list of which the same holds is decided alike. */

import type { Catalog } from '../../catalog.ts';
import type { CompiledAction } from '../../compile/action.ts';
import { createTester } from '../../compile/condition-tester.ts';
import { FALSE, TRUE } from '../../compile/evaluator.ts';
import type { Observation } from '../../observation.ts';
import { type Condition, isQuantified, type Quantified } from '../../policy/condition.ts';
import type { FactId } from '../../policy/fact.ts';
import { owns } from '../../receipt/encoding/own.ts';
import { signature } from './origin.ts';

/** What the requirements of an action say of a list, each true of an observation as it stands here; once. */
export const saidOfList = (
  catalog: Catalog,
  action: CompiledAction,
  list: FactId,
  o: Observation,
): readonly Condition[] => {
  const tester = createTester(catalog, action);
  const said = new Map(
    action.requirements.flatMap(({ when }) => sayings(when, list)).map((c) => [signature(c), c] as const),
  );
  return [...said.values()].flatMap((c): readonly Condition[] => {
    const truth = tester(c)(o);
    return truth === TRUE ? [c] : truth === FALSE ? [{ not: c }] : [];
  });
};

/** Everything that a condition says of one list. `each` must have been unfolded. */
const sayings = (c: Condition, list: FactId): readonly Quantified[] => {
  if (owns(c, 'all')) return c.all.flatMap((part) => sayings(part, list));
  if (owns(c, 'any')) return c.any.flatMap((part) => sayings(part, list));
  if (owns(c, 'not')) return sayings(c.not, list);
  return isQuantified(c) && c.fact === list ? [c] : [];
};
