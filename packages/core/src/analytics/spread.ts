/** How long something took, as counts below fixed bounds: exact, integer and the same in any order. */
import type { Json } from '../receipt/index.ts';

/** Durations seen so far. */
export interface Spread {
  readonly add: (ms: number) => void;
  /** `{ count }` alone where nothing was seen. */
  readonly finish: () => Json;
}

export const createSpread = (): Spread => {
  const within = new Map<string, number>();
  let [count, total, least, most] = [0, 0, Number.POSITIVE_INFINITY, 0];
  return {
    add: (ms) => {
      count += 1;
      total += ms;
      least = Math.min(least, ms);
      most = Math.max(most, ms);
      const [name] = BOUNDS.find(([, below]) => ms < below) ?? ['longer'];
      within.set(name, (within.get(name) ?? 0) + 1);
    },
    finish: () => {
      if (count === 0) return { count };
      const bounds = BOUNDS.flatMap(([name]) => (within.has(name) ? [[name, within.get(name) ?? 0] as const] : []));
      return {
        count,
        leastMs: least,
        mostMs: most,
        meanMs: Math.floor(total / count),
        within: Object.fromEntries(bounds),
      };
    },
  };
};

/** Upper bounds in milliseconds; what takes exactly so long is below the next one. */
const BOUNDS: readonly (readonly [name: string, below: number])[] = [
  ['below_1s', 1_000],
  ['below_10s', 10_000],
  ['below_1min', 60_000],
  ['below_10min', 600_000],
  ['below_1h', 3_600_000],
  ['below_1d', 86_400_000],
  ['longer', Number.POSITIVE_INFINITY],
];
