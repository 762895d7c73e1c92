/** The store of a text, `sqlite:FILE`, `postgres://…` or `firestore:…`: opened here, or asked for at the process that holds it. */
import { basename, dirname, resolve } from 'node:path';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import type { LedgerStore, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import type { Config } from '../deployment/config.ts';
import { readConfig } from '../deployment/deployment.ts';
import { exists } from '../deployment/storage/kept.ts';
import { withSegments } from '../deployment/storage/segments.ts';
import { farName, isFar, openFarStore } from '../deployment/storage/storage.ts';
import type { Io } from '../terminal/io.ts';
import type { LedgerReader, LocalDeployment } from './local-deployment.ts';
import { reach } from './reach.ts';

type Trouble = readonly string[];

/** What is read of a store, and compared. Close it. */
export type ReadStore = LedgerReader & Pick<LedgerStore, 'close'>;
/** What a copy is written to as well. */
export type WrittenStore = ReadStore & Pick<LedgerStore, 'append' | 'putCheckpoint' | 'purge' | 'probe'>;

const FORM = 'expected sqlite:FILE, postgres://ROLE@HOST:PORT/DATABASE or firestore:PROJECT/DATABASE';

/**
 * Opens the store of a text; a file that is to be read must be there. The file of a deployment that another process holds is read
 * through that process, and takes no writes: only its governor writes there. `of` is the deployment whose store it is.
 */
export const openPlace = async (
  io: Io,
  place: string,
  mayMake: boolean,
  of: (Pick<Config, 'segments'> & { readonly dir: string }) | undefined = undefined,
): Promise<E.Either<Trouble, WrittenStore>> => {
  if (isFar(place))
    return E.mapLeft(lineOf)(
      await withSegments(of?.dir ?? io.cwd, of ?? {}, () =>
        openFarStore(place, [...(of === undefined ? [] : [of.dir]), io.cwd]),
      ),
    );
  if (!place.startsWith('sqlite:')) return E.left([`${FORM}, found ${place}`]);
  const path = resolve(io.cwd, place.slice('sqlite:'.length));
  if (!mayMake && !(await exists(path))) return E.left([`${path}: no such file`]);
  return reach<WrittenStore>(
    dirname(path),
    (joined) => (isOwn(path, joined) ? readThrough(joined) : undefined),
    async (met) => {
      const opened = await withSegments(dirname(path), await segmentsOf(io, path), () => openSqliteStore(path));
      if (E.isLeft(opened)) met(opened.left);
      return E.mapLeft(lineOf)(opened);
    },
  );
};

/**
 * The deployment of a folder, if a place that is no file is the store which its config.json names: of that one it is known where the
 * segments are.
 */
export const ofPlace = async (
  io: Io,
  place: string,
  dir: string,
): Promise<(Pick<Config, 'segments'> & { readonly dir: string }) | undefined> => {
  const config = isFar(place) ? await readConfig(io, dir) : undefined;
  const isIts =
    config !== undefined &&
    E.isRight(config) &&
    config.right.store !== undefined &&
    isFar(config.right.store) &&
    (await farName(config.right.store)) === (await farName(place));
  return isIts ? { dir, ...config.right } : undefined;
};

/** The ledger file of a deployment may have moved receipts into segments. */
const segmentsOf = async (io: Io, path: string): Promise<Pick<Config, 'segments'>> => {
  const config = basename(path) === 'ledger.db' ? await readConfig(io, dirname(path)) : undefined;
  return config !== undefined && E.isRight(config) ? config.right : {};
};

const lineOf = ({ detail }: StoreFault): Trouble => [detail];

/** Whether a file is the one that a deployment keeps its ledgers in. */
const isOwn = (path: string, { config: { store } }: LocalDeployment): boolean =>
  store === undefined && basename(path) === 'ledger.db';

const readThrough = ({ store, dir, holder, close }: LocalDeployment): WrittenStore => {
  const refused: E.Either<StoreFault, never> = E.left({
    fault: 'held',
    detail: `${dir}: process ${holder} holds it, and only its governor writes there; stop it to copy into it`,
    outcome: 'not_written',
  });
  return {
    ...store,
    append: async () => refused,
    probe: async () => refused,
    putCheckpoint: async (ledger, checkpoint) => {
      const stored = await store.checkpoint(ledger, checkpoint.size);
      if (E.isLeft(stored)) return stored;
      return stored.right?.size === checkpoint.size ? E.right(stored.right) : refused;
    },
    purge: async () => refused,
    close,
  };
};
