/** Texts of a form: the analyses see what `decide` sees. */
import { decide, diff } from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import { describe, expect, test } from 'vitest';
import { compiled } from '../fixtures/tenant.ts';

type Json = { readonly [member: string]: unknown };
const copied = (value: unknown, isKept: (name: string) => boolean): unknown =>
  JSON.parse(JSON.stringify(value, (name, inner: unknown) => (isKept(name) ? inner : undefined)));

/** The shipped catalog without the forms of one action: as it was before there were forms. */
const without = (action: string): unknown => {
  const packs = library.packs.map((pack) => ({
    ...pack,
    actions: Object.fromEntries(
      Object.entries(pack.actions as unknown as Json).map(([id, one]) => [
        id,
        copied(one, (name) => name !== 'form' || id !== action),
      ]),
    ),
  }));
  return { ...library, packs };
};

describe('a form that is new', () => {
  test.for(['grant_relation', 'break_glass', 'record_msa', 'purge_disclosures', 'rotate_key'])(
    'refuses what %s approved, and the comparison shows where',
    (action) => {
      const [before, now] = [compiled(without(action) as typeof library), compiled(library)];
      const { differences, undecided, answer } = diff(before, now);
      expect([answer, undecided]).toEqual(['different', []]);
      expect(differences.filter((one) => one.action === action).map(({ verdict }) => verdict)).toContainEqual([
        'approve',
        'refuse',
      ]);
      for (const { example, verdict } of differences)
        expect([before, now].map((catalog) => decide(catalog, example.observation).verdict)).toEqual(verdict);
    },
  );
});
