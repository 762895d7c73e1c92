/** A question about actions of catalogs: its formulas are heard once, then built as a circuit and asked. */
import { congruenceOf } from '../symbolic/congruence.ts';
import type { Stage } from '../symbolic/formula.ts';
import type { Origin } from '../symbolic/origin.ts';
import { createReadings, type Side } from '../symbolic/readings.ts';
import { quantitiesIn } from '../symbolic/rows.ts';
import { createSpace, type Space } from '../symbolic/space.ts';
import type { Assignment, Quantity } from '../symbolic/unknown.ts';
import { type Cost, type Node, type Path, YES } from './diagram.ts';
import { pathsBeside } from './nearby.ts';
import { createSolver, type Solver, sizeOf } from './solve.ts';
import { assign, complete, type Wishes } from './theory.ts';

/** What an analysis may spend. */
export interface Budget {
  /** Nodes of a diagram; what needs more than one may have is searched, in 150 steps for each node of the budget. */
  readonly nodes: number;
  /** The most nodes that a diagram may have, where that is not 50 000; 2 and less searches everything. */
  readonly diagram?: number;
}

/** A question that can be asked. */
export interface Question<A> {
  readonly space: Space;
  readonly stages: readonly Stage[];
  readonly built: A;
  readonly solver: Solver;
  readonly origins: ReadonlyMap<string, Origin>;
  /** Values for everything on a path, as wished for where the path doesn't look. */
  readonly assignment: (path: Path, wishes: Wishes) => Assignment | undefined;
  /** Paths beside one, on which a formula holds, no two of them for which all of `tells` are alike. */
  readonly beside: (formula: Node, path: Path, wishes: Wishes, tells: readonly Node[]) => readonly Path[];
}

/** Enough for an action of some hundreds of requirements; spent in about half a minute. */
export const DEFAULT_BUDGET: Budget = { nodes: 400_000 };

/** Why nothing was decided, in the words of every analysis. */
export const SPENT = 'the budget of the analysis is spent: give it more nodes, or ask about fewer requirements at once';

/** Why neither is claimed, where an example was found that `decide` doesn't bear out: an analysis never passes one on. */
export const UNCONFIRMED =
  'an example was found that no decision bears out, so nothing is claimed: ask about fewer requirements at once, or let `replay` try recorded observations';

/** Builds a question's formulas twice: to hear its regions, and as the circuit over them. A side may be made of those before it. */
export const pose = <A>(
  sides: readonly (Side | ((before: readonly Stage[]) => Side))[],
  budget: Budget,
  build: (stages: readonly Stage[]) => A,
  more: { readonly axioms?: (stages: readonly Stage[]) => Node; readonly cost?: (space: Space) => Cost } = {},
): Question<A> => {
  const space = createSpace();
  const open = (): readonly Stage[] => {
    const stages: Stage[] = [];
    for (const said of sides) {
      const side = typeof said === 'function' ? said(stages) : said;
      stages.push({ space, side, readings: createReadings(space, side) });
    }
    return stages;
  };
  const make = (stages: readonly Stage[]) => {
    const built = build(stages);
    const added = more.axioms?.(stages) ?? YES;
    const contents = new Map(stages.flatMap(({ readings }) => [...readings.contents]));
    const { holds, shared } = congruenceOf(space, [...contents.values()]);
    return { built, axioms: space.algebra.and(space.algebra.and(holds, added), space.required), shared };
  };
  make(open());
  // Now it is known how many records each list needs: hear what is said of all of them.
  if (space.hasRows) make(open());
  space.seal();
  const stages = open();
  const { built, axioms, shared } = make(stages);
  const origins = originsOf(stages);
  const quantities = quantitiesOf(space, origins);
  const cost = more.cost?.(space) ?? sizeOf(space, shared);
  const assignment: Question<A>['assignment'] = (path, wishes) =>
    assign(space, complete(space, path), wishes, quantities);
  return {
    space,
    stages,
    built,
    origins,
    solver: createSolver(space, axioms, cost, budget),
    assignment,
    beside: (formula, path, wishes, tells) => {
      const assigned = assignment(path, wishes);
      const asked = space.algebra.and(formula, axioms);
      if (assigned === undefined || space.circuit.spent) return [];
      return pathsBeside(space, cost, { formula: asked, path, assignment: assigned, tells });
    },
  };
};

const originsOf = (stages: readonly Stage[]): ReadonlyMap<string, Origin> =>
  new Map(stages.flatMap(({ readings }) => [...readings.origins]));

const quantitiesOf = (space: Space, origins: ReadonlyMap<string, Origin>): readonly Quantity[] =>
  [...origins.values()].flatMap(({ value }) =>
    value.kind === 'quantity' ? [value.quantity] : value.kind === 'rows' ? quantitiesIn(space, value.rows) : [],
  );
