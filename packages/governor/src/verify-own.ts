/** A tenant verifies its own ledger through the door: the same verifier that an auditor runs offline. */
import { type Catalog, createRederiver, formatVkey, startVerifier, type VerifyReport } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { ReadStep } from './governed.ts';
import { nodeEd25519, nodeSha256 } from './node-crypto.ts';
import { nodeTextCodec } from './node-text-codec.ts';
import { heldKeys } from './sealing-keys.ts';
import type { Shared } from './shared.ts';
import type { Tenant, Tenants } from './tenant.ts';

const summary = (report: VerifyReport): unknown => ({
  overall: report.overall,
  headline: report.headline,
  labels: report.labels,
  steps: report.steps,
  receipts: report.receipts,
  rederived: report.rederived,
  ...(report.firstBad === undefined ? {} : { firstBad: report.firstBad }),
});

/** The catalogs that decided in a ledger, as far as they can be had: what is missing reads "not available". */
const catalogsOf = async ({ catalogs }: Shared, { ledger }: Tenant): Promise<ReadonlyMap<string, Catalog>> => {
  const found = await Promise.all(ledger.annals.catalogs.map((digest) => catalogs.load(digest)));
  return new Map(found.flatMap((one) => (E.isLeft(one) ? [] : [[one.right.digest, one.right.catalog] as const])));
};

/** The read step `verify_ledger`. It vouches with the deployment's own key, and says so: an auditor brings another trust file. */
export const verifyOwnLedger =
  (shared: Shared, tenants: Tenants): ReadStep =>
  async (_step, { caller }) => {
    const { identity, options } = shared;
    const { store, signer } = options;
    const tenant = await tenants.open(caller.tenant);
    if (E.isLeft(tenant)) return { overall: 'unreadable', headline: tenant.left.detail };
    const ledger = identity.ledger(caller.tenant);
    const keys = heldKeys(nodeSha256, identity.origin(caller.tenant), signer);
    const checkpoint = await store.checkpoint(ledger);
    if (E.isLeft(checkpoint)) return { overall: 'unreadable', headline: checkpoint.left.detail };
    const verifier = startVerifier({
      sha256: nodeSha256,
      ed25519: nodeEd25519,
      codec: nodeTextCodec,
      coverage: 'whole',
      ...(checkpoint.right === undefined ? {} : { checkpoint: checkpoint.right.note }),
      ...(E.isLeft(keys) ? {} : { claimedKeys: keys.right.map(formatVkey) }),
      rederiver: createRederiver({ catalogs: await catalogsOf(shared, tenant.right), engines: shared.sealing.engines }),
    });
    for await (const row of store.read(ledger, 0, checkpoint.right?.size ?? Number.MAX_SAFE_INTEGER)) {
      if (E.isLeft(row)) return { overall: 'unreadable', headline: row.left.detail };
      verifier.step({ bytes: row.right.bytes, disclosures: row.right.disclosures.map(({ text }) => text) });
    }
    return summary(verifier.finish());
  };
