/**
 * How often the random tests run. A test states its runs in full; `npm run test:long` does three tenths of them, and `npm test` a
 * twentieth. TEST_RUNS is the share, and is read here alone:
 *
 * TEST_RUNS=1 npx vitest run test/laws       as many runs as the tests state
 * TEST_RUNS=20 npx vitest run test/laws      twenty times as many
 * LAW_SEED=7 npx vitest run test/laws        others
 */
import process from 'node:process';
import fc from 'fast-check';

/** Where every random test begins, so that a run can be repeated, and what is by chance in it is there each time. */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['LAW_SEED'] ?? 20_261_121) });

const share = Number(process.env['TEST_RUNS'] ?? 0.05);

/** Of so many runs, those of this one: `least` at least, where there are as many in full. */
export const runs = (full: number, least = 3): number => Math.max(Math.min(full, least), Math.ceil(full * share));

/**
 * What a test wants to have seen more often than so many times in all of its runs: how often in these, where luck weighs more.
 * What is rare even there is not asked for.
 */
export const sightings = (full: number): number => {
  if (share >= 1) return full;
  const half = Math.floor((full * share) / 2);
  return half > 0 ? half : -1;
};

/** Whether this is the long run, or more: then everything runs that takes long, however often. */
export const isLongRun: boolean = share >= 0.25;

/** Whether `npm run test:stores` asks: then every store holds a million rows once, which takes minutes. */
export const asksOfStores: boolean = process.env['TAI_STORES'] === 'all';

/** Whether every store is asked that this machine offers. */
export const everyStore: boolean = isLongRun || asksOfStores;

/** Whether the `i`th of many cases has its turn: each in full; in the short run each twentieth, or rarer. */
export const hasItsTurn = (i: number, rarer = 1): boolean => share >= 1 || i % (Math.round(1 / share) * rarer) === 0;

/** Whether `i` is among each `n`th of the few cases that a table has; in the long run all are. */
export const isAmong = (i: number, n: number): boolean => isLongRun || i % n === 0;

/** Leaves a test to the long run: what takes long, and is shown in parts by what runs each time. */
export const inTheLongRun = ({ skip }: { readonly skip: (condition: boolean, note: string) => void }): void =>
  skip(!isLongRun, 'one of `npm run test:long`');
