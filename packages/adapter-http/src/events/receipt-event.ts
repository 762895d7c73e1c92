/**
 * CloudEvents out of a ledger: a receipt, a signal that a pack told, or an Andon that was raised or cleared. An event names its receipt
 * and never holds what the receipt only discloses: no evidence, no argument, no name of a subject.
 */
import { decodeUtf8, encodeBase64url, type Receipt } from '@tai-autonomics/core/receipt';
import type { Row, Signal } from '@tai-autonomics/governor';
import type { CloudEvent } from './cloud-event.ts';

/** The events of the Andon: it stops actions, and lets them go again. */
export const ANDON_EVENTS = ['andon_raised', 'andon_cleared'] as const;

/** Whether a receipt is of an Andon that was raised or cleared. */
export const isAndon = ({ event }: Pick<Receipt, 'event'>): boolean => ANDON_EVENTS.some((each) => each === event);

/**
 * A receipt as an event: `data.receipt` is its text, byte for byte, so that whoever gets it can hash it again and find
 * `data.leaf`. The event's id is that leaf, so it is the same whenever it is sent.
 */
export const receiptEvent = (receipt: Receipt, row: Pick<Row, 'bytes' | 'leaf'>, tenant?: string): CloudEvent =>
  eventFrom(isAndon(receipt) ? 'andon' : 'receipt', receipt, row.leaf, {
    ...(tenant === undefined ? {} : { tenant }),
    ...placeOf(receipt, row.leaf),
    receipt: decodeUtf8(row.bytes) ?? '',
  });

/** A signal as an event: its pack, and where its receipt stands. */
export const signalEvent = ({ signal, at, ...where }: Signal, tenant?: string): CloudEvent => ({
  id: where.leaf,
  source: sourceOf(where.origin),
  type: `${TYPE_PREFIX}.signal.${signal}`,
  subject: String(where.seq),
  time: at,
  datacontenttype: JSON_TYPE,
  data: { form: 'json', value: { ...(tenant === undefined ? {} : { tenant }), ...where } },
});

const TYPE_PREFIX = 'tai-autonomics';
const JSON_TYPE = 'application/json';

/** An origin is a name and a path, as a URI has them behind its two slashes: `//domain/ledger` is a URI reference. */
const sourceOf = (origin: string): string => `//${origin}`;

const placeOf = (receipt: Receipt, leaf: Uint8Array): Readonly<Record<string, unknown>> => ({
  event: receipt.event,
  kind: receipt.kind,
  origin: receipt.origin,
  seq: receipt.seq,
  leaf: encodeBase64url(leaf),
  ...(receipt.kind === 'decision' ? { verdict: receipt.verdict } : { of: receipt.of.seq }),
});

const eventFrom = (what: 'receipt' | 'andon', receipt: Receipt, leaf: Uint8Array, value: unknown): CloudEvent => ({
  id: encodeBase64url(leaf),
  source: sourceOf(receipt.origin),
  type: `${TYPE_PREFIX}.${what}.${receipt.event}`,
  subject: String(receipt.seq),
  time: receipt.at,
  datacontenttype: JSON_TYPE,
  data: { form: 'json', value },
});
