/** Finds the smallest observation for which a formula holds, or shows that there is none: in a diagram, or by search. */

import { owns } from '../../receipt/encoding/own.ts';
import type { Space } from '../symbolic/space.ts';
import { partsOf, underneath } from './circuit.ts';
import { type Cost, createDiagram, type Diagram, NO, type Node, type Path, YES } from './diagram.ts';
import { createSearch, type Search, type Solved, type Wanted } from './search.ts';
import { complete, conflict } from './theory.ts';

/** What a present thing adds to the size of an observation; members of sets count for less. */
const ONE_THING = 1000;

/** Nodes that a diagram may have before the search is better. */
const NODES_MAX = 50_000;
/** Steps of the search for each node that may be spent. */
const STEPS = 150;
/** Smaller budgets are for diagrams alone. */
const UNSEARCHED = 10;

/** Most conflicts that are learnt in a diagram while one question is answered. */
const CONFLICTS_MAX = 1_000;

/** Asks one space again and again; what is learnt about it while one question is answered serves the next ones. */
export interface Solver {
  /** A path on which `formula` holds: the cheapest one, as long as a diagram can hold what is asked; a cheap one otherwise. */
  readonly solve: (formula: Node, wanted?: Wanted) => Solved;
  /** Into how many regions a formula divides everything; 0 where no diagram can hold it. A float from 2^53 on. */
  readonly regions: (formula: Node) => number;
  /** Whether a formula is seen to be never true, whatever the theory says. */
  readonly isNever: (formula: Node) => boolean;
}

/** What may be spent: `nodes`, of which a diagram may have so many. */
interface Spending {
  readonly nodes: number;
  readonly diagram?: number;
}

/** A diagram of what a circuit says, as far as it can hold it. */
interface Divided {
  readonly diagram: Diagram;
  /** `undefined` once the diagram has too many nodes. */
  readonly of: (formula: Node) => Node | undefined;
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
export const createSolver = (
  space: Space,
  axioms: Node,
  cost: Cost,
  { nodes, diagram: most = NODES_MAX }: Spending,
): Solver => {
  const { circuit } = space;
  const divided = divide(space, Math.min(nodes, most));
  let known: Node = YES;
  let search: Search | undefined;
  const cheapest = (formula: Node): Solved => {
    const { diagram } = divided;
    const built = divided.of(formula);
    if (built === undefined) return 'spent';
    let left = diagram.and(built, known);
    for (let round = 0; round < CONFLICTS_MAX && !diagram.spent; round++) {
      if (left === NO) return 'none';
      const found = diagram.cheapest(left, cost);
      if (found === undefined) return diagram.spent ? 'spent' : 'none';
      const path = complete(space, found);
      const core = conflict(space, path);
      if (core === undefined) return { path, isCheapest: true };
      if (core === 'spent') return core;
      const lemma = never(diagram, core);
      known = diagram.and(known, lemma);
      left = diagram.and(left, lemma);
    }
    return 'spent';
  };
  return {
    solve: (formula, wanted = 'cheap') => {
      const asked = circuit.and(formula, axioms);
      if (circuit.spent) return 'spent';
      const found = search === undefined ? cheapest(asked) : 'spent';
      if (found !== 'spent') return found;
      search ??= createSearch(space, cost, Math.max(0, nodes - UNSEARCHED) * STEPS);
      return search.find(asked, wanted);
    },
    regions: (formula) => {
      const built = divided.of(formula);
      return built === undefined ? 0 : divided.diagram.regions(built);
    },
    isNever: (formula) => (divided.of(formula) ?? formula) === NO,
  };
};

const never = (diagram: Diagram, core: Path): Node => {
  let all = YES;
  for (const { variable, value } of core) all = diagram.and(all, diagram.literal(variable, [value]));
  return diagram.not(all);
};

const divide = ({ circuit }: Space, nodes: number): Divided => {
  const diagram = createDiagram(nodes);
  for (const arity of circuit.arities) diagram.variable(arity);
  const made = new Map<Node, Node>([
    [NO, NO],
    [YES, YES],
  ]);
  const make = (node: Node): Node => {
    const gate = circuit.gateOf(node);
    if (gate === undefined) return NO;
    if (owns(gate, 'variable')) {
      const { variable, values } = gate;
      const all = Array.from({ length: circuit.arities[variable] ?? 0 }, (_, value) => value);
      return diagram.literal(
        variable,
        all.filter((value) => values.includes(value) === ((node & 1) === 0)),
      );
    }
    const [a, b] = partsOf(gate, node).map((part) => made.get(part) ?? NO) as [Node, Node];
    return (node & 1) === 0 ? diagram.and(a, b) : diagram.or(a, b);
  };
  return {
    diagram,
    of: (formula) => {
      if (diagram.spent || circuit.spent) return undefined;
      for (const node of underneath(circuit, formula, (node) => made.has(node))) {
        made.set(node, make(node));
        if (diagram.spent) return undefined;
      }
      return made.get(formula);
    },
  };
};
