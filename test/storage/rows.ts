import { createHash } from 'node:crypto';
import type { Head, LedgerId, LedgerStore, Row } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

export const ledger: LedgerId = 'ledger-1';

/** Row `seq` of a made-up ledger; it decides the intent `intent-<seq>`. */
export const rowAt = (seq: number): Row => ({
  seq,
  leaf: new Uint8Array(createHash('sha256').update(`row ${seq}`).digest()),
  bytes: new Uint8Array(Buffer.from(`{"seq":${seq}}`)),
  disclosures: [
    { name: 'request/intent', text: `intent-text-${seq}` },
    { name: 'evidence/a/b', text: `evidence-text-${seq}` },
  ],
  intent: { id: `intent-${seq}`, digest: `digest-${seq}` },
});

export const rowsFrom = (from: number, to: number): readonly Row[] =>
  Array.from({ length: to - from }, (_, index) => rowAt(from + index));

/** The head after the first `size` rows. */
export const headAt = (size: number): Head =>
  size === 0 ? { size, leaf: new Uint8Array(32) } : { size, leaf: rowAt(size - 1).leaf };

export const ok = E.right({ appended: 'ok' });

/** Every row of a ledger; fails the test at a fault. */
export const allRows = async (store: LedgerStore, of: LedgerId = ledger): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for await (const row of store.read(of, 0, Number.MAX_SAFE_INTEGER)) {
    if (E.isLeft(row)) throw new Error(row.left.detail);
    rows.push(row.right);
  }
  return rows;
};
