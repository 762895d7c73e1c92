/** Keeps what is expensive to make again while somebody uses it, and a while longer; never more than a fixed number. */

/** What can be kept: it has to be told when it is let go. */
export interface Kept {
  close(): Promise<void>;
}

export interface IdlePoolOptions {
  /** Unused for longer than this, in milliseconds, it is let go at the next look. */
  readonly idleMs: number;
  /** The most that are kept. */
  readonly max: number;
  readonly clock: () => number;
  readonly onerror: (error: unknown) => void;
}

export interface IdlePool<A extends Kept> {
  /** Finds and marks as used now. */
  find(key: string): A | undefined;
  /** Adds; false if every place is taken by something in use. */
  add(key: string, kept: A): boolean;
  /** Says that it is in use until the answer is called. A key that is not there needs no holding. */
  hold(key: string): () => void;
  /** Forgets and closes. */
  remove(key: string): void;
  readonly size: number;
  close(): Promise<void>;
}

interface Held<A> {
  readonly kept: A;
  users: number;
  usedAt: number;
}

/** An empty pool. It has no timer of its own: it looks for what is idle whenever it is asked for something. */
export const createIdlePool = <A extends Kept>({ idleMs, max, clock, onerror }: IdlePoolOptions): IdlePool<A> => {
  // The order of a Map is the order of insertion, and use inserts anew: the first is the longest unused.
  const places = new Map<string, Held<A>>();
  const remove = (key: string): void => {
    const place = places.get(key);
    places.delete(key);
    place?.kept.close().catch(onerror);
  };
  const touch = (key: string, place: Held<A>): void => {
    place.usedAt = clock();
    places.delete(key);
    places.set(key, place);
  };
  const sweep = (): void => {
    const before = clock() - idleMs;
    for (const [key, { users, usedAt }] of places) {
      if (users === 0 && usedAt < before) remove(key);
    }
  };
  return {
    find: (key) => {
      sweep();
      const place = places.get(key);
      if (place === undefined) return undefined;
      touch(key, place);
      return place.kept;
    },
    add: (key, kept) => {
      sweep();
      if (places.size >= max) {
        const idle = [...places].find(([, { users }]) => users === 0);
        if (idle === undefined) return false;
        remove(idle[0]);
      }
      places.set(key, { kept, users: 0, usedAt: clock() });
      return true;
    },
    hold: (key) => {
      const place = places.get(key);
      if (place === undefined) return () => {};
      place.users += 1;
      let isHeld = true;
      return () => {
        if (isHeld) {
          isHeld = false;
          place.users -= 1;
          place.usedAt = clock();
        }
      };
    },
    remove,
    get size() {
      return places.size;
    },
    close: async () => {
      const all = [...places.values()];
      places.clear();
      await Promise.all(all.map(({ kept }) => kept.close().catch(onerror)));
    },
  };
};
