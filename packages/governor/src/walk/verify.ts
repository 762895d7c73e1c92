/** What the verifier of auditors says, of a ledger or of a bundle. */
import { parseReceipt, startVerifier, type VerifyReport } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { readBundle } from '../bundle/bundle.ts';
import { printBundleFault } from '../bundle/bundle-fault.ts';
import { verifyBundle } from '../bundle/verify/verify-bundle.ts';
import { nodeEd25519, nodeSha256 } from '../node/crypto.ts';
import { nodeTextCodec } from '../node/text-codec.ts';
import { rederiverOf } from '../reads/verify/rederiver-of.ts';
import type { Answer } from './answering.ts';
import { catalogsOf } from './walked-ledger.ts';

/** Verifies receipts as they are stored, and decides them again. */
export const verified: Answer<'verified'> = async (
  { engines },
  { from, to, coverage, checkpoint, claimedKeys, before },
  ledger,
) => {
  const catalogs = await catalogsOf(ledger);
  if (E.isLeft(catalogs)) return catalogs;
  const verifier = startVerifier({
    sha256: nodeSha256,
    ed25519: nodeEd25519,
    codec: nodeTextCodec,
    coverage,
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(claimedKeys === undefined ? {} : { claimedKeys }),
    rederiver: rederiverOf(catalogs.right, engines),
  });
  let isLinked = true;
  for await (const walked of ledger.raw(from, to)) {
    if (E.isLeft(walked)) return walked;
    const { row, proof } = walked.right;
    if (row.seq === from && before !== undefined) isLinked = linkOf(row.bytes) === before;
    const disclosures = row.disclosures.map(({ text }) => text);
    verifier.step({ bytes: row.bytes, disclosures, ...(proof === undefined ? {} : { proof }) });
  }
  const summary = summaryOf(verifier.finish());
  return E.right(coverage === 'partial' ? { linkedToBefore: isLinked, ...summary } : summary);
};

/** Verifies a bundle that lies in a file. */
export const bundle: Answer<'bundle'> = async ({ engines }, { path, trust }, ledger) => {
  const catalogs = await catalogsOf(ledger);
  if (E.isLeft(catalogs)) return catalogs;
  const read = await readBundle(path);
  if (E.isLeft(read)) return E.left(printBundleFault('bundle', read.left));
  try {
    const report = await verifyBundle(read.right, {
      rederive: true,
      trust,
      catalogs: catalogs.right,
      engines,
    });
    if (E.isLeft(report)) return E.left(printBundleFault('bundle', report.left));
    const { coverage, origin, completeness } = report.right;
    return E.right({
      ...summaryOf(report.right),
      coverage,
      ...(origin === undefined ? {} : { origin }),
      completeness,
    });
  } finally {
    read.right.close();
  }
};

/** What a report says to a caller; the places in it are the ledger's own. */
const summaryOf = (report: VerifyReport): Readonly<Record<string, unknown>> => ({
  overall: report.overall,
  headline: report.headline,
  labels: report.labels,
  steps: report.steps,
  findings: report.findings,
  receipts: report.receipts,
  rederived: report.rederived,
  ...(report.firstBad === undefined ? {} : { firstBad: report.firstBad }),
});

/** The leaf that a receipt links to. */
const linkOf = (bytes: Uint8Array): string | undefined => {
  const receipt = parseReceipt(bytes, nodeTextCodec);
  return E.isLeft(receipt) ? undefined : receipt.right.prev;
};
