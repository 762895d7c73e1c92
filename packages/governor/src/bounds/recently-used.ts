/** What is remembered by name, as long as it is used: the one used longest ago makes room for another. */

/** A table of at most so many. */
export interface RecentlyUsed<A> {
  /** What is remembered of a name, which is used by this. */
  get(name: string): A | undefined;
  /** Remembers, and forgets what is beyond. */
  set(name: string, value: A): void;
}

/** An empty table of at most `most` values; of none, it remembers nothing. */
export const createRecentlyUsed = <A>(most: number): RecentlyUsed<A> => {
  // The order of a Map is the order of insertion, and use inserts anew: the first is the longest unused.
  const known = new Map<string, { readonly value: A }>();
  return {
    get: (name) => {
      const found = known.get(name);
      if (found === undefined) return undefined;
      known.delete(name);
      known.set(name, found);
      return found.value;
    },
    set: (name, value) => {
      known.delete(name);
      known.set(name, { value });
      for (const oldest of known.keys()) {
        if (known.size <= most) break;
        known.delete(oldest);
      }
    },
  };
};
