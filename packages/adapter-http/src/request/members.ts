/** Reads JSON bodies strictly: no member twice, none that nobody knows, and every fault with its place. */
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { type JsonDocument, type JsonPath, parseStrictJson, printPath } from '@tai-autonomics/governor/json';
import type { Problem } from '../answer/problem.ts';
import type { Shapes } from '../schema/shape.ts';

/** A JSON object. */
export type Members = Readonly<Record<string, unknown>>;

/** Longer than any member of ours, and shorter than any key: a key that was sent as a name is not repeated. */
const NAME_LENGTH_MAX = 32;

/** Strict JSON (RFC 8259) of at most `maxBytes` and `maxDepth`. */
export const readJson = (
  bytes: Uint8Array,
  limits: { readonly maxBytes: number; readonly maxDepth: number },
): JsonDocument | Problem => {
  const document = parseStrictJson(bytes, { ...limits, comments: false });
  return document._tag === 'Left' ? malformed(document.left) : document.right;
};

/** The members of a document, exactly those of the shapes, or with others that are not looked at; or the first fault. */
export const readMembers = (
  document: JsonDocument,
  shapes: Shapes,
  others: 'refused' | 'ignored' = 'refused',
): Members | Problem => {
  const { value } = document;
  const fault = (path: JsonPath, expected: string): Problem => malformed({ ...document.locate(path), path, expected });
  if (!isPlainObject(value)) return fault([], 'an object');
  const unknown = others === 'ignored' ? undefined : Object.keys(value).find((name) => !Object.hasOwn(shapes, name));
  if (unknown !== undefined) return fault([unknown], `no member but ${Object.keys(shapes).join(', ')}`);
  for (const [name, shape] of Object.entries(shapes)) {
    const isThere = Object.hasOwn(value, name);
    if (!isThere && !shape.isOptional) return fault([name], `${shape.expected}, which is missing`);
    if (isThere && !shape.holds(value[name])) return fault([name], shape.expected);
  }
  return value;
};

/** The path of a fault, in which a name that is too long to be one of ours is not repeated. */
const shownPath = (path: JsonPath): string =>
  printPath(path.map((part) => (typeof part === 'string' && part.length > NAME_LENGTH_MAX ? '…' : part)));

interface Fault {
  readonly line: number;
  readonly column: number;
  readonly path: JsonPath;
  readonly expected: string;
}

/** 400 with line, column and path. What was found is not repeated. */
const malformed = ({ line, column, path, expected }: Fault): Problem => {
  const shown = shownPath(path);
  return {
    problem: 'malformed',
    detail: `line ${line}, column ${column}, at ${shown}: expected ${expected}`,
    more: { line, column, path: shown, expected },
  };
};
