/** A lock beside a file, between processes of one machine. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { either as E } from 'fp-ts';
import type { Ms } from '../ports.ts';
import { isCode } from './durable-file.ts';

/**
 * Takes the lock beside a file, `PATH.lock`; what it answers gives it back. Left: somebody else has it. One that its holder did
 * not give back is anybody's again after `staleMs`, the longest that a holder may run.
 */
export const lockFile = async (path: string, staleMs: Ms): Promise<E.Either<string, () => Promise<void>>> => {
  const name = `${path}.lock`;
  for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
    try {
      const token = randomUUID();
      await writeFile(name, token, { flag: 'wx', mode: 0o600 });
      return E.right(() => giveBack(name, token));
    } catch (thrown) {
      if (!isCode(thrown, 'EEXIST')) throw thrown;
    }
    const since = await takenAt(name);
    if (since !== undefined && Date.now() - since <= staleMs) return BUSY;
    if (since !== undefined) await breakLock(name, since);
  }
  return BUSY;
};

const LOCK_ATTEMPTS = 3;
const BUSY: E.Either<string, never> = E.left('the file is being changed by somebody else');

/** When a lock was taken; `undefined` if it is gone. */
const takenAt = async (name: string): Promise<Ms | undefined> => {
  try {
    return (await stat(name)).mtimeMs;
  } catch (thrown) {
    if (isCode(thrown, 'ENOENT')) return undefined;
    throw thrown;
  }
};

/** Takes away the lock of a holder; one that was taken from them meanwhile is somebody else's. */
const giveBack = async (name: string, token: string): Promise<void> => {
  try {
    if ((await readFile(name, 'utf8')) === token) await rm(name, { force: true });
  } catch (thrown) {
    if (!isCode(thrown, 'ENOENT')) throw thrown;
  }
};

/** Takes away a lock that was taken at an instant; one that somebody else took meanwhile is put back. */
const breakLock = async (name: string, since: Ms): Promise<void> => {
  const aside = `${name}.${randomUUID()}`;
  try {
    await rename(name, aside);
    if ((await takenAt(aside)) !== since) await link(aside, name);
  } catch (thrown) {
    if (!isCode(thrown, 'ENOENT') && !isCode(thrown, 'EEXIST')) throw thrown;
  } finally {
    await rm(aside, { force: true });
  }
};
