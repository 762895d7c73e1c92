/** Reaches the deployment of a folder, whichever process holds it. */
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { sqliteStorage } from '@tai-autonomics/adapter-storage';
import type { StoreFault } from '@tai-autonomics/governor';
import { replayHeldEvents } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { type Deployment, openDeployment } from '../deployment/deployment.ts';
import { complain, type ExitCode, type Io, unreadable } from '../terminal/io.ts';
import { joinDeployment } from './joined-deployment.ts';
import type { LocalDeployment } from './local-deployment.ts';
import { openSocketDoor } from './socket-door.ts';

type Trouble = readonly string[];

/** A process that holds the ledger and offers no socket is either starting, or asks one thing and ends. */
const TRIES = 50;
const PAUSE_MS = 100;

/** A deployment that this process holds, as a verb reaches it. */
export const localOf = (deployment: Deployment): LocalDeployment => {
  const { dir, config, governor, identity, signer, store, catalogStore, catalogs } = deployment;
  const { aliases } = catalogs[0].catalog.source;
  return {
    dir,
    config,
    governor,
    identity,
    publicKey: signer.publicKey,
    aliases,
    store,
    catalogStore,
    replayHeldEvents: () => replayHeldEvents({ ...deployment, ...(aliases === undefined ? {} : { aliases }) }),
    untilGone: () => new Promise(() => {}),
    close: () => deployment.close(),
  };
};

/** Joins the process that holds the deployment, or opens it here. */
export const openLocal = (io: Io, folder: string): Promise<E.Either<Trouble, LocalDeployment>> =>
  open(io, folder, async (local) => local);

/** As `openLocal`; one that is opened here lets other commands in through its socket until it is closed. */
export const openOffered = (io: Io, folder: string): Promise<E.Either<Trouble, LocalDeployment>> =>
  open(io, folder, (local) => offer(io, local));

/** Lets other commands in through a socket. Where none can be had it says so, and this process alone asks. */
export const offer = async (io: Io, local: LocalDeployment): Promise<LocalDeployment> => {
  const door = await openSocketDoor(local);
  if (E.isLeft(door)) {
    complain(io, `${door.left}; other commands of this folder wait until this one has ended`);
    return local;
  }
  return {
    ...local,
    close: async () => {
      await door.right.close();
      await local.close();
    },
  };
};

/**
 * Asks the process that holds the deployment of a folder, or opens the ledger here. One that holds it and can't be asked
 * is waited for a little; `open` says whether that is why it failed.
 */
export const reach = async <A>(
  dir: string,
  join: (joined: LocalDeployment) => A,
  open: (met: (fault: StoreFault) => void) => Promise<E.Either<Trouble, A>>,
): Promise<E.Either<Trouble, A>> => {
  for (let tries = 1; ; tries += 1) {
    const joined = await joinDeployment(dir);
    if (E.isLeft(joined)) return joined;
    if (joined.right !== undefined) return E.right(join(joined.right));
    let isHeld = false;
    const opened = await open(({ fault }) => {
      isHeld = fault === 'held';
    });
    if (E.isRight(opened) || !isHeld || tries === TRIES) return opened;
    await setTimeout(PAUSE_MS);
  }
};

/** Reaches the deployment, does one thing, and lets go of it. */
export const withLocal = async (
  io: Io,
  folder: string,
  use: (deployment: LocalDeployment) => Promise<ExitCode>,
): Promise<ExitCode> => {
  const opened = await openLocal(io, folder);
  if (E.isLeft(opened)) return unreadable(io, ...opened.left);
  try {
    return await use(opened.right);
  } finally {
    await opened.right.close();
  }
};

const open = (
  io: Io,
  folder: string,
  opened: (local: LocalDeployment) => Promise<LocalDeployment>,
): Promise<E.Either<Trouble, LocalDeployment>> =>
  reach(
    resolve(io.cwd, folder),
    (joined) => joined,
    async (met) => {
      const ledgers: typeof sqliteStorage.ledgers = async (path) => {
        const store = await sqliteStorage.ledgers(path);
        if (E.isLeft(store)) met(store.left);
        return store;
      };
      const deployment = await openDeployment(io, folder, { storage: { ...sqliteStorage, ledgers } });
      return E.isLeft(deployment) ? deployment : E.right(await opened(localOf(deployment.right)));
    },
  );
