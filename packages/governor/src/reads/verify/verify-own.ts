/** A tenant verifies its own ledger through the door: the same verifier that an auditor runs offline. */
import { formatVkey } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadStep } from '../../api.ts';
import type { Identity } from '../../ledger/identity.ts';
import { nodeSha256 } from '../../node/crypto.ts';
import type { LedgerStore, Signer } from '../../ports.ts';
import { heldKeys } from '../../seal/sealing-keys.ts';
import type { Walk } from '../../walk/walk.ts';
import { placeOf } from '../step-arguments.ts';

/** The read step `verify_ledger`. It vouches with the deployment's own key, and says so: an auditor brings another trust file. */
export const verifyOwnLedger =
  (host: { readonly store: LedgerStore; readonly signer: Signer }, identity: Identity, walk: Walk): ReadStep =>
  async (_step, view) => {
    const { caller, ledger } = view;
    const keys = heldKeys(nodeSha256, ledger.origin, host.signer);
    const checkpoint = await host.store.checkpoint(identity.ledger(caller.tenant));
    if (E.isLeft(checkpoint)) return E.left(checkpoint.left.detail);
    const sealed = checkpoint.right;
    return walk(placeOf(view), {
      ask: 'verified',
      from: 0,
      to: sealed?.size ?? Number.MAX_SAFE_INTEGER,
      coverage: 'whole',
      ...(sealed === undefined ? {} : { checkpoint: sealed.note }),
      ...(E.isLeft(keys) ? {} : { claimedKeys: keys.right.map(formatVkey) }),
    });
  };
