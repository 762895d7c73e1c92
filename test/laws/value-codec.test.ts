/** The codec of a type reads exactly what a decision reads, and says of the rest where it is not of the type. */

import { printIssue } from '@tai-autonomics/core';
import { admit, type Type } from '@tai-autonomics/core/author';
import { codecOf, illTyped, readingOf, statementCodecOf } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { compiled } from '../fixtures/tenant.ts';
import { catalogOf, TYPES } from '../generators/catalog.ts';
import { holds } from '../generators/dice.ts';
import { altered, observationOf } from '../generators/observation.ts';
import { hostile, stated, typed, wire } from '../generators/values.ts';
import { sightings } from '../runs.ts';

const CHECKS: Type = {
  type: 'records',
  fields: { n: { type: 'integer', min: 0 }, s: { type: 'enum', values: ['a', 'b'] } },
  max: 2,
};

describe('the codec of a type', () => {
  test('reads what admit reads, and nothing else', () => {
    holds(400, (d) => {
      const type = d.pick([...TYPES, CHECKS]);
      const value = typed(d, type, 1_000_000);
      const json = d.chance(50) ? wire(type, value) : hostile(d, type);
      const read = codecOf(type).decode(json);
      expect(E.isRight(read) ? read.right : undefined).toEqual(admit(type)(json));
      expect(E.isRight(statementCodecOf(type).decode(stated(type, value)))).toBe(true);
    });
  });

  test.for<{ readonly note: string; readonly json: unknown; readonly says: readonly string[] }>([
    { note: 'no list', json: {}, says: [': a list without repetition of at most 2 records { n, s }'] },
    {
      note: 'too many',
      json: [1, 2, 3].map((n) => ({ n, s: 'a' })),
      says: [': a list without repetition of at most 2 records { n, s }'],
    },
    {
      note: 'a record twice',
      json: [
        { n: 1, s: 'a' },
        { s: 'a', n: 1 },
      ],
      says: [': a list without repetition of at most 2 records { n, s }'],
    },
    { note: 'no record', json: [{ n: 1, s: 'a' }, null], says: ['.1: an object (a record)'] },
    { note: 'a field missing', json: [{ n: 1 }], says: ['.0.s: one of a, b'] },
    { note: 'two fields wrong', json: [{ n: -1, s: 'c' }], says: ['.0.n: an integer from 0', '.0.s: one of a, b'] },
    {
      note: 'an unknown field',
      json: [{ n: 1, s: 'a', nn: 1 }],
      says: ['.0.nn: no member `nn` in a record (did you mean `n`?)'],
    },
  ])('says where: $note', ({ json, says }) => {
    const read = codecOf(CHECKS).decode(json);
    const said = E.isLeft(read)
      ? read.left.map(({ context, message }) => `${context.map(({ key }) => key).join('.')}: ${message}`)
      : [];
    expect(said).toEqual(says);
  });
});

test.for<{ readonly note: string; readonly type: Type; readonly most: unknown; readonly more: unknown }>([
  { note: 'a text', type: { type: 'string', maxLength: 3 }, most: 'abc', more: 'abcd' },
  { note: 'any text', type: { type: 'string' }, most: 'a'.repeat(1_024), more: 'a'.repeat(1_025) },
  { note: 'an integer', type: { type: 'integer', min: 0, max: 3 }, most: 3, more: 4 },
  { note: 'an integer downwards', type: { type: 'integer', min: -3 }, most: -3, more: -4 },
  {
    note: 'a set',
    type: { type: 'set' },
    most: Array.from({ length: 256 }, (_, i) => `m${i}`),
    more: Array.from({ length: 257 }, (_, i) => `m${i}`),
  },
  {
    note: 'a list',
    type: CHECKS,
    most: [1, 2].map((n) => ({ n, s: 'a' })),
    more: [1, 2, 3].map((n) => ({ n, s: 'a' })),
  },
])('at its bound $note is of its type, and one further it is not', ({ type, most, more }) => {
  expect(admit(type)(most)).toBeDefined();
  expect(admit(type)(more)).toBeUndefined();
});

test('a record has its fields and no others', () => {
  expect(admit(CHECKS)([{ n: 1, s: 'a' }])).toBeDefined();
  for (const record of [{ n: 1, s: 'a', nn: 1 }, { n: 1 }, { n: 1, s: 'a', toString: 1 }, [1, 'a']])
    expect(admit(CHECKS)([record]), JSON.stringify(record)).toBeUndefined();
});

describe('what was not understood', () => {
  test('is in every observation whose evidence is not of its type, and in no other', () => {
    let seen = 0;
    holds(60, (d) => {
      const catalog = compiled(catalogOf(d));
      const o = altered(d, catalog, observationOf(d, catalog), 16);
      const issues = illTyped(catalog, o);
      seen += issues.length;
      for (const [i, { fact, value }] of o.evidence.entries()) {
        const declared = catalog.facts.get(fact);
        if (declared?.origin !== 'observed') continue;
        const alone = {
          ...o,
          evidence: [{ fact, value, about: o.intent.resource.id, source: declared.sources[0], observedAt: o.at }],
        };
        const isRead = 'known' in readingOf(catalog.readerOf(fact)(alone));
        expect(
          issues.some(({ path }) => path[0] === 'evidence' && path[1] === i),
          issues.map(printIssue).join(),
        ).toBe(!isRead);
      }
      const invalid = catalog.actions.get(o.intent.action.id)?.invalidArguments(o) ?? [];
      for (const name of Object.keys(o.intent.action.arguments))
        if (catalog.actions.has(o.intent.action.id))
          expect(issues.some(({ path }) => path[3] === name)).toBe(invalid.includes(name));
    });
    expect(seen).toBeGreaterThan(sightings(20));
  });
});
