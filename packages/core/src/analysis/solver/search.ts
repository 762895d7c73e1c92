/** Finds an observation for which a formula holds by search, where a diagram of all of them would be too large. */
import { owns } from '../../receipt/encoding/own.ts';
import type { Space } from '../symbolic/space.ts';
import { partsOf, underneath } from './circuit.ts';
import { type Clauses, createClauses } from './clauses.ts';
import { type Cost, type Node, type Path, type VariableIndex, YES } from './diagram.ts';
import { createNumbers } from './numbers.ts';
import { createSat, type Sat } from './sat.ts';
import { complete, conflict } from './theory.ts';
import type { Lit } from './trail.ts';

/** A path that some observation takes, that there is none, or that the budget was not enough to tell. */
export type Solved = Solution | 'none' | 'spent';
/** A path. `isCheapest`: none costs less. Where it is absent, one may. */
export interface Solution {
  readonly path: Path;
  readonly isCheapest?: true;
}

/** Any path, a cheap one (the cheapest that is found soon), or the cheapest there is. */
export type Wanted = 'any' | 'cheap' | 'cheapest';

/** Searches one space again and again; what is learnt about it serves all searches. */
export interface Search {
  /** A path on which a formula holds. */
  readonly find: (formula: Node, wanted: Wanted) => Solved;
}

/** Something that costs unless its literal is true. */
interface Wish {
  readonly lit: Lit;
  weight: number;
}

/** What the parts of a search share. */
interface Desk {
  readonly space: Space;
  readonly cost: Cost;
  readonly sat: Sat;
  readonly clauses: Clauses;
  /** Of which a lemma spoke that the formula does not: they are decided as well from then on. */
  readonly more: Set<VariableIndex>;
  /** Steps that are left for all searches. */
  left: number;
}

/** One search: for what, among what, at most with so many steps. */
interface Hunt {
  readonly formula: Node;
  /** What it is made of. */
  readonly nodes: readonly Node[];
  readonly root: Lit;
  readonly decided: readonly number[];
}

/** What it costs in steps to look at each part of a formula. */
const WALK = 4;

/** Steps in which a cheap path is sought once there is one. */
const CHEAP_STEPS = 40_000;

/** A search that may take so many steps in all. */
export const createSearch = (space: Space, cost: Cost, steps: number): Search => {
  const { circuit } = space;
  const numbers = createNumbers();
  const sat = createSat(numbers);
  const first = (variable: VariableIndex): number => {
    let best = 0;
    for (let value = 1; value < (circuit.arities[variable] ?? 0); value++)
      if (cost(variable, value) < cost(variable, best)) best = value;
    return best;
  };
  const clauses = createClauses({ circuit, meaningOf: space.meaningOf, first, sat, numbers });
  const d: Desk = { space, cost, sat, clauses, more: new Set(), left: steps };
  return {
    find: (formula, wanted) => {
      if (formula === YES) return { path: [] };
      const hunt: Hunt = {
        formula,
        nodes: underneath(circuit, formula),
        root: clauses.litOf(formula),
        decided: clauses.decidedFor(formula),
      };
      d.left -= WALK * hunt.decided.length;
      const any = findWith(d, hunt, [hunt.root], d.left);
      return wanted === 'any' || typeof any === 'string' ? outcome(any) : cheaper(d, hunt, any, wanted);
    },
  };
};

/** What `takenBy` is told: `nodes` are what the formula is made of; `more` is taken in any case. */
export interface Taking {
  readonly space: Space;
  readonly formula: Node;
  readonly nodes: readonly Node[];
  readonly cost: Cost;
  readonly valueFor: (variable: VariableIndex) => number;
  readonly more?: Iterable<VariableIndex>;
}

/** What of an assignment is needed for a formula to hold, at little cost; and what lemmas speak of. */
export const takenBy = ({ space: { circuit }, formula, nodes, cost, valueFor, more = [] }: Taking): Path => {
  // What each part costs; nothing is known of what does not hold.
  const costs = new Float64Array(formula + 1).fill(Infinity);
  costs[YES] = 0;
  const taken = new Map<VariableIndex, number>();
  for (const node of nodes) {
    const gate = circuit.gateOf(node);
    if (gate === undefined) continue;
    if (owns(gate, 'variable')) {
      const value = valueFor(gate.variable);
      if (gate.values.includes(value) === ((node & 1) === 0)) costs[node] = cost(gate.variable, value);
      continue;
    }
    const [a, b] = partsOf(gate, node).map((part) => costs[part] as number) as [number, number];
    const both = (node & 1) === 0 ? a + b : Math.min(a, b);
    if (both !== Infinity) costs[node] = Math.min(both, DEAR);
  }
  const isNeeded = new Uint8Array(formula + 1);
  isNeeded[formula] = 1;
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as Node;
    const gate = circuit.gateOf(node);
    if (isNeeded[node] === 0 || gate === undefined) continue;
    if (owns(gate, 'variable')) {
      taken.set(gate.variable, valueFor(gate.variable));
      continue;
    }
    const [a, b] = partsOf(gate, node);
    if ((node & 1) === 0) {
      isNeeded[a] = 1;
      isNeeded[b] = 1;
    } else if (![a, b].some((part) => isNeeded[part] === 1 && costs[part] !== Infinity))
      isNeeded[(costs[a] as number) <= (costs[b] as number) ? a : b] = 1;
  }
  for (const variable of more) taken.set(variable, valueFor(variable));
  return [...taken].map(([variable, value]) => ({ variable, value })).sort((a, b) => a.variable - b.variable);
};

const outcome = (found: Solved | 'core'): Solved => (found === 'core' ? 'none' : found);

/** A path under assumptions; `core` where the search knows which of them can't hold. */
const findWith = (d: Desk, hunt: Hunt, assumed: readonly Lit[], steps: number): Exclude<Solved, 'none'> | 'core' => {
  const { space, cost, sat, clauses, more } = d;
  const { formula, nodes } = hunt;
  const last = sat.steps() + Math.min(steps, d.left);
  for (;;) {
    const before = sat.steps();
    const among = more.size === 0 ? hunt.decided : [...hunt.decided, ...[...more].flatMap(clauses.variables)];
    const found = last <= before ? 'spent' : sat.solve(assumed, among, last - before);
    d.left -= sat.steps() - before;
    if (found !== 'yes') return found === 'no' ? 'core' : found;
    const path = complete(space, takenBy({ space, formula, nodes, cost, valueFor: clauses.valueOf, more }));
    const core = conflict(space, path);
    if (core === undefined) return { path };
    if (core === 'spent') return core;
    const spoken = new Set(hunt.decided);
    for (const { variable } of core) if (clauses.variables(variable).some((v) => !spoken.has(v))) more.add(variable);
    clauses.never(core);
  }
};

/**
 * Assumes that nothing costs, and gives up as little of that as the cores demand: of each, one wish is given up, and of
 * the others no two together for free (Narodytska & Bacchus 2014). Dear wishes come first.
 */
const cheaper = (d: Desk, hunt: Hunt, any: { readonly path: Path }, wanted: Wanted): Solved => {
  const end = d.left - (wanted === 'cheap' ? CHEAP_STEPS : d.left);
  const wishes = wishesOf(d, hunt);
  let best: { readonly path: Path } = any;
  for (let weight = heaviest(wishes, Infinity); ; ) {
    const asked = wishes.filter((wish) => wish.weight >= weight && wish.weight > 0);
    const found = findWith(d, hunt, [hunt.root, ...asked.map(({ lit }) => lit)], d.left - end);
    if (found === 'spent') return wanted === 'cheap' ? best : found;
    if (found !== 'core') {
      best = found;
      weight = heaviest(wishes, weight);
      if (weight === 0) return best;
      continue;
    }
    const core = trimmed(
      d,
      hunt,
      asked.filter(({ lit }) => d.sat.core().includes(lit)),
    );
    if (core.length === 0) return d.left <= end ? (wanted === 'cheap' ? best : 'spent') : 'none';
    relax(d, wishes, core);
  }
};

/** The largest weight below another. */
const heaviest = (wishes: readonly Wish[], below: number): number =>
  wishes.reduce((most, { weight }) => (weight < below ? Math.max(most, weight) : most), 0);

/** Everything that costs, of what the formula speaks of; without what it costs in any case. */
const wishesOf = (d: Desk, { nodes, root }: Hunt): Wish[] => {
  const { circuit } = d.space;
  const variables = new Set<VariableIndex>();
  for (const node of nodes) {
    const gate = circuit.gateOf(node);
    if (gate !== undefined && owns(gate, 'variable')) variables.add(gate.variable);
  }
  const wishes: Wish[] = [];
  for (const variable of variables) {
    const byCost = new Map<number, number[]>();
    for (let value = 0; value < (circuit.arities[variable] ?? 0); value++) {
      const costs = d.cost(variable, value);
      if (costs > 0) byCost.set(costs, [...(byCost.get(costs) ?? []), value]);
    }
    for (const [weight, values] of byCost) wishes.push({ lit: d.clauses.litWithout(variable, values), weight });
  }
  d.sat.follow([root]);
  return wishes.filter(({ lit }) => !d.sat.isTrue(lit ^ 1));
};

/** A core without some of what it doesn't need: what a search for less finds. */
const trimmed = (d: Desk, hunt: Hunt, core: readonly Wish[]): readonly Wish[] => {
  let all = core;
  for (let round = 0; round < 3 && all.length > 1; round++) {
    const found = findWith(d, hunt, [hunt.root, ...[...all].reverse().map(({ lit }) => lit)], CHEAP_STEPS);
    if (found !== 'core') return all;
    const less = all.filter(({ lit }) => d.sat.core().includes(lit));
    if (less.length === all.length) return all;
    all = less;
  }
  return all;
};

const relax = ({ sat }: Desk, wishes: Wish[], core: readonly Wish[]): void => {
  const weight = Math.min(...core.map((wish) => wish.weight));
  for (const wish of core) wish.weight -= weight;
  let later: Lit | undefined;
  for (const { lit } of [...core].reverse()) {
    if (later === undefined) {
      later = lit ^ 1;
      continue;
    }
    // True where this one is, or none after it is given up.
    const wish = 2 * sat.variable(true);
    sat.clause([wish ^ 1, lit, later ^ 1]);
    wishes.push({ lit: wish, weight });
    const any = 2 * sat.variable(false);
    sat.clause([any, lit]);
    sat.clause([any, later ^ 1]);
    later = any;
  }
};

const DEAR = 1e15;
