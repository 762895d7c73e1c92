/** Files that are written whole or not at all, and are durable when that is said. */

import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { own } from '@tai-autonomics/core/receipt';

/** Whether something failed with this code of the system, `ENOENT` say. */
export const isCode = (thrown: unknown, code: string): boolean =>
  thrown instanceof Error && own(thrown as NodeJS.ErrnoException, 'code') === code;

/**
 * Puts a new file of this mode in place of an old one, durable when it resolves: after a crash there is the one or the
 * other. Rejects with the system's own error, and then leaves nothing behind.
 */
export const replaceFile = (path: string, text: string | Uint8Array, mode: number): Promise<void> =>
  placeFile(path, text, mode, rename);

/** The same, where `place` says how the new file, which is durable beside it, comes to its name in one step. */
export const placeFile = async (
  path: string,
  text: string | Uint8Array,
  mode: number,
  place: (temporary: string, path: string) => Promise<void>,
): Promise<void> => {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      // Whatever the process's own mask is.
      await file.chmod(mode);
      await file.writeFile(text, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
    await place(temporary, path);
    await syncFolder(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
};

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};
