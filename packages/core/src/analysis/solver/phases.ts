/**
 * Differences together with the week: x − y ≤ c over integers of which some lie in parts of their weeks.
 *
 * Both kinds of constraint hold for the greater (and for the lesser) of two solutions, place by place, if they hold for
 * both. So the least solution is found by raising what is too low until nothing is, and the greatest by lowering what is
 * too high. The week comes back: where all that move have moved on and stand to each other and to the week as they did
 * before, they will never fit.
 */
import { lastDuring, nextDuring, phaseOf, type Span } from '../../data/windows.ts';

/** `d[i][j]`: the tightest known c of j − i ≤ c; place 0 is the number 0. Closed under addition. */
export type Bounds = number[][];
/** The integer at a place lies, as an instant, in one of these parts of its week. */
export interface Phase {
  readonly place: number;
  readonly spans: readonly Span[];
}

/** Which end of the solutions: the least, or the greatest. */
type End = 'least' | 'greatest';

/** Most rounds before a system is given up. Each moves at least one integer by a part of a week. */
const ROUNDS_MAX = 5_000;

/**
 * The least (or greatest) integers at the places of the phases that satisfy them and the closed bounds. Every other
 * place then has a value too: in a closed system any solution of some places can be extended to all.
 */
export const extreme = (
  d: Bounds,
  phases: readonly Phase[],
  end: End,
): ReadonlyMap<number, number> | 'none' | 'spent' => {
  const at = new Map<number, number>();
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS_MAX; round++) {
    let moved = false;
    for (const { place, spans } of phases) {
      const least = pushed(d, at, place, end);
      const value = end === 'least' ? nextDuring(least, spans) : lastDuring(least, spans);
      if (value === undefined || isBeyond(d, place, value, end)) return 'none';
      if (at.get(place) !== value) moved = true;
      at.set(place, value);
    }
    if (!moved) return at;
    const now = figure(at);
    if (seen.has(now)) return 'none';
    seen.add(now);
  }
  return 'spent';
};

/** What a place must be at least (or at most), given the others; never on this side of what it is. */
const pushed = (d: Bounds, at: ReadonlyMap<number, number>, place: number, end: End): number => {
  let value = end === 'least' ? -boundAt(d, place, 0) : boundAt(d, 0, place);
  for (const [other, now] of at)
    value =
      end === 'least'
        ? Math.max(value, now - boundAt(d, place, other))
        : Math.min(value, now + boundAt(d, other, place));
  return value;
};

const boundAt = (d: Bounds, row: number, column: number): number => (d[row] as number[])[column] as number;

const isBeyond = (d: Bounds, place: number, value: number, end: End): boolean =>
  end === 'least' ? value > boundAt(d, 0, place) : value < -boundAt(d, place, 0);

/** How the places stand to each other and to the week. */
const figure = (at: ReadonlyMap<number, number>): string => {
  const [first = 0, ...rest] = [...at.values()];
  return [phaseOf(first), ...rest.map((value) => value - first)].join();
};
