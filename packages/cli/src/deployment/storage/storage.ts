/** Where a deployment keeps its ledgers: in a file of its folder, or in the store that `store` of its config.json names. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqliteStore, sqliteStorage, watchedStore } from '@tai-autonomics/adapter-storage';
import type { Answer, CatalogStore, DeploymentStorage, LedgerStore, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { complain, type Io } from '../../terminal/io.ts';
import type { Config } from '../config.ts';
import { firestore, firestoreClient } from './firestore-client.ts';
import { withSegments } from './segments.ts';

/** The storage that a configuration means. Whoever watches the log is told once when it stops answering, and once when it does again. */
export const storageOf = async (
  io: Io,
  dir: string,
  config: Pick<Config, 'store' | 'segments'>,
): Promise<DeploymentStorage> => {
  const { store: url } = config;
  const storage = url === undefined ? sqliteStorage : await farStorage(url, [dir, io.cwd]);
  return {
    ...storage,
    ledgers: async (folder) =>
      E.map((store: LedgerStore) =>
        watchedStore(store, (change) =>
          complain(
            io,
            change.answers
              ? 'the store answers again'
              : `${change.fault.detail}; nothing is approved until the store answers`,
          ),
        ),
      )(await withSegments(dir, config, () => storage.ledgers(folder))),
  };
};

/** The ledgers of a deployment alone, for whoever only reads them. A file that is not there is not made. */
export const openLedgers = (dir: string, config: Pick<Config, 'store' | 'segments'>): Answer<LedgerStore> =>
  withSegments(dir, config, () => openOwn(dir, config));

/** Whether a text names a store that is no file. */
export const isFar = (place: string): boolean => isPostgres(place) || isFirestore(place);

/** Whether a text names a PostgreSQL. */
export const isPostgres = (place: string): boolean => /^postgres(?:ql)?:\/\//.test(place);

/** Why a text can't be the store of a deployment, or `undefined` when it can. Nothing is opened. */
export const wrongInPlace = async (place: string): Promise<string | undefined> => {
  const parsed: E.Either<StoreFault, unknown> = isFirestore(place)
    ? (await firestore()).parseFirestoreUrl(place)
    : (await postgres()).parsePostgresUrl(place);
  return E.isLeft(parsed) ? parsed.left.detail : undefined;
};

/** What messages call the store of a text that names no file; the text itself where it is none. */
export const farName = async (place: string): Promise<string> => {
  const parsed: E.Either<StoreFault, { readonly name: string }> = isFirestore(place)
    ? (await firestore()).parseFirestoreUrl(place)
    : (await postgres()).parsePostgresUrl(place);
  return E.isLeft(parsed) ? place : parsed.right.name;
};

/** Opens the ledgers of a PostgreSQL or a Firestore. The client of Firestore is looked for in these folders, in their order. */
export const openFarStore = async (place: string, folders: readonly string[]): Answer<LedgerStore> =>
  isFirestore(place) ? (await farStorage(place, folders)).ledgers('') : (await postgres()).openPostgresStore(place);

/** Opens the catalogs of a PostgreSQL or a Firestore, as `openFarStore` does. */
export const openFarCatalogs = async (
  place: string,
  folders: readonly string[],
): Answer<CatalogStore & { close(): Promise<void> }> => {
  if (!isFirestore(place)) return (await postgres()).openPostgresCatalogs(place, { connections: 1 });
  const { parseFirestoreUrl, firestoreCatalogs } = await firestore();
  const parsed = parseFirestoreUrl(place);
  if (E.isLeft(parsed)) return parsed;
  const client = await firestoreClient(parsed.right, folders);
  return E.isLeft(client)
    ? client
    : E.right({
        ...firestoreCatalogs(client.right, { name: parsed.right.name }),
        close: () => client.right.terminate(),
      });
};

/** PostgreSQL, which is loaded where it is used alone. */
export const postgres = (): Promise<typeof import('@tai-autonomics/adapter-storage/postgres')> =>
  import('@tai-autonomics/adapter-storage/postgres');

const isFirestore = (place: string): boolean => place.startsWith('firestore:');

const farStorage = async (place: string, folders: readonly string[]): Promise<DeploymentStorage> => {
  if (!isFirestore(place)) return (await postgres()).postgresStorage(place);
  const { parseFirestoreUrl, firestoreStorage } = await firestore();
  const parsed = parseFirestoreUrl(place);
  return firestoreStorage(
    async () => (E.isLeft(parsed) ? parsed : firestoreClient(parsed.right, folders)),
    E.isLeft(parsed) ? {} : { name: parsed.right.name },
  );
};

const openOwn = async (dir: string, { store: url }: Pick<Config, 'store'>): Answer<LedgerStore> => {
  if (url !== undefined) return openFarStore(url, [dir, process.cwd()]);
  const path = join(dir, 'ledger.db');
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  return isThere
    ? openSqliteStore(path)
    : E.left({ fault: 'unavailable', detail: `${path}: no such file`, outcome: 'not_written' });
};
