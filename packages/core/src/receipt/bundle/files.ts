/** The small files of a bundle: lists of disclosures, attachments by digest, and the lines of a ledger as chunks come in. */
import { either as E } from 'fp-ts';
import { ascii, concatBytes, encodeBase64url, pureTextCodec, type TextCodec } from '../encoding/bytes.ts';
import { MAX_RECEIPT_BYTES, parseCanonical } from '../encoding/canonical.ts';
import type { Sha256 } from '../encoding/crypto.ts';
import { type FormatIssue, issue } from '../encoding/format-issue.ts';

/** What is left of a stream of lines after a chunk: the beginning of a line. */
export type LineRest = Uint8Array;

/** Lines that a chunk completed, without their newlines, as parts of the chunk; and what is left. */
export interface SplitLines {
  readonly lines: readonly Uint8Array[];
  readonly rest: LineRest;
}

/** SHA-256 is taken over this text, then over the catalog's canonical JSON as it is written. No JSON begins with a zero byte. */
export const CATALOG_DOMAIN = 'tai-autonomics/catalog@1\0';

/** The bytes of `disclosures/<seq>.json`: disclosure texts as a JSON list, in the order given. */
export const formatDisclosures = (texts: readonly string[]): Uint8Array => ascii(JSON.stringify(texts));

/** Reads `disclosures/<seq>.json`: a canonical JSON list of at most 256 strings. The disclosures themselves are not read. */
export const parseDisclosures = (
  bytes: Uint8Array,
  codec: TextCodec = pureTextCodec,
): E.Either<FormatIssue, readonly string[]> => {
  const json = parseCanonical(bytes, codec);
  if (E.isLeft(json)) return json;
  const isList = Array.isArray(json.right) && json.right.length <= 256;
  return isList && (json.right as readonly unknown[]).every((text) => typeof text === 'string')
    ? E.right(json.right as readonly string[])
    : issue([], 'a list of at most 256 disclosures', json.right);
};

/**
 * Whether a catalog or evidence file has the digest of its name. A catalog must be canonical JSON, and is hashed with its
 * domain; evidence is hashed as it is.
 */
export const verifyAttachment = (
  hash: Sha256,
  kind: 'catalog' | 'evidence',
  digest: string,
  bytes: Uint8Array,
): E.Either<FormatIssue, string> => {
  if (kind === 'catalog') {
    const json = parseCanonical(bytes);
    if (E.isLeft(json)) return json;
  }
  const domain = kind === 'catalog' ? ascii(CATALOG_DOMAIN) : new Uint8Array(0);
  const found = encodeBase64url(hash(concatBytes(domain, bytes)));
  return found === digest ? E.right(digest) : issue([], `a file with the digest ${digest}`, found);
};

/**
 * Splits a stream of `receipts.jsonl` at newlines (and nowhere else). Left as soon as a line is longer than a receipt may
 * be, so memory stays bounded. After the last chunk a rest that is not empty is a line too: one without its newline.
 */
export const splitLines = (rest: LineRest, chunk: Uint8Array): E.Either<FormatIssue, SplitLines> => {
  const bytes = rest.length === 0 ? chunk : concatBytes(rest, chunk);
  const lines: Uint8Array[] = [];
  let from = 0;
  for (let to = bytes.indexOf(10, rest.length); to >= 0; to = bytes.indexOf(10, from)) {
    if (to - from > MAX_RECEIPT_BYTES) return issue([], `lines of at most ${MAX_RECEIPT_BYTES} bytes`, to - from);
    lines.push(bytes.subarray(from, to));
    from = to + 1;
  }
  const left = bytes.slice(from);
  return left.length > MAX_RECEIPT_BYTES
    ? issue([], `lines of at most ${MAX_RECEIPT_BYTES} bytes`, left.length)
    : E.right({ lines, rest: left });
};
