/** CloudEvents as JSON: one event (`application/cloudevents+json`), or a list of them (`application/cloudevents-batch+json`). */
import { encodeBase64, isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { fromBase64 } from '../request/bytes.ts';
import {
  type AttributeValue,
  attributesOf,
  type CloudEvent,
  type EventData,
  eventOf,
  isJsonType,
} from './cloud-event.ts';

/** Reads one event. A `null` attribute counts as absent; `data` and `data_base64` exclude each other. */
export const readEvent = (json: unknown): E.Either<string, CloudEvent> => {
  if (!isPlainObject(json)) return E.left('expected an object');
  const attributes = new Map<string, AttributeValue>();
  for (const [name, value] of Object.entries(json)) {
    if (name === 'data' || name === 'data_base64' || value === null) continue;
    if (typeof value !== 'string' && typeof value !== 'boolean' && typeof value !== 'number')
      return E.left('expected attributes that are strings, booleans or integers');
    attributes.set(name, value);
  }
  const data = dataIn(json, attributes.get('datacontenttype'));
  return E.isLeft(data) ? data : eventOf(attributes, data.right);
};

/** Reads a list of events, in its order. The list may be empty. */
export const readBatch = (json: unknown): E.Either<string, readonly CloudEvent[]> => {
  if (!Array.isArray(json)) return E.left('expected a list of events');
  const events: CloudEvent[] = [];
  for (const [i, one] of json.entries()) {
    const event = readEvent(one);
    if (E.isLeft(event)) return E.left(`[${i}]: ${event.left}`);
    events.push(event.right);
  }
  return E.right(events);
};

/** An event as a JSON object, its attributes first. */
export const writeEvent = (event: CloudEvent): Readonly<Record<string, unknown>> => ({
  ...Object.fromEntries(attributesOf(event)),
  ...membersOf(event.data),
});

const membersOf = (data: EventData | undefined): Readonly<Record<string, unknown>> => {
  switch (data?.form) {
    case undefined:
      return {};
    case 'json':
      return { data: data.value };
    case 'text':
      return { data: data.text };
    case 'bytes':
      return { data_base64: encodeBase64(data.bytes) };
  }
};

/** RFC 4648 section 4, padded. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const dataIn = (
  json: Readonly<Record<string, unknown>>,
  type: AttributeValue | undefined,
): E.Either<string, EventData | undefined> => {
  const [isPlain, isBase64] = [Object.hasOwn(json, 'data'), Object.hasOwn(json, 'data_base64')];
  if (isPlain && isBase64) return E.left('expected `data` or `data_base64`, not both');
  if (isBase64) {
    const text = json['data_base64'];
    return typeof text === 'string' && BASE64.test(text)
      ? E.right({ form: 'bytes', bytes: fromBase64(text) })
      : E.left('data_base64: expected base64');
  }
  if (!isPlain) return E.right(undefined);
  const value = json['data'];
  if (isJsonType(typeof type === 'string' ? type : undefined)) return E.right({ form: 'json', value });
  return typeof value === 'string'
    ? E.right({ form: 'text', text: value })
    : E.left('data: expected a text of its type');
};
