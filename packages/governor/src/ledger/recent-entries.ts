/**
 * The newest entries of a ledger, kept for as long as an approved action waits to begin: what was recorded since its
 * approval may withdraw it. A ledger in which nothing waits keeps none.
 */

import type { State } from '@tai-autonomics/core';
import type { Entry } from '@tai-autonomics/core/engine';

/** More than these are read from the store again. */
const KEPT_MAX = 1_024;

export interface Recent {
  /** Takes over entries that are durable now, and the state after them. */
  follow(entries: readonly Entry[], state: State): void;
  /** All entries from a place on; `undefined` if some of them are not kept. `size` is the ledger's. */
  since(seq: number, size: number): readonly Entry[] | undefined;
}

/** Keeps none at the start. */
export const createRecent = (): Recent => {
  let kept: Entry[] = [];
  return {
    follow: (entries, state) => {
      if (!waits(state)) {
        if (kept.length > 0) kept = [];
        return;
      }
      kept.push(...entries);
      if (kept.length > 2 * KEPT_MAX) kept = kept.slice(-KEPT_MAX);
    },
    since: (seq, size) => {
      if (seq >= size) return [];
      const first = kept[0]?.seq;
      return first === undefined || first > seq ? undefined : kept.slice(seq - first);
    },
  };
};

/** Whether some approved action was not begun. */
const waits = ({ open }: State): boolean => {
  for (const { begun } of open.values()) if (!begun) return true;
  return false;
};
