/** What was refused, why, and how often of how many. A refusal with three codes counts once for each. */
import { askedOf, WITHHELD } from './asked.ts';
import type { Reducer } from './reducer.ts';
import { createTable, createTally, type Tally } from './tally.ts';

interface Row {
  decisions: number;
  refused: number;
  readonly codes: Tally;
}

export const startRefusals = (): Reducer => {
  const all = row();
  const actions = createTable(row);
  return {
    step: ({ receipt, disclosed, isIn }) => {
      if (!isIn || receipt.kind !== 'decision') return;
      count(all, receipt.codes);
      count(actions.at(askedOf(disclosed)?.action ?? WITHHELD), receipt.codes);
    },
    finish: () => ({
      ...finish(all),
      byAction: Object.fromEntries(actions.entries().map(([name, r]) => [name, finish(r)])),
    }),
  };
};

const row = (): Row => ({ decisions: 0, refused: 0, codes: createTally(100) });

const count = (r: Row, codes: readonly string[]): void => {
  r.decisions += 1;
  if (codes.length > 0) r.refused += 1;
  for (const code of codes) r.codes.add(code);
};
const finish = ({ decisions, refused, codes }: Row) => ({ decisions, refused, codes: codes.finish() });
