/**
 * Reads JSON from outside: every catalog, observation, policy file and request body comes through here. What it accepts,
 * every other JSON reader understands in the same way; what it refuses, it refuses in one line that says where.
 */
import { either as E } from 'fp-ts';
import { builtin } from '../bare/runtime.ts';
import type { JsonFault, JsonLimits, JsonPath, JsonPosition } from './json-walk.ts';
import { locateIn, positionAt, walkJson } from './json-walk.ts';

export type { JsonFault, JsonPath, JsonPosition } from './json-walk.ts';

/** What a reader of JSON has to say beforehand: there are no defaults for limits. */
export interface JsonOptions extends JsonLimits {
  /** The most bytes of UTF-8 that are looked at; a larger input is refused before anything is read. */
  readonly maxBytes: number;
}

/** A value and where its parts were written. */
export interface JsonDocument {
  /** Plain objects and arrays, as `JSON.parse` would have made them; the objects inherit nothing. */
  readonly value: unknown;
  /** Where the value at `path` begins; for a path that is not there, its nearest ancestor that is. Reads the text again. */
  locate(path: JsonPath): JsonPosition;
}

/**
 * Parses one JSON value (RFC 8259). Refuses duplicate members, `__proto__`, `constructor` and `prototype` as members, lone
 * surrogates, invalid UTF-8, a byte order mark, numbers beyond a double, and more than `maxBytes` or `maxDepth`; with
 * `comments` it takes comments and trailing commas too. Never throws and does not recurse; what is above `maxBytes` is not
 * read, and anything else takes memory in proportion to its size.
 */
export const parseStrictJson = (
  input: Uint8Array | string,
  options: JsonOptions,
): E.Either<JsonFault, JsonDocument> => {
  const text = textOf(input, Math.min(options.maxBytes, STRING_LENGTH_MAX));
  if (E.isLeft(text)) return text;
  if (text.right.startsWith(byteOrderMark))
    return E.left(faultAt({ line: 1, column: 1 }, 'no byte order mark', 'U+FEFF'));
  const value = walkJson(text.right, options);
  if (E.isLeft(value)) return value;
  return E.right({ value: value.right, locate: (path) => locateIn(text.right, options, path) });
};

/** One line: `file:line:column: at $.a.b: expected …, found …`. It never holds a line break or more than a line's worth. */
export const printFault = (file: string, { line, column, path, expected, found }: JsonFault): string =>
  `${file}:${line}:${column}: at ${printPath(path)}: expected ${expected}, found ${found}`;

/** `$` for the whole, then `.name`, `["odd name"]` or `[0]`; a long path keeps its beginning and its end. */
export const printPath = (path: JsonPath): string => {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : printMember(part)));
  const shown = parts.length > pathPartsMax ? [...parts.slice(0, 8), '…', ...parts.slice(-8)] : parts;
  return `$${shown.join('')}`;
};

const pathPartsMax = 20;
const memberLengthMax = 60;
const byteOrderMark = '\ufeff';

const printMember = (name: string): string => {
  if (/^[A-Za-z_$][\w$]*$/.test(name) && name.length <= memberLengthMax) return `.${name}`;
  const cut = name.length > memberLengthMax ? `${name.slice(0, memberLengthMax)}…` : name;
  // JSON.stringify escapes what would break the line, lone surrogates included, but leaves these two and U+0085.
  const quoted = JSON.stringify(cut).replace(/[\u0085\u2028\u2029]/g, ' ');
  return `[${quoted}]`;
};

const { isUtf8, constants } = builtin('node:buffer') ?? {};
/** V8's own, where the runtime doesn't say. */
const STRING_LENGTH_MAX = constants?.MAX_STRING_LENGTH ?? 536_870_888;

const utf8Length = (text: string): number =>
  typeof Buffer === 'function' ? Buffer.byteLength(text) : new TextEncoder().encode(text).length;

/** The text of bytes; `undefined` where they are not UTF-8. */
const decoded = (bytes: Uint8Array): string | undefined => {
  if (isUtf8 !== undefined && !isUtf8(bytes)) return undefined;
  try {
    return new TextDecoder('utf-8', { ignoreBOM: true, fatal: isUtf8 === undefined }).decode(bytes);
  } catch {
    return undefined;
  }
};

const textOf = (input: Uint8Array | string, maxBytes: number): E.Either<JsonFault, string> => {
  const bytes = typeof input === 'string' ? bytesOf(input, maxBytes) : input.length;
  if (bytes > maxBytes) return E.left(faultAt({ line: 1, column: 1 }, `at most ${maxBytes} bytes`, 'more than that'));
  if (typeof input === 'string') return E.right(input);
  const text = decoded(input);
  return text === undefined ? E.left(notUtf8(input)) : E.right(text);
};

/** A string is never shorter in UTF-8 than in UTF-16 units, so a huge one is told without counting. */
const bytesOf = (text: string, maxBytes: number): number => (text.length > maxBytes ? text.length : utf8Length(text));

/** Finds the first byte that is not UTF-8: the first replacement character that was not in the input as such. */
const notUtf8 = (bytes: Uint8Array): JsonFault => {
  const lenient = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  let offset = 0;
  let from = 0;
  for (let at = lenient.indexOf('\ufffd'); at !== -1; at = lenient.indexOf('\ufffd', from)) {
    offset += utf8Length(lenient.slice(from, at));
    const isGenuine = bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
    if (!isGenuine) return faultAt(positionAt(lenient, at), 'UTF-8', `byte 0x${(bytes[offset] ?? 0).toString(16)}`);
    offset += 3;
    from = at + 1;
  }
  return faultAt({ line: 1, column: 1 }, 'UTF-8', 'other bytes');
};

const faultAt = ({ line, column }: JsonPosition, expected: string, found: string): JsonFault => ({
  line,
  column,
  path: [],
  expected,
  found,
});
