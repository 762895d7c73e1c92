/** How fast ledgers are read again in the background. */
import type { Ms } from '../ports.ts';

/** How fast it reads. */
export interface ScrubPace {
  /** How long after a tenant was opened it is read. */
  readonly afterMs: Ms;
  /** Receipts that are read in one turn of the event loop. */
  readonly atOnce: number;
  /** Between two turns. */
  readonly pauseMs: Ms;
  /** After how long a ledger is read again that could not be read to its end. */
  readonly againMs: Ms;
}

/** A minute after the opening; then a few receipts, and a pause. */
export const SCRUB_PACE: ScrubPace = { afterMs: 60_000, atOnce: 8, pauseMs: 10, againMs: 600_000 };
