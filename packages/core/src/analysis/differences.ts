/** Conjunctions of x − y ≤ c over integers: whether they can hold together, and integers for which they do. */
import type { Quantity } from './unknown.ts';

/** x − y ≤ c; without `y` x ≤ c, without `x` −y ≤ c. */
export interface Difference {
  readonly x?: Quantity;
  readonly y?: Quantity;
  readonly c: number;
}

const HUGE = Number.MAX_SAFE_INTEGER;
/** A sum beyond what integers can be says nothing from above and as little as possible from below: never more than is true. */
const plus = (a: number, b: number): number => {
  const sum = a + b;
  return sum > HUGE ? Number.POSITIVE_INFINITY : sum < -HUGE ? -HUGE : sum;
};

/** `d[i][j]`: the tightest known c of j − i ≤ c; place 0 is the number 0. */
type Bounds = number[][];

const boundsOf = (
  places: ReadonlyMap<string, number>,
  quantities: readonly Quantity[],
  all: readonly Difference[],
): Bounds => {
  const n = quantities.length + 1;
  const d: Bounds = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_unused, j) => (i === j ? 0 : Number.POSITIVE_INFINITY)),
  );
  const atMost = (x: number, y: number, c: number): void => {
    const row = d[y] as number[];
    row[x] = Math.min(row[x] as number, c);
  };
  for (const [i, { min, max }] of quantities.entries()) {
    if (max < HUGE) atMost(i + 1, 0, max);
    if (min > -HUGE) atMost(0, i + 1, -min);
  }
  const place = (q: Quantity | undefined): number => (q === undefined ? 0 : (places.get(q.key) ?? 0));
  for (const { x, y, c } of all) atMost(place(x), place(y), c);
  return d;
};

/** Closes the bounds under addition; false if they contradict each other. */
const close = (d: Bounds): boolean => {
  const n = d.length;
  for (let k = 0; k < n; k++) {
    const through = d[k] as number[];
    for (const row of d) {
      const first = row[k] as number;
      if (first === Number.POSITIVE_INFINITY) continue;
      for (let j = 0; j < n; j++) {
        const sum = plus(first, through[j] as number);
        if (sum < (row[j] as number)) row[j] = sum;
      }
    }
  }
  return d.every((row, i) => (row[i] as number) >= 0);
};

const quantitiesOf = (differences: readonly Difference[]): readonly Quantity[] => {
  const all = new Map<string, Quantity>();
  for (const { x, y } of differences) for (const q of [x, y]) if (q !== undefined) all.set(q.key, q);
  return [...all.values()];
};

const closed = (differences: readonly Difference[], quantities: readonly Quantity[]): Bounds | undefined => {
  const d = boundsOf(new Map(quantities.map(({ key }, i) => [key, i + 1])), quantities, differences);
  return close(d) ? d : undefined;
};

/** Whether integers inside their ranges satisfy all of these at once. */
export const canHold = (differences: readonly Difference[]): boolean =>
  closed(differences, quantitiesOf(differences)) !== undefined;

/**
 * Integers that satisfy all of these, each as near to what is wished for as the ones before it allow; `undefined` if
 * there are none. In a closed system every value between the bounds of one unknown can be extended to all of them.
 */
export const solveDifferences = (
  differences: readonly Difference[],
  quantities: readonly Quantity[],
  wish: (q: Quantity, chosen: ReadonlyMap<string, number>) => number,
): ReadonlyMap<string, number> | undefined => {
  const d = closed(differences, quantities);
  if (d === undefined) return undefined;
  const chosen = new Map<string, number>();
  for (const [i, q] of quantities.entries()) {
    const high = Math.min((d[0] as number[])[i + 1] as number, q.max);
    const low = Math.max(-((d[i + 1] as number[])[0] as number), q.min);
    const value = Math.min(high, Math.max(low, wish(q, chosen)));
    chosen.set(q.key, value);
    const row = d[i + 1] as number[];
    const zero = d[0] as number[];
    row[0] = -value;
    zero[i + 1] = value;
    if (!close(d)) return undefined;
  }
  return chosen;
};
