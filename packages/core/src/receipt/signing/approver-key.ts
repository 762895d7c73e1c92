/**
 * The key of an approver as ledgers and trust files write it: an Ed25519 key that signs by itself, or a passkey (WebAuthn), which
 * signs in the browser page of one origin alone.
 */
import { decodeBase64url } from '../encoding/bytes.ts';
import { acceptKey } from '../encoding/crypto.ts';

/** Signs bytes: base64url of 32 bytes. */
interface PlainKey {
  readonly kind: 'ed25519';
  readonly publicKey: Uint8Array;
}

/** Signs as an authenticator does: `webauthn:<alg>:<base64url of the public key>:<origin>`. */
export interface PasskeyKey {
  readonly kind: 'webauthn';
  /** COSE −7: ECDSA on P-256 with SHA-256, its key as 33 bytes (SEC 1, compressed). COSE −8: Ed25519, its key as 32 bytes. */
  readonly alg: 'es256' | 'eddsa';
  readonly publicKey: Uint8Array;
  /** The origin of the page on which it signs. */
  readonly origin: string;
  /** The relying party's id: the host of that origin, always. */
  readonly rpId: string;
}

/** A key of an approver. */
export type ApproverKey = PlainKey | PasskeyKey;

const PASSKEY = /^webauthn:(es256|eddsa):([A-Za-z0-9_-]{43,44}):(.{1,256})$/;
/** A host in its one spelling, and a port that is not the scheme's own. `http` is only for what never leaves the machine. */
const ORIGIN =
  /^(?:https:\/\/((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)|http:\/\/(localhost))(?::([1-9]\d{0,4}))?$/;

/**
 * Reads a key. `undefined` for what is no key, has a second spelling, or, of Ed25519, is a point that `acceptKey` refuses. That a
 * key of P-256 is a point of the curve shows when a signature is checked.
 */
export const parseApproverKey = (text: string): ApproverKey | undefined => {
  if (!text.startsWith('webauthn:')) {
    const publicKey = edwardsPoint(text);
    return publicKey === undefined ? undefined : { kind: 'ed25519', publicKey };
  }
  const [, alg, keyText = '', origin = ''] = PASSKEY.exec(text) ?? [];
  const rpId = hostOf(origin);
  if (rpId === undefined || (alg !== 'es256' && alg !== 'eddsa')) return undefined;
  const publicKey = alg === 'eddsa' ? edwardsPoint(keyText) : compressedPoint(keyText);
  return publicKey === undefined ? undefined : { kind: 'webauthn', alg, publicKey, origin, rpId };
};

/** The public half of a key (base64url), without a look at whether it is one: what makes it another key, whatever it is written for. */
export const publicHalf = (text: string): string => PASSKEY.exec(text)?.[2] ?? text;

const hostOf = (origin: string): string | undefined => {
  const [, secure, local, port] = ORIGIN.exec(origin) ?? [];
  const host = secure ?? local;
  if (host === undefined || port === (secure === undefined ? '80' : '443')) return undefined;
  return port === undefined || Number(port) < 65_536 ? host : undefined;
};

const edwardsPoint = (text: string): Uint8Array | undefined => {
  const bytes = decodeBase64url(text);
  return bytes?.length === 32 && acceptKey(bytes) ? bytes : undefined;
};

const compressedPoint = (text: string): Uint8Array | undefined => {
  const bytes = decodeBase64url(text);
  return bytes?.length === 33 && (bytes[0] === 2 || bytes[0] === 3) ? bytes : undefined;
};
