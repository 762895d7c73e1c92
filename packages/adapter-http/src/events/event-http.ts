/** CloudEvents over HTTP: which form a message has, and the binary form, whose attributes are headers and whose data is the body. */

import { decodeUtf8 } from '@tai-autonomics/core/receipt';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { either as E } from 'fp-ts';
import { utf8 } from '../request/bytes.ts';
import {
  type AttributeValue,
  attributesOf,
  type CloudEvent,
  type EventData,
  eventOf,
  isJsonType,
} from './cloud-event.ts';
import { readBatch, readEvent, writeEvent } from './event-json.ts';

/** How an event travels: as JSON; as headers and a body; as a list in JSON, which is for receivers that asked for it. */
export const EVENT_MODES = ['structured', 'binary', 'batch'] as const;
/** How an event travels. */
export type EventMode = (typeof EVENT_MODES)[number];

/** What is sent, or came. */
export interface EventMessage {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** How much is read. */
export interface MessageLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
}

/** The media types of JSON events. */
export const EVENT_TYPE = 'application/cloudevents+json';
/** The media type of lists of events. */
export const BATCH_TYPE = 'application/cloudevents-batch+json';

/** The mode that a `Content-Type` says, in any spelling; `undefined` for events in a format that nobody reads here. */
export const modeOf = (type: string | null | undefined): EventMode | undefined => {
  const given = type ?? '';
  if (!/^application\/cloudevents/i.test(given)) return 'binary';
  if (!/^[^;]*(?:;\s*charset="?utf-8"?\s*)?;?\s*$/i.test(given)) return undefined;
  const media = given.split(';', 1)[0]?.trim().toLowerCase();
  return media === EVENT_TYPE ? 'structured' : media === BATCH_TYPE ? 'batch' : undefined;
};

/** Reads a message of any mode, in UTF-8. Left: what is wrong, in a sentence that repeats no value. */
export const readMessage = (
  { headers, body }: EventMessage,
  limits: MessageLimits,
): E.Either<string, readonly CloudEvent[]> => {
  const mode = modeOf(headers['content-type']);
  if (mode === undefined) return E.left('expected events in JSON and UTF-8');
  if (mode === 'binary') return E.map((event: CloudEvent) => [event])(readBinary({ headers, body }, limits));
  const json = parseStrictJson(body, { ...limits, comments: false });
  if (E.isLeft(json))
    return E.left(`line ${json.left.line}, column ${json.left.column}: expected ${json.left.expected}`);
  return mode === 'batch'
    ? readBatch(json.right.value)
    : E.map((event: CloudEvent) => [event])(readEvent(json.right.value));
};

/** Events as a message. One of binary or structured mode holds exactly one: of several, the first. */
export const writeMessage = (
  mode: EventMode,
  [first, ...more]: readonly [CloudEvent, ...CloudEvent[]],
): EventMessage => {
  switch (mode) {
    case 'binary':
      return writeBinary(first);
    case 'structured':
      return jsonMessage(EVENT_TYPE, writeEvent(first));
    case 'batch':
      return jsonMessage(BATCH_TYPE, [first, ...more].map(writeEvent));
  }
};

const jsonMessage = (type: string, json: unknown): EventMessage => ({
  headers: { 'content-type': `${type}; charset=utf-8` },
  body: utf8(JSON.stringify(json)),
});

const PREFIX = 'ce-';

const readBinary = ({ headers, body }: EventMessage, limits: MessageLimits): E.Either<string, CloudEvent> => {
  const attributes = new Map<string, AttributeValue>();
  for (const [header, text] of Object.entries(headers)) {
    if (!header.startsWith(PREFIX)) continue;
    const name = header.slice(PREFIX.length);
    if (name === 'datacontenttype') return E.left('expected no header ce-datacontenttype: it is Content-Type');
    const value = headerValue(text);
    if (value === undefined) return E.left('expected headers that are percent-encoded UTF-8');
    attributes.set(name, value);
  }
  const type = headers['content-type'];
  if (type !== undefined) attributes.set('datacontenttype', type);
  const data = dataOf(type, body, limits);
  return E.isLeft(data) ? data : eventOf(attributes, data.right);
};

/** Without a type nothing is assumed of the bytes, JSON or not. An empty body carries nothing. */
const dataOf = (
  type: string | undefined,
  body: Uint8Array,
  limits: MessageLimits,
): E.Either<string, EventData | undefined> => {
  if (body.length === 0) return E.right(undefined);
  if (type === undefined) return E.right({ form: 'bytes', bytes: body });
  if (isJsonType(type)) {
    const json = parseStrictJson(body, { ...limits, comments: false });
    return E.isLeft(json)
      ? E.left(`line ${json.left.line}, column ${json.left.column}: expected ${json.left.expected}`)
      : E.right({ form: 'json', value: json.right.value });
  }
  const text = /^(?:text\/|application\/(?:[^;]*\+)?xml\b)/i.test(type) ? decodeUtf8(body) : undefined;
  return E.right(text === undefined ? { form: 'bytes', bytes: body } : { form: 'text', text });
};

const writeBinary = (event: CloudEvent): EventMessage => {
  const headers: Record<string, string> = {};
  for (const [name, value] of attributesOf(event))
    if (name !== 'datacontenttype') headers[`${PREFIX}${name}`] = percentEncode(String(value));
  const type = event.datacontenttype ?? (event.data?.form === 'json' ? 'application/json' : undefined);
  return {
    headers: { ...headers, ...(type === undefined ? {} : { 'content-type': type }) },
    body: bytesOf(event.data),
  };
};

const bytesOf = (data: EventData | undefined): Uint8Array => {
  switch (data?.form) {
    case undefined:
      return new Uint8Array(0);
    case 'json':
      return utf8(JSON.stringify(data.value));
    case 'text':
      return utf8(data.text);
    case 'bytes':
      return data.bytes;
  }
};

/** Space, quote, percent and whatever is not printable ASCII (section 3.1.3.2). A lone surrogate becomes U+FFFD. */
const percentEncode = (text: string): string =>
  text.replaceAll(/[^!#$&-~]/gu, (character) =>
    [...utf8(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );

const QUOTED = /^"((?:[^"\\]|\\.)*)"$/s;

/** First the quotes (RFC 9110 section 5.6.4), then one round of percent signs; `undefined` for bytes that are no UTF-8. */
const headerValue = (header: string): string | undefined => {
  const text = QUOTED.exec(header)?.[1]?.replaceAll(/\\(.)/gs, '$1') ?? header;
  // Whatever is not printable ASCII has to be encoded; a percent sign that encodes nothing stands for itself.
  if (!/^[ -~]*$/.test(text)) return undefined;
  const parts = [...text.matchAll(/%[0-9A-Fa-f]{2}|[ -~]/g)].map(([part]) =>
    part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0),
  );
  return decodeUtf8(Uint8Array.from(parts));
};
