/** Counts by name, in bounded memory: what does not fit is counted together, and said. */
import type { Json } from '../receipt/index.ts';

/** Names that a table holds at most. */
const NAMES_MAX = 1_000;
/** What stands for the names that did not fit. */
const OTHERS = '(others)';

/** Counts by name. */
export interface Tally {
  readonly max: number;
  readonly counts: Map<string, number>;
}

export const newTally = (max: number = NAMES_MAX): Tally => ({ max, counts: new Map() });

/** Counts one more of a name. */
export const addTo = ({ max, counts }: Tally, name: string): void => {
  const key = counts.has(name) || counts.size < max ? name : OTHERS;
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

/** Names in order, with their counts. */
export const talliesOf = ({ counts }: Tally): Json =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));

/** One thing by name. */
export interface Table<A> {
  readonly max: number;
  readonly rows: Map<string, A>;
}

export const newTable = <A>(max: number = NAMES_MAX): Table<A> => ({ max, rows: new Map() });

/** The row of a name, made on first sight; beyond the bound the one for all others. */
export const rowAt = <A>({ max, rows }: Table<A>, name: string, make: () => A): A => {
  const key = rows.has(name) || rows.size < max ? name : OTHERS;
  const known = rows.get(key);
  if (known !== undefined) return known;
  const made = make();
  rows.set(key, made);
  return made;
};

/** The rows by name, in order. */
export const rowsOf = <A>({ rows }: Table<A>): readonly (readonly [string, A])[] =>
  [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
