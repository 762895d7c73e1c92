/** A deployment's evidence, without the deployment: no governor is started, nothing is decided, nothing is changed. */
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { LedgerSource } from '@tai-autonomics/governor/bundle';
import { ledgerKeyPath } from '@tai-autonomics/governor/keys';
import { either as E } from 'fp-ts';
import type { Config } from '../deployment/config.ts';
import { readConfig } from '../deployment/deployment.ts';
import { readLogFile } from '../deployment/storage/receipt-log.ts';
import { openLedgers } from '../deployment/storage/storage.ts';
import type { LedgerReader } from '../local/local-deployment.ts';
import { reach } from '../local/reach.ts';
import type { Io } from '../terminal/io.ts';
import { ledgerSources } from './ledger-sources.ts';

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
  const sources = await ledgerSources(io, dir, config.right);
  if (E.isLeft(sources)) return sources;
  const reader = log === undefined ? await readerOf(dir, config.right) : await readerOfLog(log);
  if (E.isLeft(reader)) return reader;
  return E.right({
    sourceOf: (tenant) => sources.right.sourceOf(reader.right.store, tenant),
    warnings: [...sources.right.warnings, ...reader.right.gaps],
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
