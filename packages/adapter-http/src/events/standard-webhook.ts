/**
 * Messages of Standard Webhooks (standardwebhooks.com, version 1), signed and verified. Written here: npm `standardwebhooks` 1.1.1 knows no
 * v1a, and takes the timestamp `1614265330abc`.
 */
import { createHmac, createPrivateKey, createPublicKey, sign, timingSafeEqual, verify } from 'node:crypto';
import { either as E } from 'fp-ts';

/**
 * The form of a secret, in base64 behind a mark: `whsec_` and 24 to 64 bytes that the receiver knows too (v1), or `whsk_` and an
 * Ed25519 key of 32 bytes, of which the receiver knows the public half alone (v1a); a key of 64 has that half behind it.
 */
export const WEBHOOK_SECRET: RegExp =
  /^(?:whsec_[A-Za-z0-9+/]{32,88}={0,2}|whsk_(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==))$/;

/** What is sent. The id is the same whenever the same message is sent again; it has no full stop in it. */
export interface WebhookMessage {
  readonly id: string;
  readonly body: string | Uint8Array;
  /** `application/json` where absent. */
  readonly type?: string;
}

/** Why a message is not taken for what it says it is. */
export type WebhookFault = 'header_missing' | 'header_malformed' | 'too_old' | 'too_new' | 'not_signed';

/** What a message may say of its time, either way: five minutes, as all libraries have it. */
export const WEBHOOK_TOLERANCE_MS = 300_000;

/** The headers of a message, signed at an instant with each of the secrets: more than one while one replaces the other. */
export const webhookHeaders = (
  { id, body, type = 'application/json' }: WebhookMessage,
  secrets: string | readonly string[],
  atMs: number,
): Readonly<Record<string, string>> => {
  const timestamp = String(Math.floor(atMs / 1_000));
  const signed = signedBytes(id, timestamp, body);
  const all = typeof secrets === 'string' ? [secrets] : secrets;
  return {
    'content-type': type,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': all.map((secret) => signatureOf(secret, signed)).join(' '),
  };
};

/**
 * Verifies a message at an instant, over the bytes of its body as they came: answers its id, by which a message that comes twice is known.
 * `keys` are `whsec_…` that the sender knows too, and `whpk_…`, public halves; one of them has to have signed. A key of another form,
 * or of the wrong length, verifies nothing.
 */
export const verifyWebhook = (
  headers: { get(name: string): string | null },
  body: string | Uint8Array,
  keys: readonly string[],
  atMs: number,
): E.Either<WebhookFault, string> => {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headers.get(name),
  );
  if (!id || !timestamp || !signatures) return E.left('header_missing');
  if (!/^[1-9]\d{0,11}$/.test(timestamp) || id.length > 256 || signatures.length > 4_096)
    return E.left('header_malformed');
  const at = Number(timestamp) * 1_000;
  if (at < atMs - WEBHOOK_TOLERANCE_MS) return E.left('too_old');
  if (at > atMs + WEBHOOK_TOLERANCE_MS) return E.left('too_new');
  const signed = signedBytes(id, timestamp, body);
  const isSigned = signatures.split(' ').some((signature) => keys.some((key) => hasSigned(key, signed, signature)));
  return isSigned ? E.right(id) : E.left('not_signed');
};

/** The public half, `whpk_…`, of a `whsk_…` secret: what a receiver is handed. `undefined` for a secret of another form. */
export const publicWebhookKey = (secret: string): string | undefined => {
  if (!secret.startsWith('whsk_') || !WEBHOOK_SECRET.test(secret)) return undefined;
  const der = createPublicKey(privateKeyOf(keyBytes(secret))).export({ format: 'der', type: 'spki' });
  return `whpk_${der.subarray(-KEY_BYTES).toString('base64')}`;
};

/** Bytes and not text: what came is verified as it came. */
const signedBytes = (id: string, timestamp: string, body: string | Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${id}.${timestamp}.`), Buffer.from(body)]);

const keyBytes = (text: string): Buffer => Buffer.from(text.slice(text.indexOf('_') + 1), 'base64');

const hmac = (key: Buffer, signed: Buffer): Buffer => createHmac('sha256', key).update(signed).digest();

const signatureOf = (secret: string, signed: Buffer): string =>
  secret.startsWith('whsec_')
    ? `v1,${hmac(keyBytes(secret), signed).toString('base64')}`
    : `v1a,${sign(null, signed, privateKeyOf(keyBytes(secret))).toString('base64')}`;

/** PrivateKeyInfo of an Ed25519 key up to the key itself (RFC 8410 section 7), and SubjectPublicKeyInfo (section 4). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_BYTES = 32;
const MIN_SECRET_BYTES = 24;

const privateKeyOf = (key: Buffer) =>
  createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, key.subarray(0, KEY_BYTES)]), format: 'der', type: 'pkcs8' });

const hasSigned = (key: string, signed: Buffer, signature: string): boolean => {
  const [, version, base64 = ''] = /^(v1a?),([A-Za-z0-9+/]+={0,2})$/.exec(signature) ?? [];
  if (version === undefined) return false;
  const [given, bytes] = [Buffer.from(base64, 'base64'), keyBytes(key)];
  if (version === 'v1') {
    if (!key.startsWith('whsec_') || bytes.length < MIN_SECRET_BYTES) return false;
    const expected = hmac(bytes, signed);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
  if (!key.startsWith('whpk_') || bytes.length !== KEY_BYTES || given.length !== 2 * KEY_BYTES) return false;
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, bytes]), format: 'der', type: 'spki' });
    return verify(null, signed, publicKey, given);
  } catch {
    // Bytes that are no point of the curve.
    return false;
  }
};
