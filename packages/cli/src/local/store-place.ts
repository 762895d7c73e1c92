/** The store of a text, `sqlite:FILE`, `postgres://…` or `firestore:…`: opened here, or asked for at the process that holds it. */
import { basename, dirname, resolve } from 'node:path';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import type { LedgerStore, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { exists } from '../deployment/kept.ts';
import { isFar, openFarStore } from '../deployment/storage.ts';
import type { Io } from '../terminal/io.ts';
import type { LedgerReader, LocalDeployment } from './local-deployment.ts';
import { reach } from './open-local.ts';

type Trouble = readonly string[];

/** What is read of a store, and compared. Close it. */
export type ReadStore = LedgerReader & Pick<LedgerStore, 'close'>;
/** What a copy is written to as well. */
export type WrittenStore = ReadStore & Pick<LedgerStore, 'append' | 'putCheckpoint' | 'purge'>;

const FORM = 'expected sqlite:FILE, postgres://ROLE@HOST:PORT/DATABASE or firestore:PROJECT/DATABASE';

/**
 * Opens the store of a text; a file that is to be read must be there. The file of a deployment that another process holds is read
 * through that process, and takes no writes: only its governor writes there.
 */
export const openPlace = async (io: Io, place: string, mayMake: boolean): Promise<E.Either<Trouble, WrittenStore>> => {
  if (isFar(place)) return E.mapLeft(lineOf)(await openFarStore(place, [io.cwd]));
  if (!place.startsWith('sqlite:')) return E.left([`${FORM}, found ${place}`]);
  const path = resolve(io.cwd, place.slice('sqlite:'.length));
  if (!mayMake && !(await exists(path))) return E.left([`${path}: no such file`]);
  return reach<WrittenStore>(
    dirname(path),
    (joined) => (isOwn(path, joined) ? readThrough(joined) : undefined),
    async (met) => {
      const opened = await openSqliteStore(path);
      if (E.isLeft(opened)) met(opened.left);
      return E.mapLeft(lineOf)(opened);
    },
  );
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
    putCheckpoint: async (ledger, checkpoint) => {
      const stored = await store.checkpoint(ledger, checkpoint.size);
      if (E.isLeft(stored)) return stored;
      return stored.right?.size === checkpoint.size ? E.right(stored.right) : refused;
    },
    purge: async () => refused,
    close,
  };
};
