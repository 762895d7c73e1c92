/** The laws over the second generator: what is decided and recorded over all of its catalogs. `second-steps.test.ts` has those of next steps. */
import { decide } from '@tai-autonomics/core';
import {
  decisionBody,
  emptyState,
  evidenceOf,
  evidenceRecords,
  readingsRecord,
  stateOfReadings,
} from '@tai-autonomics/core/engine';
import { canonicalize, type Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { holds } from '../generators/dice.ts';
import { referenceDecide } from '../reference/decide.ts';
import { sightings } from '../runs.ts';
import { sceneOf } from './second-scene.ts';

const text = (x: unknown): string => {
  const canonical = canonicalize(x as Json);
  return E.isRight(canonical) ? canonical.right : JSON.stringify(canonical.left);
};

test('decide and the reference agree', () => {
  let loaded = 0;
  holds(300, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    loaded += 1;
    for (let i = 0; i < 10; i++) {
      const o = scene.observe();
      expect(text(decide(scene.catalog, o))).toBe(text(referenceDecide(scene.catalog.source, o)));
    }
  });
  expect(loaded).toBeGreaterThan(sightings(80));
});

test('deciding again on what was recorded gives the same decision', () => {
  holds(300, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    const { catalog } = scene;
    for (let i = 0; i < 10; i++) {
      const o = scene.observe();
      const readings = JSON.parse(text(readingsRecord(catalog, o))) as { readonly [fact: string]: unknown };
      const bare = { ...o, evidence: evidenceOf(evidenceRecords(o.evidence)) };
      const again = { ...bare, state: stateOfReadings(catalog, readings, { ...bare, state: emptyState }) };
      expect(text(decisionBody(decide(catalog, again)))).toBe(text(decisionBody(decide(catalog, o))));
    }
  });
});
