import type { JsonOptions, JsonPath } from '@tai-autonomics/governor/json';
import { parseStrictJson, printFault } from '@tai-autonomics/governor/json';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { runs } from './runs.ts';

const strict: JsonOptions = { comments: false, maxBytes: 1_000_000, maxDepth: 32 };
const relaxed: JsonOptions = { ...strict, comments: true };

const lineOf = (input: Uint8Array | string, options: JsonOptions): string => {
  const parsed = parseStrictJson(input, options);
  return E.isLeft(parsed) ? printFault('f.json', parsed.left) : `accepted ${JSON.stringify(parsed.right.value)}`;
};

const bytes = (...parts: readonly (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))));

describe('a fault is one line that says where, what was expected and what is there', () => {
  const cases: readonly { note: string; input: Uint8Array | string; says: string; options?: JsonOptions }[] = [
    { note: 'nothing at all', input: '', says: '1:1: at $: expected a value, found the end of the file' },
    { note: 'only spaces', input: ' \n ', says: '2:2: at $: expected a value, found the end of the file' },
    { note: 'a text', input: 'hello, world', says: '1:1: at $: expected a value, found hello' },
    { note: 'a second value', input: '{}\n[]', says: '2:1: at $: expected the end of the file, found [' },
    { note: 'a truncated object', input: '{"a": 1', says: "1:8: at $: expected ',' or '}', found the end of the file" },
    {
      note: 'a truncated list inside',
      input: '{"a": {"b": [1,\n2',
      says: "2:2: at $.a.b: expected ',' or ']', found the end of the file",
    },
    { note: 'a missing value', input: '{"a": {"b": }}', says: '1:13: at $.a.b: expected a value, found }' },
    { note: 'a missing colon', input: '{"a" 1}', says: "1:6: at $.a: expected ':', found 1" },
    { note: 'a missing comma', input: '[1 2]', says: "1:4: at $: expected ',' or ']', found 2" },
    { note: 'a wrong bracket', input: '{"a":[1}}', says: "1:8: at $.a: expected ',' or ']', found }" },
    { note: 'a trailing comma', input: '[1,]', says: '1:4: at $[1]: expected a value, found ]' },
    {
      note: 'a trailing comma in an object',
      input: '{"a":1,}',
      says: '1:8: at $: expected a member name in double quotes, found }',
    },
    {
      note: 'a name without quotes',
      input: '{a:1}',
      says: "1:2: at $: expected a member name in double quotes or '}', found a",
    },
    { note: 'single quotes', input: "['a']", says: "1:2: at $[0]: expected a value or ']', found 'a'" },
    {
      note: 'a comment',
      input: '{\n// why\n}',
      says: "2:1: at $: expected a member name in double quotes or '}', found a comment",
    },
    {
      note: 'a comment that does not end',
      input: '{ /* ',
      options: relaxed,
      says: '1:3: at $: expected the end of the comment, found /* ',
    },
    {
      note: 'a comma alone, with comments',
      input: '[,]',
      options: relaxed,
      says: "1:2: at $[0]: expected a value or ']', found ,",
    },
    {
      note: 'two commas, with comments',
      input: '[1,,]',
      options: relaxed,
      says: "1:4: at $[1]: expected a value or ']', found ,",
    },
    {
      note: 'a member twice',
      input: '{"a":{"b":1,\n "b":2}}',
      says: '2:2: at $.a.b: expected each member once, found "b" again',
    },
    {
      note: 'a member twice by an escape',
      input: String.raw`{"b":1,"\u0062":2}`,
      says: String.raw`1:8: at $.b: expected each member once, found "\u0062" again`,
    },
    {
      note: '__proto__',
      input: '{"__proto__": {}}',
      says: '1:2: at $.__proto__: expected another member name, found "__proto__"',
    },
    {
      note: '__proto__ by an escape',
      input: String.raw`{"__pr\u006fto__": 1}`,
      says: String.raw`1:2: at $.__proto__: expected another member name, found "__pr\u006fto__"`,
    },
    {
      note: 'constructor',
      input: '[{"constructor": 1}]',
      says: '1:3: at $[0].constructor: expected another member name, found "constructor"',
    },
    {
      note: 'prototype',
      input: '{"prototype": 1}',
      says: '1:2: at $.prototype: expected another member name, found "prototype"',
    },
    {
      note: 'a lone surrogate by an escape',
      input: String.raw`{"a":["x","\ud800"]}`,
      says: '1:11: at $.a[1]: expected well-formed Unicode, found a lone surrogate',
    },
    {
      note: 'a lone surrogate as it is',
      input: '["\udc00"]',
      says: '1:2: at $[0]: expected well-formed Unicode, found a lone surrogate',
    },
    {
      note: 'a lone surrogate in a name',
      input: String.raw`{"\udfff":1}`,
      says: String.raw`1:2: at $["\udfff"]: expected well-formed Unicode, found a lone surrogate`,
    },
    {
      note: 'a number beyond a double',
      input: '[1e309]',
      says: '1:2: at $[0]: expected a number that a double can hold, found 1e309',
    },
    { note: 'NaN', input: '{"a":NaN}', says: '1:6: at $.a: expected a value, found NaN' },
    { note: 'Infinity', input: '{"a":-Infinity}', says: '1:6: at $.a: expected a value, found -' },
    { note: 'a number that stops', input: '[1.]', says: '1:2: at $[0]: expected a digit, found 1.' },
    { note: 'a leading zero', input: '[01]', says: "1:3: at $: expected ',' or ']', found 1" },
    { note: 'a plus', input: '[+1]', says: "1:2: at $[0]: expected a value or ']', found +1" },
    {
      note: 'a string over two lines',
      input: '["a\nb"]',
      says: '1:2: at $[0]: expected a closing double quote on the same line, found "a',
    },
    {
      note: 'a control character',
      input: '["a\u0007"]',
      says: String.raw`1:2: at $[0]: expected control characters written as escapes, found "a\u{7}"`,
    },
    {
      note: 'an unknown escape',
      input: String.raw`["\x41"]`,
      says: String.raw`1:2: at $[0]: expected an escape that JSON knows, found "\x41"`,
    },
    {
      note: 'a short \\u',
      input: String.raw`["\u12"]`,
      says: String.raw`1:2: at $[0]: expected four hexadecimal digits after \u, found "\u12"`,
    },
    { note: 'a byte order mark', input: '\ufeff{}', says: '1:1: at $: expected no byte order mark, found U+FEFF' },
    {
      note: 'a byte order mark in bytes',
      input: bytes(0xef, 0xbb, 0xbf, '{}'),
      says: '1:1: at $: expected no byte order mark, found U+FEFF',
    },
    { note: 'a no-break space', input: '[\u00a01]', says: "1:2: at $[0]: expected a value or ']', found \u00a01" },
    {
      note: 'a byte that is not UTF-8',
      input: bytes('{\r\n"\ufffd": "ü', 0xff, '"}'),
      says: '2:8: at $: expected UTF-8, found byte 0xff',
    },
    {
      note: 'a surrogate in UTF-8',
      input: bytes('["', 0xed, 0xa0, 0x80, '"]'),
      says: '1:3: at $: expected UTF-8, found byte 0xed',
    },
    { note: 'a cut character', input: bytes('["', 0xe2, 0x82), says: '1:3: at $: expected UTF-8, found byte 0xe2' },
    {
      note: 'one level too deep',
      input: '[[{"a":[1]}]]',
      options: { ...strict, maxDepth: 3 },
      says: '1:8: at $[0][0].a: expected at most 3 levels of nesting, found one more',
    },
    {
      note: 'one byte too many',
      input: '"ü"',
      options: { ...strict, maxBytes: 3 },
      says: '1:1: at $: expected at most 3 bytes, found more than that',
    },
    {
      note: 'a long token is cut',
      input: `[${'x'.repeat(500)}]`,
      says: `1:2: at $[0]: expected a value or ']', found ${'x'.repeat(40)}…`,
    },
    {
      note: 'a name that would break the line',
      input: '{"a\\nb\\u2028": ?}',
      says: '1:16: at $["a\\nb "]: expected a value, found ?',
    },
  ];
  test.for(cases)('$note', ({ input, says, options = strict }) => {
    expect(lineOf(input, options)).toBe(`f.json:${says}`);
  });

  test('a very deep path keeps its beginning and its end', () => {
    const line = lineOf('{"a":'.repeat(50), { ...strict, maxDepth: 64 });
    expect(line).toBe(
      `f.json:1:251: at $${'.a'.repeat(8)}…${'.a'.repeat(8)}: expected a value, found the end of the file`,
    );
  });
});

describe('what is accepted', () => {
  test.for([
    { note: 'a scalar', input: '-0.5e-3', value: -0.000_5 },
    { note: 'an integer that a double rounds', input: '12345678901234567890', value: 12_345_678_901_234_567_000 },
    { note: 'every escape', input: String.raw`"\"\\\/\b\f\n\r\t\u00fc\ud83d\ude00"`, value: '"\\/\b\f\n\r\tü😀' },
    {
      note: 'names of an ordinary object',
      input: '{"toString":1,"hasOwnProperty":2}',
      value: { toString: 1, hasOwnProperty: 2 },
    },
    { note: 'as deep as is allowed', input: '[[[]]]', value: [[[]]], options: { ...strict, maxDepth: 3 } },
    { note: 'as long as is allowed', input: '"ü"', value: 'ü', options: { ...strict, maxBytes: 4 } },
    { note: 'bytes', input: bytes('{"ü":"😀"}'), value: { ü: '😀' } },
    {
      note: 'comments and trailing commas where they are wanted',
      input: '// a\n{"a":[1,/* b\r\n */2,],}// c',
      value: { a: [1, 2] },
      options: relaxed,
    },
  ] as { note: string; input: Uint8Array | string; value: unknown; options?: JsonOptions }[])(
    '$note',
    ({ input, value, options = strict }) => {
      expect(parseStrictJson(input, options)).toMatchObject(E.right({ value }));
    },
  );

  test.for([
    { note: 'the whole', path: [], line: 2, column: 1 },
    { note: 'a member', path: ['b'], line: 3, column: 16 },
    { note: 'an item of a list', path: ['b', 1], line: 4, column: 9 },
    { note: 'a member inside a list', path: ['b', 1, 'c'], line: 4, column: 15 },
    { note: 'a missing member: what should have it', path: ['b', 1, 'd', 'e'], line: 4, column: 9 },
    { note: 'an item beyond the end: the list', path: ['b', 7], line: 3, column: 16 },
    { note: 'something inside a scalar: the scalar', path: ['a', 'x'], line: 3, column: 7 },
  ] as { note: string; path: JsonPath; line: number; column: number }[])(
    'locate finds $note',
    ({ path, line, column }) => {
      const text = '// file\n{\n "a": "x", "b":[true,\n        {"c": null,}, // last\n]}';
      const document = parseStrictJson(text, relaxed);
      expect(E.isRight(document) && document.right.locate(path)).toEqual({ line, column });
    },
  );
});

describe('a hundred megabytes are answered with one line, without a stack and in bounded memory', () => {
  const large = 100_000_000;
  const atLarge: JsonOptions = { ...strict, maxBytes: 2 * large };
  test.for([
    { note: 'of open lists', input: () => '['.repeat(large), says: '1:33' },
    { note: 'of open objects', input: () => '{"a":'.repeat(large / 5), says: '1:161' },
    { note: 'of nesting after a value', input: () => `[1,${'['.repeat(large)}`, says: '1:35' },
  ])('$note', ({ input, says }) => {
    const text = input();
    for (const options of [atLarge, { ...atLarge, comments: true }]) {
      expect(lineOf(text, options)).toMatch(
        new RegExp(`^f\\.json:${says}: at \\S+: expected at most 32 levels of nesting, found one more$`),
      );
    }
    expect(lineOf(text, strict)).toBe('f.json:1:1: at $: expected at most 1000000 bytes, found more than that');
    expect(lineOf(Buffer.from(text), strict)).toBe(
      'f.json:1:1: at $: expected at most 1000000 bytes, found more than that',
    );
  });

  test('of spaces', () => {
    expect(lineOf(`[${' '.repeat(large / 4)}`, atLarge)).toContain(
      "expected a value or ']', found the end of the file",
    );
  });
});

describe('laws', () => {
  const named = fc
    .string({ unit: 'grapheme' })
    .filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name));
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constant(null),
      fc.boolean(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ unit: 'grapheme' }),
      fc.array(tie('value')),
      fc.dictionary(named, tie('value'), { noNullPrototype: true }),
    ),
  })).value;
  /** Text that is nearly JSON: pieces of it in any order, and JSON with a few characters changed. */
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '"a"',
    '"b"',
    '"__proto__"',
    '1',
    '-',
    '0',
    '.5',
    'e9',
    'e999',
    'true',
    'null',
    'nul',
    ' ',
    '\n',
    '\r',
    '\t',
    '//',
    '/*',
    '*/',
    '\\ud800',
    '\u2028',
    '\ufeff',
    '\0',
    '😀',
  );
  const soup = fc.array(pieces, { maxLength: 25 }).map((parts) => parts.join(''));
  const bruised = fc.tuple(json, fc.nat(), fc.nat({ max: 3 }), pieces).map(([value, at, length, piece]) => {
    const text = JSON.stringify(value);
    const from = at % (text.length + 1);
    return text.slice(0, from) + piece + text.slice(from + length);
  });
  const anyText = fc.oneof(soup, bruised, fc.string({ unit: 'binary' }));

  test('no input makes it throw, and every fault is one line at a place that exists', () => {
    const anyInput = fc.oneof(
      anyText,
      anyText.map((text): Uint8Array => Buffer.from(text)),
      fc.uint8Array({ maxLength: 60 }),
    );
    fc.assert(
      fc.property(
        anyInput,
        fc.boolean(),
        fc.nat({ max: 5 }),
        fc.nat({ max: 200 }),
        (input, comments, maxDepth, maxBytes) => {
          const parsed = parseStrictJson(input, { comments, maxDepth, maxBytes });
          if (E.isRight(parsed)) return;
          const { line, column } = parsed.left;
          const lines = Buffer.from(input as string)
            .toString()
            .split(/\r\n|\r|\n/);
          expect(printFault('f', parsed.left)).toMatch(/^f:\d+:\d+: at \$.*: expected .+, found .+$/);
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
          expect(column).toBeGreaterThan(0);
        },
      ),
      { numRuns: runs(10_000) },
    );
  });

  test('what JSON.stringify writes is read back as it was', () => {
    fc.assert(
      fc.property(json, fc.boolean(), (value, comments) => {
        const text = JSON.stringify(value, null, comments ? 2 : undefined);
        const parsed = parseStrictJson(text, { ...strict, comments });
        expect(parsed).toMatchObject({ _tag: 'Right' });
        expect(E.isRight(parsed) && structuredClone(parsed.right.value)).toStrictEqual(JSON.parse(text));
      }),
      { numRuns: runs(2_000) },
    );
  });

  test('without comments it accepts nothing that JSON.parse refuses, and reads the same from what both accept', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parsed = parseStrictJson(text, strict);
        if (E.isLeft(parsed)) return;
        expect(structuredClone(parsed.right.value)).toStrictEqual(JSON.parse(text));
      }),
      { numRuns: runs(10_000) },
    );
  });

  test('what JSON.parse accepts and it refuses, it refuses for a reason that JSON does not know', () => {
    const ownReasons =
      /each member once|another member name|well-formed Unicode|a double can hold|levels of nesting|byte order mark/;
    fc.assert(
      fc.property(anyText, (text) => {
        const parsed = parseStrictJson(text, strict);
        if (E.isRight(parsed) || ownReasons.test(parsed.left.expected)) return;
        expect(() => JSON.parse(text)).toThrow();
      }),
      { numRuns: runs(10_000) },
    );
  });
});
