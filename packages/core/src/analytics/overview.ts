/** The ledger at a glance: what was decided, how it ended, what is open, what happened most. */
import { reducerOf, type StartReducer } from './reducer.ts';
import { addTo, newTally, talliesOf } from './tally.ts';

export const startOverview: StartReducer = reducerOf(
  () => ({
    kinds: newTally(),
    verdicts: newTally(),
    statuses: newTally(),
    events: newTally(),
    days: newTally(400),
    open: 0,
  }),
  (memory, { receipt, isIn }) => {
    if (receipt.kind === 'decision' && receipt.deadline !== undefined) memory.open += 1;
    if (receipt.kind === 'outcome') memory.open -= 1;
    if (!isIn) return;
    addTo(memory.kinds, receipt.kind);
    addTo(memory.events, receipt.event);
    addTo(memory.days, receipt.at.slice(0, 10));
    if (receipt.kind === 'decision') addTo(memory.verdicts, receipt.verdict);
    if (receipt.kind === 'outcome') addTo(memory.statuses, receipt.status);
  },
  ({ kinds, verdicts, statuses, events, days, open }) => ({
    kinds: talliesOf(kinds),
    verdicts: talliesOf(verdicts),
    outcomes: talliesOf(statuses),
    events: talliesOf(events),
    receiptsByDay: talliesOf(days),
    openAtTheEnd: open,
  }),
);
