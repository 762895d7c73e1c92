/** Receipts sealed as only an issuer can: linked, with their disclosures, and under a checkpoint that a trusted key signed. */
import {
  appendReceipt,
  checkpointOf,
  type Disclosure,
  emptyHead,
  type LedgerEntry,
  type Sha256,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { checkpointNote, right, testKey } from './fixture.ts';

/** What a verifier gets of a ledger. */
export interface Sealed {
  readonly receipts: readonly string[];
  /** By receipt. */
  readonly disclosures: readonly (readonly string[])[];
  readonly checkpoint: string;
  readonly trust: string;
}

/** One receipt before it is sealed, and what it shows. */
export interface Unsealed {
  readonly entry: LedgerEntry;
  readonly shown: readonly Disclosure[];
}

/** Seals as many as there are, each made with the leaves of those before it. `undefined` where one would be no receipt. */
export const sealedBy = (
  sha256: Sha256,
  origin: string,
  count: number,
  make: (seq: number, leaves: readonly string[]) => Unsealed,
): Sealed | undefined => {
  let head = right(emptyHead(sha256, origin));
  const leaves: string[] = [];
  const receipts: string[] = [];
  const disclosures: (readonly string[])[] = [];
  for (let seq = 0; seq < count; seq++) {
    const { entry, shown } = make(seq, leaves);
    const appended = appendReceipt(sha256, head, entry);
    if (E.isLeft(appended)) return undefined;
    head = appended.right.head;
    leaves.push(Buffer.from(appended.right.leaf).toString('base64url'));
    receipts.push(Buffer.from(appended.right.bytes).toString('utf8'));
    disclosures.push(shown.map(({ text }) => text));
  }
  const key = testKey(origin);
  const checkpoint = checkpointNote(checkpointOf(sha256, head), key);
  return { receipts, disclosures, checkpoint, trust: `log ${key.vkey}\nquorum none\n` };
};
