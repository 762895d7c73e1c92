/** The host's own clock and randomness: the embedded defaults of the two smallest ports. */
import { randomBytes } from 'node:crypto';
import type { Clock, Random } from './ports.ts';

/** The system's clock, in whole milliseconds. It may go backwards; the governor sees to that. */
export const systemClock: Clock = () => Date.now();

/** The operating system's generator for secrets. */
export const systemRandom: Random = (count) => new Uint8Array(randomBytes(count));
