/** One tenant's ledger in this process: its durable copy, and the queue of what wants to be written. */

import type { State } from '@tai-autonomics/core';
import type { Engine } from '@tai-autonomics/core/engine';
import type { LedgerHead } from '@tai-autonomics/core/receipt';
import { owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { NotDecided } from '../api.ts';
import type { LedgerId, Row } from '../ports.ts';
import type { FoldedLedger } from '../snapshots/folded-ledger.ts';
import type { Annals } from './annals.ts';
import { commitGroup, type GroupCommitOptions, type Job } from './group-commit.ts';
import { createLedgerCopy, type LedgerCopy, type LedgerCopyOptions } from './ledger-copy.ts';
import type { TreeCache } from './tree-cache.ts';

/** Jobs of one append at most. */
const GROUP_MAX = 256;

export interface Ledger {
  readonly id: LedgerId;
  readonly origin: string;
  readonly state: State;
  readonly head: LedgerHead;
  /** What the ledger says about itself. */
  readonly annals: Annals;
  /** What decides the next receipt; absent if the ledger moved to a version that is not here. */
  readonly engine: Engine | undefined;
  readonly tree: TreeCache;
  /** The snapshot from which it was opened; absent: it was folded from its first receipt. */
  readonly begun?: FoldedLedger;
  /** Writes a job with others in one append. */
  enqueue(job: Job): void;
  /** Brings this process up to date with the store, when what is in flight has landed. */
  refresh(): Promise<E.Either<NotDecided, void>>;
  /** Jobs that wait for the next append. */
  readonly waiting: number;
  /** Whether something is in flight, or waits to be. */
  readonly busy: boolean;
  /** Resolves when nothing is in flight. */
  idle(): Promise<void>;
}

export interface LedgerOptions extends GroupCommitOptions, Pick<LedgerCopyOptions, 'start' | 'tiles'> {
  readonly origin: string;
  /** Called after each durable append with its rows, before anybody is answered. Must not throw. */
  readonly appended: (rows: readonly Row[]) => void;
}

type Refreshed = E.Either<NotDecided, void>;

type Queue = Pick<Ledger, 'enqueue' | 'refresh' | 'idle'> & {
  readonly isBusy: () => boolean;
  readonly waitingNow: () => number;
};

/** Opens a ledger at its genesis, or at a snapshot; call `refresh` to bring it to the store's head. */
export const createLedger = (options: LedgerOptions): E.Either<NotDecided, Ledger> => {
  const { id, origin, store, sealing, start, tiles } = options;
  const opened = createLedgerCopy({
    id,
    origin,
    store,
    sha256: sealing.sha256,
    engines: sealing.engines,
    ...(start === undefined ? {} : { start }),
    ...(tiles === undefined ? {} : { tiles }),
  });
  if (E.isLeft(opened)) return opened;
  const copy = opened.right;
  const { isBusy, waitingNow, ...queue } = createQueue(options, copy);
  return E.right({
    id,
    origin,
    tree: copy.tree,
    ...(start === undefined ? {} : { begun: start }),
    get state() {
      return copy.state;
    },
    get head() {
      return copy.head;
    },
    get annals() {
      return copy.annals;
    },
    get engine() {
      return copy.engine;
    },
    get waiting() {
      return waitingNow();
    },
    get busy() {
      return isBusy();
    },
    ...queue,
  });
};

/** The queue: one group is in flight at a time, and nothing is read into the copy meanwhile. */
const createQueue = (options: LedgerOptions, copy: LedgerCopy): Queue => {
  const queue: Job[] = [];
  const refreshing: ((refreshed: Refreshed) => void)[] = [];
  let flight: Promise<void> | undefined;

  const run = async (group: readonly Job[]): Promise<void> => {
    const { settled, jobs } = await commitGroup(options, copy, group);
    const isDone = owns(settled, 'written');
    if (isDone) options.appended(settled.written);
    for (const job of jobs) {
      if (isDone) job.done();
      else job.failed(settled);
    }
  };

  const drain = async (): Promise<void> => {
    // A turn of the event loop, so that callers of one burst share one append.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (queue.length + refreshing.length > 0) {
      const waiting = refreshing.splice(0);
      if (waiting.length > 0) {
        const refreshed = await copy.reload();
        for (const answer of waiting) answer(refreshed);
      }
      if (queue.length > 0) await run(queue.splice(0, GROUP_MAX));
    }
    flight = undefined;
  };

  return {
    enqueue: (job) => {
      queue.push(job);
      flight ??= drain();
    },
    refresh: () =>
      new Promise((answer) => {
        refreshing.push(answer);
        flight ??= drain();
      }),
    isBusy: () => flight !== undefined,
    waitingNow: () => queue.length,
    idle: async () => {
      while (flight !== undefined) await flight;
    },
  };
};
