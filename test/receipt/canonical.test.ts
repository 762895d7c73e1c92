import { readdirSync } from 'node:fs';
import vm from 'node:vm';
import {
  canonicalize,
  canonicalizeJson,
  canonicalizeModel,
  encodeHex,
  encodeUtf8,
  type Json,
  parseCanonical,
  parseCanonicalText,
  receiptText,
} from '@tai-autonomics/core/receipt';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { bytesOf, right, vector } from './fixture.ts';

const names = readdirSync(new URL('../vectors/jcs/input', import.meta.url)).map((name) => name.replace('.json', ''));

test('all six published vectors are here', () => {
  expect(names.sort()).toEqual(['arrays', 'french', 'structures', 'unicode', 'values', 'weird']);
});

test.for(names)('RFC 8785 published vector %s', (name) => {
  const text = right(canonicalize(JSON.parse(vector(`jcs/input/${name}.json`).toString('utf8'))));
  expect(text).toBe(vector(`jcs/output/${name}.json`).toString('utf8'));
  const hex = vector(`jcs/outhex/${name}.txt`).toString('utf8').replace(/\s+/g, '');
  expect(encodeHex(encodeUtf8(text) ?? new Uint8Array(0))).toBe(hex);
});

// RFC 8785 appendix B: IEEE 754 doubles in hex and their text.
test.for([
  { hex: '0000000000000000', text: '0' },
  { hex: '8000000000000000', text: '0' },
  { hex: '0000000000000001', text: '5e-324' },
  { hex: '8000000000000001', text: '-5e-324' },
  { hex: '7fefffffffffffff', text: '1.7976931348623157e+308' },
  { hex: 'ffefffffffffffff', text: '-1.7976931348623157e+308' },
  { hex: '4340000000000000', text: '9007199254740992' },
  { hex: 'c340000000000000', text: '-9007199254740992' },
  { hex: '4430000000000000', text: '295147905179352830000' },
  { hex: '44b52d02c7e14af5', text: '9.999999999999997e+22' },
  { hex: '44b52d02c7e14af6', text: '1e+23' },
  { hex: '44b52d02c7e14af7', text: '1.0000000000000001e+23' },
  { hex: '444b1ae4d6e2ef4e', text: '999999999999999700000' },
  { hex: '444b1ae4d6e2ef4f', text: '999999999999999900000' },
  { hex: '444b1ae4d6e2ef50', text: '1e+21' },
  { hex: '3eb0c6f7a0b5ed8c', text: '9.999999999999997e-7' },
  { hex: '3eb0c6f7a0b5ed8d', text: '0.000001' },
  { hex: '41b3de4355555553', text: '333333333.3333332' },
  { hex: '41b3de4355555554', text: '333333333.33333325' },
  { hex: '41b3de4355555555', text: '333333333.3333333' },
  { hex: '41b3de4355555556', text: '333333333.3333334' },
  { hex: '41b3de4355555557', text: '333333333.33333343' },
  { hex: 'becbf647612f3696', text: '-0.0000033333333333333333' },
  { hex: '43143ff3c1cb0959', text: '1424953923781206.2' },
])('RFC 8785 appendix B number $hex is $text', ({ hex, text }) => {
  expect(right(canonicalize(Buffer.from(hex, 'hex').readDoubleBE(0)))).toBe(text);
});

class Money {
  amount = 1;
}
const accessor = Object.defineProperty({}, 'a', { get: () => 1, enumerable: true });
const hidden = Object.defineProperty({}, 'a', { value: 1, enumerable: false });
const thrower = new Proxy({}, { ownKeys: () => JSON.parse('{') });
const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

const NOT_JSON: readonly { note: string; value: unknown }[] = [
  { note: 'undefined', value: undefined },
  { note: 'undefined member', value: { a: undefined } },
  { note: 'function', value: () => 1 },
  { note: 'symbol', value: Symbol('a') },
  { note: 'symbol member', value: { [Symbol('a')]: 1 } },
  { note: 'bigint', value: 1n },
  { note: 'NaN', value: Number.NaN },
  { note: 'Infinity', value: { a: [Number.POSITIVE_INFINITY] } },
  { note: 'hole', value: Object.assign([], { length: 1 }) },
  { note: 'hole covered by an extra member', value: Object.assign([1], { length: 2, extra: 1 }) },
  { note: 'list with an extra member', value: Object.assign([1], { extra: 1 }) },
  { note: 'accessor', value: accessor },
  { note: 'hidden member', value: hidden },
  { note: 'function as toJSON', value: { toJSON: () => 'x' } },
  { note: 'boxed string', value: new String('a') },
  { note: 'boxed number', value: Object(1) },
  { note: 'date', value: new Date(0) },
  { note: 'map', value: new Map() },
  { note: 'set', value: new Set() },
  { note: 'typed array', value: Uint8Array.of(1) },
  { note: 'instance of a class', value: new Money() },
  { note: 'object that inherits', value: Object.create({ a: 1 }) },
  { note: 'lone surrogate', value: 'a\ud800' },
  { note: 'lone surrogate in a name', value: { '\udc00': 1 } },
  { note: 'something that throws', value: thrower },
  { note: 'nesting without end', value: deep(257) },
];

/** What the quick writer does not look for: neither a parser nor this library makes it. */
const UNSEEN = ['symbol member', 'list with an extra member', 'accessor', 'hidden member'];

test.for(NOT_JSON)('canonicalize refuses: $note', ({ value }) => {
  expect(E.isLeft(canonicalize(value))).toBe(true);
  expect(E.isLeft(canonicalizeModel(value))).toBe(true);
});

test('the path leads to what is wrong', () => {
  expect(canonicalize({ a: [1, { b: undefined }] })).toEqual(
    E.left({ path: ['a', 1, 'b'], expected: 'a JSON value', found: 'nothing' }),
  );
});

test('a cycle is refused, not followed', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  expect(E.isLeft(canonicalize(cycle))).toBe(true);
});

test('objects of another realm and without prototype are plain', () => {
  expect(right(canonicalize(vm.runInNewContext('({ b: 1, a: [null] })')))).toBe('{"a":[null],"b":1}');
  expect(right(canonicalize(Object.assign(Object.create(null), { a: 1 })))).toBe('{"a":1}');
});

test('__proto__ is a name like any other in JSON, and banned in the receipt model', () => {
  const json: unknown = JSON.parse('{"__proto__":1}');
  expect(right(canonicalize(json))).toBe('{"__proto__":1}');
  expect(E.isLeft(canonicalizeModel(json))).toBe(true);
});

describe('the receipt model', () => {
  test.for([
    { note: 'fraction', value: 0.5 },
    { note: 'minus zero', value: -0 },
    { note: '2^53', value: 2 ** 53 },
    { note: 'name with a capital first', value: { Aa: 1 } },
    { note: 'name with a dash', value: { 'a-b': 1 } },
    { note: 'constructor', value: { constructor: 1 } },
    { note: 'nine levels', value: deep(9) },
  ])('refuses what JSON can say: $note', ({ value }) => {
    expect(E.isRight(canonicalize(value))).toBe(true);
    expect(E.isLeft(canonicalizeModel(value))).toBe(true);
  });

  test('writes what the generic writer writes', () => {
    expect(right(canonicalizeModel({ b: [1, 'ö'], _a: null }))).toBe('{"_a":null,"b":[1,"ö"]}');
    expect(right(canonicalizeModel(deep(8)))).toBe('[[[[[[[[]]]]]]]]');
  });
});

const json = fc.json({ maxDepth: 5 }).map((text): unknown => JSON.parse(text));

describe('laws', () => {
  test('the canonical bytes parse back to themselves', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = right(canonicalize(value));
        expect(E.isRight(parseCanonical(bytesOf(text)))).toBe(true);
        expect(right(canonicalize(JSON.parse(text)))).toBe(text);
      }),
      { numRuns: runs(1000) },
    );
  });

  test('canonical text means the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        // -0 has no spelling of its own in RFC 8785.
        const positive = JSON.parse(JSON.stringify(value)) as unknown;
        expect(JSON.parse(right(canonicalize(value)))).toEqual(positive);
      }),
    );
  });

  test('the order of members does not matter', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 1 })), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalize(reversed)).toEqual(canonicalize(object));
      }),
    );
  });

  test('JSON of our own is written as any other value, in whatever order and at whatever depth, frozen or not', () => {
    const name = fc.oneof(fc.constantFrom('b', 'a', '10', '9', '__proto__', 'toJSON', '\ud800'), fc.string());
    const value = fc.oneof(json, fc.dictionary(name, json), fc.constantFrom(deep(33), deep(256), deep(257), '\\ud800'));
    const frozen = (x: unknown): void => {
      if (typeof x !== 'object' || x === null) return;
      Object.values(x).forEach(frozen);
      Object.freeze(x);
    };
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), fc.boolean(), (list, isFrozen) => {
        if (isFrozen) list.forEach(frozen);
        for (const whole of [list, { z: list, a: list }] as unknown as Json[]) {
          const written = canonicalizeJson(whole);
          expect(written).toEqual(canonicalize(whole));
          // What was put in order once is written the same the second time.
          expect(canonicalizeJson(whole)).toEqual(written);
        }
      }),
      { numRuns: runs(2000) },
    );
  });

  test.for(NOT_JSON.filter(({ note }) => !UNSEEN.includes(note)))('and refused as any other: $note', ({ value }) => {
    expect(canonicalizeJson({ b: value, a: 1 } as unknown as Json)).toEqual(canonicalize({ b: value, a: 1 }));
  });

  test('the input is never mutated', () => {
    fc.assert(
      fc.property(json, (value) => {
        const before = JSON.stringify(value);
        canonicalize(value);
        expect(JSON.stringify(value)).toBe(before);
      }),
    );
  });
});

test('no value makes the writers throw, and what they write is JSON', () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  fc.assert(
    fc.property(anything, (value) => {
      const text = canonicalize(value);
      if (E.isRight(text)) expect(right(canonicalize(JSON.parse(text.right)))).toBe(text.right);
      canonicalizeModel(value);
      receiptText(value);
    }),
    { numRuns: runs(2000) },
  );
  const hostile = Object.defineProperty({ mode: 'eval' }, 'kind', { get: () => JSON.parse('{'), enumerable: true });
  expect(E.isLeft(receiptText(hostile))).toBe(true);
  expect(E.isLeft(receiptText({ kind: { toString: null }, mode: 'eval' }))).toBe(true);
});

test.for([
  { note: 'white space', text: '{"a": 1}' },
  { note: 'newline at the end', text: '{"a":1}\n' },
  { note: 'order', text: '{"b":1,"a":1}' },
  { note: 'duplicate name', text: '{"a":1,"a":1}' },
  { note: 'needless escape', text: '"\\u0061"' },
  { note: 'escaped slash', text: '"\\/"' },
  { note: 'upper-case escape', text: '"\\u000B"' },
  { note: 'missing short escape', text: '"\\u000a"' },
  { note: 'number spelling', text: '1.0' },
  { note: 'exponent', text: '1e2' },
  { note: 'minus zero', text: '-0' },
  { note: 'an integer that JSON.parse rounds', text: '9007199254740993' },
  { note: 'lone surrogate in an escape', text: '"\\ud800"' },
  { note: 'byte order mark', text: '\ufeff{}' },
  { note: 'not JSON', text: '{a:1}' },
  { note: 'nothing', text: '' },
])('parseCanonical refuses: $note', ({ text }) => {
  expect(E.isLeft(parseCanonicalText(text))).toBe(true);
  expect(E.isLeft(parseCanonical(bytesOf(text)))).toBe(true);
});

test('parseCanonical refuses bytes that are not UTF-8', () => {
  expect(E.isLeft(parseCanonical(Uint8Array.of(0x22, 0xc0, 0xaf, 0x22)))).toBe(true);
});

test('nesting of ten million is one refusal, without a crash', () => {
  expect(E.isLeft(parseCanonicalText('['.repeat(10_000_000)))).toBe(true);
});
