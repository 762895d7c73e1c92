/**
 * The greatest integers that satisfy x − y ≤ c and their ranges, found by lowering what is too high: if they are not too
 * low then, there are some, and if they are, the way by which they came there is what contradicts itself.
 *
 * Exact up to the largest safe integers: bounds stay inside the ranges, and a sum of two that leaves them is only ever
 * compared, where rounding keeps the order. The mirrored system, in which every integer is its negative, has the least ones.
 */
import { lastDuring, nextDuring, phaseOf, type Span } from '../../data/windows.ts';
import type { Quantity } from '../symbolic/unknown.ts';

/** x − y ≤ c; without `y` x ≤ c, without `x` −y ≤ c. */
export interface Difference {
  readonly x?: Quantity;
  readonly y?: Quantity;
  readonly c: number;
}

/** value(`to`) ≤ value(`from`) + c; `of`: the place of the difference that says so. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly c: number;
  readonly of: number;
}

/** Unknown integers at places, what is known of them, and the greatest that they can be as far as that was followed. */
export interface System {
  readonly places: ReadonlyMap<string, number>;
  readonly mirrored: boolean;
  /** By `from`. */
  readonly edges: readonly (readonly Edge[])[];
  readonly max: number[];
  readonly min: number[];
  /** The differences that set the bounds; −1 for a range. */
  readonly maxOf: readonly number[];
  readonly minOf: readonly number[];
  readonly value: number[];
  /** By which difference a place was lowered; `undefined` where it is at its bound. */
  readonly parent: (Edge | undefined)[];
}

/** The integer at a place lies, as an instant, in one of these parts of its week. */
export interface Phase {
  readonly place: number;
  readonly spans: readonly Span[];
}

/** Most rounds before a system with weeks is given up. Each moves at least one integer by a part of a week. */
const ROUNDS_MAX = 5_000;

/** A system of these differences. */
export const systemOf = (
  quantities: readonly Quantity[],
  differences: readonly Difference[],
  as: 'is' | 'mirrored' = 'is',
): System => {
  const mirrored = as === 'mirrored';
  const places = new Map(quantities.map(({ key }, place) => [key, place]));
  const max = quantities.map((q) => (mirrored ? 0 - q.min : q.max));
  const min = quantities.map((q) => (mirrored ? 0 - q.max : q.min));
  const [maxOf, minOf] = [max.map(() => -1), min.map(() => -1)];
  const edges: Edge[][] = quantities.map(() => []);
  for (const [of, { x, y, c }] of differences.entries()) {
    const [to, from] = [x, y].map((q) => (q === undefined ? undefined : places.get(q.key)));
    const [up, down] = mirrored ? [from, to] : [to, from];
    if (up !== undefined && down !== undefined) edges[down]?.push({ from: down, to: up, c, of });
    else if (up !== undefined && c < (max[up] as number)) {
      max[up] = c;
      maxOf[up] = of;
    } else if (down !== undefined && -c > (min[down] as number)) {
      min[down] = 0 - c;
      minOf[down] = of;
    }
  }
  return { places, mirrored, edges, max, min, maxOf, minOf, value: [...max], parent: max.map(() => undefined) };
};

/**
 * Lowers everything that is too high, beginning at these places; all of them where none are named. Says which
 * differences can't hold together, if they can't. `lowers` hears of each place before it changes.
 */
export const contradictionIn = (
  system: System,
  from?: readonly number[],
  lowers: (place: number) => void = () => undefined,
): readonly number[] | undefined => {
  const { edges, max, min, minOf, value, parent } = system;
  const waiting = new Set<number>(from ?? inOrder(edges));
  for (const place of waiting) {
    if ((max[place] as number) < (value[place] as number)) {
      lowers(place);
      value[place] = max[place] as number;
      parent[place] = undefined;
    }
    if ((value[place] as number) < (min[place] as number)) return [...wayTo(system, place), ...named(minOf[place])];
  }
  for (const place of waiting) {
    waiting.delete(place);
    for (const edge of edges[place] as readonly Edge[]) {
      const lowered = (value[place] as number) + edge.c;
      if (lowered >= (value[edge.to] as number)) continue;
      // What held before the first of these was lowered has no round that does not pass through it.
      const round = from === undefined || from.includes(edge.to) ? roundTo(system, place, edge.to) : undefined;
      if (round !== undefined) return [edge.of, ...round];
      lowers(edge.to);
      value[edge.to] = lowered;
      parent[edge.to] = edge;
      if (lowered < (min[edge.to] as number)) return [...wayTo(system, edge.to), ...named(minOf[edge.to])];
      waiting.add(edge.to);
    }
  }
  return undefined;
};

/** Where these keys are. */
export const seatsOf = (
  system: System,
  all: readonly { readonly key: string; readonly spans: readonly Span[] }[],
): readonly Phase[] =>
  all.flatMap(({ key, spans }) => {
    const place = system.places.get(key);
    return place === undefined ? [] : [{ place, spans }];
  });

/**
 * The greatest integers that lie in their parts of the week as well, of a system without contradiction. The week comes
 * back: where all that move have moved on and stand to each other and to the week as they did before, they will never fit.
 */
export const withPhases = (system: System, phases: readonly Phase[]): readonly number[] | 'none' | 'spent' => {
  const { value, min, parent, mirrored } = system;
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS_MAX; round++) {
    let moved = false;
    for (const { place, spans } of phases) {
      const now = value[place] as number;
      const at = mirrored ? nextDuring(0 - now, spans) : lastDuring(now, spans);
      const next = at === undefined ? undefined : mirrored ? 0 - at : at;
      if (next === undefined || next < (min[place] as number)) return 'none';
      if (next === now) continue;
      moved = true;
      value[place] = next;
      parent[place] = undefined;
      if (contradictionIn(system, [place]) !== undefined) return 'none';
    }
    if (!moved) return value;
    const now = figure(phases.map(({ place }) => value[place] as number));
    if (seen.has(now)) return 'none';
    seen.add(now);
  }
  return 'spent';
};

/** All places, each before those that it can lower, as far as there are no rounds: then each is looked at once. */
const inOrder = (edges: System['edges']): readonly number[] => {
  const left: number[] = [];
  const isMet = new Uint8Array(edges.length);
  const next = new Int32Array(edges.length);
  for (const start of edges.keys()) {
    if (isMet[start] === 1) continue;
    isMet[start] = 1;
    // A stack of its own: a chain is as long as there are places.
    const open = [start];
    while (open.length > 0) {
      const place = open[open.length - 1] as number;
      const edge = edges[place]?.[next[place] as number];
      if (edge === undefined) {
        left.push(place);
        open.pop();
        continue;
      }
      next[place] = (next[place] as number) + 1;
      if (isMet[edge.to] === 1) continue;
      isMet[edge.to] = 1;
      open.push(edge.to);
    }
  }
  return left.reverse();
};

const named = (of: number | undefined): readonly number[] => (of === undefined || of < 0 ? [] : [of]);

/** The differences by which a place was lowered to where it is. */
const wayTo = ({ parent, maxOf }: System, place: number): readonly number[] => {
  const way: number[] = [];
  let at = place;
  for (let edge = parent[at]; edge !== undefined; edge = parent[at]) {
    way.push(edge.of);
    at = edge.from;
  }
  return [...way, ...named(maxOf[at])];
};

/** The differences from `to` to `from`, if `from` was lowered because `to` was. */
const roundTo = ({ parent }: System, from: number, to: number): readonly number[] | undefined => {
  const way: number[] = [];
  let at = from;
  for (let edge = parent[at]; at !== to; edge = parent[at]) {
    if (edge === undefined) return undefined;
    way.push(edge.of);
    at = edge.from;
  }
  return way;
};

/** How the places stand to each other and to the week. */
const figure = (all: readonly number[]): string => {
  const [first = 0, ...rest] = all;
  return [phaseOf(Math.abs(first)), ...rest.map((value) => value - first)].join();
};
