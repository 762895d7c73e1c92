/**
 * How long approved actions took, by the instants of their receipts: from the decision to the begin and to the outcome.
 * When an intent arrived is not in a ledger, so how long a decision took is not told here.
 */
import { askedOf, WITHHELD } from './asked.ts';
import { reducerOf, type StartReducer } from './reducer.ts';
import { addSpan, newSpread, type Spread, spreadOf } from './spread.ts';
import { addTo, newTable, newTally, rowAt, rowsOf, type Tally, talliesOf } from './tally.ts';

interface Row {
  readonly toBegin: Spread;
  readonly toOutcome: Spread;
  readonly outcomes: Tally;
}

interface Begun {
  readonly at: number;
  readonly action: string;
  begun: boolean;
}

/** Approved actions that can be open at once and are still paired with their outcome. */
const OPEN_MAX = 10_000;

export const startDurations: StartReducer = reducerOf(
  () => ({ rows: newTable<Row>(), open: new Map<number, Begun>(), unpaired: 0 }),
  (memory, { receipt, at, disclosed, isIn }) => {
    const { rows, open } = memory;
    if (receipt.kind === 'decision') {
      if (receipt.deadline === undefined) return;
      if (open.size < OPEN_MAX)
        open.set(receipt.seq, { at, action: askedOf(disclosed)?.action ?? WITHHELD, begun: false });
      return;
    }
    const decided = open.get(receipt.of.seq);
    if (receipt.kind === 'consequence') {
      if (decided === undefined || decided.begun) return;
      decided.begun = true;
      if (isIn) addSpan(rowAt(rows, decided.action, row).toBegin, at - decided.at);
      return;
    }
    open.delete(receipt.of.seq);
    if (!isIn) return;
    if (decided === undefined) {
      memory.unpaired += 1;
      return;
    }
    const { toOutcome, outcomes } = rowAt(rows, decided.action, row);
    addSpan(toOutcome, at - decided.at);
    addTo(outcomes, receipt.status);
  },
  ({ rows, open, unpaired }) => ({
    byAction: Object.fromEntries(
      rowsOf(rows).map(([name, { toBegin, toOutcome, outcomes }]) => [
        name,
        { toBegin: spreadOf(toBegin), toOutcome: spreadOf(toOutcome), outcomes: talliesOf(outcomes) },
      ]),
    ),
    open: open.size,
    unpaired,
  }),
);

const row = (): Row => ({ toBegin: newSpread(), toOutcome: newSpread(), outcomes: newTally() });
