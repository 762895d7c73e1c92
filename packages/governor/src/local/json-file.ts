/** JSON files that others read and write too: read strictly, changed by one at a time, replaced whole or not at all. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { isUncertain, uncertainEnding } from '../executor/uncertain-ending.ts';
import { parseStrictJson } from '../json/strict-json.ts';
import { isCode, replaceFile } from '../node/durable-file.ts';
import { lockFile } from '../node/file-lock.ts';
import type { Ms } from '../ports.ts';

const FILE_BYTES_MAX = 67_108_864;
const DEPTH_MAX = 64;
/** Why a step that took too long did not write. */
export const TIME_IS_UP = 'the time of the step is up: nothing was done';

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
 * file or the new one. `change` is told `undefined` where there is no file. Once the signal is aborted nothing is replaced any
 * more, however long the lock was waited for. Left: nothing was written. Rejects with an uncertain ending where the new file may
 * be there all the same.
 */
export const changeJsonFile = async <A>(
  path: string,
  staleMs: Ms,
  change: FileChange<A>,
  signal: AbortSignal,
): Promise<E.Either<string, A>> => {
  try {
    const target = await realpath(path).catch(() => path);
    const locked = await lockFile(target, staleMs);
    if (E.isLeft(locked)) return locked;
    try {
      return await changeLocked(target, change, signal);
    } finally {
      // Whoever comes next finds a lock that stayed, and says so: what was changed is changed.
      await locked.right().catch(() => {});
    }
  } catch (thrown) {
    if (isUncertain(thrown)) throw thrown;
    return E.left(`the file cannot be changed: ${messageOf(thrown)}`);
  }
};

/** What a change makes of the file: its new value, or `undefined` to leave it as it is. */
export type FileChange<A> = (json: unknown) => E.Either<string, { readonly answer: A; readonly json: unknown }>;

const changeLocked = async <A>(
  path: string,
  change: FileChange<A>,
  signal: AbortSignal,
): Promise<E.Either<string, A>> => {
  const before = await readJsonFile(path);
  if (E.isLeft(before)) return before;
  if (signal.aborted) return E.left(TIME_IS_UP);
  const changed = change(before.right);
  if (E.isLeft(changed)) return changed;
  const { answer, json } = changed.right;
  if (json === undefined) return E.right(answer);
  const mode = before.right === undefined ? 0o644 : (await stat(path)).mode & 0o777;
  const text = `${JSON.stringify(json, null, 2)}\n`;
  try {
    await replaceFile(path, text, mode);
  } catch (thrown) {
    const now = await readFile(path, 'utf8').catch((fault) => (isCode(fault, 'ENOENT') ? '' : undefined));
    if (now === undefined || now === text) throw uncertainEnding(`the file was perhaps changed: ${messageOf(thrown)}`);
    throw thrown;
  }
  return E.right(answer);
};
