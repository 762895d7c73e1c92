/** Reads JSON bodies strictly: no member twice, none that nobody knows, and every fault with its place. */
import { type JsonDocument, type JsonPath, parseStrictJson, printPath } from '@tai-autonomics/governor/json';
import type { Problem } from '../answer/problem.ts';

/** A JSON object. */
export type Members = Readonly<Record<string, unknown>>;

/** What a member must be. */
export interface Rule {
  readonly expected: string;
  readonly holds: (x: unknown) => boolean;
  readonly isOptional?: true;
}

/** A plain object, not a list and not null. */
export const isMembers = (x: unknown): x is Members => typeof x === 'object' && x !== null && !Array.isArray(x);

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

/** The members of a document, exactly those of the rules; or the first fault. */
export const readMembers = (document: JsonDocument, rules: Readonly<Record<string, Rule>>): Members | Problem => {
  const { value } = document;
  const fault = (path: JsonPath, expected: string): Problem => malformed({ ...document.locate(path), path, expected });
  if (!isMembers(value)) return fault([], 'an object');
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) return fault([unknown], `no member but ${Object.keys(rules).join(', ')}`);
  for (const [name, rule] of Object.entries(rules)) {
    const isThere = Object.hasOwn(value, name);
    if (!isThere && !rule.isOptional) return fault([name], `${rule.expected}, which is missing`);
    if (isThere && !rule.holds(value[name])) return fault([name], rule.expected);
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
