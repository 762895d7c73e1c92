/** What bundles of a deployment are made from, beside the receipts: keys, catalogs and raw inputs of its folder. */
import { join, resolve } from 'node:path';
import type { LedgerSource } from '@tai-autonomics/governor/bundle';
import { createIdentity, ledgerKeyPath, openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import type { Config } from '../deployment/config.ts';
import { type ArchivedCatalog, keptCatalogs } from '../deployment/storage/catalog-archive.ts';
import { readJsonFile } from '../input/read-file.ts';
import { loadWritten } from '../input/shipped-catalog.ts';
import type { LedgerReader } from '../local/local-deployment.ts';
import type { Io } from '../terminal/io.ts';
import { keptRaw } from './raw-evidence.ts';

/** The ledgers of a deployment, as exports take them. */
export interface LedgerSources {
  /** The ledger of a tenant in a store; `undefined` if the tenant has none. */
  readonly sourceOf: (store: LedgerReader, tenant: string) => Promise<E.Either<string, LedgerSource | undefined>>;
  /** Things to know that don't stop an export. */
  readonly warnings: readonly string[];
}

/** Reads what lies in the folder. The key that signs manifests is made at the first export; the ledger's key is only read. */
export const ledgerSources = async (
  io: Io,
  dir: string,
  config: Config,
): Promise<E.Either<readonly string[], LedgerSources>> => {
  const key = await openKeyFile(ledgerKeyPath(dir, config.mode), systemRandom);
  if (E.isLeft(key)) return E.left([key.left]);
  const exporter = await openKeyFile(join(dir, 'keys', 'export.key'), systemRandom);
  if (E.isLeft(exporter)) return E.left([exporter.left]);
  const active = await activeCatalog(io, dir, config.catalog);
  const kept = await keptCatalogs(dir);
  const { mode, domain } = config;
  const { secret, signer } = key.right;
  const session = config.mode === 'eval' ? { session: config.session } : {};
  const identity = createIdentity({ secret, domain, mode, ...session });
  const parts = {
    publicKey: signer.publicKey,
    olderKeys: (signer.older ?? []).map(({ publicKey }) => publicKey),
    catalogs: [...active, ...kept.catalogs],
    exporter: exporter.right.signer,
    evidence: (digest: string) => keptRaw(dir, digest),
    trees: join(dir, 'trees'),
  };
  return E.right({
    warnings: kept.damaged,
    sourceOf: async (store, tenant) => {
      const ledger = identity.ledger(tenant);
      const head = await store.head(ledger);
      if (E.isLeft(head)) return E.left(head.left.detail);
      const source = { store, ledger, origin: identity.origin(tenant), ...parts };
      return E.right(head.right === undefined ? undefined : source);
    },
  });
};

/** The active catalog's text; none if it can't be read any more: its receipts are evidence all the same. */
const activeCatalog = async (io: Io, dir: string, file: string | undefined): Promise<readonly ArchivedCatalog[]> => {
  const read = file === undefined ? undefined : await readJsonFile(io, resolve(dir, file));
  if (read !== undefined && E.isLeft(read)) return [];
  const loaded = loadWritten(read === undefined ? library : read.right.value);
  return E.isLeft(loaded) ? [] : [loaded.right];
};
