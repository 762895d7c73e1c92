/** A tenant verifies its own ledger through the door: the same verifier that an auditor runs offline. */
import { createRederiver, type Engines, formatVkey, startVerifier, type VerifyReport } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { ReadStep } from './governed.ts';
import type { Identity } from './identity.ts';
import type { LoadedCatalog } from './loaded-catalog.ts';
import { nodeEd25519, nodeSha256 } from './node-crypto.ts';
import type { LedgerStore, Signer } from './ports.ts';
import { heldKeys } from './sealing-keys.ts';

const summary = (report: VerifyReport): unknown => ({
  overall: report.overall,
  headline: report.headline,
  labels: report.labels,
  steps: report.steps,
  receipts: report.receipts,
  rederived: report.rederived,
  ...(report.firstBad === undefined ? {} : { firstBad: report.firstBad }),
});

/** The read step `verify_ledger`. It vouches with the deployment's own key, and says so: an auditor brings another trust file. */
export const verifyOwnLedger =
  (
    host: {
      readonly store: LedgerStore;
      readonly signer: Signer;
      readonly catalogs: readonly LoadedCatalog[];
      readonly engines: Engines;
    },
    identity: Identity,
  ): ReadStep =>
  async (_step, { caller }) => {
    const ledger = identity.ledger(caller.tenant);
    const keys = heldKeys(nodeSha256, identity.origin(caller.tenant), host.signer);
    const checkpoint = await host.store.checkpoint(ledger);
    if (E.isLeft(checkpoint)) return { overall: 'unreadable', headline: checkpoint.left.detail };
    const verifier = startVerifier({
      sha256: nodeSha256,
      ed25519: nodeEd25519,
      coverage: 'whole',
      ...(checkpoint.right === undefined ? {} : { checkpoint: checkpoint.right.note }),
      ...(E.isLeft(keys) ? {} : { claimedKeys: keys.right.map(formatVkey) }),
      rederiver: createRederiver({
        catalogs: new Map(host.catalogs.map(({ digest, catalog }) => [digest, catalog])),
        engines: host.engines,
      }),
    });
    for await (const row of host.store.read(ledger, 0, checkpoint.right?.size ?? Number.MAX_SAFE_INTEGER)) {
      if (E.isLeft(row)) return { overall: 'unreadable', headline: row.left.detail };
      verifier.step({ bytes: row.right.bytes, disclosures: row.right.disclosures.map(({ text }) => text) });
    }
    return summary(verifier.finish());
  };
