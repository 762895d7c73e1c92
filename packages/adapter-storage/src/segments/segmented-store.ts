/** A store whose oldest receipts are in segments: whoever reads it sees one ledger. */
import type { Answer, LedgerId, LedgerStore, Row } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { type Looking, shelvedSegments } from './shelf.ts';

/**
 * Reads what the store has shed from segments, and passes everything else on. What a segment says is believed where it has the leaf
 * that the store kept; an object that is missing or another one is a fault, never a shorter ledger.
 */
export const segmentedStore = (store: LedgerStore, objects: ObjectStore): LedgerStore => {
  const segments = shelvedSegments(objects);
  const whole = async (ledger: LedgerId, row: Row, how: Looking): Answer<Row> => {
    if (row.bytes.length > 0) return E.right(row);
    return E.map((receipt: Uint8Array) => ({ ...row, bytes: new Uint8Array(receipt) }))(
      await segments.receipt(ledger, row, how),
    );
  };
  return {
    ...store,
    read: async function* (ledger, from, to) {
      for await (const row of store.read(ledger, from, to)) {
        const filled = E.isLeft(row) ? row : await whole(ledger, row.right, to - from > 1 ? 'run' : 'one');
        yield filled;
        if (E.isLeft(filled)) return;
      }
    },
    find: async (ledger, intentId) => {
      const row = await store.find(ledger, intentId);
      return E.isLeft(row) || row.right === undefined ? row : whole(ledger, row.right, 'one');
    },
  };
};
