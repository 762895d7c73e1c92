/** One message of Standard Webhooks (standardwebhooks.com, version 1): its body, and the headers by which a receiver knows it. */
import { createHmac } from 'node:crypto';

/** The form of a secret: its 24 to 64 bytes in base64, behind a mark. */
export const WEBHOOK_SECRET: RegExp = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

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
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
};
