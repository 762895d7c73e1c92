/** L1, L2 and L3 of the design: a told next step is true. `steps.ts` says what each step writes and what holds then. */
import { type Catalog, decide, type Observation, type Reason } from '@tai-autonomics/core';
import { describe, expect, test } from 'vitest';
import { compiled } from '../fixtures/tenant.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { lawfulCatalogOf } from '../generators/lawful-catalog.ts';
import { altered, observationOf } from '../generators/observation.ts';
import { sightings } from '../runs.ts';
import { onTheShipped, possible, underADocument } from './grounds.ts';
import { carriedOut, type Ground, informed, isSame, reasonsOf, waited } from './steps.ts';

const generated = (d: Dice): { readonly ground: Ground; readonly observe: () => Observation } => {
  const { source, good: known } = lawfulCatalogOf(d);
  const catalog: Catalog = compiled(source);
  return { ground: { catalog, good: known }, observe: () => possible(altered(d, catalog, observationOf(d, catalog))) };
};

const L1 = (d: Dice, g: Ground, o: Observation): void => {
  for (const reason of reasonsOf(g.catalog, o)) {
    if (reason.next.kind === 'none') continue;
    const carried = carriedOut(d, g, o, [reason], false, d.chance(30) ? 'last' : 'first');
    expect(carried, `${reason.code}: ${JSON.stringify(reason.next)}`).toHaveProperty('after');
    if (!('after' in carried)) return;
    const left = reasonsOf(g.catalog, carried.after).filter((r) => isSame(r, reason));
    expect(left, `${reason.code} is gone after ${JSON.stringify(reason.next)}`).toEqual([]);
  }
};

describe('L1: changing only what a step writes, so that what it promises holds, its reason is gone', () => {
  test('on the shipped catalog', () => {
    holds(2_000, (d) => L1(d, ...onTheShipped(d)));
  });
  test('on the shipped catalog under a policy document', () => {
    holds(1_500, (d) => L1(d, ...underADocument(d)));
  });
  test('on generated lawful catalogs', () => {
    holds(100, (d) => {
      const { ground: g, observe } = generated(d);
      for (let i = 0; i < 8; i++) L1(d, g, observe());
    });
  });
});

const L2 = (d: Dice, g: Ground, o: Observation): void => {
  const asked = reasonsOf(g.catalog, o).flatMap(({ next }) => (next.kind === 'information' ? [next.fact] : []));
  const told = asked.reduce((now, fact) => informed(d, g, now, fact), o);
  expect(reasonsOf(g.catalog, told).filter(({ code }) => code.startsWith('evidence_'))).toEqual([]);
};

describe('L2: supplying all the information asked for leaves no evidence reason, whatever well-typed values arrive', () => {
  test('on the shipped catalog', () => {
    holds(2_000, (d) => L2(d, ...onTheShipped(d)));
  });
  test('on the shipped catalog under a policy document', () => {
    holds(500, (d) => L2(d, ...underADocument(d)));
  });
  test('on generated lawful catalogs', () => {
    holds(100, (d) => {
      const { ground: g, observe } = generated(d);
      for (let i = 0; i < 8; i++) L2(d, g, observe());
    });
  });
});

/** Whether L3 speaks of a refusal: no gate was left out, no fact is missing, and nothing is impossible. */
const isRemediable = (g: Ground, o: Observation): boolean =>
  decide(g.catalog, o).trace.every(({ result }) => result !== 'not_evaluated') &&
  reasonsOf(g.catalog, o).every(({ next }) => next.kind !== 'information' && next.kind !== 'none');

const L3 = (d: Dice, g: Ground, o: Observation): 'approved' | 'vacuous' | 'unmet' | 'ran out' => {
  const reasons = reasonsOf(g.catalog, o);
  if (reasons.length === 0 || !isRemediable(g, o)) return 'vacuous';
  // Waiting alone can end what is in force now; then all is told anew at the later instant.
  const isNew = (r: Reason): boolean => !reasons.some((old) => isSame(old, r));
  const end = d.chance(30) ? 'last' : 'first';
  if (reasonsOf(g.catalog, waited(o, reasons, end)).some(isNew)) return 'ran out';
  const carried = carriedOut(d, g, o, reasons, true, end);
  // Some requests can't all be met at once: a plan that must be another, under a SKU that may stay. The next round says so.
  if (!('after' in carried)) return 'unmet';
  const left = reasonsOf(g.catalog, carried.after);
  expect(left, `after ${JSON.stringify(reasons.map(({ next }) => next))}`).toEqual([]);
  expect(decide(g.catalog, carried.after).verdict).toBe('approve');
  return 'approved';
};

test('what runs out while one waits is told with the wait, and nothing else runs out', () => {
  const seen = { lapses: 0, waits: 0 };
  holds(3_000, (d) => {
    const [g, o] = underADocument(d);
    const reasons = reasonsOf(g.catalog, o);
    const times = reasons.map(({ next }) => next).filter((next) => next.kind === 'time');
    // The document's own waits: they are for one instant together.
    if (
      times.length === 0 ||
      reasons.some(({ next, code }) => next.kind === 'time' && !code.startsWith('change_control'))
    )
      return;
    seen.waits += 1;
    const told = [...new Set(times.flatMap(({ lapses = [] }) => lapses))].sort();
    const after = reasonsOf(g.catalog, waited(o, reasons)).filter((r) => !reasons.some((old) => isSame(old, r)));
    expect([...new Set(after.map(({ code }) => code))].sort()).toEqual(told);
    seen.lapses += Number(told.length > 0);
  });
  expect(seen.waits).toBeGreaterThan(sightings(40));
  expect(seen.lapses).toBeGreaterThan(sightings(10));
});

describe('L3: with nothing missing, any observation that satisfies the posts together at one instant is approved', () => {
  test('on the shipped catalog', () => {
    const seen = { approved: 0, vacuous: 0, unmet: 0, 'ran out': 0 };
    holds(3_000, (d) => {
      seen[L3(d, ...onTheShipped(d))] += 1;
    });
    expect(seen.approved).toBeGreaterThan(sightings(200));
    expect(seen.unmet * 12).toBeLessThan(seen.approved);
  });
  test('on the shipped catalog under a policy document', () => {
    const seen = { approved: 0, vacuous: 0, unmet: 0, 'ran out': 0 };
    holds(1_500, (d) => {
      seen[L3(d, ...underADocument(d))] += 1;
    });
    expect(seen.approved).toBeGreaterThan(sightings(200));
    expect(seen['ran out']).toBeGreaterThan(sightings(5));
    expect(seen.unmet * 20).toBeLessThan(seen.approved);
  });
  test('on generated lawful catalogs', () => {
    const seen = { approved: 0, vacuous: 0, unmet: 0, 'ran out': 0 };
    holds(100, (d) => {
      const { ground: g, observe } = generated(d);
      for (let i = 0; i < 8; i++) seen[L3(d, g, observe())] += 1;
    });
    expect(seen.approved).toBeGreaterThan(sightings(100));
    expect(seen.unmet * 20).toBeLessThan(seen.approved);
  });
});
