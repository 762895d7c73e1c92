/** The embedded default of a deployment: its ledgers in one SQLite file, its catalogs as files in a folder. */
import { join } from 'node:path';
import type { DeploymentStorage } from '@tai-autonomics/governor';
import { changeableByOthers } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { folderCatalogs } from '../catalog-store.ts';
import { folderSnapshots } from '../snapshot-store.ts';
import { openSqliteStore } from './sqlite.ts';

/** `DIR/ledger.db`, `DIR/catalogs/` and `DIR/snapshots/`, for `openDeployment`. A ledger that others can change is not opened. */
export const sqliteStorage: DeploymentStorage = {
  ledgers: async (dir) => {
    const path = join(dir, 'ledger.db');
    const exposed = await changeableByOthers(path);
    if (exposed !== undefined) return E.left({ fault: 'unavailable', detail: exposed, outcome: 'not_written' });
    return openSqliteStore(path);
  },
  catalogs: (dir) => folderCatalogs(join(dir, 'catalogs')),
  snapshots: (dir) => folderSnapshots(join(dir, 'snapshots')),
};
