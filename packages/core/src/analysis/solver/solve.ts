/** Finds the smallest observation for which a formula holds, or shows that there is none. */

import type { Space } from '../symbolic/space.ts';
import { type Cost, NO, type Node, type Path, YES } from './diagram.ts';
import { complete, conflict } from './theory.ts';

/** What a present thing adds to the size of an observation; members of sets count for less. */
const ONE_THING = 1000;

/** A path that some observation takes, that there is none, or that the budget was not enough to tell. */
export type Solved = { readonly path: Path } | 'none' | 'spent';

/** Most conflicts that are learnt while one question is answered. */
const CONFLICTS_MAX = 20_000;

/** Asks one space again and again; what is learnt about it while one question is answered serves the next ones. */
export interface Solver {
  /** The cheapest path on which `formula` holds. */
  readonly solve: (formula: Node) => Solved;
  /** How many conflicts were learnt. */
  readonly learnt: () => number;
}

/** What a literal adds to the size of an observation; choices that are counted elsewhere add nothing. */
export const sizeOf =
  (space: Space, elsewhere: ReadonlySet<string>): Cost =>
  (variable, value) => {
    const meaning = space.meaningOf(variable);
    if (meaning.kind === 'choice')
      return elsewhere.has(meaning.choice.key)
        ? 0
        : (meaning.choice.costs[value] ?? 0) * (meaning.choice.small === true ? 1 : ONE_THING);
    if (meaning.kind === 'none') return Number(value === 0);
    return meaning.kind === 'member' || meaning.kind === 'in' ? Number(value === 1) : 0;
  };

/** A solver of a sealed space. `axioms` hold for every observation. */
export const createSolver = (space: Space, axioms: Node, cost: Cost): Solver => {
  const { diagram } = space;
  let known = axioms;
  let learnt = 0;
  const never = (core: Path): Node => {
    let all = YES;
    for (const { variable, value } of core) all = diagram.and(all, diagram.literal(variable, [value]));
    return diagram.not(all);
  };
  return {
    learnt: () => learnt,
    solve: (formula) => {
      let left = diagram.and(formula, known);
      for (let round = 0; round < CONFLICTS_MAX && !diagram.spent; round++) {
        if (left === NO) return 'none';
        const cheapest = diagram.cheapest(left, cost);
        if (cheapest === undefined) return diagram.spent ? 'spent' : 'none';
        const path = complete(space, cheapest);
        const core = conflict(space, path);
        if (core === undefined) return { path };
        if (core === 'spent') return core;
        const lemma = never(core);
        known = diagram.and(known, lemma);
        left = diagram.and(left, lemma);
        learnt += 1;
      }
      return 'spent';
    },
  };
};
