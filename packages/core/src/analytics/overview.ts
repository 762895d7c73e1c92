/** The ledger at a glance: what was decided, how it ended, what is open, what happened most. */
import type { Reducer } from './reducer.ts';
import { createTally } from './tally.ts';

export const startOverview = (): Reducer => {
  const [kinds, verdicts, statuses, events] = [createTally(), createTally(), createTally(), createTally()];
  const days = createTally(400);
  let open = 0;
  return {
    step: ({ receipt, isIn }) => {
      if (receipt.kind === 'decision' && receipt.deadline !== undefined) open += 1;
      if (receipt.kind === 'outcome') open -= 1;
      if (!isIn) return;
      kinds.add(receipt.kind);
      events.add(receipt.event);
      days.add(receipt.at.slice(0, 10));
      if (receipt.kind === 'decision') verdicts.add(receipt.verdict);
      if (receipt.kind === 'outcome') statuses.add(receipt.status);
    },
    finish: () => ({
      kinds: kinds.finish(),
      verdicts: verdicts.finish(),
      outcomes: statuses.finish(),
      events: events.finish(),
      receiptsByDay: days.finish(),
      openAtTheEnd: open,
    }),
  };
};
