/**
 * How long approved actions took, by the instants of their receipts: from the decision to the begin and to the outcome.
 * When an intent arrived is not in a ledger, so how long a decision took is not told here.
 */
import { askedOf, WITHHELD } from './asked.ts';
import type { Reducer } from './reducer.ts';
import { createSpread, type Spread } from './spread.ts';
import { createTable, createTally, type Tally } from './tally.ts';

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

export const startDurations = (): Reducer => {
  const rows = createTable(row);
  const open = new Map<number, Begun>();
  let unpaired = 0;
  return {
    step: ({ receipt, at, disclosed, isIn }) => {
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
        if (isIn) rows.at(decided.action).toBegin.add(at - decided.at);
        return;
      }
      open.delete(receipt.of.seq);
      if (!isIn) return;
      if (decided === undefined) {
        unpaired += 1;
        return;
      }
      const { toOutcome, outcomes } = rows.at(decided.action);
      toOutcome.add(at - decided.at);
      outcomes.add(receipt.status);
    },
    finish: () => ({
      byAction: Object.fromEntries(
        rows
          .entries()
          .map(([name, { toBegin, toOutcome, outcomes }]) => [
            name,
            { toBegin: toBegin.finish(), toOutcome: toOutcome.finish(), outcomes: outcomes.finish() },
          ]),
      ),
      open: open.size,
      unpaired,
    }),
  };
};

const row = (): Row => ({ toBegin: createSpread(), toOutcome: createSpread(), outcomes: createTally() });
