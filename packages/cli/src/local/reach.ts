/** Reaches whatever holds the ledger of a folder. Nothing here opens a deployment, so that a reader of evidence loads no handler. */
import { setTimeout } from 'node:timers/promises';
import type { StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { joinDeployment } from './joined-deployment.ts';
import type { LocalDeployment } from './local-deployment.ts';

type Trouble = readonly string[];

/** A process that holds the ledger and offers no socket is either starting, or asks one thing and ends. */
const TRIES = 50;
const PAUSE_MS = 100;

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
