/** Counts by name, in bounded memory: what does not fit is counted together, and said. */
import type { Json } from '../receipt/index.ts';

/** Names that a table holds at most. */
const NAMES_MAX = 1_000;
/** What stands for the names that did not fit. */
const OTHERS = '(others)';

/** A table of counts. */
export interface Tally {
  readonly add: (name: string, count?: number) => void;
  readonly names: () => number;
  /** Names in order, with their counts. */
  readonly finish: () => Json;
}

export const createTally = (max: number = NAMES_MAX): Tally => {
  const counts = new Map<string, number>();
  return {
    add: (name, count = 1) => {
      const key = counts.has(name) || counts.size < max ? name : OTHERS;
      counts.set(key, (counts.get(key) ?? 0) + count);
    },
    names: () => counts.size,
    finish: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
};

/** One thing by name, made on first sight; beyond the bound the one for all others. */
export const createTable = <A>(make: () => A, max: number = NAMES_MAX) => {
  const rows = new Map<string, A>();
  return {
    at: (name: string): A => {
      const key = rows.has(name) || rows.size < max ? name : OTHERS;
      const known = rows.get(key);
      if (known !== undefined) return known;
      const made = make();
      rows.set(key, made);
      return made;
    },
    entries: (): readonly (readonly [string, A])[] => [...rows].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
};
