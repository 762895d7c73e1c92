/** A deployment's evidence, without the deployment: no governor is started, nothing is decided, nothing is changed. */
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { LedgerSource } from '@tai-autonomics/governor/bundle';
import { createIdentity, type Identity, ledgerKeyPath, openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { type ArchivedCatalog, keptCatalogs } from '../deployment/catalog-archive.ts';
import type { Config } from '../deployment/config.ts';
import { readConfig } from '../deployment/deployment.ts';
import { readLogFile } from '../deployment/receipt-log.ts';
import { openLedgers } from '../deployment/storage.ts';
import { readJsonFile } from '../input/read-file.ts';
import { loadWritten } from '../input/shipped-catalog.ts';
import type { LedgerReader } from '../local/local-deployment.ts';
import { reach } from '../local/open-local.ts';
import type { Io } from '../terminal/io.ts';
import { keptRaw } from './raw-evidence.ts';

/** The ledgers of a deployment, open for reading. Close it, or the file stays held. */
export interface Evidence {
  /** The ledger of a tenant, as an export takes it; `undefined` if the tenant has none. */
  readonly sourceOf: (tenant: string) => Promise<E.Either<string, LedgerSource | undefined>>;
  /** Things to know that don't stop an export. */
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

type Trouble = readonly string[];

/**
 * Opens the evidence of a deployment's folder. The key that signs manifests is `keys/export.key`, made at the first
 * export; the ledger's key is only read. Works where the deployment itself would not start, as with a lapsed insurance. With a log
 * the ledgers are those of its lines, and the store is not asked.
 */
export const openEvidence = async (
  io: Io,
  folder: string,
  log: string | undefined = undefined,
): Promise<E.Either<Trouble, Evidence>> => {
  const dir = resolve(io.cwd, folder);
  const config = await readConfig(io, dir);
  if (E.isLeft(config)) return config;
  const keyPath = ledgerKeyPath(dir, config.right.mode);
  const needed = config.right.store === undefined && log === undefined ? [keyPath, join(dir, 'ledger.db')] : [keyPath];
  for (const path of needed) if (!(await isThere(path))) return E.left([`${path}: no such file`]);
  const key = await openKeyFile(keyPath, systemRandom);
  if (E.isLeft(key)) return E.left([key.left]);
  const exporter = await openKeyFile(join(dir, 'keys', 'export.key'), systemRandom);
  if (E.isLeft(exporter)) return E.left([exporter.left]);
  const active = await activeCatalog(io, dir, config.right.catalog);
  const kept = await keptCatalogs(dir);
  const reader = log === undefined ? await readerOf(dir, config.right) : await readerOfLog(log);
  if (E.isLeft(reader)) return reader;
  const { mode, domain } = config.right;
  const { secret, signer } = key.right;
  const session = config.right.mode === 'eval' ? { session: config.right.session } : {};
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
    sourceOf: sourceWith(reader.right.store, identity, parts),
    warnings: [...kept.damaged, ...reader.right.gaps],
    close: reader.right.close,
  });
};

const isThere = async (path: string): Promise<boolean> => {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
};

/** The active catalog's text; none if it can't be read any more: its receipts are evidence all the same. */
const activeCatalog = async (io: Io, dir: string, file: string | undefined): Promise<readonly ArchivedCatalog[]> => {
  const read = file === undefined ? undefined : await readJsonFile(io, resolve(dir, file));
  if (read !== undefined && E.isLeft(read)) return [];
  const loaded = loadWritten(read === undefined ? library : read.right.value);
  return E.isLeft(loaded) ? [] : [loaded.right];
};

const sourceWith =
  (
    store: LedgerReader,
    identity: Identity,
    parts: Pick<LedgerSource, 'publicKey' | 'olderKeys' | 'catalogs' | 'exporter' | 'evidence' | 'trees'>,
  ) =>
  async (tenant: string): Promise<E.Either<string, LedgerSource | undefined>> => {
    const ledger = identity.ledger(tenant);
    const head = await store.head(ledger);
    if (E.isLeft(head)) return E.left(head.left.detail);
    return E.right(head.right === undefined ? undefined : { store, ledger, origin: identity.origin(tenant), ...parts });
  };

interface OpenReader {
  readonly store: LedgerReader;
  /** What the ledgers lack. */
  readonly gaps: readonly string[];
  readonly close: () => Promise<void>;
}

/** The ledgers through the process that holds them, or themselves. */
const readerOf = (dir: string, config: Config): Promise<E.Either<Trouble, OpenReader>> =>
  reach<OpenReader>(
    dir,
    ({ store, close }) => ({ store, gaps: [], close }),
    async (met) => {
      const opened = await openLedgers(dir, config);
      if (E.isRight(opened)) return E.right({ store: opened.right, gaps: [], close: () => opened.right.close() });
      met(opened.left);
      return E.left([opened.left.detail]);
    },
  );

const readerOfLog = async (path: string): Promise<E.Either<Trouble, OpenReader>> => {
  const read = await readLogFile(path);
  if (E.isLeft(read)) return E.left([read.left]);
  const { store, gaps } = read.right;
  return E.right({ store, gaps, close: () => store.close() });
};
