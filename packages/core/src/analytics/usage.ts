/** What was used: approved decisions by action and by pack, and how many different subjects asked. */
import { askedOf, WITHHELD } from './asked.ts';
import type { FigureContext, Reducer } from './reducer.ts';
import { createTally } from './tally.ts';

/** The pack of what no catalog at hand knows. */
const NOWHERE = '(none)';

export const startUsage = ({ packOf }: FigureContext): Reducer => {
  const [actions, packs, subjects] = [createTally(), createTally(), createTally(10_000)];
  let [asked, approved] = [0, 0];
  return {
    step: ({ receipt, disclosed, isIn }) => {
      if (!isIn || receipt.kind !== 'decision') return;
      asked += 1;
      if (receipt.verdict === 'refuse') return;
      approved += 1;
      const action = askedOf(disclosed)?.action;
      actions.add(action ?? WITHHELD);
      packs.add(action === undefined ? WITHHELD : (packOf(receipt.catalog.digest, action) ?? NOWHERE));
      subjects.add(receipt.subject);
    },
    finish: () => ({
      asked,
      approved,
      byAction: actions.finish(),
      byPack: packs.finish(),
      subjects: subjects.names(),
    }),
  };
};
