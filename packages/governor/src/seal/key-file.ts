/**
 * The embedded signer: an Ed25519 key in a private file, made at the first start, and beside it the high-water marks.
 * The same file keeps a second secret, under which identities in receipts are keyed (pseudonyms, intent ids).
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { createPrivate, privateFolder } from '../node/private-file.ts';
import type { Random, Signer, SigningKey } from '../ports.ts';
import { formatKeys, KEY_BYTES, type KeySeeds, readKeys } from './key-seeds.ts';
import { type MarkFile, noMarks, openMarkFile } from './mark-file.ts';

/** A key file that was opened: who signs, and the secret of pseudonyms. */
export interface OpenedKey {
  readonly signer: Signer;
  /** 32 bytes, the pseudonym key. It never signs, and the signing key never keys a pseudonym. */
  readonly secret: Uint8Array;
}

/** PrivateKeyInfo of an Ed25519 key up to its seed (RFC 8410 section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The public half of a seed. */
export const publicKeyOfSeed = (seed: Uint8Array): Uint8Array => publicKeyOf(privateKeyOf(seed));

/**
 * Opens the key file, or makes it (and its folder) at the first start. Files have mode 0600, the folder 0700.
 * Refuses, in one line that says what to do, if others can reach the folder or a file, if a file is malformed or a
 * link, or if the key or the marks are there without the other. No message holds a secret.
 */
export const openKeyFile = async (path: string, random: Random): Promise<E.Either<string, OpenedKey>> => {
  const keyPath = resolve(path);
  const folder = await privateFolder(dirname(keyPath));
  if (E.isLeft(folder)) return folder;
  const found = await readKeys(keyPath);
  if (E.isLeft(found)) return found;
  // Marks before the key: a crash in between leaves marks that say nothing, and never a key without marks.
  const marks = await openMarks(markPathOf(keyPath), found.right === undefined);
  if (E.isLeft(marks)) return marks;
  if (found.right === undefined && marks.right.used) {
    return E.left(
      `${keyPath}: is missing, but there are high-water marks of its checkpoints; restore it from a backup`,
    );
  }
  const keys = found.right === undefined ? await createKeys(keyPath, random) : E.right(found.right);
  if (E.isLeft(keys)) return keys;
  const { secret, ...seeds } = keys.right;
  const signer = openSigner(keys.right, marks.right);
  for (const seed of [seeds.seed, ...(seeds.next === undefined ? [] : [seeds.next]), ...seeds.older]) seed.fill(0);
  return E.right({ signer, secret });
};

const privateKeyOf = (seed: Uint8Array): KeyObject => {
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return key;
};

const publicKeyOf = (key: KeyObject): Uint8Array =>
  new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES));

/** `state/key.json` → `state/key.mark.json`. */
const markPathOf = (path: string): string => `${path.replace(/\.json$/, '')}.mark.json`;

/** Two processes may start for the first time at once: the first file that is complete is the key of both. */
const createKeys = async (path: string, random: Random): Promise<E.Either<string, KeySeeds>> => {
  const created = await createPrivate(
    path,
    formatKeys({ seed: random(KEY_BYTES), secret: random(KEY_BYTES), older: [] }),
  );
  if (E.isLeft(created)) return created;
  const keys = await readKeys(path);
  if (E.isLeft(keys)) return keys;
  return keys.right === undefined ? E.left(`${path}: was removed while it was being made`) : E.right(keys.right);
};

const openMarks = async (path: string, isNew: boolean): Promise<E.Either<string, MarkFile>> => {
  const made = isNew ? await createPrivate(path, noMarks()) : E.right(false);
  if (E.isLeft(made)) return made;
  const marks = await openMarkFile(path);
  if (E.isLeft(marks)) return marks;
  return marks.right === undefined
    ? E.left(`${path}: is missing beside its key, so a shortened ledger would not be noticed; restore it from a backup`)
    : E.right(marks.right);
};

const signingKey = (seed: Uint8Array): SigningKey => {
  const privateKey = privateKeyOf(seed);
  return {
    publicKey: publicKeyOf(privateKey),
    sign: async (message) => {
      try {
        return E.right(new Uint8Array(sign(null, message, privateKey)));
      } catch (thrown) {
        return E.left(`cannot sign: ${messageOf(thrown)}`);
      }
    },
  };
};

const openSigner = ({ seed, older }: KeySeeds, marks: MarkFile): Signer => ({
  ...signingKey(seed),
  older: older.map(signingKey),
  highWaterMark: (origin) => marks.highWaterMark(origin),
  marks: () => marks.all(),
  raise: (mark) => marks.raise(mark),
  lower: (from, to) => marks.lower(from, to),
});
