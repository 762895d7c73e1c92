/** Where a deployment keeps its ledgers: in a file of its folder, or in the PostgreSQL that `store` of its config.json names. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqliteStore, sqliteStorage, watchedStore } from '@tai-autonomics/adapter-storage';
import type { Answer, DeploymentStorage, LedgerStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { complain, type Io } from '../terminal/io.ts';
import type { Config } from './config.ts';

/** The storage that a configuration means. Whoever watches the log is told once when it stops answering, and once when it does again. */
export const storageOf = async (io: Io, { store: url }: Pick<Config, 'store'>): Promise<DeploymentStorage> => {
  const storage = url === undefined ? sqliteStorage : (await postgres()).postgresStorage(url);
  return {
    ...storage,
    ledgers: async (dir) =>
      E.map((store: LedgerStore) =>
        watchedStore(store, (change) =>
          complain(
            io,
            change.answers
              ? 'the store answers again'
              : `${change.fault.detail}; nothing is approved until the store answers`,
          ),
        ),
      )(await storage.ledgers(dir)),
  };
};

/** The ledgers of a deployment alone, for whoever only reads them. A file that is not there is not made. */
export const openLedgers = async (dir: string, { store: url }: Pick<Config, 'store'>): Answer<LedgerStore> => {
  if (url !== undefined) return (await postgres()).openPostgresStore(url);
  const path = join(dir, 'ledger.db');
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  return isThere
    ? openSqliteStore(path)
    : E.left({ fault: 'unavailable', detail: `${path}: no such file`, outcome: 'not_written' });
};

/** PostgreSQL, which is loaded where it is used alone. */
export const postgres = (): Promise<typeof import('@tai-autonomics/adapter-storage/postgres')> =>
  import('@tai-autonomics/adapter-storage/postgres');
