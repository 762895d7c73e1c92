/** What receipts write of incidents, in clear. */
import { owns } from '../receipt/encoding/own.ts';
import type { WireWrite } from '../receipt/index.ts';

/** What a receipt writes of one incident, by cell. */
export type Written = Readonly<Record<string, boolean | number | string>>;

/** The last value of each cell of each incident. */
export const writtenOf = (writes: readonly WireWrite[]): ReadonlyMap<string, Written> => {
  const written = new Map<string, Record<string, boolean | number | string>>();
  for (const write of writes) {
    const [incident] = write.key;
    const value = owns(write, 'set') ? write.set : owns(write, 'at') ? write.at : undefined;
    if (!write.cell.startsWith('incident_') || incident === undefined || value === undefined) continue;
    const cells = written.get(incident) ?? {};
    cells[write.cell] = value;
    written.set(incident, cells);
  }
  return written;
};
