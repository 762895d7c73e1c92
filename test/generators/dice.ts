/**
 * Chance for property tests. Every draw goes through fast-check, so a failure shrinks and can be replayed by its seed.
 *
 * TEST_RUNS=20 npx vitest run test/laws     more runs (see test/runs.ts)
 * LAW_SEED=7 npx vitest run test/laws       another seed
 */
import process from 'node:process';
import fc from 'fast-check';
import { runs } from '../runs.ts';

/** Draws from fast-check's generator: the simplest choice comes first, for that is where a failure shrinks to. */
export interface Dice {
  /** An integer from 0 to n - 1. */
  below(n: number): number;
  /** True in so many of a hundred. */
  chance(percent: number): boolean;
  pick<A>(list: readonly A[]): A;
  /** Each member with even odds, in the order of the list. */
  some<A>(list: readonly A[]): readonly A[];
  /** `n` things, made one after the other. */
  times<A>(n: number, make: (i: number) => A): readonly A[];
}

/** Dice over fast-check's generator. */
export const diceOf = (g: fc.GeneratorValue): Dice => {
  const below = (n: number): number => g(fc.nat, { max: Math.max(0, n - 1) });
  const dice: Dice = {
    below,
    chance: (percent) => below(100) >= 100 - percent,
    pick: (list) => list[below(list.length)] as (typeof list)[number],
    some: (list) => list.filter(() => below(2) === 1),
    times: (n, make) => Array.from({ length: n }, (_, i) => make(i)),
  };
  return dice;
};

/** Holds a law to `n` throws of the dice, in the long run. The seed is fixed, so that a run can be repeated; see above for others. */
export const holds = (n: number, law: (dice: Dice) => void): void => {
  fc.assert(
    fc.property(fc.gen(), (g) => law(diceOf(g))),
    { numRuns: runs(n), endOnFailure: process.env['LAW_SHRINK'] === undefined },
  );
};

/** Holds a law over an arbitrary of fast-check's own. */
export const holdsFor = <A>(n: number, arbitrary: fc.Arbitrary<A>, law: (value: A) => void): void => {
  fc.assert(fc.property(arbitrary, law), {
    numRuns: runs(n),
    endOnFailure: process.env['LAW_SHRINK'] === undefined,
  });
};
