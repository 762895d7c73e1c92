/** Verifies a bundle that the caller holds, with the verifier that an auditor runs offline. */
import type { Engines } from '@tai-autonomics/core/engine';
import { formatVkey } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadLedger, ReadStep } from '../../api.ts';
import { readBundle } from '../../bundle/bundle.ts';
import { printBundleFault } from '../../bundle/bundle-fault.ts';
import { trustFileFor } from '../../bundle/verify/trust-file.ts';
import { type BundleReport, verifyBundle } from '../../bundle/verify/verify-bundle.ts';
import { nodeSha256 } from '../../node/crypto.ts';
import type { Signer } from '../../ports.ts';
import { heldKeys } from '../../seal/sealing-keys.ts';
import { textOf, wordsOf } from '../step-arguments.ts';
import { withBundleText } from './bundle-text.ts';
import { summaryOf } from './verify-range.ts';

/** The read step `verify_bundle`. */
export const verifyBundleText =
  (signer: Signer, engines: Engines): ReadStep =>
  async (step, { ledger }) => {
    const keys = wordsOf(step, 'keys');
    const report = await withBundleText(textOf(step, 'bundle'), (path) => verify(signer, engines, ledger, keys, path));
    return E.map((found: BundleReport) => ({
      ...summaryOf(found),
      coverage: found.coverage,
      ...(found.origin === undefined ? {} : { origin: found.origin }),
      completeness: found.completeness,
    }))(report);
  };

/** Keys that count: those that the caller brings, else this deployment's own, which vouches for its own ledgers only. */
const trustFor = (signer: Signer, keys: readonly string[], origin: string | undefined): E.Either<string, string> => {
  if (keys.length > 0) return trustFileFor(keys);
  const held = origin === undefined ? E.left('') : heldKeys(nodeSha256, origin, signer);
  return trustFileFor(E.isLeft(held) ? [] : held.right.map(formatVkey));
};

const verify = async (
  signer: Signer,
  engines: Engines,
  ledger: ReadLedger,
  keys: readonly string[],
  path: string,
): Promise<E.Either<string, BundleReport>> => {
  const bundle = await readBundle(path);
  if (E.isLeft(bundle)) return E.left(printBundleFault('bundle', bundle.left));
  try {
    const trust = trustFor(signer, keys, bundle.right.origin);
    if (E.isLeft(trust)) return trust;
    const report = await verifyBundle(bundle.right, {
      rederive: true,
      trust: trust.right,
      catalogs: await ledger.catalogs(),
      engines,
    });
    return E.mapLeft((fault: Parameters<typeof printBundleFault>[1]) => printBundleFault('bundle', fault))(report);
  } finally {
    bundle.right.close();
  }
};
