/**
 * Changing the keys of a key file: a new one is made and waits, then takes over, and old ones are forgotten when no ledger
 * needs them any more. The secret of pseudonyms and the high-water marks stay; a process that runs keeps what it opened.
 */
import { resolve } from 'node:path';
import { either as E } from 'fp-ts';
import { replacePrivate } from '../node/private-file.ts';
import type { Random } from '../ports.ts';
import { publicKeyOfSeed } from './key-file.ts';
import { formatKeys, KEY_BYTES, type KeySeeds, readKeys } from './key-seeds.ts';

/** The public halves of a key file's keys, 32 bytes each. */
export interface KeyRing {
  /** Signs everything new from the next start on. */
  readonly active: Uint8Array;
  /** Waits to take over. */
  readonly next?: Uint8Array;
  /** Signed before. */
  readonly older: readonly Uint8Array[];
}

/** The keys of a file that is there. */
export const readKeyRing = async (path: string): Promise<E.Either<string, KeyRing>> =>
  E.map(ringOf)(await readStanding(resolve(path)));

/** Makes the next key. Left if one waits already: it may have been given to auditors. */
export const addNextKey = (path: string, random: Random): Promise<E.Either<string, KeyRing>> =>
  change(path, (seeds) =>
    seeds.next === undefined
      ? E.right({ ...seeds, next: random(KEY_BYTES) })
      : E.left('a new key waits already; rotate to it'),
  );

/** The waiting key takes over from the next start on, if it is `only` this one; the one before is kept for handing ledgers over. */
export const promoteNextKey = (path: string, only?: Uint8Array): Promise<E.Either<string, KeyRing>> =>
  change(path, ({ seed, secret, next, older }) => {
    if (next === undefined) return E.left('no new key waits; make one first');
    if (only !== undefined && Buffer.compare(only, publicKeyOfSeed(next)) !== 0)
      return E.left('another key waits by now; ask anew');
    return E.right({ seed: next, secret, older: [seed, ...older] });
  });

/** Forgets old keys; those that are not there are forgotten already. The active and the waiting key are never forgotten. */
export const forgetOlderKeys = (
  path: string,
  forget: (publicKey: Uint8Array) => boolean,
): Promise<E.Either<string, KeyRing>> =>
  change(path, (seeds) => E.right({ ...seeds, older: seeds.older.filter((seed) => !forget(publicKeyOfSeed(seed))) }));

const ringOf = ({ seed, next, older }: KeySeeds): KeyRing => ({
  active: publicKeyOfSeed(seed),
  older: older.map(publicKeyOfSeed),
  ...(next === undefined ? {} : { next: publicKeyOfSeed(next) }),
});

const readStanding = async (path: string): Promise<E.Either<string, KeySeeds>> => {
  const keys = await readKeys(path);
  if (E.isLeft(keys)) return keys;
  return keys.right === undefined ? E.left(`${path}: no such file`) : E.right(keys.right);
};

const change = async (
  path: string,
  next: (seeds: KeySeeds) => E.Either<string, KeySeeds>,
): Promise<E.Either<string, KeyRing>> => {
  const file = resolve(path);
  const seeds = await readStanding(file);
  if (E.isLeft(seeds)) return seeds;
  const changed = next(seeds.right);
  if (E.isLeft(changed)) return E.left(`${file}: ${changed.left}`);
  const written = await replacePrivate(file, formatKeys(changed.right));
  return E.isLeft(written) ? written : E.right(ringOf(changed.right));
};
