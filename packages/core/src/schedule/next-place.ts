/** When a place is free again where as many actions are open as may be: from the state alone, so anybody finds the same in the ledger. */
import type { Ms } from '../data/instant.ts';
import { type State, valueIn } from '../state.ts';

/** What has to happen before one more action may be open. */
export interface NextPlace {
  readonly open: number;
  readonly limit: number;
  /** So many of the open ones have to end first. */
  readonly ahead: number;
  /** When so many are over, if each takes all of its time; absent where the state does not say. An outcome may be recorded a little later. */
  readonly by?: Ms;
}

/**
 * The next place of a tenant, by what its ledger says: `wip_open` and `wip_limit`, and the deadlines of what is open. Absent where one
 * is free. Nobody has a claim to it: a refusal queues nothing, so it is whose intent comes first.
 */
export const nextPlace = (state: State): NextPlace | undefined => {
  const [open, limit] = [valueIn(state, 'wip_open'), valueIn(state, 'wip_limit')];
  if (typeof open !== 'number' || typeof limit !== 'number' || open < limit) return undefined;
  const ahead = open - limit + 1;
  const by = [...state.open.values()].map(({ deadline }) => deadline).sort((a, b) => a - b)[ahead - 1];
  return { open, limit, ahead, ...(by === undefined ? {} : { by }) };
};
