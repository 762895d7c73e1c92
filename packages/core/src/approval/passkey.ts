/**
 * What a passkey signs (WebAuthn Level 2): an assertion whose challenge is the SHA-256 of a statement. It counts for the page of the
 * key's own origin, outside of any other page's frame, with a person present whom the authenticator verified.
 */
import { concatBytes } from '../receipt/encoding/bytes.ts';
import { decodeBase64url, type Ed25519, encodeBase64url, encodeUtf8, type Sha256 } from '../receipt/index.ts';
import type { PasskeyKey } from '../receipt/signing/approver-key.ts';

/**
 * ECDSA on P-256 with SHA-256: a key of 33 bytes (SEC 1, compressed), a signature of 64 bytes (r, then s, with s in the lower half of
 * the order, so that each has one spelling). Never throws; false for what is of another form or no point of the curve.
 */
export interface P256 {
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
}

/** What checks signatures of approvers. Without `p256`, passkeys on P-256 are not checked: a browser need not load the curve. */
export interface SignatureChecks {
  readonly sha256: Sha256;
  readonly ed25519: Ed25519;
  readonly p256?: P256;
}

/** The parts of an assertion, each as the authenticator or the browser made it. */
interface Assertion {
  readonly authenticatorData: Uint8Array;
  readonly clientDataJson: Uint8Array;
  readonly signature: Uint8Array;
}

const RP_ID_HASH_BYTES = 32;
/** Hash, flags, counter: an assertion without extensions has nothing else. */
const AUTHENTICATOR_DATA_BYTES = 37;
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const BACKUP_ELIGIBLE = 0x08;
const BACKED_UP = 0x10;
const ATTESTED_DATA = 0x40;
const EXTENSIONS = 0x80;

/** The challenge (base64url) by which a passkey signs these bytes. */
export const passkeyChallenge = (sha256: Sha256, statement: Uint8Array): string => encodeBase64url(sha256(statement));

/**
 * Whether `text`, `<authenticatorData>.<clientDataJSON>.<signature>` in base64url, is an assertion of the key over a statement.
 * `undefined`: there is nothing here to check its curve with.
 */
export const verifyPasskey = (
  { sha256, ed25519, p256 }: SignatureChecks,
  { alg, publicKey, origin, rpId }: PasskeyKey,
  statement: Uint8Array,
  text: string,
): boolean | undefined => {
  const assertion = readAssertion(text);
  if (assertion === undefined) return false;
  const { authenticatorData, clientDataJson, signature } = assertion;
  if (!isOfPage(clientDataJson, passkeyChallenge(sha256, statement), origin)) return false;
  if (!isOfPerson(authenticatorData, sha256(encodeUtf8(rpId) ?? new Uint8Array(0)))) return false;
  const curve = alg === 'es256' ? p256 : ed25519;
  return curve?.verify(publicKey, concatBytes(authenticatorData, sha256(clientDataJson)), signature);
};

const readAssertion = (text: string): Assertion | undefined => {
  const [data = '', client = '', signed = '', ...more] = text.split('.');
  const [authenticatorData, clientDataJson, signature] = [data, client, signed].map(decodeBase64url);
  if (more.length > 0 || authenticatorData === undefined || clientDataJson === undefined) return undefined;
  return signature?.length === 64 ? { authenticatorData, clientDataJson, signature } : undefined;
};

/**
 * WebAuthn section 5.8.1.2, without a JSON parser: browsers write these members first, in this order and this spelling, so
 * that two verifiers can't read them differently. A browser that leaves `crossOrigin` out writes nothing after the origin.
 */
const isOfPage = (clientDataJson: Uint8Array, challenge: string, origin: string): boolean => {
  const start = `{"type":"webauthn.get","challenge":"${challenge}","origin":"${origin}"`;
  const text = String.fromCharCode(...clientDataJson.subarray(0, start.length + 21));
  if (!text.startsWith(start)) return false;
  const rest = text.slice(start.length);
  const isLast = clientDataJson.length === start.length + 1;
  if (isLast) return rest === '}';
  const ended = rest === ',"crossOrigin":false}' && clientDataJson.length === start.length + 21;
  return ended || (rest === ',"crossOrigin":false,' && clientDataJson.at(-1) === 0x7d);
};

/** Of this relying party, by a person who was there and was verified (a PIN, a finger), with nothing added. */
const isOfPerson = (data: Uint8Array, rpIdHash: Uint8Array): boolean => {
  const flags = data[RP_ID_HASH_BYTES] ?? 0;
  const has = (bit: number): boolean => (flags & bit) !== 0;
  return (
    data.length === AUTHENTICATOR_DATA_BYTES &&
    rpIdHash.every((byte, i) => byte === data[i]) &&
    has(USER_PRESENT) &&
    has(USER_VERIFIED) &&
    !has(ATTESTED_DATA) &&
    !has(EXTENSIONS) &&
    (has(BACKUP_ELIGIBLE) || !has(BACKED_UP))
  );
};
