import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv';
import { admit, express, jsonSchemaOf, type Type, type Wire } from '@tai-autonomics/core/author';
import { formatInstant } from '@tai-autonomics/core/engine';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs, sightings } from '../runs.ts';

const ajv = new AjvJsonSchemaValidator();
const accepts = (type: Type, value: unknown): boolean => ajv.getValidator(jsonSchemaOf(type) as never)(value).valid;

const words = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 });
/** A type, and a value that has a chance to be of it. */
const typed: fc.Arbitrary<{ readonly type: Type; readonly value: Wire }> = fc.oneof(
  fc.record({ type: fc.constant<Type>({ type: 'boolean' }), value: fc.boolean() }),
  fc
    .tuple(fc.maxSafeInteger(), fc.maxSafeInteger(), fc.maxSafeInteger())
    .map(([a, b, value]) => ({ type: { type: 'integer', min: Math.min(a, b), max: Math.max(a, b) } as const, value })),
  fc.maxSafeInteger().map((value) => ({ type: { type: 'integer' } as const, value })),
  fc.record({
    type: fc.integer({ min: 1, max: 9 }).map((maxLength): Type => ({ type: 'string', maxLength })),
    value: fc.string({ unit: 'binary', maxLength: 10 }),
  }),
  words.chain((values) =>
    fc.record({ type: fc.constant<Type>({ type: 'enum', values }), value: fc.constantFrom(...values) }),
  ),
  fc
    .integer({ min: 0, max: 253_402_300_799_999 })
    .map((ms) => ({ type: { type: 'instant' } as const, value: formatInstant(ms) })),
  words.chain((of) => fc.record({ type: fc.constant<Type>({ type: 'set', of }), value: fc.subarray(of) })),
  words.map((value) => ({ type: { type: 'set' } as const, value })),
  fc.tuple(words, fc.boolean()).map(([values, done]) => ({
    type: { type: 'records', fields: { name: { type: 'string' }, done: { type: 'boolean' } } } as const,
    value: values.map((name) => ({ name, done })),
  })),
);
const NAMED: Type = { type: 'records', fields: { name: { type: 'string', maxLength: 4 } }, max: 2 };

test('the JSON Schema of a type accepts whatever the type admits, and the wire form of what was admitted', () => {
  let admitted = 0;
  fc.assert(
    fc.property(typed, ({ type, value }) => {
      const read = admit(type)(value);
      if (read === undefined) return;
      admitted += 1;
      expect(accepts(type, value)).toBe(true);
      expect(accepts(type, express(type, read))).toBe(true);
    }),
    { numRuns: runs(300) },
  );
  expect(admitted).toBeGreaterThan(sightings(100));
});

test.for<{ readonly note: string; readonly type: Type; readonly value: unknown }>([
  { note: 'a numeric string is no integer', type: { type: 'integer' }, value: '1' },
  { note: 'a fraction is no integer', type: { type: 'integer' }, value: 1.5 },
  { note: 'beyond a double’s integers is no integer', type: { type: 'integer' }, value: 2 ** 53 },
  { note: 'below the least', type: { type: 'integer', min: 1 }, value: 0 },
  { note: 'the empty string is nothing', type: { type: 'string' }, value: '' },
  { note: 'too long', type: { type: 'string', maxLength: 2 }, value: 'abc' },
  { note: 'another word', type: { type: 'enum', values: ['a'] }, value: 'b' },
  { note: 'a day that does not exist', type: { type: 'instant' }, value: '2026-02-30T00:00:00Z' },
  { note: 'a date without a time', type: { type: 'instant' }, value: '2026-02-03' },
  { note: 'a member twice', type: { type: 'set' }, value: ['a', 'a'] },
  { note: 'a member that is not of the set', type: { type: 'set', of: ['a'] }, value: ['b'] },
  { note: 'a record twice', type: NAMED, value: [{ name: 'a' }, { name: 'a' }] },
  { note: 'a record without a field', type: NAMED, value: [{}] },
  { note: 'a record with an unknown field', type: NAMED, value: [{ name: 'a', more: 1 }] },
  { note: 'an ill-typed field', type: NAMED, value: [{ name: 1 }] },
  { note: 'a field that is too long', type: NAMED, value: [{ name: 'abcde' }] },
  { note: 'too many records', type: NAMED, value: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
  { note: 'a list that is no record', type: NAMED, value: [['a']] },
  { note: 'null is nothing', type: { type: 'boolean' }, value: null },
])('what a schema can say it does say: $note', ({ type, value }) => {
  expect(admit(type)(value)).toBeUndefined();
  expect(accepts(type, value)).toBe(false);
});
