/** A long run over receipts: whoever waits sees how far it is, and Ctrl-C ends it between two of them. */
import process from 'node:process';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';

/** What such a run tells, and asks. */
export interface Watch {
  /** So many more receipts were read. */
  readonly onRead: (receipts: number) => void;
  readonly isStopped: () => boolean;
}

/** Runs it over `all` receipts, each of which is read `passes` times. Whatever it made is there to clear away when it is stopped. */
export const watched = async <A>(
  io: Io,
  passes: number,
  all: number | Promise<number>,
  act: (watch: Watch) => Promise<A>,
): Promise<A> => {
  const progress = createProgress(io);
  let [read, stopped] = [0, false];
  const stop = (): void => {
    stopped = true;
  };
  // Before anything is made that would be left behind.
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    const most = passes * Math.max(1, await all);
    return await act({
      onRead: (receipts) => {
        read += receipts;
        progress.show(Math.min(1, read / most), `${Math.round(read / passes).toLocaleString('en')} receipts`);
      },
      isStopped: () => stopped,
    });
  } finally {
    progress.end();
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
};
