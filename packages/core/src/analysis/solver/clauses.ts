/**
 * A circuit as clauses, as far as it is asked: each gate one way only, since nothing is denied that is not a gate of its
 * own (Plaisted & Greenbaum 1986). Variables of many values are one literal a value, integers one a bound.
 */
import type { Meaning } from '../symbolic/meaning.ts';
import { type Circuit, partsOf, underneath } from './circuit.ts';
import { type Literal, NO, type Node, type Path, type VariableIndex, YES } from './diagram.ts';
import type { Numbers } from './numbers.ts';
import type { Sat } from './sat.ts';
import { differencesOf } from './theory.ts';
import type { Lit } from './trail.ts';

/** What of the circuit was made into clauses. */
export interface Clauses {
  /** The literal that is true only where a node is. */
  readonly litOf: (node: Node) => Lit;
  /** What has to be decided to know whether a node is true. */
  readonly decidedFor: (root: Node) => readonly number[];
  /** The literal that is true only where a variable has none of these values. */
  readonly litWithout: (variable: VariableIndex, values: readonly number[]) => Lit;
  /** The literals that say that a variable has a value. */
  readonly cube: (literal: Literal) => readonly Lit[];
  readonly variables: (variable: VariableIndex) => readonly number[];
  /** Which value a variable has, after a search that decided it. */
  readonly valueOf: (variable: VariableIndex) => number;
  /** No observation takes all of these. */
  readonly never: (core: Path) => void;
}

/** How a variable stands in clauses: as the literals of its values, or as those of its bounds. */
type Standing = { readonly values: readonly Lit[] } | { readonly bounds: readonly Lit[] };

/** What the parts share. */
interface Desk {
  readonly circuit: Circuit;
  readonly meaningOf: (variable: VariableIndex) => Meaning;
  readonly first: (variable: VariableIndex) => number;
  readonly sat: Sat;
  readonly numbers: Numbers;
  readonly standing: Map<VariableIndex, Standing>;
  readonly lits: Map<Node, Lit>;
}

/** Clauses of a circuit. `first`: the value that a variable is tried with. */
export const createClauses = (parts: Omit<Desk, 'standing' | 'lits'>): Clauses => {
  const d: Desk = { ...parts, standing: new Map(), lits: new Map() };
  const { sat } = d;
  const yes = 2 * sat.variable(true);
  sat.clause([yes]);
  d.lits.set(YES, yes);
  d.lits.set(NO, yes ^ 1);
  const satVariables = (variable: VariableIndex): readonly number[] => {
    const standing = standingOf(d, variable);
    return [...new Set(('values' in standing ? standing.values : standing.bounds).map((lit) => lit >> 1))];
  };
  return {
    litOf: (node) => {
      for (const part of neededFor(d, node)) d.lits.set(part, clausesOf(d, part));
      return d.lits.get(node) as Lit;
    },
    decidedFor: (root) => {
      const found = new Set<number>();
      for (const node of underneath(d.circuit, root)) {
        const gate = d.circuit.gateOf(node);
        const lit = d.lits.get(node);
        if (lit !== undefined) found.add(lit >> 1);
        if (gate !== undefined && 'variable' in gate) for (const v of satVariables(gate.variable)) found.add(v);
      }
      return [...found];
    },
    litWithout: (variable, values) => oneOf(d, variable, values, false),
    cube: (literal) => cubeOf(d, literal),
    variables: satVariables,
    valueOf: (variable) => {
      const standing = standingOf(d, variable);
      if ('values' in standing)
        return Math.max(
          0,
          standing.values.findIndex((lit) => sat.isTrue(lit)),
        );
      const at = standing.bounds.findIndex((lit) => sat.isTrue(lit));
      return at < 0 ? standing.bounds.length : at;
    },
    never: (core) => sat.clause(core.flatMap((literal) => cubeOf(d, literal)).map((lit) => lit ^ 1)),
  };
};

/** The nodes that need a literal of their own, parts before what is made of them. */
const neededFor = (d: Desk, root: Node): readonly Node[] => {
  const found = new Set<Node>(d.lits.has(root) ? [] : [root]);
  for (const node of found) for (const part of allPartsOf(d, node)) if (!d.lits.has(part)) found.add(part);
  return [...found].sort((a, b) => a - b);
};

/** What a node is made of, and what parts that nothing else is made of are made of, as long as they are of its kind. */
const allPartsOf = ({ circuit, lits }: Desk, node: Node): readonly Node[] => {
  const found: Node[] = [];
  const open: Node[] = [node];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const gate = circuit.gateOf(at);
    const isInner = at === node || ((at & 1) === (node & 1) && circuit.usesOf(at) === 1 && !lits.has(at));
    if (isInner && gate !== undefined && 'both' in gate) open.push(...partsOf(gate, at));
    else if (at !== node) found.push(at);
  }
  return found;
};

const clausesOf = (d: Desk, node: Node): Lit => {
  const gate = d.circuit.gateOf(node);
  if (gate === undefined) return d.lits.get(node) as Lit;
  if ('variable' in gate) return oneOf(d, gate.variable, gate.values, (node & 1) === 0);
  const own = 2 * d.sat.variable(false);
  const parts = allPartsOf(d, node).map((part) => d.lits.get(part) as Lit);
  if ((node & 1) === 0) for (const part of parts) d.sat.clause([own ^ 1, part]);
  else d.sat.clause([own ^ 1, ...parts]);
  return own;
};

/** The literal that is true only where a variable has one of these values, or none of them. */
const oneOf = (d: Desk, variable: VariableIndex, values: readonly number[], holds: boolean): Lit => {
  const standing = standingOf(d, variable);
  const isIn = (value: number): boolean => values.includes(value) === holds;
  const arity = d.circuit.arities[variable] ?? 0;
  const all = Array.from({ length: arity }, (_, value) => value);
  const [allowed, excluded] = [all.filter(isIn), all.filter((value) => !isIn(value))];
  if ('values' in standing) {
    const of = (value: number | undefined): Lit => standing.values[value ?? 0] as Lit;
    if (allowed.length === 1) return of(allowed[0]);
    if (excluded.length === 1) return of(excluded[0]) ^ 1;
    const own = 2 * d.sat.variable(false);
    for (const value of excluded) d.sat.clause([own ^ 1, of(value) ^ 1]);
    return own;
  }
  // At most the bound before a gap, or above the one that ends it.
  const gaps = gapsOf(excluded).map(({ from, to }): readonly Lit[] => [
    ...(from > 0 ? [standing.bounds[from - 1] as Lit] : []),
    ...(to < arity - 1 ? [(standing.bounds[to] as Lit) ^ 1] : []),
  ]);
  const [only] = gaps;
  if (only?.length === 1 && gaps.length === 1) return only[0] as Lit;
  const own = 2 * d.sat.variable(false);
  for (const gap of gaps) d.sat.clause([own ^ 1, ...gap]);
  return own;
};

/** Values that follow each other, from one to the last of them. */
const gapsOf = (values: readonly number[]): readonly { readonly from: number; readonly to: number }[] => {
  const gaps: { from: number; to: number }[] = [];
  for (const value of values) {
    const last = gaps[gaps.length - 1];
    if (last !== undefined && last.to === value - 1) last.to = value;
    else gaps.push({ from: value, to: value });
  }
  return gaps;
};

const standingOf = (d: Desk, variable: VariableIndex): Standing => {
  const known = d.standing.get(variable);
  if (known !== undefined) return known;
  const meaning = d.meaningOf(variable);
  const made = meaning.kind === 'interval' ? boundsOf(d, meaning) : valuesOf(d, variable, meaning);
  d.standing.set(variable, made);
  return made;
};

const boundsOf = ({ sat, numbers }: Desk, meaning: Extract<Meaning, { kind: 'interval' }>): Standing => {
  const { x, y, bounds } = meaning;
  const lits = bounds.map((c): Lit => {
    const lit = 2 * sat.variable(true);
    numbers.means(lit, y === undefined ? { x, c } : { x, y, c });
    numbers.means(lit ^ 1, y === undefined ? { y: x, c: -c - 1 } : { x: y, y: x, c: -c - 1 });
    return lit;
  });
  for (const [i, lit] of lits.entries()) {
    const next = lits[i + 1];
    if (next !== undefined) sat.clause([lit ^ 1, next]);
  }
  return { bounds: lits };
};

const valuesOf = (d: Desk, variable: VariableIndex, meaning: Meaning): Standing => {
  const { sat, numbers } = d;
  const arity = d.circuit.arities[variable] ?? 0;
  const first = d.first(variable);
  const values: Lit[] = [];
  if (arity === 2) {
    const lit = 2 * sat.variable(first === 1);
    values.push(lit ^ 1, lit);
  } else {
    for (let value = 0; value < arity; value++) values.push(2 * sat.variable(value === first));
    sat.clause(values);
    sat.atMostOne(values);
  }
  for (const [value, lit] of values.entries())
    for (const difference of differencesOf(meaning, value)) numbers.means(lit, difference);
  return { values };
};

const cubeOf = (d: Desk, { variable, value }: Literal): readonly Lit[] => {
  const standing = standingOf(d, variable);
  if ('values' in standing) return [standing.values[value] as Lit];
  const [above, most] = [standing.bounds[value - 1], standing.bounds[value]];
  return [...(above === undefined ? [] : [above ^ 1]), ...(most === undefined ? [] : [most])];
};
