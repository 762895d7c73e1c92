/** The auditor: a trust file, the checkpoint, and the verifier of core with re-derivation at both levels. */

import type { Catalog } from '@tai-autonomics/core';
import { createRederiver, nobleP256 } from '@tai-autonomics/core/engine';
import {
  buildNoteKey,
  formatVkey,
  type ReceiptInput,
  startVerifier,
  type VerifyReport,
} from '@tai-autonomics/core/receipt';
import type { Signer } from '@tai-autonomics/governor';
import { nodeEd25519, nodeSha256 } from '@tai-autonomics/governor/node';
import { expect } from 'vitest';
import { right, type Setting, TENANT } from './kit.ts';
import { allRows } from './stores.ts';

/** What an auditor holds: it comes from the deployment's operator, not from the ledger. */
const trustOf = (origin: string, signer: Signer): string =>
  `log ${formatVkey(right(buildNoteKey(nodeSha256, origin, 1, signer.publicKey)))}\nquorum none\n`;

export interface Sealed {
  readonly origin: string;
  readonly inputs: readonly ReceiptInput[];
  readonly note: string;
  readonly trust: string;
  readonly catalogs: ReadonlyMap<string, Catalog>;
  /** Digests of the raw evidence that is there. */
  readonly evidence?: ReadonlySet<string>;
}

/** Verifies a sealed ledger as somebody whom its checkpoint reached by another way. */
export const verify = (sealed: Sealed, inputs: readonly ReceiptInput[] = sealed.inputs): VerifyReport => {
  const verifier = startVerifier({
    sha256: nodeSha256,
    ed25519: nodeEd25519,
    coverage: 'whole',
    checkpoint: sealed.note,
    outside: sealed.note,
    trust: sealed.trust,
    attachments: { catalogs: new Set(sealed.catalogs.keys()), evidence: sealed.evidence ?? new Set() },
    rederiver: createRederiver({ catalogs: sealed.catalogs, p256: nobleP256 }),
  });
  for (const input of inputs) verifier.step(input);
  return verifier.finish();
};

/** Seals a tenant's ledger and reads all of it. */
export const sealedLedger = async (setting: Setting, tenant = TENANT): Promise<Sealed> => {
  const { governor, store, identity, signer, options } = setting;
  const note = right(await governor.seal(tenant));
  const origin = identity.origin(tenant);
  const rows = await allRows(store, identity.ledger(tenant));
  return {
    origin,
    note,
    inputs: rows.map(({ bytes, disclosures }) => ({ bytes, disclosures: disclosures.map(({ text }) => text) })),
    trust: trustOf(origin, signer),
    catalogs: new Map(options.catalogs.map(({ digest, catalog }) => [digest, catalog])),
  };
};

/** Seals and verifies: every link, the tree, the signature, and every receipt re-derived from the ledger. Answers how many there are. */
export const expectVerified = async (
  setting: Setting,
  tenant = TENANT,
  evidence: ReadonlySet<string> = new Set(),
): Promise<number> => {
  const sealed = { ...(await sealedLedger(setting, tenant)), evidence };
  const report = verify(sealed);
  expect(report.findings).toEqual([]);
  expect(report.steps.filter(({ status }) => status === 'failed' || status === 'incomplete')).toEqual([]);
  expect(report.overall).toBe('verified');
  expect(report.rederived).toMatchObject({ level2: sealed.inputs.length, falsified: 0, withheld: 0 });
  return sealed.inputs.length;
};
