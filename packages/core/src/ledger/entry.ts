/** Between receipts and the fold: the clear members of a receipt as an entry, and writes in wire form. */

import { formatInstant, parseInstant } from '../data/instant.ts';
import { owns } from '../receipt/encoding/own.ts';
import type { Receipt, WireWrite } from '../receipt/index.ts';
import type { CellChange, CellWrite, Entry } from '../state.ts';

/** A resolved write as a receipt carries it. */
export const wireWrite = ({ cell, key, change }: CellWrite): WireWrite =>
  ({ cell, key, ...wireChange(change) }) as WireWrite;

/** A receipt's write as the fold applies it. Total on parsed receipts. */
export const cellWrite = (write: WireWrite): CellWrite => {
  const { cell, key, ...change } = write;
  return { cell, key, change: owns(change, 'at') ? { at: parseInstant(change.at) ?? 0 } : change };
};

/** What `evolve` reads of a receipt. */
export const entryOf = (receipt: Receipt): Entry => {
  const writes = receipt.writes.map(cellWrite);
  const { seq } = receipt;
  const catalog = receipt.catalog.digest;
  switch (receipt.kind) {
    case 'decision': {
      const deadline = receipt.deadline === undefined ? undefined : parseInstant(receipt.deadline);
      return {
        kind: 'decision',
        catalog,
        seq,
        verdict: receipt.verdict,
        writes,
        ...(deadline === undefined ? {} : { deadline }),
      };
    }
    case 'outcome':
      return { kind: 'outcome', catalog, seq, of: receipt.of.seq, status: receipt.status, writes };
    case 'consequence':
      return { kind: 'consequence', catalog, seq, of: receipt.of.seq, writes };
  }
};

const wireChange = (change: CellChange): Omit<WireWrite, 'cell' | 'key'> =>
  owns(change, 'at') ? { at: formatInstant(change.at) } : change;
