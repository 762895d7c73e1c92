/**
 * A deployment for as long as somebody needs it, whoever holds it meanwhile: through the process that has it open; after
 * that one ended, in this process, which then lets others in through the socket.
 */
import type { Governor } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { complain, type Io } from '../terminal/io.ts';
import { followingGovernor } from './following-governor.ts';
import type { LocalDeployment } from './local-deployment.ts';
import { openOffered } from './open-local.ts';

/** What a door of one caller needs. */
export interface LastingDeployment {
  readonly governor: Governor;
  close(): Promise<void>;
}

/** Reaches it for the first time. Left: one line for each thing that is wrong. */
export const openLasting = async (io: Io, folder: string): Promise<E.Either<readonly string[], LastingDeployment>> => {
  const opened = await openOffered(io, folder);
  return E.isLeft(opened) ? opened : E.right(lasting(io, folder, opened.right));
};

const lasting = (io: Io, folder: string, first: LocalDeployment): LastingDeployment => {
  let current = first;
  /** The one who held it has ended, and nobody was reached since. Each question tries again. */
  let isGone = false;
  let reaching: Promise<void> | undefined;
  let isClosed = false;
  let complaint = '';
  const reachAgain = async (): Promise<void> => {
    if (isClosed) return;
    const opened = await openOffered(io, folder);
    if (E.isLeft(opened)) {
      const lines = opened.left.join('\n');
      if (lines !== complaint) for (const line of opened.left) complain(io, line);
      complaint = lines;
      return;
    }
    complaint = '';
    isGone = false;
    current = opened.right;
    follow(current.governor);
    watch();
  };
  const reached = async (): Promise<void> => {
    if (!isGone) return;
    reaching ??= reachAgain().finally(() => {
      reaching = undefined;
    });
    await reaching;
  };
  const { governor, follow, stop } = followingGovernor(first.governor, reached);
  const watch = (): void => {
    void current.untilGone().then(() => {
      isGone = true;
      return reached();
    });
  };
  watch();
  return {
    governor,
    close: async () => {
      isClosed = true;
      await reaching;
      stop();
      await current.close();
    },
  };
};
