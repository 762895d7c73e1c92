/** Waits until somebody wants the process to end. */
import process from 'node:process';

/** Resolves at the first SIGINT or SIGTERM. */
export const untilStopped = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
