/**
 * The file of credentials while a deployment runs: a key that is made, disabled or rotated counts from the next request
 * on. A file that can't be read changes nothing: what was read last stays good, and the fault is said once.
 */
import { either as E } from 'fp-ts';
import { formatCredentials, NO_CREDENTIALS, parseCredentials } from './credential-file.ts';
import { type Credential, type CredentialStore, memoryCredentials } from './credentials.ts';
import { changeKeptKeys, followKeptKeys, type KeptKeys, readKeptKeys, type Trouble } from './kept-keys.ts';

const CREDENTIALS: KeptKeys<Credential> = {
  parse: parseCredentials,
  format: formatCredentials,
  missing: (path) =>
    `${path}: is missing; restore it from a backup, or write ${NO_CREDENTIALS} into it and make each key anew with tai credentials new`,
};

/** Reads a file of credentials. Others must not be able to change it: whoever can, can make keys. */
export const readCredentialFile = (path: string): Promise<E.Either<Trouble, readonly Credential[]>> =>
  readKeptKeys(CREDENTIALS, path);

/**
 * The credentials of a file, as it is at each request. Answers the lines that say what is wrong with it at the start;
 * later such lines go to `onFault`, once for each state of the file, and an empty list when it can be read again.
 */
export const openCredentialFile = async (
  path: string,
  onFault: (lines: readonly string[]) => void = () => undefined,
): Promise<E.Either<Trouble, CredentialStore>> => {
  const opened = await followKeptKeys(CREDENTIALS, path, memoryCredentials, onFault);
  return E.map((current: () => Promise<Required<CredentialStore>>) => ({
    find: async (keyId: string) => (await current()).find(keyId),
    subjects: async (tenant: string) => (await current()).subjects(tenant),
  }))(opened);
};

/**
 * Changes a file of credentials, whole and durably; what could not be read again is not written. Two changes never meet:
 * the second is told to try again. Comments that somebody wrote into the file are lost.
 */
export const changeCredentialFile = (
  path: string,
  change: (credentials: readonly Credential[]) => E.Either<string, readonly Credential[]>,
): Promise<E.Either<Trouble, readonly Credential[]>> => changeKeptKeys(CREDENTIALS, path, change);
