/** A private file of keys while a process runs: what is changed in it counts from the next request on. */
import { statSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import type { Issue } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { parseStrictJson, printFault, printPath } from '../json/strict-json.ts';
import { isCode } from '../node/durable-file.ts';
import { changeableByOthers, createPrivate, replacePrivate } from '../node/private-file.ts';

/** Lines for a person: what is wrong, where, and what to do. */
export type Trouble = readonly string[];

/** What a file of keys looks like. */
export interface KeptKeys<Key> {
  readonly parse: (json: unknown) => E.Either<readonly [Issue, ...Issue[]], readonly Key[]>;
  readonly format: (keys: readonly Key[]) => string;
  /** What a file that isn't there means: no keys, or a line that says what to do. */
  readonly missing: (path: string) => readonly Key[] | string;
}

const LIMITS = { comments: true, maxBytes: 16_777_216, maxDepth: 8 } as const;

/** Reads a file of keys. Others must not be able to change it: whoever can, can make keys. */
export const readKeptKeys = async <Key>(
  kept: KeptKeys<Key>,
  path: string,
): Promise<E.Either<Trouble, readonly Key[]>> => {
  const exposed = await changeableByOthers(path);
  if (exposed !== undefined) return E.left([exposed]);
  try {
    const parsed = parseStrictJson(await readFile(path), LIMITS);
    if (E.isLeft(parsed)) return E.left([printFault(path, parsed.left)]);
    const { value, locate } = parsed.right;
    return E.mapLeft((issues: readonly Issue[]) =>
      issues.map(({ path: at, expected, found }) => printFault(path, { ...locate(at), path: at, expected, found })),
    )(kept.parse(value));
  } catch (thrown) {
    if (!isCode(thrown, 'ENOENT')) return E.left([`${path}: cannot be read: ${messageOf(thrown)}`]);
    const none = kept.missing(path);
    return typeof none === 'string' ? E.left([none]) : E.right(none);
  }
};

/**
 * What `made` makes of the keys of a file, as it is at each request. Answers the lines that say what is wrong with it at the start;
 * later such lines go to `onFault`, once for each state of the file, and an empty list when it can be read again.
 */
export const followKeptKeys = async <Key, Made>(
  kept: KeptKeys<Key>,
  path: string,
  made: (keys: readonly Key[]) => Made,
  onFault: (lines: readonly string[]) => void,
): Promise<E.Either<Trouble, () => Promise<Made>>> => {
  const first = versionOf(path);
  const opened = await readKeptKeys(kept, path);
  if (E.isLeft(opened)) return opened;
  const now = { version: first, made: made(opened.right), faulty: false };
  let reading: Promise<void> | undefined;
  const read = async (): Promise<void> => {
    const version = versionOf(path);
    const again = await readKeptKeys(kept, path);
    now.version = version;
    if (E.isRight(again)) {
      now.made = made(again.right);
      if (now.faulty) onFault([]);
    } else onFault(again.left);
    now.faulty = E.isLeft(again);
  };
  return E.right(async () => {
    // Whoever asks after a change never gets what was read before it: a reading that began earlier is not the last.
    while (versionOf(path) !== now.version) {
      reading ??= read().finally(() => {
        reading = undefined;
      });
      await reading;
    }
    return now.made;
  });
};

/**
 * Changes a file of keys, whole and durably; what could not be read again is not written. Two changes never meet:
 * the second is told to try again. Comments that somebody wrote into the file are lost.
 */
export const changeKeptKeys = async <Key>(
  kept: KeptKeys<Key>,
  path: string,
  change: (keys: readonly Key[]) => E.Either<string, readonly Key[]>,
): Promise<E.Either<Trouble, readonly Key[]>> => {
  const lock = `${path}.lock`;
  const locked = await createPrivate(lock, '');
  if (E.isLeft(locked)) return E.left([locked.left]);
  if (!locked.right)
    return E.left([`${path}: is being changed by another command; if none runs, remove ${lock} and try again`]);
  try {
    const read = await readKeptKeys(kept, path);
    if (E.isLeft(read)) return read;
    const changed = change(read.right);
    if (E.isLeft(changed)) return E.left([changed.left]);
    const text = kept.format(changed.right);
    const lawful = kept.parse(JSON.parse(text));
    if (E.isLeft(lawful))
      return E.left(
        lawful.left.map(({ path: at, expected, found }) => `${printPath(at)}: expected ${expected}, found ${found}`),
      );
    const written = await replacePrivate(path, text);
    return E.isLeft(written) ? E.left([written.left]) : changed;
  } finally {
    await rm(lock, { force: true });
  }
};

/** What tells one version of a file from another; `undefined` where there is none. */
const versionOf = (path: string): string | undefined => {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
};
