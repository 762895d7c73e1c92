/** JSON files that others read and write too: read strictly, changed by one at a time, replaced whole or not at all. */
import { randomUUID } from 'node:crypto';
import { link, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounded-text.ts';
import { parseStrictJson } from '../json/strict-json.ts';
import { isCode, replaceFile } from '../node/durable-file.ts';
import type { Ms } from '../ports.ts';

const FILE_BYTES_MAX = 67_108_864;
const DEPTH_MAX = 64;

/** Parses what a file holds; one line says where it is wrong. */
export const parseJsonText = (text: string | Uint8Array): E.Either<string, unknown> => {
  const parsed = parseStrictJson(text, { maxBytes: FILE_BYTES_MAX, maxDepth: DEPTH_MAX, comments: false });
  if (E.isRight(parsed)) return E.right(parsed.right.value);
  const { line, column, expected, found } = parsed.left;
  return E.left(`line ${line}, column ${column}: expected ${expected}, found ${found}`);
};

/** Reads a JSON file; `undefined` if there is none. No path is in what it says. */
export const readJsonFile = async (path: string, signal?: AbortSignal): Promise<E.Either<string, unknown>> => {
  try {
    if ((await stat(path)).size > FILE_BYTES_MAX) return E.left(`the file is larger than ${FILE_BYTES_MAX} bytes`);
    return parseJsonText(await readFile(path, signal === undefined ? {} : { signal }));
  } catch (thrown) {
    if (isCode(thrown, 'ENOENT')) return E.right(undefined);
    return E.left(`the file cannot be read: ${isCode(thrown, 'EACCES') ? 'no permission' : messageOf(thrown)}`);
  }
};

/**
 * Reads, changes and replaces a JSON file, one process at a time (a lock file beside it): after a crash there is the old
 * file or the new one. `change` is told `undefined` where there is no file. Left: nothing was written.
 */
export const changeJsonFile = async <A>(
  path: string,
  staleMs: Ms,
  change: FileChange<A>,
): Promise<E.Either<string, A>> => {
  try {
    const target = await realpath(path).catch(() => path);
    const locked = await lock(target, staleMs);
    if (E.isLeft(locked)) return locked;
    try {
      return await changeLocked(target, change);
    } finally {
      await locked.right();
    }
  } catch (thrown) {
    return E.left(`the file cannot be changed: ${messageOf(thrown)}`);
  }
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

/** A lock that its holder did not give back is anybody's again after the longest that a holder may run. */
const lock = async (path: string, staleMs: Ms): Promise<E.Either<string, () => Promise<void>>> => {
  const name = `${path}.lock`;
  for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
    try {
      await (await open(name, 'wx', 0o600)).close();
      return E.right(() => rm(name, { force: true }));
    } catch (thrown) {
      if (!isCode(thrown, 'EEXIST')) throw thrown;
    }
    const since = await takenAt(name);
    if (since !== undefined && Date.now() - since <= staleMs) return BUSY;
    if (since !== undefined) await breakLock(name, since);
  }
  return BUSY;
};

/** What a change makes of the file: its new value, or `undefined` to leave it as it is. */
export type FileChange<A> = (json: unknown) => E.Either<string, { readonly answer: A; readonly json: unknown }>;

const changeLocked = async <A>(path: string, change: FileChange<A>): Promise<E.Either<string, A>> => {
  const before = await readJsonFile(path);
  if (E.isLeft(before)) return before;
  const changed = change(before.right);
  if (E.isLeft(changed)) return changed;
  const { answer, json } = changed.right;
  if (json === undefined) return E.right(answer);
  const mode = before.right === undefined ? 0o644 : (await stat(path)).mode & 0o777;
  await replaceFile(path, `${JSON.stringify(json, null, 2)}\n`, mode);
  return E.right(answer);
};
