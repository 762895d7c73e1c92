/** The host's own clock and randomness: the embedded defaults of the two smallest ports. */
import { randomBytes } from 'node:crypto';
import type { Random } from '../ports.ts';

export { systemClock } from '../bare/clock.ts';

/** Bytes that are drawn from the operating system at a time: a salt of 16 costs a system call otherwise. */
const POOL_BYTES = 4096;
const pool = { bytes: new Uint8Array(0), from: 0 };

/** The operating system's generator for secrets. Every byte is handed out once, and nothing else keeps it. */
export const systemRandom: Random = (count) => {
  if (count > POOL_BYTES / 4) return new Uint8Array(randomBytes(count));
  if (pool.from + count > pool.bytes.length) {
    pool.bytes = new Uint8Array(randomBytes(POOL_BYTES));
    pool.from = 0;
  }
  const drawn = pool.bytes.slice(pool.from, pool.from + count);
  pool.bytes.fill(0, pool.from, pool.from + count);
  pool.from += count;
  return drawn;
};
