/** Verifier keys of signed notes (C2SP signed-note): `name+hex keyID+base64(type ‖ public key)`. */
import { either as E } from 'fp-ts';
import { concatBytes, decodeBase64, encodeBase64, encodeHex, encodeUtf8 } from '../encoding/bytes.ts';
import { acceptKey, type Sha256 } from '../encoding/crypto.ts';
import { type FormatIssue, issue } from '../encoding/format-issue.ts';

/** 0x01: Ed25519 over the note's text. 0x04: a witness's timestamped Ed25519 cosignature (C2SP tlog-cosignature). */
export type KeyType = 1 | 4;

/** A key that signs notes. Name and id together identify it; the id alone is four bytes and proves nothing. */
export interface NoteKey {
  readonly name: string;
  readonly type: KeyType;
  /** First four bytes of H(name ‖ "\n" ‖ type ‖ public key), big-endian. */
  readonly keyId: number;
  readonly publicKey: Uint8Array;
}

// Unicode white space, which \s covers but for U+0085.
const KEY_NAME = /^[^\s\u0085+\p{Surrogate}]{1,255}$/u;

/** Whether a text may be a key name: not empty, no Unicode space, no plus sign (and here, at most 255 characters). */
export const isKeyName = (text: string): boolean => KEY_NAME.test(text) && !/\p{Cc}/u.test(text);

/** The first four bytes, big-endian. */
export const readU32 = (bytes: Uint8Array): number =>
  (bytes[0] ?? 0) * 0x1000000 + (((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0));

/** Four bytes, big-endian, of an integer below 2^32. */
export const writeU32 = (n: number): Uint8Array => Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);

/** The id of a key: H(name ‖ "\n" ‖ type ‖ public key)[:4]. */
export const keyIdOf = (hash: Sha256, name: string, type: KeyType, publicKey: Uint8Array): number =>
  readU32(hash(concatBytes(encodeUtf8(`${name}\n`) ?? new Uint8Array(0), Uint8Array.of(type), publicKey)));

/** A key of 32 bytes under a lawful name that passes `acceptKey`. */
export const buildNoteKey = (
  hash: Sha256,
  name: string,
  type: KeyType,
  publicKey: Uint8Array,
): E.Either<FormatIssue, NoteKey> => {
  if (!isKeyName(name)) return issue(['name'], 'a key name without spaces and plus signs', name);
  if (publicKey.length !== 32) return issue(['key'], 'a public key of 32 bytes', publicKey);
  if (!acceptKey(publicKey))
    return issue(['key'], 'a canonical, torsion-free Ed25519 key that is not the identity', publicKey);
  return E.right({ name, type, keyId: keyIdOf(hash, name, type, publicKey), publicKey });
};

/** The vkey text of a key. */
export const formatVkey = (key: NoteKey): string =>
  `${key.name}+${hexId(key.keyId)}+${encodeBase64(concatBytes(Uint8Array.of(key.type), key.publicKey))}`;

/** Reads a vkey of type 0x01 or 0x04. Its id must be the one that its name and key give, and the key must pass `acceptKey`. */
export const parseVkey = (hash: Sha256, text: string): E.Either<FormatIssue, NoteKey> => {
  if (text.length > 1024) return issue([], 'a verifier key', text);
  // The base64 may contain "+" itself, so only the first two separate.
  const first = text.indexOf('+');
  const second = text.indexOf('+', first + 1);
  if (first < 0 || second < 0) return issue([], 'name+id+key', text);
  const bytes = decodeBase64(text.slice(second + 1));
  if (bytes === undefined || bytes.length < 1)
    return issue(['key'], 'base64 of a key type and a key', text.slice(second + 1));
  const type = bytes[0];
  if (type !== 1 && type !== 4) return issue(['type'], 'key type 0x01 or 0x04', type);
  const [name, id, publicKey] = [text.slice(0, first), text.slice(first + 1, second), bytes.slice(1)];
  // The cheap check first: a file of many wrong keys must not cost the arithmetic of each.
  const said = hexId(keyIdOf(hash, name, type, publicKey));
  return said === id
    ? buildNoteKey(hash, name, type, publicKey)
    : issue(['id'], `the id of this name and key, ${said}`, id);
};

const hexId = (keyId: number): string => encodeHex(writeU32(keyId));
