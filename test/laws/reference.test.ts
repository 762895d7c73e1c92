/** The compiled decide and the slow, obvious one give the same answer. */
import { type CatalogSource, type Decision, decide } from '@tai-autonomics/core';
import { canonicalize } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { compiled, lawful, lawfulReleases, observed, shipped, spoilt, withPublishing } from '../fixtures/tenant.ts';
import { catalogOf } from '../generators/catalog.ts';
import { holds } from '../generators/dice.ts';
import { altered, observationOf } from '../generators/observation.ts';
import { leavesAType } from '../reference/cell-types.ts';
import { referenceDecide } from '../reference/decide.ts';

const isInRange = (decision: Decision): boolean =>
  decision.verdict === 'approve' || decision.reasons.every(({ code }) => code !== 'cell_out_of_range');

const text = (decision: Decision): string => {
  const canonical = canonicalize(decision as never);
  return E.isRight(canonical) ? canonical.right : `not canonical: ${JSON.stringify(canonical.left)}`;
};

describe('decide and the reference agree', () => {
  test('every action of the shipped catalog has a lawful observation', () => {
    expect(Object.keys(lawful).sort()).toEqual([...shipped.actions.keys()].sort());
  });

  test.for(Object.keys(lawful))('%s as it is lawful is approved by both', (action) => {
    const o = spoilt(shipped, action);
    expect(decide(shipped, o).verdict).toBe('approve');
    expect(text(decide(shipped, o))).toBe(text(referenceDecide(shipped.source, o)));
  });

  test('on the shipped catalog, near every boundary', () => {
    const all = Object.entries({ ...lawful, ...lawfulReleases }).map(([, document]) =>
      observed(withPublishing, document),
    );
    holds(3_000, (d) => {
      const o = altered(d, withPublishing, d.pick(all), 4);
      expect(text(decide(withPublishing, o))).toBe(text(referenceDecide(withPublishing.source, o)));
    });
  });

  test('on generated catalogs: every origin, type, operator, nesting and remedy', () => {
    holds(120, (d) => {
      const source = catalogOf(d) as unknown as CatalogSource;
      const catalog = compiled(source);
      for (let i = 0; i < 12; i++) {
        const o = altered(d, catalog, observationOf(d, catalog));
        const decision = decide(catalog, o);
        const reference = referenceDecide(source, o);
        if (isInRange(decision)) expect(text(decision)).toBe(text(reference));
        else if (decision.verdict === 'refuse') {
          // The reference knows no cell's type: it approves what would leave one, or refuses for all the other reasons.
          const others = decision.reasons.filter(({ code }) => code !== 'cell_out_of_range');
          expect(JSON.stringify(reference.verdict === 'refuse' ? reference.reasons : [])).toBe(JSON.stringify(others));
          if (reference.verdict === 'approve') expect(leavesAType(catalog, o, reference)).toBe(true);
        }
        if (decision.verdict === 'approve') expect(leavesAType(catalog, o, decision)).toBe(false);
      }
    });
  });
});
