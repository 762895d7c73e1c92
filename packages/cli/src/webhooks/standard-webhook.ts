/** One message of Standard Webhooks (standardwebhooks.com, version 1): its body, and the headers by which a receiver knows it. */
import { createHmac, createPrivateKey, sign } from 'node:crypto';

/**
 * The form of a secret, in base64 behind a mark: `whsec_` and 24 to 64 bytes that the receiver knows too (v1), or `whsk_` and an
 * Ed25519 key of 32 bytes, of which the receiver knows the public half alone (v1a); a key of 64 has that half behind it.
 */
export const WEBHOOK_SECRET: RegExp =
  /^(?:whsec_[A-Za-z0-9+/]{32,88}={0,2}|whsk_(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==))$/;

/** What is sent. The id is the same whenever the same message is sent again. */
export interface WebhookMessage {
  readonly id: string;
  readonly body: string;
}

/** The headers of a message, signed at an instant. */
export const webhookHeaders = (
  { id, body }: WebhookMessage,
  secret: string,
  atMs: number,
): Readonly<Record<string, string>> => {
  const timestamp = String(Math.floor(atMs / 1_000));
  const signature = signatureOf(secret, `${id}.${timestamp}.${body}`);
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
  };
};

const signatureOf = (secret: string, text: string): string => {
  const [mark = '', base64 = ''] = secret.split('_', 2);
  const key = Buffer.from(base64, 'base64');
  if (mark === 'whsec') return `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
  const der = Buffer.concat([PKCS8_PREFIX, key.subarray(0, SEED_BYTES)]);
  const signingKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return `v1a,${sign(null, Buffer.from(text), signingKey).toString('base64')}`;
};

/** PrivateKeyInfo of an Ed25519 key up to the key itself (RFC 8410 section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;
