/** The embedded default of a deployment: its ledgers in one SQLite file, its catalogs as files in a folder. */
import { join } from 'node:path';
import type { DeploymentStorage } from '@tai-autonomics/governor';
import { folderCatalogs } from '../catalog-store.ts';
import { openSqliteStore } from './sqlite.ts';

/** `DIR/ledger.db` and `DIR/catalogs/`, for `openDeployment`. */
export const sqliteStorage: DeploymentStorage = {
  ledgers: (dir) => openSqliteStore(join(dir, 'ledger.db')),
  catalogs: (dir) => folderCatalogs(join(dir, 'catalogs')),
};
