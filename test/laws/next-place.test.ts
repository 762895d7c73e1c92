/** When a place is free again: exactly so many actions have to end, and the state says until when they are over. */
import { decide } from '@tai-autonomics/core';
import { nextPlace } from '@tai-autonomics/core/engine';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lawful, merged, observed, shipped } from '../fixtures/tenant.ts';
import { runs } from '../runs.ts';

const codesWith = (open: number, limit: number): readonly string[] => {
  const document = merged(lawful['trigger_rollback'], { state: { wip_open: open, wip_limit: limit } });
  const decision = decide(shipped, observed(shipped, document));
  return decision.verdict === 'approve' ? [] : decision.reasons.map(({ code }) => code);
};
const stateOf = (open: number, limit: number, deadlines: readonly number[] = []) => ({
  cells: new Map([
    ['wip_open', new Map([['', open]])],
    ['wip_limit', new Map([['', limit]])],
  ]),
  open: new Map(deadlines.map((deadline, seq) => [seq, { deadline, begun: true }])),
});

test('a place is wanted exactly where the gate refuses, and after so many ends, and not one fewer, it does not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 5 }), (open, limit) => {
      const place = nextPlace(stateOf(open, limit));
      expect(place !== undefined).toBe(codesWith(open, limit).includes('wip_limit_reached'));
      if (place === undefined) return;
      expect(codesWith(open - place.ahead, limit)).not.toContain('wip_limit_reached');
      expect(codesWith(open - place.ahead + 1, limit)).toContain('wip_limit_reached');
    }),
    { numRuns: runs(200) },
  );
});

test('at the instant that it says so many are over, and before it fewer are; the order of the open ones changes nothing', () => {
  const deadlines = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(deadlines, fc.integer({ min: 1, max: 9 }), (all, limit) => {
      const place = nextPlace(stateOf(all.length, limit, all));
      expect(place === undefined).toBe(all.length < limit);
      if (place === undefined) return;
      const { by = -1, ahead } = place;
      expect(all.filter((deadline) => deadline <= by).length).toBeGreaterThanOrEqual(ahead);
      expect(all.filter((deadline) => deadline < by).length).toBeLessThan(ahead);
      expect(nextPlace(stateOf(all.length, limit, [...all].reverse()))).toEqual(place);
    }),
    { numRuns: runs(300) },
  );
});

test.for([
  { note: 'nothing is limited', state: { cells: new Map([['wip_open', new Map([['', 3]])]]), open: new Map() } },
  { note: 'nothing was ever open', state: { cells: new Map(), open: new Map() } },
])('where $note there is no place to wait for', ({ state }) => expect(nextPlace(state)).toBeUndefined());

test('what is counted as open and has no deadline leaves the instant unsaid', () => {
  expect(nextPlace(stateOf(3, 1, [10, 20]))).toEqual({ open: 3, limit: 1, ahead: 3 });
});
