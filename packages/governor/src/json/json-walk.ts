/**
 * The grammar of JSON as one loop over jsonc-parser's tokens: its own parser recurses and repairs, and a reader of evidence
 * may do neither.
 */
import { BANNED_MEMBERS, bare } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { JSONScanner } from 'jsonc-parser';
import { createScanner } from 'jsonc-parser';

/** Member names and array indexes from the root. */
export type JsonPath = readonly (string | number)[];

/** A place in a text, both from 1; columns count UTF-16 units, as editors do. */
export interface JsonPosition {
  readonly line: number;
  readonly column: number;
}

/** Why a text is not acceptable JSON: the first thing that is wrong, in reading order. */
export interface JsonFault extends JsonPosition {
  readonly path: JsonPath;
  readonly expected: string;
  readonly found: string;
}

/** What is allowed beyond plain JSON, and how deep it may go. */
export interface JsonLimits {
  /** True: comments and trailing commas are allowed. */
  readonly comments: boolean;
  /** How many arrays and objects may be open at once; a lone scalar has depth 0. */
  readonly maxDepth: number;
}

/** The value that `text` says, or the first fault. */
export const walkJson = (text: string, limits: JsonLimits): E.Either<JsonFault, unknown> =>
  walk(text, limits, () => false);

/** Where the value at `path`, or its nearest ancestor, begins in a text that `walkJson` accepts. */
export const locateIn = (text: string, limits: JsonLimits, path: JsonPath): JsonPosition => {
  let nearest: JsonPosition = { line: 1, column: 1 };
  walk(text, limits, (walker) => {
    const here = walker.frames.length <= path.length && isPrefix(pathOf(walker, true), path);
    if (here) nearest = positionOf(walker.scanner);
    return here && walker.frames.length === path.length;
  });
  return nearest;
};

/** The line and column of the UTF-16 unit at `offset`. */
export const positionAt = (text: string, offset: number): JsonPosition => {
  let line = 1;
  let start = 0;
  for (let at = 0; at < offset; at += 1) {
    const unit = text[at];
    // \r\n ends one line, as does either of them alone.
    if (unit !== '\n' && (unit !== '\r' || text[at + 1] === '\n')) continue;
    line += 1;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
};

type Frame =
  | { readonly kind: 'object'; readonly members: Record<string, unknown>; name: string }
  | { readonly kind: 'array'; readonly items: unknown[] };

type Awaited = 'value' | 'value_or_end' | 'name' | 'name_or_end' | 'colon' | 'comma_or_end' | 'nothing';

interface Walker {
  readonly text: string;
  readonly limits: JsonLimits;
  readonly scanner: JSONScanner;
  readonly frames: Frame[];
  awaited: Awaited;
  root: unknown;
}

/** jsonc-parser's `SyntaxKind`; a const enum of a library can't be read under `isolatedModules`. */
const kind = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  comma: 5,
  colon: 6,
  null: 7,
  true: 8,
  false: 9,
  string: 10,
  number: 11,
  lineComment: 12,
  blockComment: 13,
  lineBreak: 14,
  space: 15,
  end: 17,
} as const;

/** Walks until a fault, the end, or until `watch` (called where a value begins) has seen enough. */
const walk = (text: string, limits: JsonLimits, watch: (walker: Walker) => boolean): E.Either<JsonFault, unknown> => {
  const scanner = createScanner(text, false);
  const walker: Walker = { text, limits, scanner, frames: [], awaited: 'value', root: undefined };
  for (;;) {
    const scanned = nextToken(walker);
    if (E.isLeft(scanned)) return scanned;
    const token = scanned.right;
    if (walker.awaited === 'nothing') return token === kind.end ? E.right(walker.root) : E.left(unexpected(walker));
    if (isValueStart(walker, token) && watch(walker)) return E.right(walker.root);
    const fault = take(walker, token);
    if (fault !== undefined) return E.left(fault);
  }
};

/** The next token that means something. Runs of spaces are stepped over here: the scanner would build a string of each. */
const nextToken = (walker: Walker): E.Either<JsonFault, number> => {
  const { text, scanner, limits } = walker;
  for (;;) {
    let at = scanner.getPosition();
    while (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09) at += 1;
    scanner.setPosition(at);
    const token: number = scanner.scan();
    const isComment = token === kind.lineComment || token === kind.blockComment;
    if (isComment && !limits.comments) return E.left(faultHere(walker, expectation(walker), 'a comment'));
    const broken = scanErrors[scanner.getTokenError()];
    if (broken !== undefined) return E.left(faultHere(walker, broken, shown(walker)));
    if (!isComment && token !== kind.lineBreak && token !== kind.space) return E.right(token);
  }
};

/** jsonc-parser's `ScanError`, as what it should have been. */
const scanErrors: Readonly<Record<number, string>> = {
  1: 'the end of the comment',
  2: 'a closing double quote on the same line',
  3: 'a digit',
  4: 'four hexadecimal digits after \\u',
  5: 'an escape that JSON knows',
  6: 'control characters written as escapes',
};

const take = (walker: Walker, token: number): JsonFault | undefined => {
  const frame = walker.frames.at(-1);
  switch (walker.awaited) {
    case 'name':
    case 'name_or_end':
      if (frame?.kind === 'object' && token === kind.string) return takeName(walker, frame);
      return token === kind.closeBrace && walker.awaited === 'name_or_end' ? close(walker) : unexpected(walker);
    case 'colon':
      return token === kind.colon ? wait(walker, 'value') : unexpected(walker);
    case 'comma_or_end':
      if (token === kind.comma) return wait(walker, afterComma(walker, frame));
      return token === (frame?.kind === 'object' ? kind.closeBrace : kind.closeBracket)
        ? close(walker)
        : unexpected(walker);
    default:
      if (token === kind.closeBracket && walker.awaited === 'value_or_end') return close(walker);
      return takeValue(walker, token);
  }
};

const afterComma = ({ limits }: Walker, frame: Frame | undefined): Awaited => {
  if (frame?.kind === 'object') return limits.comments ? 'name_or_end' : 'name';
  return limits.comments ? 'value_or_end' : 'value';
};

const loneSurrogate = /\p{Surrogate}/u;

const takeName = (walker: Walker, frame: Frame & { readonly kind: 'object' }): JsonFault | undefined => {
  const name = walker.scanner.getTokenValue();
  frame.name = name;
  walker.awaited = 'colon';
  if (loneSurrogate.test(name)) return faultHere(walker, 'well-formed Unicode', 'a lone surrogate');
  if (BANNED_MEMBERS.has(name)) return faultHere(walker, 'another member name', shown(walker));
  if (Object.hasOwn(frame.members, name)) return faultHere(walker, 'each member once', `${shown(walker)} again`);
  return undefined;
};

const takeValue = (walker: Walker, token: number): JsonFault | undefined => {
  switch (token) {
    case kind.openBrace: {
      // It inherits nothing: what a text doesn't say is absent, whatever the host's objects inherit.
      const members = bare<unknown>();
      return open(walker, { kind: 'object', members, name: '' }, members, 'name_or_end');
    }
    case kind.openBracket: {
      const items: unknown[] = [];
      return open(walker, { kind: 'array', items }, items, 'value_or_end');
    }
    case kind.string: {
      const string = walker.scanner.getTokenValue();
      return loneSurrogate.test(string)
        ? faultHere(walker, 'well-formed Unicode', 'a lone surrogate')
        : putScalar(walker, string);
    }
    case kind.number: {
      const number = Number(walker.scanner.getTokenValue());
      return Number.isFinite(number)
        ? putScalar(walker, number)
        : faultHere(walker, 'a number that a double can hold', shown(walker));
    }
    case kind.true:
      return putScalar(walker, true);
    case kind.false:
      return putScalar(walker, false);
    case kind.null:
      return putScalar(walker, null);
    default:
      return unexpected(walker);
  }
};

const open = (walker: Walker, frame: Frame, value: unknown, awaited: Awaited): JsonFault | undefined => {
  const { maxDepth } = walker.limits;
  if (walker.frames.length >= maxDepth) return faultHere(walker, `at most ${maxDepth} levels of nesting`, 'one more');
  put(walker, value);
  walker.frames.push(frame);
  return wait(walker, awaited);
};

const close = (walker: Walker): undefined => {
  walker.frames.pop();
  return wait(walker, walker.frames.length === 0 ? 'nothing' : 'comma_or_end');
};

const putScalar = (walker: Walker, value: unknown): undefined => {
  put(walker, value);
  return wait(walker, walker.frames.length === 0 ? 'nothing' : 'comma_or_end');
};

const put = (walker: Walker, value: unknown): void => {
  const frame = walker.frames.at(-1);
  if (frame === undefined) walker.root = value;
  else if (frame.kind === 'array') frame.items.push(value);
  else frame.members[frame.name] = value;
};

const wait = (walker: Walker, awaited: Awaited): undefined => {
  walker.awaited = awaited;
};

const isValueStart = ({ awaited }: Walker, token: number): boolean =>
  awaited === 'value' || (awaited === 'value_or_end' && token !== kind.closeBracket);

/** The path of the innermost array or object, or (`withPlace`) of the place in it that is being read. */
const pathOf = ({ frames }: Walker, withPlace: boolean): JsonPath => {
  const last = frames.length - 1;
  const path = frames.map((frame, index) => {
    if (frame.kind === 'object') return frame.name;
    return index === last ? frame.items.length : frame.items.length - 1;
  });
  return withPlace ? path : path.slice(0, -1);
};

const isPrefix = (path: JsonPath, of: JsonPath): boolean => path.every((part, index) => part === of[index]);

const positionOf = (scanner: JSONScanner): JsonPosition => ({
  line: scanner.getTokenStartLine() + 1,
  column: scanner.getTokenStartCharacter() + 1,
});

const faultHere = (walker: Walker, expected: string, found: string): JsonFault => {
  const isInPlace = walker.awaited === 'value' || walker.awaited === 'value_or_end' || walker.awaited === 'colon';
  return { ...positionOf(walker.scanner), path: pathOf(walker, isInPlace), expected, found };
};

const unexpected = (walker: Walker): JsonFault => faultHere(walker, expectation(walker), shown(walker));

const expectation = ({ awaited, frames }: Walker): string => {
  switch (awaited) {
    case 'value':
      return 'a value';
    case 'value_or_end':
      return "a value or ']'";
    case 'name':
      return 'a member name in double quotes';
    case 'name_or_end':
      return "a member name in double quotes or '}'";
    case 'colon':
      return "':'";
    case 'comma_or_end':
      return frames.at(-1)?.kind === 'object' ? "',' or '}'" : "',' or ']'";
    case 'nothing':
      return 'the end of the file';
  }
};

const shownMax = 40;

/** The token as it stands in the text, cut, with everything that could break or hide a line made visible. */
const shown = ({ text, scanner }: Walker): string => {
  const offset = scanner.getTokenOffset();
  if (offset >= text.length) return 'the end of the file';
  const length = Math.min(scanner.getTokenLength(), shownMax);
  const raw = text.slice(offset, offset + length).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, visible);
  return length < scanner.getTokenLength() ? `${raw}…` : raw;
};

const visible = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
