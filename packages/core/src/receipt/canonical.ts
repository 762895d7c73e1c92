/**
 * Canonical JSON: RFC 8785 (JCS), the whole of it, and the narrower model of which receipts are made.
 * Members are sorted by UTF-16 code unit, numbers are spelt as ECMAScript spells them, strings are escaped as little
 * as JSON allows, nothing is normalised. What JSON can't say exactly is refused, never repaired.
 */
import { either as E } from 'fp-ts';
import { decodeUtf8, isWellFormed } from './bytes.ts';
import { type FormatIssue, type FormatPath, issue } from './format-issue.ts';
import { isPlainObject, type Json } from './json.ts';

/** What a document may hold, beyond being JSON. */
interface Limits {
  readonly depth: number;
  /** Integers only, no −0, plain lower-case member names. */
  readonly narrow: boolean;
}

/** Deepest nesting that `canonicalize` follows. RFC 8785 sets no limit; a call stack does. */
export const MAX_JSON_DEPTH = 256;
/** Deepest nesting in the receipt model: a receipt's members are at depth 1. */
export const MAX_MODEL_DEPTH = 8;
/** Longest receipt in bytes: what a u16 length can say (C2SP tlog-tiles entry bundles). */
export const MAX_RECEIPT_BYTES = 65_535;

const WHOLE: Limits = { depth: MAX_JSON_DEPTH, narrow: false };
const MODEL: Limits = { depth: MAX_MODEL_DEPTH, narrow: true };

// With names of this shape UTF-16, UTF-8 and code point order agree, so any language's sorted JSON dump gives the same bytes.
const MODEL_NAME = /^[a-z_][a-zA-Z0-9_]*$/;
const BANNED = new Set(['__proto__', 'constructor', 'prototype']);

/** Text of a string. Every character that needs an escape, and every lone surrogate, takes the slow path. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes exactly these
const PLAIN = /^[^"\\\u0000-\u001f\ud800-\udfff]*$/;

/** JSON text of a well-formed string with RFC 8785's minimal escapes; `undefined` if it has a lone surrogate. */
export const quote = (text: string): string | undefined =>
  PLAIN.test(text) ? `"${text}"` : isWellFormed(text) ? JSON.stringify(text) : undefined;

/** The walk stops at the first flaw, which is kept here, so that the hot path returns plain strings. */
interface Walk {
  readonly limits: Limits;
  readonly path: (string | number)[];
  flaw: { readonly path: FormatPath; readonly expected: string; readonly found: unknown } | undefined;
}

const refuse = (walk: Walk, expected: string, found: unknown): undefined => {
  walk.flaw = { path: [...walk.path], expected, found };
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
    const place = Object.getOwnPropertyDescriptor(list, i);
    walk.path.push(i);
    if (place === undefined || place.get !== undefined || place.set !== undefined)
      return refuse(walk, 'a value', 'a hole or an accessor');
    const item = write(walk, place.value, depth);
    if (item === undefined) return undefined;
    walk.path.pop();
    text += i === 0 ? item : `,${item}`;
  }
  return `${text}]`;
};

const writeObject = (walk: Walk, object: object, depth: number): string | undefined => {
  const names = Object.keys(object);
  if (Reflect.ownKeys(object).length !== names.length) return refuse(walk, 'no symbols and no hidden members', 'some');
  // The default order of sort() is by UTF-16 code unit, which is what RFC 8785 section 3.2.3 asks for.
  if (names.length > 1) names.sort();
  let text = '{';
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? '';
    if (walk.limits.narrow && (!MODEL_NAME.test(name) || BANNED.has(name)))
      return refuse(walk, 'plain member names', name);
    const quoted = quote(name);
    if (quoted === undefined) return refuse(walk, 'member names without lone surrogates', name);
    const member = Object.getOwnPropertyDescriptor(object, name);
    walk.path.push(name);
    if (member === undefined || member.get !== undefined || member.set !== undefined)
      return refuse(walk, 'a value', 'an accessor');
    const value = write(walk, member.value, depth);
    if (value === undefined) return undefined;
    walk.path.pop();
    text += i === 0 ? `${quoted}:${value}` : `,${quoted}:${value}`;
  }
  return `${text}}`;
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

const canonicalizeWithin = (limits: Limits, x: unknown): E.Either<FormatIssue, string> => {
  const walk: Walk = { limits, path: [], flaw: undefined };
  try {
    const text = write(walk, x, 0);
    if (text !== undefined) return E.right(text);
  } catch {
    // A proxy's trap, or a chain of proxies: whatever throws while it is being read is not JSON.
    return issue(walk.path, 'a value that can be read', 'one that throws');
  }
  return issue(walk.flaw?.path ?? [], walk.flaw?.expected ?? 'a JSON value', walk.flaw?.found);
};

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

/** Whether the members of every object stand in the order of RFC 8785, at most `MAX_JSON_DEPTH` levels deep. */
const isInOrder = (json: Json, depth: number): boolean => {
  if (typeof json !== 'object' || json === null) return true;
  if (depth >= MAX_JSON_DEPTH) return false;
  if (Array.isArray(json)) return (json as readonly Json[]).every((item) => isInOrder(item, depth + 1));
  let before: string | undefined;
  for (const name of Object.keys(json)) {
    if (before !== undefined && before >= name) return false;
    before = name;
    if (!isInOrder((json as { readonly [name: string]: Json })[name] as Json, depth + 1)) return false;
  }
  return true;
};

/**
 * The quick way to see that a parsed text is canonical: the platform's own serialisation spells numbers and escapes as
 * RFC 8785 does, so only the order of members and lone surrogates (always escaped) are left to look at. A text that it
 * does not recognise may be canonical all the same.
 */
const isPlainlyCanonical = (json: Json, text: string): boolean =>
  !text.includes('\\ud') && isInOrder(json, 0) && JSON.stringify(json) === text;

/**
 * Reads a document that must be canonical: fatal UTF-8, JSON, and the same text when it is written again.
 * That one comparison refuses duplicate names, needless escapes, white space, other spellings of numbers, a byte order mark.
 */
export const parseCanonicalText = (text: string): E.Either<FormatIssue, Json> => {
  const json = readJson(text);
  if (E.isLeft(json)) return json;
  if (isPlainlyCanonical(json.right, text)) return json;
  const again = canonicalize(json.right);
  if (E.isLeft(again)) return again;
  return again.right === text ? json : issue([], 'canonical JSON (RFC 8785)', 'another spelling of it');
};

/** `parseCanonicalText` of UTF-8 bytes. */
export const parseCanonical = (bytes: Uint8Array): E.Either<FormatIssue, Json> => {
  const text = decodeUtf8(bytes);
  return text === undefined ? issue([], 'UTF-8', bytes) : parseCanonicalText(text);
};
