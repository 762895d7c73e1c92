/**
 * How often the random tests run. A test states the numbers of the long run; `npm test` does a twentieth of it, and
 * `npm run test:long` all of it. TEST_RUNS is the share, and is read here alone:
 *
 * TEST_RUNS=1 npx vitest run test/laws       as many runs as the tests state
 * TEST_RUNS=20 npx vitest run test/laws      twenty times as many
 */
import process from 'node:process';

const share = Number(process.env['TEST_RUNS'] ?? 0.05);

/** Of so many runs in the long run, those of this one: `least` at least, where the long run has as many. */
export const runs = (long: number, least = 5): number => Math.max(Math.min(long, least), Math.ceil(long * share));

/**
 * What a test wants to have seen more often than so many times in the long run: how often in this one, where luck weighs more.
 * What is rare even there is not asked for.
 */
export const sightings = (long: number): number => {
  if (share >= 1) return long;
  const half = Math.floor((long * share) / 2);
  return half > 0 ? half : -1;
};

/** Whether the `i`th of many cases has its turn: each in the long run; in the short one each twentieth, or rarer. */
export const hasItsTurn = (i: number, rarer = 1): boolean => share >= 1 || i % (Math.round(1 / share) * rarer) === 0;

/** Whether `i` is among each `n`th of the few cases that a table has; in the long run all are. */
export const isAmong = (i: number, n: number): boolean => share >= 1 || i % n === 0;

/** Whether this is the long run. */
export const isLongRun: boolean = share >= 1;

/** Leaves a test to the long run: what takes long, and is shown in parts by what runs each time. */
export const inTheLongRun = ({ skip }: { readonly skip: (condition: boolean, note: string) => void }): void =>
  skip(share < 1, 'one of `npm run test:long`');
