/** Verifies a part of the caller's ledger: every receipt under the signed checkpoint, each linked to the one before. */
import type { Engines } from '@tai-autonomics/core/engine';
import {
  encodeBase64url,
  formatInclusion,
  formatVkey,
  inclusionProof,
  parseCheckpoint,
  startVerifier,
  type VerifyReport,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadLedger, ReadStep } from '../../api.ts';
import { nodeEd25519, nodeSha256 } from '../../node/crypto.ts';
import { nodeTextCodec } from '../../node/text-codec.ts';
import type { Signer } from '../../ports.ts';
import { heldKeys } from '../../seal/sealing-keys.ts';
import { integerOf } from '../step-arguments.ts';
import { rederiverOf } from './rederiver-of.ts';

/** Receipts of one call: each has a proof of its own. */
const RANGE_MAX = 2_000;

/** What a report says to a caller; the places in it are the ledger's own. */
export const summaryOf = (report: VerifyReport): Readonly<Record<string, unknown>> => ({
  overall: report.overall,
  headline: report.headline,
  labels: report.labels,
  steps: report.steps,
  findings: report.findings,
  receipts: report.receipts,
  rederived: report.rederived,
  ...(report.firstBad === undefined ? {} : { firstBad: report.firstBad }),
});

/** The read step `verify_range`: `from ≤ seq < to`, sealed first. It vouches with the deployment's own key. */
export const verifyRange =
  (signer: Signer, engines: Engines): ReadStep =>
  async (step, { ledger }) => {
    const [from, to] = [integerOf(step, 'from'), Math.min(integerOf(step, 'to'), ledger.size)];
    if (from >= to) return E.left(`the ledger has ${ledger.size} receipts, and none from ${from} to before ${to}`);
    if (to - from > RANGE_MAX) return E.left(`a range has at most ${RANGE_MAX} receipts; verify the rest in another`);
    const note = await ledger.seal();
    if (E.isLeft(note)) return note;
    const sealed = parseCheckpoint(note.right);
    if (E.isLeft(sealed)) return E.left('the checkpoint cannot be read');
    const keys = heldKeys(nodeSha256, ledger.origin, signer);
    const verifier = startVerifier({
      sha256: nodeSha256,
      ed25519: nodeEd25519,
      codec: nodeTextCodec,
      coverage: 'partial',
      checkpoint: note.right,
      ...(E.isLeft(keys) ? {} : { claimedKeys: keys.right.map(formatVkey) }),
      rederiver: await rederiverOf(ledger, engines),
    });
    let isLinked = true;
    for await (const row of ledger.rows(from, to)) {
      if (E.isLeft(row)) return row;
      const { receipt } = row.right;
      const { seq, bytes, disclosures } = row.right.row;
      if (seq === from) isLinked = linksBack(ledger, seq, receipt.prev);
      const proof = inclusionProof(nodeSha256, ledger.nodes, seq, sealed.right.size) ?? [];
      const text = formatInclusion({ index: seq, proof, note: note.right });
      verifier.step({ bytes, disclosures: disclosures.map((d) => d.text), proof: text });
    }
    return E.right({ from, to, linkedToBefore: isLinked, ...summaryOf(verifier.finish()) });
  };

/** Whether the first receipt links to the leaf before it, which the range does not have. */
const linksBack = (ledger: ReadLedger, seq: number, prev: string): boolean => {
  const before = seq === 0 ? undefined : ledger.nodes(0, seq - 1);
  return before === undefined || encodeBase64url(before) === prev;
};
