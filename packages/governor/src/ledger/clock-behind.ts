/**
 * A ledger that is ahead of the clock. Its instants never go back, so it waits until the clock has caught up; or it goes on at its
 * last instant, once the operator has said so in a receipt of it (`accept_clock`).
 */
import type { State } from '@tai-autonomics/core';
import type { LedgerHead } from '@tai-autonomics/core/receipt';
import type { Ms } from '../ports.ts';

/** The action that lets such a ledger go on. */
export const ACCEPT_CLOCK = 'accept_clock';

/** A clock that is further behind a ledger than this is wrong, or was. */
export const SKEW_MS = 5_000;

/** How far a ledger is ahead of the clock. */
export interface Ahead {
  /** Its last instant. */
  readonly until: Ms;
  readonly byMs: Ms;
  /** The operator accepted it: the ledger goes on at that instant. */
  readonly isAccepted: boolean;
}

/** Whether a ledger is ahead of the clock by more than a clock is ever behind. */
export const aheadOf = (
  { head, state }: { readonly head: Pick<LedgerHead, 'lastAt'>; readonly state: State },
  now: Ms,
): Ahead | undefined => {
  const { lastAt } = head;
  if (lastAt - now <= SKEW_MS) return undefined;
  const accepted = state.cells.get('clock_accepted_until')?.get('');
  return { until: lastAt, byMs: lastAt - now, isAccepted: typeof accepted === 'number' && accepted >= lastAt };
};
