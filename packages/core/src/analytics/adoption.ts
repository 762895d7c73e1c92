/** What is bought against what is used: packs of the entitlement, packs of which something was approved, subjects that asked. */
import { owns } from '../receipt/encoding/own.ts';
import { askedOf } from './asked.ts';
import type { FigureContext, Reducer } from './reducer.ts';
import { createTable } from './tally.ts';

/** The cell that holds what the tenant bought. */
const PACKS_CELL = 'entitlement_packs';

export const startAdoption = ({ packOf }: FigureContext): Reducer => {
  let sold: readonly string[] = [];
  const used = createTable(() => ({ approved: 0, subjects: new Set<string>() }), 200);
  const subjects = new Set<string>();
  return {
    step: ({ receipt, disclosed, isIn }) => {
      for (const write of receipt.writes) {
        if (write.cell !== PACKS_CELL) continue;
        if (owns(write, 'replace')) sold = write.replace;
        else if (owns(write, 'add')) sold = [...new Set([...sold, ...write.add])].sort();
        else if (owns(write, 'clear')) sold = [];
      }
      if (!isIn || receipt.kind !== 'decision') return;
      if (subjects.size < 10_000) subjects.add(receipt.subject);
      const action = askedOf(disclosed)?.action;
      const pack = action === undefined ? undefined : packOf(receipt.catalog.digest, action);
      if (pack === undefined || receipt.verdict === 'refuse') return;
      const row = used.at(pack);
      row.approved += 1;
      if (row.subjects.size < 10_000) row.subjects.add(receipt.subject);
    },
    finish: () => {
      const rows = used.entries();
      const names = new Set(rows.map(([name]) => name));
      return {
        sold: [...sold].sort(),
        soldAndUsed: [...sold].filter((pack) => names.has(pack)).sort(),
        soldAndNotUsed: [...sold].filter((pack) => !names.has(pack)).sort(),
        subjects: subjects.size,
        byPack: Object.fromEntries(
          rows.map(([name, row]) => [name, { approved: row.approved, subjects: row.subjects.size }]),
        ),
      };
    },
  };
};
