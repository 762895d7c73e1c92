/** What the signals of the operating system ask of a process that serves. */
import process from 'node:process';

/** Resolves at the first SIGINT or SIGTERM. A second one ends the process at once, as if nobody listened. */
export const untilStopped = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });

/** Calls back at each SIGHUP, which would end the process otherwise; answers how to stop. */
export const onHangup = (reload: () => void): (() => void) => {
  process.on('SIGHUP', reload);
  return () => void process.off('SIGHUP', reload);
};
