/** Where two lists of reasons, each given where its formula says, are not the same list. */
import { NO, type Node, YES } from '../solver/diagram.ts';
import type { Event, Stage } from '../symbolic/formula.ts';
import { eventsDiffer } from './payload.ts';

/**
 * Walks both lists at once, as one aligns two texts: what is given on one side only, or differently, or in another
 * order, makes them differ. Exact for what `eventsDiffer` says exactly.
 */
export const listsDiffer = (a: Stage, b: Stage, left: readonly Event[], right: readonly Event[]): Node => {
  const { and, or, not } = a.space.algebra;
  // Every pair is looked at whether it matters or not: what is compared must be heard before the space is sealed.
  const differ = left.map((x) => right.map((y) => eventsDiffer(a, b, x, y)));
  const made = new Map<number, Node>();
  const rest = (i: number, j: number): Node => {
    const key = i * (right.length + 1) + j;
    const known = made.get(key);
    if (known !== undefined) return known;
    const node = step(i, j);
    made.set(key, node);
    return node;
  };
  const step = (i: number, j: number): Node => {
    const [x, y] = [left[i], right[j]];
    if (x === undefined && y === undefined) return YES;
    if (x === undefined || y === undefined)
      return and(not((x ?? y ?? { when: NO }).when), x === undefined ? rest(i, j + 1) : rest(i + 1, j));
    const other = differ[i]?.[j] ?? YES;
    if (x.when === y.when && other === NO) return rest(i + 1, j + 1);
    const [one, two] = [x.when, y.when];
    const cases = [
      other === YES ? NO : and(and(and(one, two), not(other)), rest(i + 1, j + 1)),
      and(and(one, not(two)), rest(i, j + 1)),
      and(and(not(one), two), rest(i + 1, j)),
      and(and(not(one), not(two)), rest(i + 1, j + 1)),
    ];
    return cases.reduce<Node>(or, NO);
  };
  return not(rest(0, 0));
};
