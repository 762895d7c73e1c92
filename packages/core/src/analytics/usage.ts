/** What was used: approved decisions by action and by pack, and how many different subjects asked. */
import { askedOf, WITHHELD } from './asked.ts';
import { reducerOf, type StartReducer } from './reducer.ts';
import { addTo, newTally, talliesOf } from './tally.ts';

/** The pack of what no catalog at hand knows. */
const NOWHERE = '(none)';

export const startUsage: StartReducer = reducerOf(
  () => ({ actions: newTally(), packs: newTally(), subjects: newTally(10_000), asked: 0, approved: 0 }),
  (memory, { receipt, disclosed, isIn }, { packOf }) => {
    if (!isIn || receipt.kind !== 'decision') return;
    memory.asked += 1;
    if (receipt.verdict === 'refuse') return;
    memory.approved += 1;
    const action = askedOf(disclosed)?.action;
    addTo(memory.actions, action ?? WITHHELD);
    addTo(memory.packs, action === undefined ? WITHHELD : (packOf(receipt.catalog.digest, action) ?? NOWHERE));
    addTo(memory.subjects, receipt.subject);
  },
  ({ actions, packs, subjects, asked, approved }) => ({
    asked,
    approved,
    byAction: talliesOf(actions),
    byPack: talliesOf(packs),
    subjects: subjects.counts.size,
  }),
);
