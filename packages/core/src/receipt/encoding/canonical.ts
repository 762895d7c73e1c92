/**
 * Canonical JSON: RFC 8785 (JCS), the whole of it, and the narrower model of which receipts are made.
 * Members are sorted by UTF-16 code unit, numbers are spelt as ECMAScript spells them, strings are escaped as little
 * as JSON allows, nothing is normalised. What JSON can't say exactly is refused, never repaired.
 */
import { either as E } from 'fp-ts';
import { isWellFormed, pureTextCodec, type TextCodec } from './bytes.ts';
import { type FormatIssue, type FormatPath, issue } from './format-issue.ts';
import { BANNED_MEMBERS, isPlainObject, type Json } from './json.ts';

/** What a document may hold, beyond being JSON. */
interface Limits {
  readonly depth: number;
  /** Integers only, no −0, plain lower-case member names. */
  readonly narrow: boolean;
}

/** The walk stops at the first flaw, which is kept here, so that the hot path returns plain strings. */
interface Walk {
  readonly limits: Limits;
  flaw: { readonly path: FormatPath; readonly expected: string; readonly found: unknown } | undefined;
}

/** Deepest nesting that `canonicalize` follows. RFC 8785 sets no limit; a call stack does. */
export const MAX_JSON_DEPTH = 256;
/** Deepest nesting in the receipt model: a receipt's members are at depth 1. */
export const MAX_MODEL_DEPTH = 8;
/** Longest receipt in bytes: what a u16 length can say (C2SP tlog-tiles entry bundles). */
export const MAX_RECEIPT_BYTES = 65_535;

// With names of this shape UTF-16, UTF-8 and code point order agree, so any language's sorted JSON dump gives the same bytes.
const MODEL_NAME = /^[a-z_][a-zA-Z0-9_]*$/;

/** Text of a string. Every character that needs an escape, and every lone surrogate, takes the slow path. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes exactly these
const PLAIN = /^[^"\\\u0000-\u001f\ud800-\udfff]*$/;

/** What nests deeper takes the slow way. */
const QUICK_DEPTH = 32;

/** JSON text of a well-formed string with RFC 8785's minimal escapes; `undefined` if it has a lone surrogate. */
export const quote = (text: string): string | undefined =>
  PLAIN.test(text) ? `"${text}"` : isWellFormed(text) ? JSON.stringify(text) : undefined;

/**
 * RFC 8785 text of any JSON value. Refuses what is not one: `undefined`, functions, symbols, bigints, NaN and infinities,
 * holes, accessors, boxed values, dates, maps, typed arrays, lone surrogates. `toJSON` is not called. −0 is written `0`.
 */
export const canonicalize = (value: unknown): E.Either<FormatIssue, string> => canonicalizeWithin(WHOLE, value);

/**
 * RFC 8785 text of a value of the receipt model: as `canonicalize`, and integers of at most 2^53 − 1 only (no fraction,
 * no −0), member names `[a-z_][a-zA-Z0-9_]*` and none of `__proto__`, `constructor`, `prototype`, at most 8 levels.
 */
export const canonicalizeModel = (value: unknown): E.Either<FormatIssue, string> => canonicalizeWithin(MODEL, value);

/** JSON of a text, as a value: a syntax error is an issue. Duplicate names keep the last one; see `parseCanonical`. */
export const readJson = (text: string): E.Either<FormatIssue, Json> => {
  try {
    return E.right(JSON.parse(text) as Json);
  } catch {
    return issue([], 'JSON', text);
  }
};

/**
 * The text that `canonicalize` gives, for what is JSON already: made by a parser or by this library. Three times as fast.
 * Not for values of others: an accessor would be read, not refused.
 */
export const canonicalizeJson = (value: Json): E.Either<FormatIssue, string> => {
  try {
    const text = quickText(value);
    return text === undefined ? canonicalize(value) : E.right(text);
  } catch {
    return canonicalize(value);
  }
};

/**
 * Reads a document that must be canonical: fatal UTF-8, JSON, and the same text when it is written again.
 * That one comparison refuses duplicate names, needless escapes, white space, other spellings of numbers, a byte order mark.
 */
export const parseCanonicalText = (text: string): E.Either<FormatIssue, Json> => {
  const json = readJson(text);
  if (E.isLeft(json)) return json;
  if (quickText(json.right) === text) return json;
  const again = canonicalize(json.right);
  if (E.isLeft(again)) return again;
  return again.right === text ? json : issue([], 'canonical JSON (RFC 8785)', 'another spelling of it');
};

/** `parseCanonicalText` of UTF-8 bytes. */
export const parseCanonical = (bytes: Uint8Array, codec: TextCodec = pureTextCodec): E.Either<FormatIssue, Json> => {
  const text = codec.decode(bytes);
  return text === undefined ? issue([], 'UTF-8', bytes) : parseCanonicalText(text);
};

const canonicalizeWithin = (limits: Limits, x: unknown): E.Either<FormatIssue, string> => {
  const walk: Walk = { limits, flaw: undefined };
  try {
    const text = write(walk, x, 0);
    if (text !== undefined) return E.right(text);
  } catch {
    // A proxy's trap, or a chain of proxies: whatever throws while it is being read is not JSON.
    return issue([], 'a value that can be read', 'one that throws');
  }
  return issue(walk.flaw?.path ?? [], walk.flaw?.expected ?? 'a JSON value', walk.flaw?.found);
};

const write = (walk: Walk, x: unknown, depth: number): string | undefined => {
  switch (typeof x) {
    case 'string':
      return quote(x) ?? refuse(walk, 'a string without lone surrogates', x);
    case 'number':
      return writeNumber(walk, x);
    case 'boolean':
      return x ? 'true' : 'false';
    case 'object':
      if (x === null) return 'null';
      if (depth >= walk.limits.depth) return refuse(walk, `at most ${walk.limits.depth} levels`, 'more');
      if (Array.isArray(x)) return writeArray(walk, x as readonly unknown[], depth + 1);
      return isPlainObject(x)
        ? writeObject(walk, x, depth + 1)
        : refuse(walk, 'a plain object', 'an object of a class');
    default:
      return refuse(walk, 'a JSON value', x);
  }
};

const refuse = (walk: Walk, expected: string, found: unknown): undefined => {
  walk.flaw = { path: [], expected, found };
  return undefined;
};

const writeNumber = (walk: Walk, n: number): string | undefined => {
  if (!Number.isFinite(n)) return refuse(walk, 'a finite number', n);
  if (walk.limits.narrow && (!Number.isSafeInteger(n) || Object.is(n, -0))) {
    return refuse(walk, 'an integer of at most 2^53 - 1 in size, not -0', Object.is(n, -0) ? '-0' : n);
  }
  return Object.is(n, -0) ? '0' : String(n);
};

const writeArray = (walk: Walk, list: readonly unknown[], depth: number): string | undefined => {
  // A hole, or a member that is not a place, makes the count of own keys differ from the length (`length` is one of them).
  if (Reflect.ownKeys(list).length !== list.length + 1)
    return refuse(walk, 'a list without holes or extra members', 'another');
  let text = '[';
  for (let i = 0; i < list.length; i++) {
    const item = writeMember(walk, list, i, depth);
    if (item === undefined) return undefined;
    text += i === 0 ? item : `,${item}`;
  }
  return `${text}]`;
};

/** Text of one member of a list or an object. A hole and an accessor have no value, so they read as `undefined`. */
const writeMember = (walk: Walk, owner: object, at: string | number, depth: number): string | undefined => {
  const value: unknown = Object.getOwnPropertyDescriptor(owner, at)?.value;
  return write(walk, value, depth) ?? within(walk, at);
};

/** Puts a step before the path of the flaw that was just noted, on the way out. */
const within = (walk: Walk, step: string | number): undefined => {
  if (walk.flaw !== undefined) walk.flaw = { ...walk.flaw, path: [step, ...walk.flaw.path] };
  return undefined;
};

const writeObject = (walk: Walk, object: object, depth: number): string | undefined => {
  // The default order of sort() is by UTF-16 code unit, which is what RFC 8785 section 3.2.3 asks for.
  const names = Object.keys(object).sort();
  if (Reflect.ownKeys(object).length !== names.length) return refuse(walk, 'no symbols and no hidden members', 'some');
  let text = '{';
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? '';
    if (walk.limits.narrow && (!MODEL_NAME.test(name) || BANNED_MEMBERS.has(name)))
      return refuse(walk, 'plain member names', name);
    const quoted = quote(name);
    if (quoted === undefined) return refuse(walk, 'member names without lone surrogates', name);
    const value = writeMember(walk, object, name, depth);
    if (value === undefined) return undefined;
    text += i === 0 ? `${quoted}:${value}` : `,${quoted}:${value}`;
  }
  return `${text}}`;
};

/**
 * The quick way to canonical text: written in one walk, by concatenation, which costs less than putting members in order for the
 * platform's own serialisation (measured). `undefined` where the text may not be right.
 */
const quickText = (json: unknown): string | undefined => quickly(json, 0);

const quickly = (x: unknown, depth: number): string | undefined => {
  switch (typeof x) {
    case 'string':
      return quote(x);
    case 'number':
      return Number.isFinite(x) ? String(x) : undefined;
    case 'boolean':
      return x ? 'true' : 'false';
    case 'object':
      if (x === null) return 'null';
      if (depth >= QUICK_DEPTH) return undefined;
      return Object.isFrozen(x) ? frozenText(x, depth + 1) : textOf(x, depth + 1);
    default:
      return undefined;
  }
};

const textOf = (x: object, depth: number): string | undefined => {
  if (Array.isArray(x)) return listText(x, depth);
  return isPlainObject(x) ? objectText(x, depth) : undefined;
};

const frozenText = (x: object, depth: number): string | undefined => {
  const known = WRITTEN.get(x);
  if (known !== undefined) return known;
  const text = textOf(x, depth);
  if (text !== undefined && isFrozenThrough(x)) WRITTEN.set(x, text);
  return text;
};

const listText = (list: readonly unknown[], depth: number): string | undefined => {
  let text = '[';
  for (let i = 0; i < list.length; i++) {
    const item = quickly(list[i], depth);
    if (item === undefined) return undefined;
    text += i === 0 ? item : `,${item}`;
  }
  return `${text}]`;
};

const objectText = (object: Readonly<Record<string, unknown>>, depth: number): string | undefined => {
  const names = Object.keys(object);
  if (names.length === 0) return '{}';
  putInOrder(names);
  let text = '';
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const value = quickly(object[name], depth);
    const label = value === undefined ? undefined : labelOf(name);
    if (label === undefined) return undefined;
    text += (i === 0 ? label.first : label.next) + value;
  }
  return `${text}}`;
};

/** Few names are put in order by hand: the platform's sorting takes half a kilobyte of memory each time. */
const putInOrder = (names: string[]): void => {
  if (names.length > FEW) {
    names.sort();
    return;
  }
  for (let i = 1; i < names.length; i++) {
    const name = names[i] as string;
    let at = i;
    for (; at > 0 && (names[at - 1] as string) > name; at--) names[at] = names[at - 1] as string;
    names[at] = name;
  }
};

/** A member's name as it stands first in its object, and after another one. */
interface Label {
  readonly first: string;
  readonly next: string;
}

const labelOf = (name: string): Label | undefined => {
  const known = LABELS.get(name);
  if (known !== undefined) return known;
  const quoted = quote(name);
  if (quoted === undefined) return undefined;
  const label = { first: `{${quoted}:`, next: `,${quoted}:` };
  if (LABELS.size < LABELS_MAX && name.length <= LABEL_LENGTH_MAX) LABELS.set(name, label);
  return label;
};

const isFrozenThrough = (x: unknown): boolean =>
  typeof x !== 'object' || x === null || (Object.isFrozen(x) && Object.values(x).every(isFrozenThrough));

const FEW = 32;
/** Names that are written quickly; others too, less so. */
const LABELS_MAX = 4_096;
const LABEL_LENGTH_MAX = 64;
const LABELS = new Map<string, Label>();

const WHOLE: Limits = { depth: MAX_JSON_DEPTH, narrow: false };
const MODEL: Limits = { depth: MAX_MODEL_DEPTH, narrow: true };

/** Written once, for it can't change any more: parts of a compiled catalog, which stand in decision after decision. */
const WRITTEN = new WeakMap<object, string>();
