/**
 * Selective disclosure (SD-JWT, RFC 9901): base64url of the JSON [salt, name, value]; the receipt lists its digest.
 * Deleting a disclosure deletes its salt with it: what is left is a digest of at least 128 unknown bits.
 */
import { either as E } from 'fp-ts';
import { ascii, encodeBase64url, pureTextCodec, type TextCodec } from './encoding/bytes.ts';
import { canonicalizeJson, parseCanonicalText } from './encoding/canonical.ts';
import type { Sha256 } from './encoding/crypto.ts';
import { type FormatIssue, issue } from './encoding/format-issue.ts';
import type { Json, SchemaPart } from './encoding/json.ts';
import type { Receipt } from './receipt.ts';

/** Bytes of salt of a disclosure, from the host, used once. */
export const SALT_BYTES = 16;
/** Longest disclosure text that is read. */
export const MAX_DISCLOSURE_LENGTH = 1_048_576;

/** A disclosure to be stored: `digest` goes into the receipt's `_sd`, `text` beside the receipt where it can be deleted. */
export interface Disclosure {
  readonly name: string;
  readonly text: string;
  readonly digest: string;
}

/** A disclosure that was read. */
export interface Disclosed {
  readonly salt: string;
  readonly name: string;
  readonly value: Json;
}

// base64url of 16 bytes: the last letter has two bits of them.
const SALT = /^[A-Za-z0-9_-]{21}[AQgw]$/;

// A name always has a "/", so it can never be a member of the receipt: a disclosure must not overwrite what is in clear.
const NAME = /^[a-z][a-z0-9_]*(?:\/[A-Za-z0-9_.:@-]+)+$/;

/** What a disclosure's text says once it is decoded, as JSON Schema 2020-12. */
export const DISCLOSURE_SCHEMA: SchemaPart = {
  type: 'array',
  prefixItems: [
    { type: 'string', pattern: SALT.source, description: 'salt' },
    { type: 'string', maxLength: 256, pattern: NAME.source, description: 'name' },
    { description: 'value' },
  ],
  minItems: 3,
  maxItems: 3,
};

/** Whether a text may name a disclosure: words separated by "/", at least two of them, at most 256 characters. */
export const isDisclosureName = (text: string): boolean => text.length <= 256 && NAME.test(text);

/** base64url of H(ASCII(text)), as given: a disclosure is never written again to be hashed. */
export const disclosureDigest = (hash: Sha256, text: string): string =>
  hash.textDigest?.(text) ?? encodeBase64url(hash(ascii(text)));

/** The disclosure of a name and a value under 16 fresh random bytes. */
export const buildDisclosure = (
  hash: Sha256,
  salt: Uint8Array,
  name: string,
  value: Json,
  codec: TextCodec = pureTextCodec,
): E.Either<FormatIssue, Disclosure> => {
  if (salt.length !== SALT_BYTES) return issue(['salt'], `${SALT_BYTES} random bytes`, salt);
  if (!isDisclosureName(name)) return issue(['name'], 'a disclosure name with a "/"', name);
  const json = canonicalizeJson([encodeBase64url(salt), name, value]);
  if (E.isLeft(json)) return E.left({ ...json.left, path: ['value', ...json.left.path.slice(1)] });
  const text = codec.pack(json.right) ?? '';
  if (text.length > MAX_DISCLOSURE_LENGTH) return issue(['value'], `at most ${MAX_DISCLOSURE_LENGTH} characters`, text);
  return E.right({ name, text, digest: disclosureDigest(hash, text) });
};

/** Reads a disclosure: base64url of canonical JSON, a salt of 16 bytes, a lawful name, any value. */
export const parseDisclosure = (text: string, codec: TextCodec = pureTextCodec): E.Either<FormatIssue, Disclosed> => {
  if (text.length > MAX_DISCLOSURE_LENGTH) return issue([], `at most ${MAX_DISCLOSURE_LENGTH} characters`, text);
  const shown = codec.unpack(text);
  if (shown === undefined) return issue([], 'base64url of UTF-8', text);
  const json = parseCanonicalText(shown);
  if (E.isLeft(json)) return json;
  if (!Array.isArray(json.right) || json.right.length !== 3)
    return issue([], 'a list of salt, name and value', json.right);
  const [salt, name, value] = json.right as unknown as readonly [Json, Json, Json];
  if (typeof salt !== 'string' || !SALT.test(salt)) return issue([0], `base64url of ${SALT_BYTES} bytes`, salt);
  if (typeof name !== 'string' || !isDisclosureName(name)) return issue([1], 'a disclosure name with a "/"', name);
  return E.right({ salt, name, value });
};

/**
 * The values that these disclosures show of a receipt, by name. Each must be listed in `_sd`, have a name of its own, and
 * come once. Digests without a disclosure are withheld (or decoys); they are no flaw.
 */
export const verifyDisclosures = (
  hash: Sha256,
  receipt: Receipt,
  texts: readonly string[],
  codec: TextCodec = pureTextCodec,
): E.Either<FormatIssue, ReadonlyMap<string, Json>> => {
  const listed = new Set(receipt._sd);
  const values = new Map<string, Json>();
  for (const [i, text] of texts.entries()) {
    const disclosed = parseDisclosure(text, codec);
    if (E.isLeft(disclosed)) return E.left({ ...disclosed.left, path: [i, ...disclosed.left.path] });
    const { name, value } = disclosed.right;
    if (!listed.delete(disclosureDigest(hash, text)))
      return issue([i], 'a disclosure that the receipt lists, once', name);
    if (values.has(name)) return issue([i], 'each name once', name);
    values.set(name, value);
  }
  return E.right(values);
};
