/** Whether a condition can be true at all, and whether it can be false. */
import type { Catalog } from '../../catalog.ts';
import type { CompiledAction } from '../../compile/action.ts';
import type { Path } from '../../data/issue.ts';
import type { Condition } from '../../policy/condition.ts';
import { type Budget, DEFAULT_BUDGET, pose } from '../solver/question.ts';
import { type Truths, truthsOf } from '../symbolic/formula.ts';
import { FREE } from '../symbolic/readings.ts';

/** Over all typed observations: `never` true, `always` true wherever it is known, or both can be. */
export type Satisfiability = 'sometimes' | 'never' | 'always' | 'not_decided';

/** A condition and its place. */
export interface PlacedCondition {
  readonly condition: Condition;
  readonly path: Path;
}
/** What is true somewhere if a condition can be, and false somewhere if it can be false. */
export interface Asked {
  readonly true: Condition;
  readonly false: Condition;
}

/** For each condition of an action whether it can be true and false. Conditions must be unfolded and well-typed. */
export const satisfiabilityOf = (
  catalog: Catalog,
  action: CompiledAction,
  conditions: readonly Asked[],
  budget: Budget = DEFAULT_BUDGET,
): readonly Satisfiability[] => {
  const q = pose([{ catalog, action, given: FREE }], budget, ([st]): readonly Truths[] =>
    st === undefined ? [] : conditions.map((c) => ({ yes: truthsOf(st, c.true).yes, no: truthsOf(st, c.false).no })),
  );
  return q.built.map(({ yes, no }) => {
    const [canHold, canFail] = [q.solver.solve(yes, 'any'), q.solver.solve(no, 'any')];
    if (canHold === 'spent' || canFail === 'spent') return 'not_decided';
    return canHold === 'none' ? 'never' : canFail === 'none' ? 'always' : 'sometimes';
  });
};
