/** What `whatWouldApprove` says is what trying every other observation says: its sets do, and no smaller ones do. */

import { type Catalog, decide, type Observation, type WhatWouldApprove, whatWouldApprove } from '@tai-autonomics/core';
import { observationJson } from '@tai-autonomics/core/analysis';
import { admit, sameValue, type Value } from '@tai-autonomics/core/author';
import type { CompiledAction } from '@tai-autonomics/core/engine';
import { describe, expect, test } from 'vitest';
import { compiled, lawful, observed, shipped } from '../fixtures/tenant.ts';
import { holds } from '../generators/dice.ts';
import { altered } from '../generators/observation.ts';
import { cellOf, KEPT, type SmallCatalog, smallCatalog, smallFacts } from '../generators/small-catalog.ts';
import { everyObservation, isTooLarge } from '../reference/every-observation.ts';
import { sightings } from '../runs.ts';

type Sight = ReturnType<CompiledAction['readers'][number]>;
const isSame = (a: Sight, b: Sight): boolean =>
  typeof a === 'symbol' || typeof b === 'symbol' ? a === b : sameValue(a, b);

/** What each fact of a small catalog reads. */
const readings = (catalog: Catalog, small: SmallCatalog, o: Observation): ReadonlyMap<string, Sight> => {
  const action = catalog.actions.get('act') as CompiledAction;
  const readers = new Map(action.facts.map((id, i) => [id, action.readers[i]] as const));
  return new Map(
    small.facts
      .filter(({ id }) => readers.has(id))
      .map(({ id }) => [id, (readers.get(id) as (typeof action.readers)[number])(o)] as const),
  );
};

/** Arguments that no requirement looks at: whether they are given as they should be. */
const invalidOf = (catalog: Catalog, o: Observation): readonly string[] =>
  (catalog.actions.get('act') as CompiledAction).invalidArguments(o).map((name) => `argument.${name}`);

interface World {
  readonly catalog: Catalog;
  readonly small: SmallCatalog;
  readonly from: Observation;
  /** Whether somebody can make a kept fact what it is there. */
  readonly canBe: (id: string, to: Observation, from: Observation) => boolean;
}

/** The facts that differ; nothing if one of them can't be changed by anybody. */
const changesTo = ({ catalog, small, from, canBe }: World, to: Observation): readonly string[] | undefined => {
  if (to.at < from.at) return undefined;
  const [before, after] = [readings(catalog, small, from), readings(catalog, small, to)];
  const invalid = invalidOf(catalog, from).filter((id) => !invalidOf(catalog, to).includes(id));
  // The two facts of one cell: what is kept at their keys, since the keys may be the same, or be another's.
  const keys: Readonly<Record<string, string>> = { own: to.intent.subject.ref, of_a: 'a' };
  const kept = (o: Observation, key: string): Value | undefined => o.state.cells.get('held')?.get(key);
  const changed = [...before.keys()].filter((id) => {
    const key = keys[id];
    return key === undefined
      ? !isSame(before.get(id) as Sight, after.get(id) as Sight)
      : kept(from, key) !== kept(to, key);
  });
  const type = from.intent.subject.type === to.intent.subject.type ? [] : ['subject_type'];
  const who = from.intent.subject.ref === to.intent.subject.ref ? [] : ['subject'];
  const all = [...new Set([...changed, ...invalid, ...type, ...who])].sort();
  return all.every((id) => canBe(id, to, from)) ? all : undefined;
};

const isWithin = (part: readonly string[], whole: readonly string[]): boolean => part.every((id) => whole.includes(id));
const setsOf = (answer: WhatWouldApprove): readonly (readonly string[])[] =>
  answer.answer === 'sets' ? answer.sets.map(({ changes }) => changes.map(({ fact }) => fact).sort()) : [];

describe('whatWouldApprove agrees with trying every observation', () => {
  const seen = { none: 0, sets: 0, several: 0 };
  test('on small catalogs in which some cells can be written and some cannot', () => {
    holds(150, (d) => {
      const facts = smallFacts(d);
      const kept = KEPT.filter(({ id }) => facts.some((fact) => fact.id === id));
      const mends = d.some(kept).map(({ id }) => id);
      const anything = d.chance(60);
      const small = smallCatalog(d, facts, 1 + d.below(3), mends, anything);
      if (isTooLarge(small, 3_000)) return;
      const catalog = compiled(small.source);
      const cleared = catalog.actions.get('act')?.action.writes.map(({ cell }) => cell) ?? [];
      const mended = mends.map(cellOf);
      const asked = new Set(
        catalog.actions
          .get('act')
          ?.requirements.flatMap(({ remedy }) => (remedy.by === 'request' ? [`argument.${remedy.argument}`] : [])),
      );
      const canBe: World['canBe'] = (id, to, from) => {
        if (id.startsWith('argument.')) return asked.has(id) || invalidOf(catalog, from).includes(id);
        const fact = kept.find((k) => k.id === id);
        if (fact === undefined) return true;
        const { type, key, values } = fact;
        const held = to.state.cells
          .get(cellOf(id))
          ?.get(key.length === 0 ? '' : id === 'own' ? to.intent.subject.ref : 'a');
        if (held === undefined) return cleared.includes(cellOf(id));
        return mended.includes(cellOf(id)) && (anything || sameValue(held, admit(type)(values[0]) as Value));
      };
      const all = everyObservation(small).map(({ observation }) => observation);
      const approved = all.filter((o) => decide(catalog, o).verdict === 'approve');
      const refused = all.filter((o) => decide(catalog, o).verdict === 'refuse');
      if (refused.length === 0) return;
      for (let i = 0; i < 3; i++) {
        const from = d.pick(refused);
        const world: World = { catalog, small, from, canBe };
        const possible = approved.map((to) => changesTo(world, to)).filter((set) => set !== undefined);
        const answer = whatWouldApprove(catalog, from);
        const sets = setsOf(answer);
        const context = JSON.stringify({ from, source: small.source, sets, answer: answer.answer }, (_, v) =>
          v instanceof Map ? [...v] : v,
        );
        expect(answer.answer, context).not.toBe('not_decided');
        if (answer.answer === 'sets') {
          expect(answer.truncated, context).toBe(false);
          for (const { changes, after } of answer.sets) {
            const names = changes.map(({ fact }) => fact);
            expect(decide(catalog, after).verdict, context).toBe('approve');
            // Sound: nothing else had to change. Minimal: no part of it does.
            expect(isWithin(changesTo(world, after) ?? ['held'], names), context).toBe(true);
            for (const other of possible)
              expect(other.length < names.length && isWithin(other, names), context).toBe(false);
          }
          const sizes = answer.sets.map(({ changes }) => changes.length);
          expect(sizes, context).toEqual([...sizes].sort((a, b) => a - b));
        }
        // Complete: whatever does contains one of the sets.
        for (const set of possible)
          expect(
            sets.some((small) => isWithin(small, set)),
            `${set.join()} ${context}`,
          ).toBe(true);
        if (answer.answer === 'none') expect(possible, context).toEqual([]);
        seen[sets.length === 0 ? 'none' : sets.length > 1 ? 'several' : 'sets'] += 1;
      }
    });
    expect(seen.none).toBeGreaterThan(sightings(10));
    expect(seen.sets).toBeGreaterThan(sightings(50));
    expect(seen.several).toBeGreaterThan(sightings(10));
  });
});

describe('whatWouldApprove on the shipped catalog', () => {
  test('an approved observation needs nothing', () => {
    const [document] = Object.values(lawful);
    expect(whatWouldApprove(shipped, observed(shipped, document))).toEqual({ answer: 'approved' });
  });

  test('every set turns the refusal into an approval, and no set without one of its changes does', () => {
    let sets = 0;
    const all = Object.values(lawful).map((document) => observed(shipped, document));
    holds(100, (d) => {
      const o = altered(d, shipped, d.pick(all), 4);
      const answer = whatWouldApprove(shipped, o, { most: 4 });
      expect(answer.answer, JSON.stringify(observationJson(shipped, o))).not.toBe('not_decided');
      if (answer.answer !== 'sets') return;
      for (const { changes, after } of answer.sets) {
        sets += 1;
        expect(decide(shipped, after).verdict).toBe('approve');
        for (const { by, actions } of changes) if (by === 'authority') expect(actions?.length).toBeGreaterThan(0);
      }
    });
    expect(sets).toBeGreaterThan(sightings(20));
  });
});
