/**
 * Each decision of a ledger has an id of its own: a keyed hash of the intent that it answers, and an intent is answered
 * once. What has the id of an earlier decision is one intent answered twice.
 */
import type { Receipt } from '../receipt.ts';

/** What was found of an id: `not_known` where more decisions were met than are remembered. */
export type IdCheck = 'new' | 'not_known' | 'taken';

/** Follows the ids of a ledger's decisions. */
export interface DecisionIds {
  check(receipt: Receipt): IdCheck;
}

/** Decisions that are remembered; of more nothing is said. */
const IDS_MAX = 2_000_000;

/** Starts at the beginning of a ledger. */
export const createDecisionIds = (): DecisionIds => {
  const ids = new Set<string>();
  return {
    check: ({ kind, id }) => {
      if (kind !== 'decision') return 'new';
      if (ids.has(id)) return 'taken';
      if (ids.size >= IDS_MAX) return 'not_known';
      ids.add(id);
      return 'new';
    },
  };
};
