/** Verifies a part of the caller's ledger: every receipt under the signed checkpoint, each linked to the one before. */
import { encodeBase64url, formatVkey, parseCheckpoint } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadStep } from '../../api.ts';
import { nodeSha256 } from '../../node/crypto.ts';
import type { Signer } from '../../ports.ts';
import { heldKeys } from '../../seal/sealing-keys.ts';
import type { Walk } from '../../walk/walk.ts';
import { integerOf, placeOf } from '../step-arguments.ts';

/** Receipts of one call: each has a proof of its own. */
const RANGE_MAX = 2_000;

/** The read step `verify_range`: `from ≤ seq < to`, sealed first. It vouches with the deployment's own key. */
export const verifyRange =
  (signer: Signer, walk: Walk): ReadStep =>
  async (step, view) => {
    const { ledger } = view;
    const [from, to] = [integerOf(step, 'from'), Math.min(integerOf(step, 'to'), ledger.size)];
    if (from >= to) return E.left(`the ledger has ${ledger.size} receipts, and none from ${from} to before ${to}`);
    if (to - from > RANGE_MAX) return E.left(`a range has at most ${RANGE_MAX} receipts; verify the rest in another`);
    const note = await ledger.seal();
    if (E.isLeft(note)) return note;
    const sealed = parseCheckpoint(note.right);
    if (E.isLeft(sealed)) return E.left('the checkpoint cannot be read');
    const keys = heldKeys(nodeSha256, ledger.origin, signer);
    const loaded = await ledger.loadProof(Math.max(0, from - 1), sealed.right.size - 1);
    if (E.isLeft(loaded)) return loaded;
    const before = from === 0 ? undefined : ledger.nodes(0, from - 1);
    const found = await walk(
      { ...placeOf(view), under: { note: note.right, size: sealed.right.size } },
      {
        ask: 'verified',
        from,
        to,
        coverage: 'partial',
        checkpoint: note.right,
        ...(E.isLeft(keys) ? {} : { claimedKeys: keys.right.map(formatVkey) }),
        ...(before === undefined ? {} : { before: encodeBase64url(before) }),
      },
    );
    return E.map((said: Readonly<Record<string, unknown>>) => ({ from, to, ...said }))(found);
  };
