/** Verifies a bundle that the caller holds, with the verifier that an auditor runs offline. */
import { formatVkey } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadStep } from '../../api.ts';
import { readBundle } from '../../bundle/bundle.ts';
import { printBundleFault } from '../../bundle/bundle-fault.ts';
import { trustFileFor } from '../../bundle/verify/trust-file.ts';
import { nodeSha256 } from '../../node/crypto.ts';
import type { Signer } from '../../ports.ts';
import { heldKeys } from '../../seal/sealing-keys.ts';
import type { Walk } from '../../walk/walk.ts';
import { placeOf, textOf, wordsOf } from '../step-arguments.ts';
import { withBundleText } from './bundle-text.ts';

/** The read step `verify_bundle`. */
export const verifyBundleText =
  (signer: Signer, walk: Walk): ReadStep =>
  (step, view) =>
    withBundleText(textOf(step, 'bundle'), async (path) => {
      const trust = await trustFor(signer, wordsOf(step, 'keys'), path);
      return E.isLeft(trust) ? trust : walk(placeOf(view), { ask: 'bundle', path, trust: trust.right });
    });

/** Keys that count: those that the caller brings, else this deployment's own, which vouches for its own ledgers only. */
const trustFor = async (signer: Signer, keys: readonly string[], path: string): Promise<E.Either<string, string>> => {
  const bundle = await readBundle(path);
  if (E.isLeft(bundle)) return E.left(printBundleFault('bundle', bundle.left));
  const { origin } = bundle.right;
  bundle.right.close();
  if (keys.length > 0) return trustFileFor(keys);
  const held = origin === undefined ? E.left('') : heldKeys(nodeSha256, origin, signer);
  return trustFileFor(E.isLeft(held) ? [] : held.right.map(formatVkey));
};
