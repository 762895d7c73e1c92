/** A tenant verifies its own ledger through the door: the same verifier that an auditor runs offline. */
import type { Engines } from '@tai-autonomics/core/engine';
import { formatVkey, startVerifier } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadStep } from '../../api.ts';
import type { Identity } from '../../ledger/identity.ts';
import { nodeEd25519, nodeSha256 } from '../../node/crypto.ts';
import { nodeTextCodec } from '../../node/text-codec.ts';
import type { LedgerStore, Signer } from '../../ports.ts';
import { heldKeys } from '../../seal/sealing-keys.ts';
import { rederiverOf } from './rederiver-of.ts';
import { summaryOf } from './verify-range.ts';

/** The read step `verify_ledger`. It vouches with the deployment's own key, and says so: an auditor brings another trust file. */
export const verifyOwnLedger =
  (
    host: { readonly store: LedgerStore; readonly signer: Signer; readonly engines: Engines },
    identity: Identity,
  ): ReadStep =>
  async (_step, { caller, ledger }) => {
    const id = identity.ledger(caller.tenant);
    const keys = heldKeys(nodeSha256, ledger.origin, host.signer);
    const checkpoint = await host.store.checkpoint(id);
    if (E.isLeft(checkpoint)) return E.left(checkpoint.left.detail);
    const verifier = startVerifier({
      sha256: nodeSha256,
      ed25519: nodeEd25519,
      codec: nodeTextCodec,
      coverage: 'whole',
      ...(checkpoint.right === undefined ? {} : { checkpoint: checkpoint.right.note }),
      ...(E.isLeft(keys) ? {} : { claimedKeys: keys.right.map(formatVkey) }),
      rederiver: await rederiverOf(ledger, host.engines),
    });
    for await (const row of host.store.read(id, 0, checkpoint.right?.size ?? Number.MAX_SAFE_INTEGER)) {
      if (E.isLeft(row)) return E.left(row.left.detail);
      verifier.step({ bytes: row.right.bytes, disclosures: row.right.disclosures.map(({ text }) => text) });
    }
    return E.right(summaryOf(verifier.finish()));
  };
