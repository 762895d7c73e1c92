/**
 * A CloudEvent of version 1.0.2, whatever it travels as. Written here and not taken from npm: `cloudevents` 10.0.0 disagrees with 9
 * of 16 cases of the specification (it refuses `charset=UTF-8`, decodes no percent signs, and takes specversion 0.3).
 */
import { either as E } from 'fp-ts';

/** The value of an attribute: a string, a boolean, or an integer of 32 bits. */
export type AttributeValue = string | boolean | number;

/** What an event carries. `json` is a value, never a text of JSON; `text` is of another type than JSON. */
export type EventData =
  | { readonly form: 'json'; readonly value: unknown }
  | { readonly form: 'text'; readonly text: string }
  | { readonly form: 'bytes'; readonly bytes: Uint8Array };

/** An event, by its specification's names. `specversion` is 1.0 always. */
export interface CloudEvent {
  /** With `source` it names the event for ever: another with both is the same event again. */
  readonly id: string;
  /** A URI reference. */
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  /** Attributes that the specification does not name. */
  readonly extensions?: Readonly<Record<string, AttributeValue>>;
  /** Absent where the event carries nothing, which is another thing than `null`. */
  readonly data?: EventData;
}

/** The attributes that the specification names, in the order in which they are written. */
export const NAMED_ATTRIBUTES = ['id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema'] as const;

/** An attribute that the specification names. */
export type NamedAttribute = (typeof NAMED_ATTRIBUTES)[number];

/** The event of these attributes and this data; or what is wrong, in a sentence that repeats no value. */
export const eventOf = (
  attributes: ReadonlyMap<string, AttributeValue>,
  data: EventData | undefined,
): E.Either<string, CloudEvent> => {
  const version = attributes.get('specversion');
  if (version !== '1.0') return E.left('specversion: expected 1.0');
  const extensions: Record<string, AttributeValue> = {};
  for (const [name, value] of attributes) {
    const fault = faultOf(name, value);
    if (fault !== undefined) return E.left(fault);
    if (name !== 'specversion' && !isNamed(name)) extensions[name] = value;
  }
  const [id, source, type] = [attributes.get('id'), attributes.get('source'), attributes.get('type')];
  const missing = [id, source, type].indexOf(undefined);
  if (missing >= 0) return E.left(`${['id', 'source', 'type'][missing]}: expected one`);
  const optional = NAMED_ATTRIBUTES.slice(3).filter((name) => attributes.has(name));
  return E.right({
    id: String(id),
    source: String(source),
    type: String(type),
    ...Object.fromEntries(optional.map((name) => [name, attributes.get(name)])),
    ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
    ...(data === undefined ? {} : { data }),
  });
};

/** The attributes of an event, `specversion` first. */
export const attributesOf = (event: CloudEvent): ReadonlyMap<string, AttributeValue> => {
  const attributes = new Map<string, AttributeValue>([['specversion', '1.0']]);
  for (const name of NAMED_ATTRIBUTES) {
    const value = event[name];
    if (value !== undefined) attributes.set(name, value);
  }
  for (const [name, value] of Object.entries(event.extensions ?? {})) attributes.set(name, value);
  return attributes;
};

/** Whether a media type says that its content is JSON: a subtype `json`, or one that ends in `+json`. Absent, it does. */
export const isJsonType = (type: string | undefined): boolean =>
  type === undefined || /^[^/;\s]+\/(?:[^/;\s]+\+)?json\s*(?:;|$)/i.test(type);

const isNamed = (name: string): name is NamedAttribute => NAMED_ATTRIBUTES.some((each) => each === name);

/** `data` is reserved, and so is its other form. */
const NAME = /^(?!data$)[a-z0-9]+$/;
const MIN_INTEGER = -2_147_483_648;
const MAX_INTEGER = 2_147_483_647;
/** Control characters, lone surrogates, and code points that Unicode says are no characters. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
const URI_REFERENCE = /^(?:[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/;
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const TIMESTAMP =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;
const MEDIA_TYPE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+\s*(?:;.*)?$/;

/** What each attribute that the specification names has to be, beside a string of at least one character. */
const RULES: Readonly<Partial<Record<NamedAttribute, readonly [(text: string) => boolean, string]>>> = {
  source: [(text) => URI_REFERENCE.test(text), 'a URI reference'],
  time: [(text) => TIMESTAMP.test(text), 'a time by RFC 3339'],
  datacontenttype: [(text) => MEDIA_TYPE.test(text), 'a media type'],
  dataschema: [(text) => URI_REFERENCE.test(text) && ABSOLUTE.test(text), 'a URI'],
};

const faultOf = (name: string, value: AttributeValue): string | undefined => {
  if (!NAME.test(name)) return 'expected attributes whose names are of a-z and 0-9, and not `data`';
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= MIN_INTEGER && value <= MAX_INTEGER && !isNamed(name)
      ? undefined
      : `${shown(name)}: expected ${isNamed(name) ? 'a string' : 'an integer of 32 bits'}`;
  if (typeof value === 'boolean') return isNamed(name) ? `${name}: expected a string` : undefined;
  if (FORBIDDEN.test(value)) return `${shown(name)}: expected no control character and no lone surrogate`;
  if (!isNamed(name)) return undefined;
  if (value === '') return `${name}: expected at least one character`;
  const [holds, expected] = RULES[name] ?? [];
  return holds === undefined || holds(value) ? undefined : `${name}: expected ${expected}`;
};

/** A name that is longer than any of ours is not repeated. */
const shown = (name: string): string => (name.length > 32 ? 'an attribute' : name);
