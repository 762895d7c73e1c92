/**
 * The primitives that the rest of this folder takes as arguments, and their default implementations.
 * The only file that imports a curve. A server may inject its platform's own; the bytes are the same.
 */
import { getPublicKey, hashes, Point, sign } from '@noble/ed25519';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, encodeHex, equalBytes } from './bytes.ts';

/** SHA-256: 32 bytes of any bytes, which it does not keep. */
export interface Sha256 {
  (bytes: Uint8Array): Uint8Array;
  /** Where the platform has it: from ASCII text to base64url of its hash in one step. */
  readonly textDigest?: (text: string) => string;
}

/** Ed25519 verification by the rule of `nobleEd25519`; never throws, false for anything of the wrong length. */
export interface Ed25519 {
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
}

/** Order of the base point (RFC 8032 section 5.1). */
const L = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn;

/** SHA-256 in JavaScript (@noble/hashes). */
export const nobleSha256: Sha256 = (bytes) => sha256(bytes);

/**
 * Whether a public key may be registered: canonical encoding, not the identity, no torsion.
 * For such keys all sound verifiers agree; with others an issuer could make two auditors disagree.
 */
export const acceptKey = (publicKey: Uint8Array): boolean => {
  const point = decodePoint(publicKey);
  try {
    return point !== undefined && equalBytes(point.toBytes(), publicKey) && !point.is0() && point.isTorsionFree();
  } catch {
    return false;
  }
};

/**
 * Ed25519 (RFC 8032) by the cofactorless rule: 64 bytes, S < L, and encode([S]B − [k]A) equals the R bytes, which also
 * refuses every non-canonical R. The library's own default (ZIP 215) accepts more, so its point arithmetic is used instead.
 */
export const nobleEd25519: Ed25519 = {
  verify: (publicKey, message, signature) => {
    try {
      return verifyStrict(publicKey, message, signature);
    } catch {
      return false;
    }
  },
};

/** Ed25519 signature (RFC 8032, deterministic) by a raw 32-byte seed; `undefined` for a seed of another length. */
export const signEd25519 = (seed: Uint8Array, message: Uint8Array): Uint8Array | undefined =>
  seeded(seed, () => sign(message, seed));

/** Public key of a raw 32-byte seed; `undefined` for a seed of another length. */
export const publicKeyOf = (seed: Uint8Array): Uint8Array | undefined => seeded(seed, () => getPublicKey(seed));

/**
 * HMAC-SHA-256 (RFC 2104) on the injected hash. For keyed pseudonyms: H(secret ‖ m) would be open to length extension,
 * and a bare hash of a guessable value can be guessed.
 */
export const hmacSha256 = (hash: Sha256, key: Uint8Array, message: Uint8Array): Uint8Array => {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? hash(key) : key);
  const inner = hash(
    concatBytes(
      block.map((byte) => byte ^ 0x36),
      message,
    ),
  );
  return hash(
    concatBytes(
      block.map((byte) => byte ^ 0x5c),
      inner,
    ),
  );
};

const decodePoint = (bytes: Uint8Array): Point | undefined => {
  if (bytes.length !== 32) return undefined;
  try {
    return Point.fromBytes(bytes, false);
  } catch {
    return undefined;
  }
};

const verifyStrict = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  if (signature.length !== 64) return false;
  const a = decodePoint(publicKey);
  const s = littleEndian(signature.subarray(32));
  if (a === undefined || s >= L) return false;
  const r = signature.subarray(0, 32);
  const k = littleEndian(sha512(concatBytes(r, publicKey, message))) % L;
  const expected = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
  return equalBytes(expected.toBytes(), r);
};

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${encodeHex(Uint8Array.from(bytes).reverse())}`);

const seeded = <A>(seed: Uint8Array, then: () => A): A | undefined => {
  if (seed.length !== 32) return undefined;
  hashes.sha512 = sha512;
  try {
    return then();
  } catch {
    return undefined;
  }
};
