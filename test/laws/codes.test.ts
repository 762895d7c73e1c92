/** Every reason code is produced, and removed by its own next step. See `codes.ts`. */
import { decide } from '@tai-autonomics/core';
import { describe, expect, test } from 'vitest';
import { shipped, spoilt } from '../fixtures/tenant.ts';
import { holds } from '../generators/dice.ts';
import { impossible, produced } from './codes.ts';
import { carriedOut, isSame, reasonsOf } from './steps.ts';

test('each code of the shipped catalog has a row, and each row a code', () => {
  const rows = [...produced, ...impossible].map(({ code }) => code);
  expect([...new Set(rows)].sort()).toEqual([...shipped.codes.keys()].sort());
  const both = impossible.filter(({ code }) => produced.some((row) => row.code === code));
  expect(both).toEqual([]);
});

test('a code that is said to be impossible is required by no shipped action', () => {
  const required = new Set(
    [...shipped.actions.values()].flatMap(({ requirements }) => requirements.map(({ code }) => code)),
  );
  const vacuous = ['pack_prerequisite_missing', 'pack_conflict'];
  for (const { code } of impossible) if (!vacuous.includes(code)) expect([...required]).not.toContain(code);
});

describe('each code is produced, and removed by its own next step', () => {
  test.for(produced)('$code: $note', ({ code, action, over, next }) => {
    const o = spoilt(shipped, action, over);
    const reason = reasonsOf(shipped, o).find((r) => r.code === code && r.next.kind === next);
    expect(reason, JSON.stringify(reasonsOf(shipped, o))).toBeDefined();
    if (reason === undefined || next === 'none') return;
    holds(5, (d) => {
      const carried = carriedOut(d, { catalog: shipped, good: new Map() }, o, [reason], false);
      expect(carried).toHaveProperty('after');
      if (!('after' in carried)) return;
      expect(reasonsOf(shipped, carried.after).filter((r) => isSame(r, reason))).toEqual([]);
    });
  });

  test.for(produced)('$code: $note is the one thing wanting', ({ code, action, over, also = [] }) => {
    const decision = decide(shipped, spoilt(shipped, action, over));
    expect(decision.verdict === 'refuse' && [...new Set(decision.reasons.map((r) => r.code))]).toEqual([code, ...also]);
  });
});
