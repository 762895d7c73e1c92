/** Objects as files of a folder. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Answer, StoreFault } from '@tai-autonomics/governor';
import { isCode } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { isObjectName, isObjectPrefix, misnamed, type ObjectHead, type ObjectStore, type Put } from './object-store.ts';

/**
 * Objects in a folder, which is made where it is absent: mode 0700, its files 0400. A file is written beside and linked to its name, so
 * that it is whole or not there, and a name that is taken stays. Several processes may share the folder. Nothing keeps its owner from
 * deleting a file.
 */
export const folderObjects = (folder: string): ObjectStore => {
  const within = async <A>(name: string, isKnown: boolean, what: string, act: () => Promise<A>): Answer<A> => {
    if (!isKnown) return E.left(misnamed(name));
    try {
      return E.right(await act());
    } catch (error) {
      return E.left(unusable(join(folder, name), what, error));
    }
  };
  const orAbsent = async <A>(act: Promise<A>): Promise<A | undefined> => {
    try {
      return await act;
    } catch (error) {
      if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined;
      throw error;
    }
  };
  return {
    name: `folder:${folder}`,
    put: (name, bytes) => within(name, isObjectName(name), 'written', () => place(folder, name, bytes)),
    get: (name) =>
      within(name, isObjectName(name), 'read', async () => {
        const found = await orAbsent(readFile(join(folder, name)));
        return found === undefined ? undefined : new Uint8Array(found);
      }),
    part: (name, from, to) =>
      within(name, isObjectName(name), 'read', () => orAbsent(readPart(join(folder, name), from, to))),
    head: (name) =>
      within<ObjectHead | undefined>(name, isObjectName(name), 'read', async () => {
        const found = await orAbsent(stat(join(folder, name)));
        return found?.isFile() === true ? { bytes: found.size } : undefined;
      }),
    list: (prefix) =>
      within(prefix, isObjectPrefix(prefix), 'listed', async () => {
        const from = join(folder, prefix.slice(0, prefix.lastIndexOf('/') + 1));
        const entries = (await orAbsent(readdir(from, { recursive: true, withFileTypes: true }))) ?? [];
        return entries
          .filter((entry) => entry.isFile())
          .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
          .filter((name) => name.startsWith(prefix) && isObjectName(name) && !name.endsWith(UNFINISHED))
          .sort();
      }),
  };
};

const readPart = async (path: string, from: number, to: number): Promise<Uint8Array> => {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read({ buffer: new Uint8Array(to - from), position: from });
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

const UNFINISHED = '.unfinished';

/** `link` fails where the name is taken, as `rename` does not. */
const place = async (folder: string, name: string, bytes: Uint8Array): Promise<Put> => {
  const path = join(folder, name);
  let put: Put = 'written';
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}-${randomBytes(6).toString('hex')}${UNFINISHED}`;
  const file = await open(beside, 'wx', 0o400);
  try {
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(beside, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    put = 'exists';
  } finally {
    await rm(beside, { force: true });
  }
  // Who came first may have ended before this, and whoever is told that it is there forgets what it has.
  for (let within = dirname(name); within !== '.'; within = dirname(within)) await syncFolder(join(folder, within));
  await syncFolder(folder);
  return put;
};

/** A name is durable with its folder, and a folder with the one that it is in. */
const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

const unusable = (path: string, what: string, error: unknown): StoreFault => ({
  fault: isCode(error, 'ENOSPC') ? 'full' : 'unavailable',
  detail: `${path}: cannot be ${what} (${error instanceof Error && 'code' in error ? String(error.code) : 'no code'})`,
  outcome: what === 'written' ? 'unknown' : 'not_written',
});
