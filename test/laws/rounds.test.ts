/**
 * How often steps are told until an action is approved: three times at most, and once more in an evaluation that does not act
 * there, or no more. `docs/concepts.md` says why.
 */
import type { Observation } from '@tai-autonomics/core';
import { expect, test } from 'vitest';
import { type Dice, holds } from '../generators/dice.ts';
import { isLongRun } from '../runs.ts';
import { onTheShipped, underADocument } from './grounds.ts';
import { carriedOut, type Ground, isSame, reasonsOf, waited } from './steps.ts';

/** How many refusals there are until the approval, if there is one; every told step is carried out, together with the others. */
const roundsOf = (d: Dice, g: Ground, start: Observation): number | 'impossible' | 'ran out' | 'unmet' => {
  let o = start;
  let most = 3;
  for (let round = 0; round < 8; round++) {
    const reasons = reasonsOf(g.catalog, o);
    if (reasons.some(({ gate }) => gate === 'mode')) most = 4;
    if (reasons.length === 0) {
      expect(round).toBeLessThanOrEqual(most);
      return round;
    }
    if (reasons.some(({ next }) => next.kind === 'none')) return 'impossible';
    // What runs out while one waits is told by the wait, and is told anew afterwards.
    const after = reasonsOf(g.catalog, waited(o, reasons));
    if (after.some((r) => !reasons.some((old) => isSame(old, r)))) return 'ran out';
    const carried = carriedOut(d, g, o, reasons);
    if (!('after' in carried)) return 'unmet';
    o = carried.after;
  }
  return 8;
};

/** Nothing was bought yet, and nobody has looked. */
const unbought = (o: Observation): Observation => {
  const cells = [...o.state.cells].filter(([cell]) => !/^(entitlement|purchase)_/.test(cell));
  return { ...o, evidence: [], state: { ...o.state, cells: new Map(cells) } };
};

test.for([
  { note: 'on the shipped catalog', generate: onTheShipped, runs: 2_000 },
  { note: 'under a policy document', generate: underADocument, runs: 1_000 },
])(
  'at most three rounds of steps lead to an approval, and one more out of a pilot, whatever arrives: $note',
  ({ generate, runs }) => {
    const seen = new Map<unknown, number>();
    holds(runs, (d) => {
      const [g, o] = generate(d);
      const rounds = roundsOf(d, g, d.chance(40) ? unbought(o) : o);
      seen.set(rounds, (seen.get(rounds) ?? 0) + 1);
    });
    // Each number of rounds occurs, if there is time for it: the bound is not too high.
    if (isLongRun) for (const rounds of [1, 2, 3]) expect([...seen.keys()]).toContain(rounds);
  },
);
