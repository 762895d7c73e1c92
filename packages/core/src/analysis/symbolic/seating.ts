/** How many records a list needs, so that each condition that is said of it can have one that bears it out. */
import { MAX_SET } from '../../data/value.ts';
import type { Rows } from './unknown.ts';

/** The places for the records of a list. */
export interface Seats {
  readonly count: number;
  /** Whether there is one for each condition that is said of the list. */
  readonly isRoomy: boolean;
  /** That of this condition. */
  readonly own?: number;
}

/** What is said of a list, each with its place, and how many records it may have. */
interface Said {
  readonly places: Map<unknown, number>;
  most: number;
}

/** What is heard of lists of records before a space is sealed. */
export interface Seating {
  /** How many records a list needs: one for each condition that is said of it. Heard, and more of them after each hearing. */
  witnesses(rows: Rows, condition?: unknown, most?: number): Seats;
  /** Two lists that may be one and the same need a record for each condition that is said of either. */
  joinRows(a: Rows, b: Rows): void;
  /** Whether lists of records were met: what is said of one record may be said of the next ones too. */
  readonly hasRows: boolean;
}

/** Nothing is said of any list yet. */
export const createSeating = (isSealed: () => boolean): Seating => {
  const all = new Map<string, Said>();
  const saidOf = (rows: Rows): Said => {
    const said = all.get(rows.key) ?? { places: new Map(), most: rows.type.max ?? MAX_SET };
    if (!isSealed()) all.set(rows.key, said);
    return said;
  };
  return {
    joinRows: (a, b) => {
      const [one, other] = [saidOf(a), saidOf(b)];
      if (isSealed() || one === other) return;
      for (const condition of other.places.keys()) addTo(one, condition);
      one.most = Math.min(one.most, other.most);
      for (const [key, said] of all) if (said === other) all.set(key, one);
    },
    witnesses: (rows, condition, most = MAX_SET) => {
      const said = saidOf(rows);
      if (!isSealed()) {
        if (condition !== undefined) addTo(said, condition);
        said.most = Math.min(said.most, most);
      }
      const { size } = said.places;
      const own = said.places.get(condition);
      return {
        count: Math.min(size, rows.type.max ?? MAX_SET),
        isRoomy: size <= said.most,
        ...(own === undefined ? {} : { own }),
      };
    },
    get hasRows() {
      return all.size > 0;
    },
  };
};

const addTo = ({ places }: Said, condition: unknown): void => {
  if (!places.has(condition)) places.set(condition, places.size);
};
