/** Shows one receipt as it is stored, with what it discloses to whoever asks. */
import { decodeUtf8, encodeBase64url } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadLedger, ReadRow, ReadStep } from '../api.ts';
import { integerOf } from './step-arguments.ts';
import { hiddenFrom, mayView, type Viewer, viewerOf } from './viewer.ts';

/** One answer for what is not there and for what is somebody else's. */
const NOT_YOURS = 'there is no receipt of yours at this place';

/** The receipt at a place, if it is the viewer's to see. */
export const receiptAt = async (
  ledger: ReadLedger,
  viewer: Viewer,
  seq: number,
): Promise<E.Either<string, ReadRow>> => {
  for await (const row of ledger.rows(seq, seq + 1)) {
    if (E.isLeft(row)) return row;
    if (mayView(viewer, row.right)) return row;
  }
  return E.left(NOT_YOURS);
};

/** The read step `show_receipt`: the receipt's text byte for byte, its leaf, and its disclosures, by name and as texts. */
export const showReceipt: ReadStep = async (step, { ledger }) => {
  const viewer = viewerOf(step);
  const found = await receiptAt(ledger, viewer, integerOf(step, 'seq'));
  if (E.isLeft(found)) return found;
  const { row, receipt, disclosed } = found.right;
  const hidden = new Set(hiddenFrom(viewer, found.right));
  const shown = row.disclosures.filter(({ name }) => !hidden.has(name));
  return E.right({
    seq: receipt.seq,
    leaf: encodeBase64url(row.leaf),
    receipt: decodeUtf8(row.bytes) ?? '',
    disclosed: Object.fromEntries([...disclosed].filter(([name]) => !hidden.has(name))),
    disclosures: shown.map(({ text }) => text),
    // Erased, or kept from this caller: the receipt has a digest of each, and nothing here says which.
    withheld: receipt._sd.length - shown.length,
  });
};
