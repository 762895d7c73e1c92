/** A row on its own: what crosses to a thread is copied with the memory around it, and a view of a larger one would take that along. */
import type { Row } from '../ports.ts';
import type { WalkedRow } from './walk-question.ts';

/** The row, in memory of its own. */
export const alone = ({ seq, leaf, bytes, disclosures }: Row): WalkedRow['row'] => ({
  seq,
  leaf: own(leaf),
  bytes: own(bytes),
  disclosures,
});

const own = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
