/** Reaches the deployment of a folder, whichever process holds it. */
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { type HeldDeployment, holdDeployment } from '../deployment/held-deployment.ts';
import { shippedHandlers } from '../deployment/shipped-handlers.ts';
import { type ExitCode, type Io, unreadable } from '../terminal/io.ts';
import { joinDeployment } from './joined-deployment.ts';
import type { LocalDeployment } from './local-deployment.ts';
import { localOf, offer } from './offer.ts';

type Trouble = readonly string[];

/** A process that holds the ledger and offers no socket is either starting, or asks one thing and ends. */
const TRIES = 50;
const PAUSE_MS = 100;

/** Joins the process that holds the deployment, or opens it here. */
export const openLocal = (io: Io, folder: string): Promise<E.Either<Trouble, LocalDeployment>> =>
  open(io, folder, async (held) => localOf(held));

/** As `openLocal`; one that is opened here lets other commands in through its socket until it is closed. */
export const openOffered = (io: Io, folder: string): Promise<E.Either<Trouble, LocalDeployment>> =>
  open(io, folder, (held) => offer(io, held));

/**
 * Asks the process that holds the deployment of a folder, or opens the ledger here. One that holds it and can't be asked
 * is waited for a little; `open` says whether that is why it failed. `join` answers `undefined` where the one that holds
 * it has nothing to do with what is asked.
 */
export const reach = async <A>(
  dir: string,
  join: (joined: LocalDeployment) => A | undefined,
  open: (met: (fault: StoreFault) => void) => Promise<E.Either<Trouble, A>>,
): Promise<E.Either<Trouble, A>> => {
  for (let tries = 1; ; tries += 1) {
    const joined = await joinDeployment(dir);
    if (E.isLeft(joined)) return joined;
    const answer = joined.right === undefined ? undefined : join(joined.right);
    if (answer !== undefined) return E.right(answer);
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
  opened: (held: HeldDeployment) => Promise<LocalDeployment>,
): Promise<E.Either<Trouble, LocalDeployment>> =>
  reach(
    resolve(io.cwd, folder),
    (joined) => joined,
    async (met) => {
      const held = await holdDeployment(io, folder, { handlersOf: shippedHandlers, met });
      return E.isLeft(held) ? held : E.right(await opened(held.right));
    },
  );
