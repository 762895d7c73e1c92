/** A ledger that moves: what goes along with its receipts, and what is read of it before it goes on. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderCatalogs } from '@tai-autonomics/adapter-storage';
import {
  buildNoteKey,
  encodeBase64url,
  nobleEd25519,
  parseCheckpoint,
  parseReceipt,
  verifyNote,
} from '@tai-autonomics/core/receipt';
import type { CatalogStore, LedgerId, StoreFault } from '@tai-autonomics/governor';
import { ledgerKeyPath, openKeyFile } from '@tai-autonomics/governor/keys';
import { nodeSha256, replacePrivate, systemRandom } from '@tai-autonomics/governor/node';
import { type CopiedLedger, checkLedger, copyLedger, type LedgerWatch } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import type { LocalDeployment } from '../../local/local-deployment.ts';
import type { WrittenStore } from '../../local/store-place.ts';
import type { Io } from '../../terminal/io.ts';
import type { Config } from '../config.ts';
import { isFar, openFarCatalogs } from './storage.ts';

/** From where to where. */
export interface Along {
  readonly source: LocalDeployment;
  readonly target: WrittenStore;
  readonly ledger: LedgerId;
  readonly from: string;
  readonly to: string;
  readonly config: Pick<Config, 'store'>;
}

/**
 * Copies the catalogs, the raw evidence and the receipts, in this order, so that no receipt comes before what it names: those from
 * `since` on, which an earlier call did not take, and before `upTo`. Answers how many receipts are there.
 */
export const takeAlong = async (
  io: Io,
  along: Along,
  watch: LedgerWatch,
  { since = 0, upTo = Number.MAX_SAFE_INTEGER }: { readonly since?: number; readonly upTo?: number } = {},
): Promise<E.Either<string, number>> => {
  const { source, target, ledger, from, to, config } = along;
  const opened = await catalogsAt(io, to, config);
  if (E.isLeft(opened)) return opened;
  const catalogs = opened.right;
  try {
    const seen = new Set<string>();
    for await (const row of source.store.read(ledger, since, upTo)) {
      if (E.isLeft(row)) return E.left(row.left.detail);
      for (const { text } of row.right.disclosures)
        for (const digest of text.match(DIGEST) ?? []) await takeRaw(from, to, digest, seen);
      const receipt = parseReceipt(row.right.bytes);
      const digest = E.isRight(receipt) ? receipt.right.catalog.digest : undefined;
      if (digest === undefined || seen.has(digest)) continue;
      seen.add(digest);
      const taken = await takeCatalog(source.catalogStore, catalogs, digest);
      if (E.isLeft(taken)) return E.left(taken.left.detail);
    }
  } finally {
    await catalogs.close();
  }
  return E.map(({ receipts }: CopiedLedger) => receipts)(await copyLedger(source.store, target, ledger, watch, upTo));
};

/**
 * Reads a ledger that moved here, from its first receipt to its last: chain, tree, disclosures, catalogs, and that its end is sealed with
 * a key of this place. Answers what was taken over.
 */
export const verified = async (
  { store, identity, config, catalogStore }: LocalDeployment,
  tenant: string,
  dir: string,
): Promise<E.Either<string, { readonly size: number; readonly root: string }>> => {
  const ledger = identity.ledger(tenant);
  const near = folderCatalogs(join(dir, 'catalogs'));
  const catalogs: Pick<CatalogStore, 'read'> = {
    read: async (digest) => {
      const found = await near.read(digest);
      return E.isRight(found) && found.right === undefined ? catalogStore.read(digest) : found;
    },
  };
  const checked = await checkLedger(store, ledger, { catalogs });
  if (E.isLeft(checked)) return E.left(checked.left.detail);
  const { faults, missingCatalogs, receipts, sealed } = checked.right;
  if (faults[0] !== undefined) return E.left(faults[0]);
  if (missingCatalogs[0] !== undefined) return E.left(`the catalog ${missingCatalogs[0]} is missing`);
  if (sealed !== receipts) return E.left(`${receipts} receipts are there, and ${sealed} of them are sealed`);
  const checkpoint = await store.checkpoint(ledger);
  if (E.isLeft(checkpoint)) return E.left(checkpoint.left.detail);
  const note = checkpoint.right?.note ?? '';
  const ring = await openKeyFile(ledgerKeyPath(dir, config.mode), systemRandom);
  if (E.isLeft(ring)) return ring;
  const { signer } = ring.right;
  const isSealed = [signer, ...(signer.older ?? [])].some(({ publicKey }) => {
    const key = buildNoteKey(nodeSha256, identity.origin(tenant), 1, publicKey);
    return E.isRight(key) && E.isRight(verifyNote(nobleEd25519, [key.right], note));
  });
  const parsed = parseCheckpoint(note);
  return !isSealed || E.isLeft(parsed)
    ? E.left('its end is not sealed with a key of this place')
    : E.right({ size: receipts, root: encodeBase64url(parsed.right.root) });
};

const DIGEST = /[A-Za-z0-9_-]{43}/g;

type Catalogs = Pick<CatalogStore, 'read' | 'write'> & { readonly close: () => Promise<void> };

const catalogsAt = async (io: Io, to: string, { store }: Along['config']): Promise<E.Either<string, Catalogs>> => {
  if (store === undefined || !isFar(store))
    return E.right({ ...folderCatalogs(join(to, 'catalogs')), close: async () => undefined });
  return E.mapLeft(({ detail }: StoreFault) => detail)(await openFarCatalogs(store, [to, io.cwd]));
};

const takeCatalog = async (
  from: CatalogStore,
  to: Catalogs,
  digest: string,
): Promise<E.Either<StoreFault, unknown>> => {
  const there = await to.read(digest);
  if (E.isLeft(there) || there.right !== undefined) return there;
  const text = await from.read(digest);
  // What is missing in both is said when the ledger is read.
  return E.isLeft(text) || text.right === undefined ? text : to.write(text.right);
};

/** What was seen, in the file of its digest; most digests name something else. */
const takeRaw = async (from: string, to: string, digest: string, seen: Set<string>): Promise<void> => {
  if (seen.has(digest)) return;
  seen.add(digest);
  const text = await readFile(join(from, 'evidence', digest), 'utf8').catch(() => undefined);
  if (text === undefined) return;
  await mkdir(join(to, 'evidence'), { recursive: true, mode: 0o700 });
  await replacePrivate(join(to, 'evidence', digest), text);
};
