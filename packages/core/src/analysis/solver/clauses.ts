/**
 * A circuit as clauses, as far as it is asked: each gate one way only, since nothing is denied that is not a gate of its
 * own (Plaisted & Greenbaum 1986). Variables of many values are one literal a value, integers one a bound.
 */
import { owns } from '../../receipt/encoding/own.ts';
import type { Meaning } from '../symbolic/meaning.ts';
import { AT } from '../symbolic/unknown.ts';
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
type Literals = ({ readonly values: readonly Lit[] } | { readonly bounds: readonly Lit[] }) & {
  /** The variables of these literals. */
  readonly variables: readonly number[];
};

/** What the parts share. */
interface Desk {
  readonly circuit: Circuit;
  readonly meaningOf: (variable: VariableIndex) => Meaning;
  readonly first: (variable: VariableIndex) => number;
  readonly sat: Sat;
  readonly numbers: Numbers;
  /** The integers that are compared with others: bounds of all others follow from each other by clauses alone. */
  readonly compared: ReadonlySet<string>;
  readonly standing: (Literals | undefined)[];
  readonly lits: (Lit | undefined)[];
}

/** Clauses of a circuit. `first`: the value that a variable is tried with. */
export const createClauses = (parts: Omit<Desk, 'standing' | 'lits' | 'compared'>): Clauses => {
  const d: Desk = { ...parts, compared: comparedIn(parts), standing: [], lits: [] };
  const { sat } = d;
  const yes = 2 * sat.variable(true);
  sat.clause([yes]);
  d.lits[YES] = yes;
  d.lits[NO] = yes ^ 1;
  return {
    litOf: (node) => {
      for (const part of neededFor(d, node)) d.lits[part] = clausesOf(d, part);
      return d.lits[node] as Lit;
    },
    decidedFor: (root) => {
      const isFound = new Uint8Array(sat.size());
      const found: number[] = [];
      const add = (variable: number): void => {
        if (isFound[variable] === 0) found.push(variable);
        isFound[variable] = 1;
      };
      for (const node of underneath(d.circuit, root)) {
        const gate = d.circuit.gateOf(node);
        if (gate !== undefined && owns(gate, 'variable')) standingOf(d, gate.variable).variables.forEach(add);
      }
      for (const node of underneath(d.circuit, root)) {
        const lit = d.lits[node];
        if (lit !== undefined) add(lit >> 1);
      }
      return found;
    },
    litWithout: (variable, values) => oneOf(d, variable, values, false),
    cube: (literal) => cubeOf(d, literal),
    variables: (variable) => standingOf(d, variable).variables,
    valueOf: (variable) => {
      const standing = standingOf(d, variable);
      if (owns(standing, 'values'))
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
  const found = new Set<Node>(d.lits[root] === undefined ? [root] : []);
  for (const node of found) for (const part of allPartsOf(d, node)) if (d.lits[part] === undefined) found.add(part);
  return [...found].sort((a, b) => a - b);
};

/** What a node is made of, and what parts that nothing else is made of are made of, as long as they are of its kind. */
const allPartsOf = ({ circuit, lits }: Desk, node: Node): readonly Node[] => {
  const found: Node[] = [];
  const open: Node[] = [node];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const gate = circuit.gateOf(at);
    const isInner = at === node || ((at & 1) === (node & 1) && circuit.usesOf(at) === 1 && lits[at] === undefined);
    if (isInner && gate !== undefined && owns(gate, 'both')) open.push(...partsOf(gate, at));
    else if (at !== node) found.push(at);
  }
  return found;
};

const clausesOf = (d: Desk, node: Node): Lit => {
  const gate = d.circuit.gateOf(node);
  if (gate === undefined) return d.lits[node] as Lit;
  if (owns(gate, 'variable')) return oneOf(d, gate.variable, gate.values, (node & 1) === 0);
  const own = 2 * d.sat.variable(false);
  const parts = allPartsOf(d, node).map((part) => d.lits[part] as Lit);
  if ((node & 1) === 0) for (const part of parts) d.sat.clause([own ^ 1, part]);
  else d.sat.clause([own ^ 1, ...parts]);
  return own;
};

/** The literal that is true only where a variable has one of these values, or none of them. */
const oneOf = (d: Desk, variable: VariableIndex, values: readonly number[], holds: boolean): Lit => {
  const standing = standingOf(d, variable);
  const arity = d.circuit.arities[variable] ?? 0;
  const given = new Set(values);
  const all = Array.from({ length: arity }, (_, value) => value);
  const allowed = all.filter((value) => given.has(value) === holds);
  const excluded = all.filter((value) => given.has(value) !== holds);
  if (owns(standing, 'values')) {
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

const standingOf = (d: Desk, variable: VariableIndex): Literals => {
  const known = d.standing[variable];
  if (known !== undefined) return known;
  const meaning = d.meaningOf(variable);
  const lits = meaning.kind === 'interval' ? boundsOf(d, meaning) : valuesOf(d, variable, meaning);
  const variables = [...new Set(lits.map((lit) => lit >> 1))];
  const made: Literals = meaning.kind === 'interval' ? { bounds: lits, variables } : { values: lits, variables };
  d.standing[variable] = made;
  return made;
};

const comparedIn = ({ circuit, meaningOf }: Pick<Desk, 'circuit' | 'meaningOf'>): ReadonlySet<string> =>
  new Set([
    AT.key,
    ...circuit.arities.flatMap((_, variable) => {
      const meaning = meaningOf(variable);
      return meaning.kind === 'interval' && meaning.y !== undefined ? [meaning.x.key, meaning.y.key] : [];
    }),
  ]);

const boundsOf = (
  { sat, numbers, compared }: Desk,
  meaning: Extract<Meaning, { kind: 'interval' }>,
): readonly Lit[] => {
  const { x, y, bounds } = meaning;
  const lits = bounds.map((c): Lit => {
    const lit = 2 * sat.variable(true);
    if (!compared.has(x.key)) return lit;
    numbers.means(lit, y === undefined ? { x, c } : { x, y, c });
    numbers.means(lit ^ 1, y === undefined ? { y: x, c: -c - 1 } : { x: y, y: x, c: -c - 1 });
    return lit;
  });
  for (const [i, lit] of lits.entries()) {
    const next = lits[i + 1];
    if (next !== undefined) sat.clause([lit ^ 1, next]);
  }
  return lits;
};

const valuesOf = (d: Desk, variable: VariableIndex, meaning: Meaning): readonly Lit[] => {
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
  return values;
};

const cubeOf = (d: Desk, { variable, value }: Literal): readonly Lit[] => {
  const standing = standingOf(d, variable);
  if (owns(standing, 'values')) return [standing.values[value] as Lit];
  const [above, most] = [standing.bounds[value - 1], standing.bounds[value]];
  return [...(above === undefined ? [] : [above ^ 1]), ...(most === undefined ? [] : [most])];
};
