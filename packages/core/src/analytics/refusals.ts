/** What was refused, why, and how often of how many. A refusal with three codes counts once for each. */
import { askedOf, WITHHELD } from './asked.ts';
import { reducerOf, type StartReducer } from './reducer.ts';
import { addTo, newTable, newTally, rowAt, rowsOf, type Tally, talliesOf } from './tally.ts';

interface Row {
  decisions: number;
  refused: number;
  readonly codes: Tally;
}

export const startRefusals: StartReducer = reducerOf(
  () => ({ all: row(), actions: newTable<Row>() }),
  ({ all, actions }, { receipt, disclosed, isIn }) => {
    if (!isIn || receipt.kind !== 'decision') return;
    count(all, receipt.codes);
    count(rowAt(actions, askedOf(disclosed)?.action ?? WITHHELD, row), receipt.codes);
  },
  ({ all, actions }) => ({
    ...finish(all),
    byAction: Object.fromEntries(rowsOf(actions).map(([name, r]) => [name, finish(r)])),
  }),
);

const row = (): Row => ({ decisions: 0, refused: 0, codes: newTally(100) });

const count = (r: Row, codes: readonly string[]): void => {
  r.decisions += 1;
  if (codes.length > 0) r.refused += 1;
  for (const code of codes) addTo(r.codes, code);
};
const finish = ({ decisions, refused, codes }: Row) => ({ decisions, refused, codes: talliesOf(codes) });
