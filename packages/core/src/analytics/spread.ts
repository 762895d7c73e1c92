/** How long something took, as counts below fixed bounds: exact, integer and the same in any order. */
import type { Json } from '../receipt/index.ts';

/** Durations seen so far. */
export interface Spread {
  count: number;
  total: number;
  least: number;
  most: number;
  readonly within: Map<string, number>;
}

export const newSpread = (): Spread => ({
  count: 0,
  total: 0,
  least: Number.MAX_SAFE_INTEGER,
  most: 0,
  within: new Map(),
});

/** One more of them. */
export const addSpan = (spread: Spread, ms: number): void => {
  spread.count += 1;
  spread.total += ms;
  spread.least = Math.min(spread.least, ms);
  spread.most = Math.max(spread.most, ms);
  const [name] = BOUNDS.find(([, below]) => ms < below) ?? ['longer'];
  spread.within.set(name, (spread.within.get(name) ?? 0) + 1);
};

/** `{ count }` alone where nothing was seen. */
export const spreadOf = ({ count, total, least, most, within }: Spread): Json => {
  if (count === 0) return { count };
  const bounds = BOUNDS.flatMap(([name]) => (within.has(name) ? [[name, within.get(name) ?? 0] as const] : []));
  return {
    count,
    leastMs: least,
    mostMs: most,
    meanMs: Math.floor(total / count),
    within: Object.fromEntries(bounds),
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
