/** A door that stays open: its faults are said, and where it no longer listens it is opened again, after longer and longer pauses. */
import type { Server } from 'node:net';
import { supervise } from '@tai-autonomics/governor/node';

/** How often it is looked at whether it may be opened again. */
const LEAST_PAUSE_MS = 250;

/** Keeps a server open that listens now; `again` has it listen once more. Answers how to stop, before it is closed on purpose. */
export const keepListening = (server: Server, name: string, again: () => void): (() => void) => {
  const part = supervise(name);
  let timer: NodeJS.Timeout | undefined;
  const openAgain = (): void => {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        if (!server.listening) again();
      },
      Math.max(LEAST_PAUSE_MS, part.pauseMs()),
    );
  };
  const failed = (error: Error): void => {
    part.failed(error.message);
    if (!server.listening) openAgain();
  };
  const closed = (): void => failed(new Error('it was closed'));
  const works = (): void => part.works();
  server.on('error', failed).on('close', closed).on('listening', works).on('connection', works);
  works();
  return () => {
    clearTimeout(timer);
    server.off('close', closed).off('listening', works).off('connection', works);
  };
};
