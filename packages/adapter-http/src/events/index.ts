/** Events in and out: CloudEvents 1.0.2, the events that a ledger's receipts are, and messages of Standard Webhooks. */
export {
  type AttributeValue,
  attributesOf,
  type CloudEvent,
  type EventData,
} from './cloud-event.ts';
export {
  BATCH_TYPE,
  EVENT_MODES,
  EVENT_TYPE,
  type EventMessage,
  type EventMode,
  type MessageLimits,
  modeOf,
  readMessage,
  writeMessage,
} from './event-http.ts';
export { readBatch, readEvent, writeEvent } from './event-json.ts';
export { ANDON_EVENTS, isAndon, receiptEvent, signalEvent } from './receipt-event.ts';
export {
  publicWebhookKey,
  verifyWebhook,
  WEBHOOK_SECRET,
  WEBHOOK_TOLERANCE_MS,
  type WebhookFault,
  type WebhookMessage,
  webhookHeaders,
} from './standard-webhook.ts';
