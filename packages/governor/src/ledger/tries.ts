/** How often something is tried on its way to its receipts. */

/** The one budget of an intent, from when it is taken to when its receipt is durable. */
export interface Tries {
  /** Takes one; false where none is left. */
  spend(): boolean;
  readonly isSpent: () => boolean;
}

/**
 * With as many writers as processes, each a little later than it could be, this many losses in a row say that a ledger is written
 * faster than it can be read here.
 */
const TRIES = 24;

/**
 * All that an intent is tried anew for (evidence for a state that moved, a catalog that had to be read, another writer who was
 * faster, a store that does not say what it wrote) comes out of this: it ends because each try takes one, and nothing gives one back.
 */
export const createTries = (most: number = TRIES): Tries => {
  let left = most;
  return {
    spend: () => {
      if (left === 0) return false;
      left -= 1;
      return true;
    },
    isSpent: () => left === 0,
  };
};
