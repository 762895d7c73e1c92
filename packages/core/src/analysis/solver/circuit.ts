/**
 * Circuits: formulas as graphs in which equal parts are one node. Building one never costs more than one gate a step,
 * whatever it says; what it says is for a diagram or a search to find out.
 *
 * A node and its negation are neighbours: `node ^ 1`. A gate is made after what it is made of.
 */
import { owns } from '../../receipt/encoding/own.ts';
import { type Algebra, NO, type Node, type VariableIndex, YES } from './diagram.ts';

/** What a gate says, of the even one of its two nodes: both, or that a variable has one of these values. */
export type Gate =
  | { readonly both: readonly [Node, Node] }
  | { readonly variable: VariableIndex; readonly values: readonly number[] };

export interface Circuit extends Algebra {
  /** Adds a variable; `arity` values, from 0. */
  variable(arity: number): VariableIndex;
  readonly arities: readonly number[];
  /** The variable has one of these values. */
  literal(variable: VariableIndex, values: readonly number[]): Node;
  /** The gate of a node or of its negation; `undefined` of the constants. */
  gateOf(node: Node): Gate | undefined;
  /** How many gates are made of a gate. */
  usesOf(node: Node): number;
  /** Whether something was not built because there are too many gates. Then no node means anything. */
  readonly spent: boolean;
}

interface Table {
  readonly gates: (Gate | undefined)[];
  readonly uses: number[];
  readonly places: Map<string | number, Node>;
  readonly arities: number[];
  spent: boolean;
}

/** Most gates that a circuit has. */
const GATES_MAX = 4_000_000;
const PAIR = 2 ** 25;

/** A circuit without variables. */
export const createCircuit = (): Circuit => {
  const t: Table = { gates: [undefined], uses: [0], places: new Map(), arities: [], spent: false };
  const and = (a: Node, b: Node): Node => both(t, a, b);
  return {
    and,
    or: (a, b) => and(a ^ 1, b ^ 1) ^ 1,
    not: (a) => a ^ 1,
    variable: (arity) => t.arities.push(arity) - 1,
    arities: t.arities,
    literal: (variable, values) => literalOf(t, variable, values),
    gateOf: (node) => t.gates[node >> 1],
    usesOf: (node) => t.uses[node >> 1] ?? 0,
    get spent() {
      return t.spent;
    },
  };
};

/** What has to be true where a node is: both parts of one, or one part of the other. */
export const partsOf = (gate: { readonly both: readonly [Node, Node] }, node: Node): readonly [Node, Node] =>
  (node & 1) === 0 ? gate.both : [gate.both[0] ^ 1, gate.both[1] ^ 1];

/** The nodes that a root is made of, with the sign that matters, itself last; parts before what is made of them. */
export const underneath = (
  { gateOf }: Pick<Circuit, 'gateOf'>,
  root: Node,
  isKnown: (node: Node) => boolean = () => false,
): readonly Node[] => {
  if (isKnown(root)) return [];
  const isFound = new Uint8Array(root + 1);
  isFound[root] = 1;
  const found: Node[] = [];
  for (let node = root; node >= 0; node--) {
    if (isFound[node] === 0) continue;
    found.push(node);
    const gate = gateOf(node);
    if (gate === undefined || !owns(gate, 'both')) continue;
    const sign = node & 1;
    const [a, b] = [gate.both[0] ^ sign, gate.both[1] ^ sign];
    if (!isKnown(a)) isFound[a] = 1;
    if (!isKnown(b)) isFound[b] = 1;
  }
  return found.reverse();
};

const both = (t: Table, one: Node, other: Node): Node => {
  let [a, b] = [one, other];
  for (;;) {
    if (a === NO || b === NO || a === (b ^ 1)) return NO;
    if (a === YES || a === b) return b;
    if (b === YES) return a;
    const next = simpler(t, a, b) ?? simpler(t, b, a);
    if (next === undefined) break;
    if (typeof next === 'number') return next;
    [a, b] = next;
  }
  return sameVariable(t, a, b) ?? made(t, a < b ? a * PAIR + b : b * PAIR + a, { both: [a, b] });
};

/** What two nodes are together where the second is made of the first. */
const simpler = (t: Table, a: Node, b: Node): Node | readonly [Node, Node] | undefined => {
  const gate = t.gates[b >> 1];
  if (gate === undefined || !owns(gate, 'both')) return undefined;
  const [x, y] = gate.both;
  if ((b & 1) === 0) return a === x || a === y ? b : a === (x ^ 1) || a === (y ^ 1) ? NO : undefined;
  if (a === (x ^ 1) || a === (y ^ 1)) return a;
  return a === x ? [a, y ^ 1] : a === y ? [a, x ^ 1] : undefined;
};

const sameVariable = (t: Table, a: Node, b: Node): Node | undefined => {
  const [x, y] = [t.gates[a >> 1], t.gates[b >> 1]];
  if (x === undefined || y === undefined || !owns(x, 'variable') || !owns(y, 'variable')) return undefined;
  if (x.variable !== y.variable) return undefined;
  const [one, other] = [valuesUnder(t, x, a), valuesUnder(t, y, b)];
  return literalWhere(
    t,
    x.variable,
    one.map((isIn, value) => isIn & (other[value] as number)),
  );
};

/** For which values a literal, or its negation, is true: 1 for each of them. */
const valuesUnder = (t: Table, gate: Extract<Gate, { variable: number }>, node: Node): Uint8Array => {
  const isIn = new Uint8Array(t.arities[gate.variable] ?? 0).fill(node & 1);
  for (const value of gate.values) isIn[value] = 1 - (node & 1);
  return isIn;
};

const literalOf = (t: Table, variable: VariableIndex, values: readonly number[]): Node => {
  const isIn = new Uint8Array(t.arities[variable] ?? 0);
  for (const value of values) isIn[value] = 1;
  return literalWhere(t, variable, isIn);
};

/** Of a set of values and all the others, the one without 0 has the gate. */
const literalWhere = (t: Table, variable: VariableIndex, isIn: Uint8Array): Node => {
  const sign = isIn[0] ?? 0;
  const values: number[] = [];
  const ends: number[] = [];
  for (const [value, bit] of isIn.entries()) {
    if (bit !== sign) values.push(value);
    if (bit !== (isIn[value - 1] ?? sign)) ends.push(value);
  }
  if (values.length === 0) return sign === 1 ? YES : NO;
  // Where it changes whether a value is among them says which those are.
  return made(t, `${variable} ${ends.join()}`, { variable, values }) ^ sign;
};

const made = (t: Table, key: string | number, gate: Gate): Node => {
  const known = t.places.get(key);
  if (known !== undefined) return known;
  if (t.gates.length >= GATES_MAX) {
    t.spent = true;
    return NO;
  }
  const node = (t.gates.push(gate) - 1) * 2;
  t.uses.push(0);
  if (owns(gate, 'both')) for (const part of gate.both) t.uses[part >> 1] = (t.uses[part >> 1] ?? 0) + 1;
  t.places.set(key, node);
  return node;
};
