/**
 * What lies beside an answer that was searched: one choice is made otherwise, and the formula still holds. Looking there
 * takes one walk through the circuit for thirty-two of them, a bit each, where each search takes thousands of steps.
 */
import { owns } from '../../receipt/encoding/own.ts';
import type { Space } from '../symbolic/space.ts';
import type { Assignment } from '../symbolic/unknown.ts';
import { type Circuit, underneath } from './circuit.ts';
import type { Cost, Literal, Node, Path, VariableIndex } from './diagram.ts';
import { takenBy } from './search.ts';
import { complete, conflict } from './theory.ts';

/** An answer, and what is asked of those beside it. */
export interface Beside {
  readonly formula: Node;
  readonly path: Path;
  /** What the answer says of everything. */
  readonly assignment: Assignment;
  /** Of answers for which all of these are alike, one is enough. */
  readonly tells: readonly Node[];
}

/** How many are looked at in one walk. */
const LANES = 32;

/** Paths on which the formula holds, each with one choice made otherwise than on the path of the answer. */
export const pathsBeside = (
  space: Space,
  cost: Cost,
  { formula, path, assignment, tells }: Beside,
): readonly Path[] => {
  const { circuit } = space;
  const nodes = underneath(circuit, formula);
  const base = valuesOf(space, path, assignment);
  const others = otherwise(space, nodes, base);
  const found = new Map<string, Path>();
  for (let from = 0; from < others.length; from += LANES) {
    const lanes = others.slice(from, from + LANES);
    const words = walk(circuit, Math.max(formula, ...tells), base, lanes);
    const bitOf = (node: Node, lane: number): number => (((words[node >> 1] as number) >>> lane) & 1) ^ (node & 1);
    for (const [lane, { variable, value }] of lanes.entries()) {
      if (bitOf(formula, lane) === 0) continue;
      const said = tells.map((node) => bitOf(node, lane)).join('');
      if (found.has(said)) continue;
      const valueFor = (of: VariableIndex): number => (of === variable ? value : (base[of] as number));
      const beside = complete(space, takenBy({ space, formula, nodes, cost, valueFor }));
      if (conflict(space, beside) === undefined) found.set(said, beside);
    }
  }
  return [...found.values()];
};

/** What each variable is: as the path says, and else as the assignment does. */
const valuesOf = (space: Space, path: Path, assignment: Assignment): readonly number[] => {
  const values = space.circuit.arities.map((_, variable) => {
    const meaning = space.meaningOf(variable);
    if (meaning.kind === 'choice') return Math.max(0, meaning.choice.labels.indexOf(assignment.choice(meaning.choice)));
    if (meaning.kind !== 'interval') return 0;
    const { x, y, bounds } = meaning;
    const difference = assignment.quantity(x) - (y === undefined ? 0 : assignment.quantity(y));
    const at = bounds.findIndex((bound) => difference <= bound);
    return at < 0 ? bounds.length : at;
  });
  for (const { variable, value } of path) values[variable] = value;
  return values;
};

/** Each choice of which the formula speaks, made in each other way. */
const otherwise = (space: Space, nodes: readonly Node[], base: readonly number[]): readonly Literal[] => {
  const variables = new Set<VariableIndex>();
  for (const node of nodes) {
    const gate = space.circuit.gateOf(node);
    if (gate !== undefined && owns(gate, 'variable')) variables.add(gate.variable);
  }
  return [...variables].flatMap((variable): readonly Literal[] => {
    const meaning = space.meaningOf(variable);
    if (meaning.kind !== 'choice') return [];
    return [...meaning.choice.labels.keys()]
      .filter((value) => value !== base[variable])
      .map((value) => ({ variable, value }));
  });
};

/** By gate: a bit a lane, whether it is true where that lane's variable has that lane's value. */
const walk = (circuit: Circuit, last: Node, base: readonly number[], lanes: readonly Literal[]): Int32Array => {
  const words = new Int32Array((last >> 1) + 1).fill(-1);
  for (let gate = 1; gate <= last >> 1; gate++) {
    const says = circuit.gateOf(2 * gate);
    if (says === undefined) continue;
    if (owns(says, 'both')) {
      const [a, b] = says.both;
      words[gate] = ((words[a >> 1] as number) ^ -(a & 1)) & ((words[b >> 1] as number) ^ -(b & 1));
      continue;
    }
    let word = says.values.includes(base[says.variable] as number) ? -1 : 0;
    for (const [lane, { variable, value }] of lanes.entries())
      if (variable === says.variable) word = says.values.includes(value) ? word | (1 << lane) : word & ~(1 << lane);
    words[gate] = word;
  }
  return words;
};
