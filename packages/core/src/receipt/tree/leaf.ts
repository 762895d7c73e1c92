/**
 * Leaves and links. A receipt's leaf hash is its place in the tree and, in the next receipt's `prev`, its link in the
 * chain: one value, so chain and tree cannot tell two stories.
 */
import { encodeBase64url, encodeUtf8 } from '../encoding/bytes.ts';
import type { Sha256 } from '../encoding/crypto.ts';

const ORIGIN = /^[a-z0-9.-]+(?:\/[a-z0-9._-]+)+$/;

/** H(0x00 ‖ bytes), RFC 6962 section 2.1. */
export const leafHash = (hash: Sha256, bytes: Uint8Array): Uint8Array => {
  const input = new Uint8Array(bytes.length + 1);
  input.set(bytes, 1);
  return hash(input);
};

/** H(0x01 ‖ left ‖ right), RFC 6962 section 2.1. Both children are 32 bytes. */
export const nodeHash = (hash: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array => {
  NODE.set(left, 1);
  NODE.set(right, 33);
  return hash(NODE);
};

/** What stands in `prev` of receipt 0: H("tai-autonomics/genesis@1\n" ‖ origin ‖ "\n"). Ties a ledger to its origin. */
export const genesis = (hash: Sha256, origin: string): Uint8Array =>
  hash(encodeUtf8(`tai-autonomics/genesis@1\n${origin}\n`) ?? new Uint8Array(0));

/** Keyed pseudonym, digest or leaf as text: base64url of 32 bytes. */
export const digestText = (digest: Uint8Array): string => encodeBase64url(digest);

/** Whether a text may name a ledger: `domain/path…`, lower case, at most 255 bytes. It says nothing about its tenant. */
export const isOrigin = (text: unknown): text is string =>
  typeof text === 'string' && text.length <= 255 && ORIGIN.test(text);

// Written over for every node: an array of more than 64 bytes lies outside of the heap, and making one takes as long as hashing it.
const NODE = Uint8Array.of(1, ...new Uint8Array(64));
