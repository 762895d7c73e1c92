/** Where two lists of reasons, each given where its formula says, are not the same list. */
import { type Algebra, NO, type Node, YES } from '../solver/diagram.ts';
import type { Event, Stage } from '../symbolic/formula.ts';
import { signature } from '../symbolic/origin.ts';
import { eventsDiffer } from './payload.ts';

/** Two events, one of each list, that can be the same reason, and where they are not. */
interface Pair {
  readonly left: number;
  readonly right: number;
  readonly differ: Node;
}
/** Events of which any of the one list can be the same reason as any of the other, and nothing else can. Places ascend. */
interface Class {
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly pairs: readonly Pair[];
}
/** Where one event stands in the first list, and where in the second. */
type Pairing = readonly [number, number];
type Lists = readonly [readonly Event[], readonly Event[]];

/** Cells of the table in which two lists are aligned that are looked at, at most. */
const CELLS_MAX = 1_000_000;

/**
 * What is given on one side only, or differently, or in another order, makes two lists differ. Exact for what
 * `eventsDiffer` says exactly, unless the lists are long and one reason can stand in them several times at once: then
 * everything is said to differ.
 */
export const listsDiffer = (a: Stage, b: Stage, left: readonly Event[], right: readonly Event[]): Node => {
  const lists: Lists = [left, right];
  // What is compared is heard before the space is sealed, whether it matters or not.
  const pairs = pairsOf(a, b, lists);
  if (!a.space.isSealed) return YES;
  const classes = classesOf(lists, pairs);
  if (classes.every((one) => isGivenOnce(lists, one))) return a.space.algebra.not(sameByClass(a, lists, classes));
  return left.length * right.length > CELLS_MAX ? YES : a.space.algebra.not(sameByTable(a, lists, pairs));
};

const pairsOf = (a: Stage, b: Stage, [left, right]: Lists): readonly Pair[] => {
  const byName = new Map<string, number[]>();
  for (const [j, y] of right.entries()) {
    const same = byName.get(nameOf(y));
    if (same === undefined) byName.set(nameOf(y), [j]);
    else same.push(j);
  }
  const pairs: Pair[] = [];
  for (const [i, x] of left.entries())
    for (const j of byName.get(nameOf(x)) ?? []) {
      const differ = eventsDiffer(a, b, x, right[j] as Event);
      if (differ !== YES) pairs.push({ left: i, right: j, differ });
    }
  return pairs;
};

/** Events of other names are never the same reason. */
const nameOf = ({ gate, code, reason, requirement }: Event): string =>
  JSON.stringify([gate, code, reason === undefined ? requirement?.means : signature(reason), reason === undefined]);

const classesOf = ([left, right]: Lists, pairs: readonly Pair[]): readonly Class[] => {
  const root = Array.from({ length: left.length + right.length }, (_, i) => i);
  const rootOf = (i: number): number => {
    let at = i;
    while (root[at] !== at) at = root[at] as number;
    for (let up = i; up !== at; ) [up, root[up]] = [root[up] as number, at];
    return at;
  };
  for (const pair of pairs) root[rootOf(left.length + pair.right)] = rootOf(pair.left);
  const classes = new Map<number, { left: number[]; right: number[]; pairs: Pair[] }>();
  for (const i of root.keys()) {
    const own = classes.get(rootOf(i)) ?? { left: [], right: [], pairs: [] };
    classes.set(rootOf(i), own);
    if (i < left.length) own.left.push(i);
    else own.right.push(i - left.length);
  }
  for (const pair of pairs) classes.get(rootOf(pair.left))?.pairs.push(pair);
  return [...classes.values()];
};

/** Whether at most one event of a class is given on each side: what one requirement says, or one thing that is asked for. */
const isGivenOnce = ([x, y]: Lists, { left, right, pairs }: Class): boolean => {
  const isOne = (list: readonly Event[], [first, ...others]: readonly number[]): boolean => {
    if (first === undefined || others.length === 0) return true;
    const { reason, requirement } = list[first] as Event;
    const same = (i: number): boolean =>
      reason === undefined ? list[i]?.requirement === requirement : list[i]?.reason === reason;
    return others.every(same);
  };
  const alike = pairs.every(({ differ }) => differ === pairs[0]?.differ);
  return alike && pairs.length === left.length * right.length && isOne(x, left) && isOne(y, right);
};

/** Each class is given on both sides or on neither, alike, and any two of them in the same order. */
const sameByClass = ({ space }: Stage, lists: Lists, classes: readonly Class[]): Node => {
  const { and, or, not } = space.algebra;
  const any = (list: readonly Event[], places: readonly number[]): Node =>
    places.reduce<Node>((given, i) => or(given, (list[i] as Event).when), NO);
  let same = YES;
  for (const { left, right, pairs } of classes) {
    const [one, other] = [any(lists[0], left), any(lists[1], right)];
    const both = pairs[0] === undefined ? NO : and(and(one, other), not(pairs[0].differ));
    if (one !== other || pairs[0]?.differ !== NO) same = and(same, or(both, and(not(one), not(other))));
  }
  const paired = classes.filter(({ pairs }) => pairs.length > 0);
  const still = stillOf(lists, paired);
  const moving = paired.filter((one) => !still.has(one));
  const fixed = [...still].flatMap(({ left, right }) => left.map((i, k): Pairing => [i, right[k] as number]));
  fixed.sort(([a], [b]) => a - b);
  for (const [k, a] of moving.entries()) {
    same = and(same, not(overtakes(space.algebra, lists, a, fixed)));
    for (const b of moving.slice(k + 1)) same = and(same, not(crosses(space.algebra, lists, a, b)));
  }
  return same;
};

/** Classes that are given at the same places on both sides, in the same order among themselves. */
const stillOf = ([x, y]: Lists, classes: readonly Class[]): ReadonlySet<Class> => {
  const still = classes.filter(
    ({ left, right }) =>
      left.length === right.length && left.every((i, k) => x[i]?.when === y[right[k] as number]?.when),
  );
  const places = still.flatMap(({ left, right }) => left.map((i, k): Pairing => [i, right[k] as number]));
  places.sort(([a], [b]) => a - b);
  const inOrder = places.every(([, j], k) => k === 0 || (places[k - 1] as Pairing)[1] < j);
  return new Set(inOrder ? still : []);
};

/** Where a class comes before something that stands still on one side, and after it on the other. */
const overtakes = (
  { and, or, not }: Algebra,
  [x, y]: Lists,
  { left, right }: Class,
  fixed: readonly Pairing[],
): Node => {
  let [i, j, before, beforeToo, between, found] = [0, 0, NO, NO, NO, NO];
  const close = (): void => {
    if (before !== beforeToo)
      found = or(found, and(between, or(and(before, not(beforeToo)), and(not(before), beforeToo))));
    between = NO;
  };
  for (const [one, other] of fixed) {
    const isPast = (left[i] ?? Infinity) < one || (right[j] ?? Infinity) < other;
    if (isPast) close();
    for (; (left[i] ?? Infinity) < one; i++) before = or(before, (x[left[i] as number] as Event).when);
    for (; (right[j] ?? Infinity) < other; j++) beforeToo = or(beforeToo, (y[right[j] as number] as Event).when);
    if (before !== beforeToo) between = or(between, (x[one] as Event).when);
  }
  close();
  return found;
};

/** Where two classes are given in one order on one side and in the other one on the other. */
const crosses = ({ and, or }: Algebra, [x, y]: Lists, a: Class, b: Class): Node => {
  if (isBefore(a.left, b.left) && isBefore(a.right, b.right)) return NO;
  if (isBefore(b.left, a.left) && isBefore(b.right, a.right)) return NO;
  const before = (list: readonly Event[], one: readonly number[], other: readonly number[]): Node => {
    let [first, inOrder, i] = [NO, NO, 0];
    for (const j of other) {
      for (; (one[i] ?? Infinity) < j; i++) first = or(first, (list[one[i] as number] as Event).when);
      inOrder = or(inOrder, and(first, (list[j] as Event).when));
    }
    return inOrder;
  };
  const [ab, abToo] = [before(x, a.left, b.left), before(y, a.right, b.right)];
  const [ba, baToo] = [before(x, b.left, a.left), before(y, b.right, a.right)];
  return or(ab === abToo ? NO : and(ab, baToo), ba === baToo ? NO : and(ba, abToo));
};

const isBefore = (a: readonly number[], b: readonly number[]): boolean =>
  (a[a.length - 1] as number) < (b[0] as number);

/** Walks both lists at once, as one aligns two texts. */
const sameByTable = ({ space }: Stage, [left, right]: Lists, pairs: readonly Pair[]): Node => {
  const { and, or, not } = space.algebra;
  const width = right.length + 1;
  const differ = new Map(pairs.map((pair) => [pair.left * width + pair.right, pair.differ]));
  const made = new Map<number, Node>();
  /** Where the rests from here on are the same list: from others' answers, which may have to be found first. */
  const restAt = (key: number, of: (key: number) => Node): Node => {
    const [x, y] = [left[Math.floor(key / width)], right[key % width]];
    if (x === undefined && y === undefined) return YES;
    if (x === undefined || y === undefined)
      return and(not((x ?? y ?? { when: NO }).when), of(x === undefined ? key + 1 : key + width));
    const other = differ.get(key) ?? YES;
    if (x.when === y.when && other === NO) return of(key + width + 1);
    const [one, two] = [x.when, y.when];
    const cases = [
      other === YES ? NO : and(and(and(one, two), not(other)), of(key + width + 1)),
      and(and(one, not(two)), of(key + 1)),
      and(and(not(one), two), of(key + width)),
      and(and(not(one), not(two)), of(key + width + 1)),
    ];
    return cases.reduce<Node>(or, NO);
  };
  const open = [0];
  for (let key = open[0]; key !== undefined && !space.circuit.spent; key = open[open.length - 1]) {
    const missing: number[] = [];
    const answered = (at: number): Node => {
      if (!made.has(at)) missing.push(at);
      return made.get(at) ?? NO;
    };
    const node = made.get(key) ?? restAt(key, answered);
    if (missing.length > 0) open.push(...missing);
    else {
      made.set(key, node);
      open.pop();
    }
  }
  return made.get(0) ?? NO;
};
