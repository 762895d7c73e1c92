/** Where a serving process writes a line for each receipt, and how such lines are read back. */
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type LoggedLedgers, loggedStore, readReceiptLog } from '@tai-autonomics/adapter-storage';
import type { LedgerStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { complain, type Io } from '../../terminal/io.ts';

/** A log that is open. */
export interface ReceiptLog {
  /** The store, which writes a line for each receipt that it made durable. */
  readonly of: (store: LedgerStore) => LedgerStore;
  /** Resolves when all lines are with the file. */
  close(): Promise<void>;
}

/** Opens `stdout`, or a file that grows: made where it is absent, mode 0600. Left: why it can't be written. */
export const openReceiptLog = async (io: Io, place: string, path: string): Promise<E.Either<string, ReceiptLog>> => {
  const missed = (what: string): void => complain(io, what);
  if (place === 'stdout')
    return E.right({ of: (store) => loggedStore(store, (line) => io.out(`${line}\n`), missed), close: async () => {} });
  let size: number;
  try {
    const file = await open(path, 'a', 0o600);
    size = (await file.stat()).size;
    await file.close();
  } catch (error) {
    return E.left(
      `${path}: cannot be written (${error instanceof Error && 'code' in error ? String(error.code) : 'no code'})`,
    );
  }
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  let broken = false;
  stream.on('error', ({ message }) => {
    if (!broken) missed(`${path}: receipts are not logged any more: ${message}`);
    broken = true;
  });
  // The last line of a process that was killed may be half of one.
  if (size > 0) stream.write('\n');
  return E.right({
    of: (store) => loggedStore(store, (line) => void (broken || stream.write(`${line}\n`)), missed),
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  });
};

/** Puts ledgers together from the lines of a file. */
export const readLogFile = async (path: string): Promise<E.Either<string, LoggedLedgers>> => {
  try {
    const file = await open(path, 'r');
    await file.close();
    const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
    return E.mapLeft(({ detail }: { readonly detail: string }) => `${path}: ${detail}`)(await readReceiptLog(lines));
  } catch (error) {
    return E.left(
      `${path}: cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'no code'})`,
    );
  }
};
