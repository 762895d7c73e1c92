/** How old evidence was when it was decided on, by fact and source; and how old the newest check of the insurance was. */

import { parseInstant } from '../data/instant.ts';
import { owns } from '../receipt/encoding/own.ts';
import { isPlainObject, type Json } from '../receipt/index.ts';
import { reducerOf, type StartReducer } from './reducer.ts';
import { addSpan, newSpread, type Spread, spreadOf } from './spread.ts';
import { newTable, rowAt, rowsOf, type Table } from './tally.ts';

const CHECKED_CELL = 'insurance_verified_at';

interface Memory {
  readonly evidence: Table<Spread>;
  readonly insurance: Spread;
  checkedAt: number | undefined;
  uninsured: number;
}

export const startFreshness: StartReducer = reducerOf(
  (): Memory => ({ evidence: newTable(), insurance: newSpread(), checkedAt: undefined, uninsured: 0 }),
  (memory, { receipt, at, disclosed, isIn }) => {
    if (isIn && receipt.kind === 'decision') {
      if (memory.checkedAt === undefined) memory.uninsured += 1;
      else addSpan(memory.insurance, Math.max(0, at - memory.checkedAt));
      for (const [name, value] of disclosed) {
        if (!name.startsWith('evidence/')) continue;
        for (const seen of observedAts(value))
          addSpan(rowAt(memory.evidence, name.slice('evidence/'.length), newSpread), Math.max(0, at - seen));
      }
    }
    for (const write of receipt.writes)
      if (write.cell === CHECKED_CELL) memory.checkedAt = owns(write, 'at') ? parseInstant(write.at) : undefined;
  },
  ({ evidence, insurance, uninsured }) => ({
    evidenceAge: Object.fromEntries(rowsOf(evidence).map(([name, spread]) => [name, spreadOf(spread)])),
    insuranceAge: spreadOf(insurance),
    decisionsBeforeAnyCheck: uninsured,
  }),
);

const observedAts = (value: Json): readonly number[] =>
  (Array.isArray(value) ? (value as readonly Json[]) : []).flatMap((entry) => {
    const text = isPlainObject(entry) ? entry['observedAt'] : undefined;
    const at = typeof text === 'string' ? parseInstant(text) : undefined;
    return at === undefined ? [] : [at];
  });
