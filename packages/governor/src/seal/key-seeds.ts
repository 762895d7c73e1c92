/** What a key file holds, and how it is written: the seed that signs, the secret of pseudonyms, and seeds that wait or retired. */

import { equalBytes, isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { readPrivate } from '../node/private-file.ts';

/** The secrets of one key file, 32 bytes each. */
export interface KeySeeds {
  readonly seed: Uint8Array;
  readonly secret: Uint8Array;
  /** Made, and not signing yet. */
  readonly next?: Uint8Array;
  /** Signed before, and are kept for handing ledgers over. */
  readonly older: readonly Uint8Array[];
}

const FORMAT = 'tai-autonomics/key@1';
/** Length of every secret in the file. */
export const KEY_BYTES = 32;
const KEY_TEXT = /^[A-Za-z0-9_-]{43}$/;

/** The file's text. */
export const formatKeys = ({ seed, secret, next, older }: KeySeeds): string => {
  const file = {
    format: FORMAT,
    signing_seed: b64u(seed),
    pseudonym_secret: b64u(secret),
    ...(next === undefined ? {} : { next_seed: b64u(next) }),
    ...(older.length === 0 ? {} : { older_seeds: older.map(b64u) }),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
};

/** Reads a key file; `undefined` if there is none. */
export const readKeys = async (path: string): Promise<E.Either<string, KeySeeds | undefined>> => {
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

/** Whether two key files are of one deployment, whatever was rotated in between: their pseudonyms rest on one secret. `undefined` if one is not there. */
export const sameDeployment = async (a: string, b: string): Promise<E.Either<string, boolean | undefined>> => {
  const [one, other] = [await readKeys(a), await readKeys(b)];
  if (E.isLeft(one)) return one;
  if (E.isLeft(other)) return other;
  if (one.right === undefined || other.right === undefined) return E.right(undefined);
  return E.right(equalBytes(one.right.secret, other.right.secret));
};

const b64u = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

const parseKey = (text: unknown): Uint8Array | undefined => {
  if (typeof text !== 'string' || !KEY_TEXT.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === KEY_BYTES && b64u(bytes) === text ? new Uint8Array(bytes) : undefined;
};

const isWhole = (seeds: readonly (Uint8Array | undefined)[]): seeds is readonly Uint8Array[] =>
  seeds.every((seed) => seed !== undefined);

/** Says nothing of what it read: a parser's message would quote the secret. */
const parseKeys = (text: string): KeySeeds | undefined => {
  try {
    const json: unknown = JSON.parse(text);
    if (!isPlainObject(json)) return undefined;
    const { format, signing_seed, pseudonym_secret, next_seed, older_seeds } = json;
    const [seed, secret] = [parseKey(signing_seed), parseKey(pseudonym_secret)];
    const next = parseKey(next_seed);
    const older = (Array.isArray(older_seeds) ? older_seeds : []).map(parseKey);
    if (format !== FORMAT || seed === undefined || secret === undefined || !isWhole(older)) return undefined;
    if (next_seed !== undefined && next === undefined) return undefined;
    if (older_seeds !== undefined && !Array.isArray(older_seeds)) return undefined;
    return { seed, secret, older, ...(next === undefined ? {} : { next }) };
  } catch {
    return undefined;
  }
};
