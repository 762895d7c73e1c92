/** A deployment whose ledgers and catalogs are in Firestore. */
import { join } from 'node:path';
import type { Answer, DeploymentStorage, LedgerStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { folderCatalogs } from '../catalog-store.ts';
import { sharedCatalogs } from '../shared-catalogs.ts';
import { folderSnapshots } from '../snapshot-store.ts';
import { firestoreCatalogs } from './catalogs.ts';
import type { FirestoreClient } from './client.ts';
import { type FirestoreOptions, openFirestoreStore } from './firestore.ts';

/**
 * The ledgers of a database, for `openDeployment`, and the catalogs of its processes. `open` makes a client, once; closing the
 * store ends it. Snapshots and drafts stay in the folder.
 */
export const firestoreStorage = (
  open: () => Answer<FirestoreClient>,
  options: FirestoreOptions = {},
): DeploymentStorage => {
  let opening: Answer<FirestoreClient> | undefined;
  const opened = async (): Answer<FirestoreClient> => {
    opening ??= open();
    const client = await opening;
    if (E.isLeft(client)) opening = undefined;
    return client;
  };
  return {
    ledgers: async () => {
      const client = await opened();
      if (E.isLeft(client)) return client;
      return E.map((store: LedgerStore) => ({
        ...store,
        close: async () => {
          opening = undefined;
          await store.close();
          await client.right.terminate();
        },
      }))(await openFirestoreStore(client.right, options));
    },
    catalogs: (dir) =>
      sharedCatalogs(folderCatalogs(join(dir, 'catalogs')), async () =>
        E.map((client: FirestoreClient) => firestoreCatalogs(client, options))(await opened()),
      ),
    snapshots: (dir) => folderSnapshots(join(dir, 'snapshots')),
  };
};
