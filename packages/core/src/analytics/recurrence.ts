/** What is refused again: the same code for the same action on the same resource. Resources are pseudonyms, as in the receipts. */
import { askedOf } from './asked.ts';
import { reducerOf, type StartReducer } from './reducer.ts';

/** Combinations that are remembered; a ledger with more of them says so. */
const SEEN_MAX = 10_000;
/** Of the combinations that came again, the most frequent ones are listed. */
const LISTED_MAX = 20;

interface Combination {
  readonly action: string;
  readonly resource: string;
  readonly code: string;
  readonly first: number;
  times: number;
}

export const startRecurrence: StartReducer = reducerOf(
  () => ({ seen: new Map<string, Combination>(), refusals: 0, again: 0, withheld: 0, forgotten: 0 }),
  (memory, { receipt, disclosed, isIn }) => {
    if (!isIn || receipt.kind !== 'decision' || receipt.verdict === 'approve') return;
    const { seen } = memory;
    memory.refusals += 1;
    const asked = askedOf(disclosed);
    if (asked === undefined) {
      memory.withheld += 1;
      return;
    }
    let isAgain = false;
    for (const code of receipt.codes) {
      const key = JSON.stringify([asked.action, asked.resource, code]);
      const before = seen.get(key);
      if (before !== undefined) {
        before.times += 1;
        isAgain = true;
      } else if (seen.size < SEEN_MAX) {
        seen.set(key, { action: asked.action, resource: asked.resource, code, first: receipt.seq, times: 1 });
      } else memory.forgotten += 1;
    }
    if (isAgain) memory.again += 1;
  },
  ({ seen, refusals, again, withheld, forgotten }) => {
    const repeated = [...seen.values()].filter(({ times }) => times > 1);
    repeated.sort((a, b) => b.times - a.times || a.first - b.first || (a.code < b.code ? -1 : 1));
    return {
      refusals,
      refusedAgain: again,
      combinations: seen.size,
      combinationsRepeated: repeated.length,
      mostRepeated: repeated.slice(0, LISTED_MAX).map((row) => ({ ...row })),
      withheld,
      notRemembered: forgotten,
    };
  },
);
