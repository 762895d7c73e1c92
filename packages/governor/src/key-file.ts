/**
 * The embedded signer: an Ed25519 key in a private file, made at the first start, and beside it the high-water marks.
 * The same file keeps a second secret, under which identities in receipts are keyed (pseudonyms, intent ids).
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { either as E } from 'fp-ts';
import { messageOf } from './bounded-text.ts';
import { type MarkFile, NO_MARKS, openMarkFile } from './mark-file.ts';
import type { Random, Signer } from './ports.ts';
import { createPrivate, privateFolder, readPrivate } from './private-file.ts';

export interface OpenedKey {
  readonly signer: Signer;
  /** 32 bytes, the pseudonym key. It never signs, and the signing key never keys a pseudonym. */
  readonly secret: Uint8Array;
}

interface Keys {
  readonly seed: Uint8Array;
  readonly secret: Uint8Array;
}

const FORMAT = 'tai-autonomics/key@1';
const KEY_BYTES = 32;
const KEY_TEXT = /^[A-Za-z0-9_-]{43}$/;
/** PrivateKeyInfo of an Ed25519 key up to its seed (RFC 8410 section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

const b64u = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

const formatKeys = ({ seed, secret }: Keys): string =>
  `${JSON.stringify({ format: FORMAT, signing_seed: b64u(seed), pseudonym_secret: b64u(secret) }, null, 2)}\n`;

const parseKey = (text: unknown): Uint8Array | undefined => {
  if (typeof text !== 'string' || !KEY_TEXT.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === KEY_BYTES && b64u(bytes) === text ? new Uint8Array(bytes) : undefined;
};

/** Says nothing of what it read: a parser's message would quote the secret. */
const parseKeys = (text: string): Keys | undefined => {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null) return undefined;
    const { format, signing_seed, pseudonym_secret } = json as Readonly<Record<string, unknown>>;
    const seed = parseKey(signing_seed);
    const secret = parseKey(pseudonym_secret);
    if (format !== FORMAT || seed === undefined || secret === undefined) return undefined;
    return { seed, secret };
  } catch {
    return undefined;
  }
};

const readKeys = async (path: string): Promise<E.Either<string, Keys | undefined>> => {
  const text = await readPrivate(path);
  if (E.isLeft(text)) return text;
  if (text.right === undefined) return E.right(undefined);
  const keys = parseKeys(text.right);
  return keys === undefined
    ? E.left(
        `${path}: is not a key file (${FORMAT}); restore it from a backup, or name another file to begin a new key`,
      )
    : E.right(keys);
};

/** `state/key.json` → `state/key.mark.json`. */
const markPathOf = (path: string): string => `${path.replace(/\.json$/, '')}.mark.json`;

/** Two processes may start for the first time at once: the first file that is complete is the key of both. */
const createKeys = async (path: string, random: Random): Promise<E.Either<string, Keys>> => {
  const created = await createPrivate(path, formatKeys({ seed: random(KEY_BYTES), secret: random(KEY_BYTES) }));
  if (E.isLeft(created)) return created;
  const keys = await readKeys(path);
  if (E.isLeft(keys)) return keys;
  return keys.right === undefined ? E.left(`${path}: was removed while it was being made`) : E.right(keys.right);
};

const openMarks = async (path: string, isNew: boolean): Promise<E.Either<string, MarkFile>> => {
  const made = isNew ? await createPrivate(path, NO_MARKS) : E.right(false);
  if (E.isLeft(made)) return made;
  const marks = await openMarkFile(path);
  if (E.isLeft(marks)) return marks;
  return marks.right === undefined
    ? E.left(`${path}: is missing beside its key, so a shortened ledger would not be noticed; restore it from a backup`)
    : E.right(marks.right);
};

const openSigner = (privateKey: KeyObject, marks: MarkFile): Signer => {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(spki.subarray(-KEY_BYTES)),
    sign: async (message) => {
      try {
        return E.right(new Uint8Array(sign(null, message, privateKey)));
      } catch (thrown) {
        return E.left(`cannot sign: ${messageOf(thrown)}`);
      }
    },
    highWaterMark: (origin) => marks.highWaterMark(origin),
    marks: () => marks.all(),
    raise: (mark) => marks.raise(mark),
  };
};

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
  const der = Buffer.concat([PKCS8_PREFIX, keys.right.seed]);
  const signer = openSigner(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }), marks.right);
  der.fill(0);
  keys.right.seed.fill(0);
  return E.right({ signer, secret: keys.right.secret });
};
