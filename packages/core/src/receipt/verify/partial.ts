/** Receipts of a partial bundle: each proved by itself, linked to its neighbour where that is there too. */
import { either as E } from 'fp-ts';
import { encodeBase64url, equalBytes } from '../encoding/bytes.ts';
import type { Receipt } from '../receipt.ts';
import { parseCheckpoint } from '../signing/checkpoint.ts';
import { verifyInclusion } from '../tree/proof.ts';
import { parseInclusion } from '../tree/proof-file.ts';
import { keepLeaf, modeFlaw, referenceFlaw } from './chain.ts';
import type { VerifyStep } from './report.ts';
import { describeFlaw, noteFinding, type Verification } from './session.ts';

/** One receipt of a partial bundle: proved by itself, linked to its neighbour where that is there too. */
export const pushPartial = (v: Verification, receipt: Receipt, leaf: Uint8Array, proof: string | undefined): void => {
  const { chain } = v;
  const { seq } = receipt;
  const origin = chain.origin ?? receipt.origin;
  chain.origin = origin;
  const note = (step: VerifyStep, why: string): void => noteFinding(v, { step, seq, why });
  if (receipt.origin !== origin) note('chain', `it belongs to another ledger, ${receipt.origin}`);
  if (seq < chain.expected) note('chain', 'it comes twice, or out of order');
  else if (seq === chain.expected && chain.prev !== undefined && receipt.prev !== chain.prev) {
    note('chain', 'its link does not match the receipt before');
  }
  if (receipt.at < chain.lastAt && seq >= chain.expected) note('chain', 'it is earlier than a receipt before');
  for (const flaw of [modeFlaw(receipt), referenceFlaw(chain, receipt)]) if (flaw !== undefined) note('chain', flaw);
  const flaw = checkInclusion(v, receipt, leaf, proof);
  if (flaw !== undefined) note('tree', flaw);
  if (seq >= chain.expected) {
    const text = encodeBase64url(leaf);
    chain.lastAt = receipt.at;
    chain.prev = text;
    chain.expected = seq + 1;
    keepLeaf(chain, receipt, text);
  }
};

const checkInclusion = (
  v: Verification,
  receipt: Receipt,
  leaf: Uint8Array,
  proof: string | undefined,
): string | undefined => {
  if (v.checkpoint === undefined || E.isLeft(v.checkpoint)) return 'there is no checkpoint to prove it against';
  const checkpoint = v.checkpoint.right;
  if (proof === undefined) return 'it has no inclusion proof';
  const file = parseInclusion(proof);
  if (E.isLeft(file)) return `its proof cannot be read: ${describeFlaw(file.left)}`;
  if (file.right.index !== receipt.seq) return `its proof is for place ${file.right.index}`;
  const own = parseCheckpoint(file.right.note);
  if (E.isLeft(own)) return `its proof's checkpoint cannot be read: ${describeFlaw(own.left)}`;
  const { origin, size, root } = own.right;
  if (origin !== checkpoint.origin || size !== checkpoint.size || !equalBytes(root, checkpoint.root)) {
    return "its proof is for another checkpoint than the bundle's";
  }
  return verifyInclusion(v.options.sha256, leaf, receipt.seq, size, root, file.right.proof)
    ? undefined
    : "its proof does not lead to the checkpoint's root";
};
