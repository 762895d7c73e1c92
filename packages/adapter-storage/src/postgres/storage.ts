/** A deployment whose ledgers and catalogs are in PostgreSQL. */
import { join } from 'node:path';
import type { Answer, CatalogStore, DeploymentStorage } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { folderCatalogs } from '../catalog-store.ts';
import { sharedCatalogs } from '../shared-catalogs.ts';
import { folderSnapshots } from '../snapshot-store.ts';
import { postgresCatalogs } from './catalogs.ts';
import type { Database } from './database.ts';
import { openPostgres, type PostgresOptions, postgresStore } from './postgres.ts';

/**
 * The ledgers of a database, for `openDeployment`, and the catalogs of its processes: each finds what another one wrote, and
 * keeps a copy in its own folder, `catalogs/`. Drafts stay in the folder: what they are is gone after a while.
 */
export const postgresStorage = (url: string, options: PostgresOptions = {}): DeploymentStorage => {
  let opening: Answer<Database> | undefined;
  const open = async (): Answer<Database> => {
    opening ??= openPostgres(url, options);
    const opened = await opening;
    if (E.isLeft(opened)) opening = undefined;
    return opened;
  };
  return {
    ledgers: async () =>
      E.map((database: Database) => {
        const store = postgresStore(database, options);
        return {
          ...store,
          close: () => {
            opening = undefined;
            return store.close();
          },
        };
      })(await open()),
    catalogs: (dir) =>
      sharedCatalogs(folderCatalogs(join(dir, 'catalogs')), async () => E.map(postgresCatalogs)(await open())),
    snapshots: (dir) => folderSnapshots(join(dir, 'snapshots')),
  };
};

/** The catalogs of a database alone, over connections of their own, which `close` ends. */
export const openPostgresCatalogs = async (
  url: string,
  options: PostgresOptions = {},
): Answer<CatalogStore & { close(): Promise<void> }> =>
  E.map((database: Database) => ({ ...postgresCatalogs(database), close: () => database.close() }))(
    await openPostgres(url, options),
  );
