/**
 * The file of credentials while a deployment runs: a key that is made, disabled or rotated counts from the next request
 * on. A file that can't be read changes nothing: what was read last stays good, and the fault is said once.
 */
import { statSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import type { Issue } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { parseStrictJson, printFault, printPath } from '../json/strict-json.ts';
import { isCode } from '../node/durable-file.ts';
import { changeableByOthers, createPrivate, replacePrivate } from '../node/private-file.ts';
import { formatCredentials, NO_CREDENTIALS, parseCredentials } from './credential-file.ts';
import { type Credential, type CredentialStore, memoryCredentials } from './credentials.ts';

/** Lines for a person: what is wrong, where, and what to do. */
type Trouble = readonly string[];

const LIMITS = { comments: true, maxBytes: 16_777_216, maxDepth: 8 } as const;

/** Reads a file of credentials. Others must not be able to change it: whoever can, can make keys. */
export const readCredentialFile = async (path: string): Promise<E.Either<Trouble, readonly Credential[]>> => {
  const exposed = await changeableByOthers(path);
  if (exposed !== undefined) return E.left([exposed]);
  try {
    const parsed = parseStrictJson(await readFile(path), LIMITS);
    if (E.isLeft(parsed)) return E.left([printFault(path, parsed.left)]);
    const { value, locate } = parsed.right;
    return E.mapLeft((issues: readonly Issue[]) =>
      issues.map(({ path: at, expected, found }) => printFault(path, { ...locate(at), path: at, expected, found })),
    )(parseCredentials(value));
  } catch (thrown) {
    if (isCode(thrown, 'ENOENT'))
      return E.left([
        `${path}: is missing; restore it from a backup, or write ${NO_CREDENTIALS} into it and make each key anew with tai credentials new`,
      ]);
    return E.left([`${path}: cannot be read: ${messageOf(thrown)}`]);
  }
};

/**
 * The credentials of a file, as it is at each request. Answers the lines that say what is wrong with it at the start;
 * later such lines go to `onFault`, once for each state of the file, and an empty list when it can be read again.
 */
export const openCredentialFile = async (
  path: string,
  onFault: (lines: readonly string[]) => void = () => undefined,
): Promise<E.Either<Trouble, CredentialStore>> => {
  const first = versionOf(path);
  const opened = await readCredentialFile(path);
  if (E.isLeft(opened)) return opened;
  const now = { version: first, store: memoryCredentials(opened.right), faulty: false };
  let reading: Promise<void> | undefined;
  const read = async (): Promise<void> => {
    const version = versionOf(path);
    const again = await readCredentialFile(path);
    now.version = version;
    if (E.isRight(again)) {
      now.store = memoryCredentials(again.right);
      if (now.faulty) onFault([]);
    } else onFault(again.left);
    now.faulty = E.isLeft(again);
  };
  const current = async (): Promise<ReturnType<typeof memoryCredentials>> => {
    // Whoever asks after a change never gets what was read before it: a reading that began earlier is not the last.
    while (versionOf(path) !== now.version) {
      reading ??= read().finally(() => {
        reading = undefined;
      });
      await reading;
    }
    return now.store;
  };
  return E.right({
    find: async (keyId) => (await current()).find(keyId),
    subjects: async (tenant) => (await current()).subjects(tenant),
  });
};

/**
 * Changes a file of credentials, whole and durably; what could not be read again is not written. Two changes never meet:
 * the second is told to try again. Comments that somebody wrote into the file are lost.
 */
export const changeCredentialFile = async (
  path: string,
  change: (credentials: readonly Credential[]) => E.Either<string, readonly Credential[]>,
): Promise<E.Either<Trouble, readonly Credential[]>> => {
  const lock = `${path}.lock`;
  const locked = await createPrivate(lock, '');
  if (E.isLeft(locked)) return E.left([locked.left]);
  if (!locked.right)
    return E.left([`${path}: is being changed by another command; if none runs, remove ${lock} and try again`]);
  try {
    const read = await readCredentialFile(path);
    if (E.isLeft(read)) return read;
    const changed = change(read.right);
    if (E.isLeft(changed)) return E.left([changed.left]);
    const text = formatCredentials(changed.right);
    const lawful = parseCredentials(JSON.parse(text));
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
