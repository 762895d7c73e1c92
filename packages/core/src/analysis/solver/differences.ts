/** Conjunctions of x − y ≤ c over integers: whether they can hold together, and integers for which they do. */
import type { Span } from '../../data/windows.ts';
import type { Quantity } from '../symbolic/unknown.ts';
import { type Bounds, extreme, type Phase } from './phases.ts';

/** x − y ≤ c; without `y` x ≤ c, without `x` −y ≤ c. */
export interface Difference {
  readonly x?: Quantity;
  readonly y?: Quantity;
  readonly c: number;
}

/** An instant lies in one of these parts of its week. */
export interface During {
  readonly of: Quantity;
  readonly spans: readonly Span[];
}

/** Whether integers inside their ranges satisfy all of these at once; `spent` where it took too long to tell. */
export const canHold = (differences: readonly Difference[], during: readonly During[] = []): boolean | 'spent' => {
  const quantities = quantitiesOf(differences, during);
  const d = closed(differences, quantities);
  if (d === undefined) return false;
  if (during.length === 0) return true;
  const least = extreme(d, phasesOf(during, quantities), 'least');
  return least === 'spent' ? least : least !== 'none';
};

/**
 * Integers that satisfy all of these, each as near to what is wished for as the ones before it allow; `undefined` if
 * there are none. In a closed system every value between the bounds of one unknown can be extended to all of them; what
 * lies in parts of its week is chosen first.
 */
export const solveDifferences = (
  differences: readonly Difference[],
  quantities: readonly Quantity[],
  wish: (q: Quantity, chosen: ReadonlyMap<string, number>) => number,
  during: readonly During[] = [],
): ReadonlyMap<string, number> | undefined => {
  const d = closed(differences, quantities);
  if (d === undefined) return undefined;
  const phases = phasesOf(during, quantities);
  const isFirst = (place: number): boolean => phases.some((phase) => phase.place === place);
  const order = quantities.map((q, i) => ({ q, place: i + 1 }));
  const chosen = new Map<string, number>();
  for (const { q, place } of [...order.filter((o) => isFirst(o.place)), ...order.filter((o) => !isFirst(o.place))]) {
    const row = d[place] as number[];
    const zero = d[0] as number[];
    const high = Math.min(zero[place] as number, q.max);
    const low = Math.max(-(row[0] as number), q.min);
    const wished = Math.min(high, Math.max(low, wish(q, chosen)));
    const value = isFirst(place) ? nearest(d, phases, place, wished) : wished;
    if (value === undefined) return undefined;
    chosen.set(q.key, value);
    row[0] = -value;
    zero[place] = value;
    if (!close(d)) return undefined;
  }
  return chosen;
};

const quantitiesOf = (differences: readonly Difference[], during: readonly During[]): readonly Quantity[] => {
  const all = new Map<string, Quantity>();
  for (const { x, y } of differences) for (const q of [x, y]) if (q !== undefined) all.set(q.key, q);
  for (const { of } of during) all.set(of.key, of);
  return [...all.values()];
};

const closed = (differences: readonly Difference[], quantities: readonly Quantity[]): Bounds | undefined => {
  const d = boundsOf(new Map(quantities.map(({ key }, i) => [key, i + 1])), quantities, differences);
  return close(d) ? d : undefined;
};

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

/** A sum beyond what integers can be says nothing from above and as little as possible from below: never more than is true. */
const plus = (a: number, b: number): number => {
  const sum = a + b;
  return sum > HUGE ? Number.POSITIVE_INFINITY : sum < -HUGE ? -HUGE : sum;
};

const phasesOf = (during: readonly During[], quantities: readonly Quantity[]): readonly Phase[] =>
  during.map(({ of, spans }) => ({ place: quantities.findIndex(({ key }) => key === of.key) + 1, spans }));

/** The value that is wished for, or the next one that can be: later if possible, else earlier. */
const nearest = (d: Bounds, phases: readonly Phase[], place: number, wished: number): number | undefined => {
  const row = d[place] as number[];
  const zero = d[0] as number[];
  const [low, high] = [row[0] as number, zero[place] as number];
  row[0] = Math.min(low, -wished);
  const later = extreme(d, phases, 'least');
  row[0] = low;
  if (typeof later !== 'string') return later.get(place);
  zero[place] = Math.min(high, wished);
  const earlier = extreme(d, phases, 'greatest');
  zero[place] = high;
  return typeof earlier === 'string' ? undefined : earlier.get(place);
};

const HUGE = Number.MAX_SAFE_INTEGER;
