/**
 * Decision diagrams: a function of many variables with few values each, as a graph in which equal parts are one node.
 * Reduced and ordered, so two functions are equal exactly if their nodes are, and a function is never true exactly if
 * it is `NO`. (Bryant 1986, with more than two branches a node.)
 */

import { createPairTable, type PairTable } from './pair-table.ts';

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
  /** By variable: where two branches are kept, and where more of them are, as a text. */
  readonly pairs: PairTable[];
  readonly wider: Map<string, Node>[];
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

/** Never true. */
export const NO: Node = 0;
/** Always true. */
export const YES: Node = 1;

/** Largest number of nodes that a budget can give. */
const NODES_MAX = 67_108_864;

/** An empty diagram that holds at most `limit` nodes. */
export const createDiagram = (limit: number): Diagram => {
  const t: Table = {
    variableOf: [LEAF, LEAF],
    childrenOf: [[], []],
    pairs: [],
    wider: [],
    arities: [],
    limit: Math.min(limit, NODES_MAX),
    spent: false,
  };
  return {
    and: binary(t, shortAnd),
    or: binary(t, shortOr),
    not: negation(t),
    variable: (arity) => {
      t.pairs.push(createPairTable());
      t.wider.push(new Map());
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
  const made = createPairTable();
  const known = (a: Node, b: Node): Node | undefined => short(a, b) ?? (a < b ? made.get(a, b) : made.get(b, a));
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
      made.add(Math.min(top.a, top.b), Math.max(top.a, top.b), node);
      open.pop();
      top = open[open.length - 1];
      if (top === undefined) return node;
      top.children.push(node);
    }
    return NO;
  };
};

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
  const pairs = children.length === 2 ? (t.pairs[variable] as PairTable) : undefined;
  const wider = t.wider[variable] as Map<string, Node>;
  const text = pairs === undefined ? children.join() : '';
  const known = pairs === undefined ? wider.get(text) : pairs.get(first, second);
  if (known !== undefined) return known;
  if (t.variableOf.length >= t.limit) {
    t.spent = true;
    return NO;
  }
  const node = t.variableOf.length;
  t.variableOf.push(variable);
  t.childrenOf.push(children);
  if (pairs === undefined) wider.set(text, node);
  else pairs.add(first, second, node);
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
  const isUnder = marked(t, root);
  const costs = new Float64Array(root + 1);
  const values = new Int32Array(root + 1);
  costs[NO] = Number.POSITIVE_INFINITY;
  if (root >= YES) costs[YES] = 0;
  for (let node = YES + 1; node <= root; node++) {
    if (isUnder[node] === 0) continue;
    const children = childrenOf(t, node);
    const variable = variableOf(t, node);
    let best = Number.POSITIVE_INFINITY;
    for (let value = 0; value < children.length; value++) {
      const total = (costs[children[value] as Node] as number) + cost(variable, value);
      if (total >= best) continue;
      best = total;
      values[node] = value;
    }
    costs[node] = best;
  }
  if (costs[root] === Number.POSITIVE_INFINITY) return undefined;
  const path: Literal[] = [];
  for (let node = root; node !== YES; ) {
    const value = values[node] as number;
    path.push({ variable: variableOf(t, node), value });
    node = childrenOf(t, node)[value] as Node;
  }
  return path;
};

const countPaths = (t: Table, root: Node): number => {
  const isUnder = marked(t, root);
  const counts = new Float64Array(root + 1).fill(1, 0, YES + 1);
  for (let node = YES + 1; node <= root; node++) {
    if (isUnder[node] === 0) continue;
    let total = 0;
    for (const child of childrenOf(t, node)) total += counts[child] as number;
    counts[node] = total;
  }
  return counts[root] as number;
};

/** Which nodes stand under a root, itself too: 1 at their places. A node is made after its children. */
const marked = (t: Table, root: Node): Uint8Array => {
  const marks = new Uint8Array(root + 1);
  marks[root] = 1;
  for (let node = root; node > YES; node--)
    if (marks[node] === 1) for (const child of childrenOf(t, node)) marks[child] = 1;
  return marks;
};

/** The nodes under a root, itself last, children before their parents; without those that are known, and what is under them. */
const below = (t: Table, root: Node, known: { has(node: Node): boolean }): readonly Node[] => {
  const found = new Set<Node>(known.has(root) ? [] : [root]);
  for (const node of found) for (const child of childrenOf(t, node)) if (!known.has(child)) found.add(child);
  // A node is made after its children.
  return [...found].sort((a, b) => a - b);
};

const LEAF = Number.MAX_SAFE_INTEGER;
