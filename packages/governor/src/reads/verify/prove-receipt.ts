/** Proves that a receipt of the caller's is in its ledger: a file that anybody can check with any software for such proofs. */
import {
  encodeBase64url,
  formatInclusion,
  formatVkey,
  inclusionProof,
  parseCheckpoint,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadStep } from '../../api.ts';
import { nodeSha256 } from '../../node/crypto.ts';
import type { Signer } from '../../ports.ts';
import { heldKeys } from '../../seal/sealing-keys.ts';
import { receiptAt } from '../show-receipt.ts';
import { integerOf } from '../step-arguments.ts';
import { viewerOf } from '../viewer.ts';

/** The read step `prove_receipt`: seals, so that the newest receipt can be proved too. */
export const proveReceipt =
  (signer: Signer): ReadStep =>
  async (step, { ledger }) => {
    const found = await receiptAt(ledger, viewerOf(step), integerOf(step, 'seq'));
    if (E.isLeft(found)) return found;
    const note = await ledger.seal();
    if (E.isLeft(note)) return note;
    const sealed = parseCheckpoint(note.right);
    const { seq } = found.right.receipt;
    const loaded = E.isLeft(sealed) ? E.right(undefined) : await ledger.loadProof(seq, sealed.right.size - 1);
    if (E.isLeft(loaded)) return loaded;
    const proof = E.isLeft(sealed) ? undefined : inclusionProof(nodeSha256, ledger.nodes, seq, sealed.right.size);
    if (E.isLeft(sealed) || proof === undefined) return E.left('the receipt is not under a checkpoint yet');
    const keys = heldKeys(nodeSha256, ledger.origin, signer);
    return E.right({
      seq,
      leaf: encodeBase64url(found.right.row.leaf),
      size: sealed.right.size,
      proof: formatInclusion({ index: seq, proof, note: note.right }),
      keys: E.isLeft(keys) ? [] : keys.right.map(formatVkey),
    });
  };
