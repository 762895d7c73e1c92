/** How two symptoms lie to each other over all typed observations: decided where it shows in the text, else by the solver. */
import type { Catalog } from '../../catalog.ts';
import type { CompiledAction } from '../../compile/action.ts';
import { createTester } from '../../compile/condition-tester.ts';
import { FALSE, TRUE } from '../../compile/evaluator.ts';
import type { Type, Value } from '../../data/value.ts';
import type { Observation } from '../../observation.ts';
import { type Comparison, type Condition, comparisonOf, isQuantified } from '../../policy/condition.ts';
import { owns } from '../../receipt/encoding/own.ts';
import { NO, type Node } from '../solver/diagram.ts';
import { type Budget, pose } from '../solver/question.ts';
import { exampleOf, WISHES } from '../symbolic/example.ts';
import { truthsOf } from '../symbolic/formula.ts';
import { FREE } from '../symbolic/readings.ts';

/**
 * `apart`: they are never true together. `narrower`: wherever the first one is true the second one isn't false, and not the
 * other way round. `wider`: the reverse. `tied`: both can be true, and neither is narrower; with an observation of both.
 */
export type Overlap =
  | { readonly is: 'apart' | 'narrower' | 'wider' }
  | { readonly is: 'tied'; readonly example: Observation }
  | { readonly is: 'not_decided' };

/** Conditions that must be true at once, and conditions that must be false. */
interface Wanted {
  readonly true: readonly Condition[];
  readonly false: readonly Condition[];
}
/** An observation of that kind; `none`: there is none; `unknown`: the budget was not enough. */
type Found = Observation | 'none' | 'unknown';

/** Compares symptoms of one catalog. They must be unfolded and well-typed. */
export const createOverlaps = (
  catalog: Catalog,
  host: CompiledAction,
  budget: Budget,
): ((one: Condition, other: Condition) => Overlap) => {
  const typeOf = (fact: string): Type | undefined => catalog.facts.get(fact)?.type;
  return (one, other) => {
    const shown = overlapShown(one, other, typeOf);
    if (shown !== undefined) return shown;
    const [both, only, rest] = solved(catalog, host, budget, [
      { true: [one, other], false: [] },
      { true: [one], false: [other] },
      { true: [other], false: [one] },
    ]) as readonly [Found, Found, Found];
    if (both === 'none') return { is: 'apart' };
    if ([both, only, rest].includes('unknown')) return { is: 'not_decided' };
    if (only === 'none' && rest !== 'none') return { is: 'narrower' };
    if (rest === 'none' && only !== 'none') return { is: 'wider' };
    return typeof both === 'string' ? { is: 'not_decided' } : { is: 'tied', example: both };
  };
};

/** For each of these questions an observation, which is confirmed by evaluating it: nothing unconfirmed is passed on. */
const solved = (
  catalog: Catalog,
  host: CompiledAction,
  budget: Budget,
  questions: readonly Wanted[],
): readonly Found[] => {
  const q = pose([{ catalog, action: host, given: FREE }], budget, ([st]): readonly Node[] => {
    if (st === undefined) return questions.map(() => NO);
    const { and } = st.space.algebra;
    return questions.map((wanted) => {
      const nodes = [
        ...wanted.true.map((c) => truthsOf(st, c).yes),
        ...wanted.false.map((c) => truthsOf(st, c).no),
      ] as const;
      return nodes.slice(1).reduce(and, nodes[0] ?? NO);
    });
  });
  const tester = createTester(catalog, host);
  return q.built.map((node, i): Found => {
    const found = q.solver.solve(node, 'cheap');
    if (found === 'spent') return 'unknown';
    if (found === 'none') return 'none';
    const assignment = q.assignment(found.path, WISHES);
    const side = q.stages[0]?.side;
    if (assignment === undefined || side === undefined) return 'unknown';
    const example = exampleOf([{ side, origins: q.origins }], assignment);
    const { true: holding = [], false: failing = [] } = questions[i] ?? {};
    const isBorneOut =
      holding.every((c) => tester(c)(example) === TRUE) && failing.every((c) => tester(c)(example) === FALSE);
    return isBorneOut ? example : 'unknown';
  });
};

/** What the text alone shows: parts that contradict each other, or all the parts of one among those of the other. */
const overlapShown = (
  one: Condition,
  other: Condition,
  typeOf: (fact: string) => Type | undefined,
): Overlap | undefined => {
  const [own, others] = [partsOf(one), partsOf(other)];
  for (const part of own) for (const opposed of others) if (areOpposed(part, opposed, typeOf)) return { is: 'apart' };
  return undefined;
};

const partsOf = (symptom: Condition): readonly Condition[] => (owns(symptom, 'all') ? symptom.all : [symptom]);

/** Two comparisons of one fact with constants that no value meets both of. */
const areOpposed = (a: Condition, b: Condition, typeOf: (fact: string) => Type | undefined): boolean => {
  if (!isComparison(a) || !isComparison(b) || a.fact !== b.fact) return false;
  const kind = typeOf(a.fact)?.type;
  if (kind !== 'boolean' && kind !== 'enum' && kind !== 'integer' && kind !== 'string') return false;
  const [words, otherWords] = [wordsOf(a), wordsOf(b)];
  if (words !== undefined && otherWords !== undefined) return !words.some((word) => otherWords.includes(word));
  const [range, otherRange] = [rangeOf(a), rangeOf(b)];
  if (range === undefined || otherRange === undefined) return false;
  return range.least > otherRange.most || otherRange.least > range.most;
};

const isComparison = (c: Condition): c is Comparison => owns(c, 'fact') && !isQuantified(c);

/** The constants that a comparison admits, if those are all. */
const wordsOf = (c: Comparison): readonly Value[] | undefined => {
  const { op, to } = comparisonOf(c);
  if (op === 'is') return typeof to === 'object' ? undefined : [to];
  return op === 'oneOf' && Array.isArray(to) ? (to as readonly Value[]) : undefined;
};

const rangeOf = (c: Comparison): { readonly least: number; readonly most: number } | undefined => {
  const { op, to } = comparisonOf(c);
  if (typeof to !== 'number') return undefined;
  const [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  switch (op) {
    case 'is':
      return { least: to, most: to };
    case 'atLeast':
      return { least: to, most };
    case 'above':
      return { least: to + 1, most };
    case 'atMost':
      return { least, most: to };
    case 'below':
      return { least, most: to - 1 };
    default:
      return undefined;
  }
};
