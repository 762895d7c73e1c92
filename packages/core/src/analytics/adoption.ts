/** What is bought against what is used: packs of the entitlement, packs of which something was approved, subjects that asked. */
import { owns } from '../receipt/encoding/own.ts';
import { askedOf } from './asked.ts';
import { reducerOf, type StartReducer } from './reducer.ts';
import { newTable, rowAt, rowsOf, type Table } from './tally.ts';

/** The cell that holds what the tenant bought. */
const PACKS_CELL = 'entitlement_packs';

interface Used {
  approved: number;
  readonly subjects: Set<string>;
}

interface Memory {
  sold: readonly string[];
  readonly used: Table<Used>;
  readonly subjects: Set<string>;
}

export const startAdoption: StartReducer = reducerOf(
  (): Memory => ({ sold: [], used: newTable(200), subjects: new Set() }),
  (memory, { receipt, disclosed, isIn }, { packOf }) => {
    for (const write of receipt.writes) {
      if (write.cell !== PACKS_CELL) continue;
      if (owns(write, 'replace')) memory.sold = write.replace;
      else if (owns(write, 'add')) memory.sold = [...new Set([...memory.sold, ...write.add])].sort();
      else if (owns(write, 'clear')) memory.sold = [];
    }
    if (!isIn || receipt.kind !== 'decision') return;
    if (memory.subjects.size < 10_000) memory.subjects.add(receipt.subject);
    const action = askedOf(disclosed)?.action;
    const pack = action === undefined ? undefined : packOf(receipt.catalog.digest, action);
    if (pack === undefined || receipt.verdict === 'refuse') return;
    const row = rowAt(memory.used, pack, (): Used => ({ approved: 0, subjects: new Set() }));
    row.approved += 1;
    if (row.subjects.size < 10_000) row.subjects.add(receipt.subject);
  },
  ({ sold, used, subjects }) => {
    const rows = rowsOf(used);
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
);
