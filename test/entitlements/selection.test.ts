/** Selections of packs: 64 requests come to 32 lawful selections, and whoever asks for an unlawful one is told what is wrong. */

import type { CatalogSource } from '@tai-autonomics/core';
import { normaliseSelection, type PackSelection } from '@tai-autonomics/core/author';
import { activePacks, emptyState, evolve } from '@tai-autonomics/core/engine';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { applied, digestOf } from './apply.ts';
import { SIX, six, sixSource, standIn, subsetsOf } from './six.ts';

const requests = subsetsOf(SIX);
const mixOf = (requested: readonly string[], source: CatalogSource = sixSource): PackSelection => {
  const selection = normaliseSelection(source, requested);
  if (E.isLeft(selection)) throw new Error(JSON.stringify(selection.left));
  return selection.right;
};

describe('X-05, P-46: the six packs', () => {
  test('64 requests normalise to 32 lawful selections', () => {
    expect(new Set(requests.map((request) => [...request].sort().join())).size).toBe(64);
    expect(new Set(requests.map((request) => mixOf(request).packs.join())).size).toBe(32);
  });

  test.for(requests.map((request) => ({ request, note: request.join(' + ') || '(nothing)' })))(
    '$note',
    ({ request }) => {
      const { packs, notes } = mixOf(request);
      expect(packs).toEqual([...new Set([...request, 'receipt_verifier'])].sort());
      expect(notes).toEqual(
        request.includes('receipt_verifier')
          ? []
          : [{ note: 'added', pack: 'receipt_verifier', why: 'it is always on' }],
      );
    },
  );

  test('an entitlement event comes to the same selection: 64 events leave 32 states, none is refused', () => {
    const states = requests.map((request) => {
      const decision = applied(six, emptyState, { enabled_packs: request });
      expect(decision.verdict).toBe('approve');
      const writes = decision.verdict === 'approve' ? decision.writes : [];
      const state = evolve(emptyState, { kind: 'decision', seq: 0, verdict: 'approve', writes });
      expect(activePacks(six, state)).toEqual(['incident_response', 'platform', ...mixOf(request).packs].sort());
      return digestOf(state);
    });
    expect(new Set(states).size).toBe(32);
  });

  test('a selection is its own selection: normalising it again changes nothing and notes nothing', () => {
    for (const request of requests) {
      const { packs } = mixOf(request);
      expect(mixOf(packs)).toEqual({ packs, notes: [] });
    }
  });
});

test('the order and the repetition of a request do not matter to its selection', () => {
  const request = fc.array(fc.constantFrom(...SIX), { maxLength: 12 });
  fc.assert(
    fc.property(request, (names) => {
      const { packs, notes } = mixOf(names);
      expect(packs).toEqual(mixOf([...new Set(names)].sort()).packs);
      expect(notes.filter(({ note }) => note === 'repeated')).toHaveLength(names.length - new Set(names).size);
    }),
  );
});

const chained: CatalogSource = {
  ...sixSource,
  packs: [
    ...sixSource.packs,
    standIn('first', { requires: ['receipt_verifier', 'second'] }),
    standIn('second', { requires: ['third'] }),
    standIn('third', { requires: [], incompatible_with: ['rival'] }),
    standIn('rival', { requires: [] }),
  ],
};

test.for([
  {
    note: 'an unknown pack, with the nearest name',
    request: ['rolback_guard'],
    problems: [['unknown_pack', 0, 'rolback_guard', /did you mean `rollback_guard`/]],
  },
  {
    note: 'not a name',
    request: ['first', 7],
    problems: [
      ['pack_prerequisite_missing', 0, 'first', /second/],
      ['unknown_pack', 1, '7', /no pack/],
    ],
  },
  {
    note: 'what nobody buys',
    request: ['receipt_verifier', 'platform'],
    problems: [['pack_not_in_plan', 1, 'platform', /bought by nobody/]],
  },
  {
    note: 'each missing prerequisite, one level at a time',
    request: ['first'],
    problems: [['pack_prerequisite_missing', 0, 'first', /`second`/]],
  },
  { note: 'a chain that is whole', request: ['third', 'first', 'second'], problems: [] },
  {
    note: 'packs that exclude each other, whichever of them says so',
    request: ['rival', 'third'],
    problems: [
      ['pack_conflict', 0, 'rival', /`third`/],
      ['pack_conflict', 1, 'third', /`rival`/],
    ],
  },
  {
    note: 'everything that is wrong at once',
    request: ['second', 'x', 'platform'],
    problems: [
      ['pack_prerequisite_missing', 0, 'second', /`third`/],
      ['unknown_pack', 1, 'x', /no pack/],
      ['pack_not_in_plan', 2, 'platform', /nobody/],
    ],
  },
] as const)('$note', ({ request, problems }) => {
  const selection = normaliseSelection(chained, request);
  const found = E.isLeft(selection) ? selection.left : [];
  expect(found.map(({ code, position, pack }) => [code, position, pack])).toEqual(
    problems.map(([code, position, pack]) => [code, position, pack]),
  );
  for (const [i, [, , , why]] of problems.entries()) expect(found[i]?.why).toMatch(why);
});
