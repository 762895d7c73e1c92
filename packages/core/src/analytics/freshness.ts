/** How old evidence was when it was decided on, by fact and source; and how old the newest check of the insurance was. */

import { parseInstant } from '../data/instant.ts';
import { owns } from '../receipt/encoding/own.ts';
import { isPlainObject, type Json } from '../receipt/index.ts';
import type { Reducer } from './reducer.ts';
import { createSpread } from './spread.ts';
import { createTable } from './tally.ts';

const CHECKED_CELL = 'insurance_verified_at';

export const startFreshness = (): Reducer => {
  const evidence = createTable(createSpread);
  const insurance = createSpread();
  let checkedAt: number | undefined;
  let uninsured = 0;
  return {
    step: ({ receipt, at, disclosed, isIn }) => {
      if (isIn && receipt.kind === 'decision') {
        if (checkedAt === undefined) uninsured += 1;
        else insurance.add(Math.max(0, at - checkedAt));
        for (const [name, value] of disclosed) {
          if (!name.startsWith('evidence/')) continue;
          for (const seen of observedAts(value))
            evidence.at(name.slice('evidence/'.length)).add(Math.max(0, at - seen));
        }
      }
      for (const write of receipt.writes)
        if (write.cell === CHECKED_CELL) checkedAt = owns(write, 'at') ? parseInstant(write.at) : undefined;
    },
    finish: () => ({
      evidenceAge: Object.fromEntries(evidence.entries().map(([name, spread]) => [name, spread.finish()])),
      insuranceAge: insurance.finish(),
      decisionsBeforeAnyCheck: uninsured,
    }),
  };
};

const observedAts = (value: Json): readonly number[] =>
  (Array.isArray(value) ? (value as readonly Json[]) : []).flatMap((entry) => {
    const text = isPlainObject(entry) ? entry['observedAt'] : undefined;
    const at = typeof text === 'string' ? parseInstant(text) : undefined;
    return at === undefined ? [] : [at];
  });
