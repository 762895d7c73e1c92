/** Reaches the deployment of a folder, whichever process holds it. */
import { resolve } from 'node:path';
import { either as E } from 'fp-ts';
import { type HeldDeployment, holdDeployment } from '../deployment/held-deployment.ts';
import { shippedHandlers } from '../deployment/shipped-handlers.ts';
import { type ExitCode, type Io, unreadable } from '../terminal/io.ts';
import type { LocalDeployment } from './local-deployment.ts';
import { localOf, offer } from './offer.ts';
import { reach } from './reach.ts';

type Trouble = readonly string[];

/** Joins the process that holds the deployment, or opens it here. */
export const openLocal = (io: Io, folder: string): Promise<E.Either<Trouble, LocalDeployment>> =>
  open(io, folder, async (held) => localOf(held));

/** As `openLocal`; one that is opened here lets other commands in through its socket until it is closed. */
export const openOffered = (io: Io, folder: string): Promise<E.Either<Trouble, LocalDeployment>> =>
  open(io, folder, (held) => offer(io, held));

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
