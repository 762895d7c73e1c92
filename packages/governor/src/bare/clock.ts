/** The host's own clock: the embedded default of the port. */

import { createClockDoubt } from '../node/clock-doubt.ts';
import type { Clock } from '../ports.ts';

/**
 * The system's clock, in whole milliseconds. It may go backwards; the governor sees to that. While it has just jumped ahead it is
 * in doubt: nothing is decided by it for a minute.
 */
export const systemClock: Clock = Object.assign((): number => Date.now(), {
  doubt: createClockDoubt({ wall: () => Date.now(), monotonic: () => performance.now() }),
});
