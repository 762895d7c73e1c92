/**
 * Decision diagrams: a function of many variables with few values each, as a graph in which equal parts are one node.
 * Reduced and ordered, so two functions are equal exactly if their nodes are, and a function is never true exactly if
 * it is `NO`. (Bryant 1986, with more than two branches a node.)
 */

/** A function of the variables: a place in the diagram's table. */
export type Node = number;

/** A variable's number: also its place in the order in which the diagram looks at variables. */
export type VariableIndex = number;
/** A variable has one of its values. */
export interface Literal {
  readonly variable: VariableIndex;
  readonly value: number;
}
/** Which value a path gives to each variable that it looks at. */
export type Path = readonly Literal[];

/** What taking a value costs. Every variable must have a value that costs nothing: it is taken where a path doesn't look. */
export type Cost = (variable: VariableIndex, value: number) => number;

/** What formulas are built with. A diagram is one; one that only listens is another. */
export interface Algebra {
  and(a: Node, b: Node): Node;
  or(a: Node, b: Node): Node;
  not(a: Node): Node;
}

export interface Diagram extends Algebra {
  /** Adds a variable after all others; `arity` values, from 0. */
  variable(arity: number): VariableIndex;
  /** The variable has one of these values. */
  literal(variable: VariableIndex, values: readonly number[]): Node;
  /** The path to `YES` that costs least; `undefined` exactly if there is none. */
  cheapest(root: Node, cost: Cost): Path | undefined;
  /** How many paths lead from a node to a leaf: the regions into which it divides everything. A float from 2^53 on. */
  regions(root: Node): number;
  /** Whether more nodes were asked for than the budget has. Then no answer of the diagram means anything. */
  readonly spent: boolean;
  readonly size: number;
}

interface Table {
  readonly variableOf: number[];
  readonly childrenOf: (readonly Node[])[];
  /** By variable: pairs of branches as one number, more of them as a text. */
  readonly places: Map<number | string, Node>[];
  readonly arities: number[];
  readonly limit: number;
  spent: boolean;
}

/** Two nodes that are being combined, and what their branches became so far. */
interface Pending {
  readonly a: Node;
  readonly b: Node;
  readonly variable: VariableIndex;
  readonly children: Node[];
}

type Short = (a: Node, b: Node) => Node | undefined;

interface Step {
  readonly cost: number;
  readonly value: number;
}

/** Never true. */
export const NO: Node = 0;
/** Always true. */
export const YES: Node = 1;

/** Largest number of nodes that a budget can give: pairs of them are keys of a table. */
const NODES_MAX = 67_108_864;

/** An empty diagram that holds at most `limit` nodes. */
export const createDiagram = (limit: number): Diagram => {
  const t: Table = {
    variableOf: [LEAF, LEAF],
    childrenOf: [[], []],
    places: [],
    arities: [],
    limit: Math.min(limit, NODES_MAX),
    spent: false,
  };
  return {
    and: binary(t, shortAnd),
    or: binary(t, shortOr),
    not: negation(t),
    variable: (arity) => {
      t.places.push(new Map());
      return t.arities.push(arity) - 1;
    },
    literal: (variable, values) =>
      make(
        t,
        variable,
        Array.from({ length: t.arities[variable] ?? 0 }, (_, value) => (values.includes(value) ? YES : NO)),
      ),
    cheapest: (root, cost) => cheapestPath(t, root, cost),
    regions: (root) => countPaths(t, root),
    get spent() {
      return t.spent;
    },
    get size() {
      return t.variableOf.length;
    },
  };
};

const binary = (t: Table, short: Short): ((a: Node, b: Node) => Node) => {
  const made = new Map<number, Node>();
  const known = (a: Node, b: Node): Node | undefined => short(a, b) ?? made.get(keyOf(a, b));
  // A stack of its own: diagrams are as deep as there are variables.
  return (a, b) => {
    const before = known(a, b);
    if (before !== undefined || t.spent) return before ?? NO;
    const open: Pending[] = [pending(t, a, b)];
    for (let top = open[0]; top !== undefined && !t.spent; ) {
      if (top.children.length < (t.arities[top.variable] as number)) {
        const value = top.children.length;
        const [x, y] = [branch(t, top.a, top.variable, value), branch(t, top.b, top.variable, value)];
        const done = known(x, y);
        if (done !== undefined) top.children.push(done);
        else {
          top = pending(t, x, y);
          open.push(top);
        }
        continue;
      }
      const node = make(t, top.variable, top.children);
      made.set(keyOf(top.a, top.b), node);
      open.pop();
      top = open[open.length - 1];
      if (top === undefined) return node;
      top.children.push(node);
    }
    return NO;
  };
};

const keyOf = (a: Node, b: Node): number => (a < b ? a * NODES_MAX + b : b * NODES_MAX + a);

const pending = (t: Table, a: Node, b: Node): Pending => ({
  a,
  b,
  variable: Math.min(variableOf(t, a), variableOf(t, b)),
  children: [],
});

const variableOf = (t: Table, node: Node): VariableIndex => t.variableOf[node] as VariableIndex;

/** The branch that a node takes for a variable that it may not look at. */
const branch = (t: Table, node: Node, variable: VariableIndex, value: number): Node =>
  variableOf(t, node) === variable ? (childrenOf(t, node)[value] as Node) : node;

const childrenOf = (t: Table, node: Node): readonly Node[] => t.childrenOf[node] as readonly Node[];

/** The one node of this variable with these branches. */
const make = (t: Table, variable: VariableIndex, children: readonly Node[]): Node => {
  const first = children[0] as Node;
  const second = children[1] ?? first;
  if (children.length < 3 ? first === second : children.every((child) => child === first)) return first;
  const places = t.places[variable] as Table['places'][number];
  const key = children.length === 2 ? first * NODES_MAX + second : children.join();
  const known = places.get(key);
  if (known !== undefined) return known;
  if (t.variableOf.length >= t.limit) {
    t.spent = true;
    return NO;
  }
  const node = t.variableOf.length;
  t.variableOf.push(variable);
  t.childrenOf.push(children);
  places.set(key, node);
  return node;
};

const shortAnd: Short = (a, b) => (a === NO || b === NO ? NO : a === YES || a === b ? b : b === YES ? a : undefined);
const shortOr: Short = (a, b) => (a === YES || b === YES ? YES : a === NO || a === b ? b : b === NO ? a : undefined);

const negation = (t: Table): ((a: Node) => Node) => {
  const made = new Map<Node, Node>([
    [NO, YES],
    [YES, NO],
  ]);
  return (a) => {
    if (!made.has(a))
      for (const node of below(t, a, made)) {
        const children = childrenOf(t, node).map((child) => made.get(child) ?? NO);
        made.set(node, make(t, variableOf(t, node), children));
      }
    return made.get(a) ?? NO;
  };
};

const cheapestPath = (t: Table, root: Node, cost: Cost): Path | undefined => {
  const steps = new Map<Node, Step>([
    [NO, { cost: Number.POSITIVE_INFINITY, value: 0 }],
    [YES, { cost: 0, value: 0 }],
  ]);
  for (const node of below(t, root, steps)) {
    let best: Step = { cost: Number.POSITIVE_INFINITY, value: 0 };
    for (const [value, child] of childrenOf(t, node).entries()) {
      const total = (steps.get(child) as Step).cost + cost(variableOf(t, node), value);
      if (total < best.cost) best = { cost: total, value };
    }
    steps.set(node, best);
  }
  if ((steps.get(root) as Step).cost === Number.POSITIVE_INFINITY) return undefined;
  const path: Literal[] = [];
  for (let node = root; node !== YES; ) {
    const step = steps.get(node) as Step;
    const { value } = step;
    path.push({ variable: variableOf(t, node), value });
    node = childrenOf(t, node)[value] as Node;
  }
  return path;
};

const countPaths = (t: Table, root: Node): number => {
  const counts = new Map<Node, number>([
    [NO, 1],
    [YES, 1],
  ]);
  for (const node of below(t, root, counts)) {
    let total = 0;
    for (const child of childrenOf(t, node)) total += counts.get(child) as number;
    counts.set(node, total);
  }
  return counts.get(root) as number;
};

/** The nodes under a root, itself last, children before their parents; without those that are known, and what is under them. */
const below = (t: Table, root: Node, known: { has(node: Node): boolean }): readonly Node[] => {
  const found = new Set<Node>(known.has(root) ? [] : [root]);
  for (const node of found) for (const child of childrenOf(t, node)) if (!known.has(child)) found.add(child);
  // A node is made after its children.
  return [...found].sort((a, b) => a - b);
};

const LEAF = Number.MAX_SAFE_INTEGER;
