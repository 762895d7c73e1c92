/** What a catalog may cost whoever is sent it: counted in looks and in names, never in time. */
import { compileCatalog, parseObservation, type State } from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { spoilt } from '../fixtures/tenant.ts';
import { shipped } from '../governor/kit.ts';
import { runs } from '../runs.ts';

type Facts = Record<string, unknown>;

/** The shipped catalog with facts more in the pack of rollbacks, and cells of some parts. */
const withFacts = (facts: Facts, parts = 2): unknown => {
  const json = structuredClone(library) as unknown as {
    packs: { pack_id: string; facts: Facts; cells: Facts }[];
  };
  const pack = json.packs.find(({ pack_id: id }) => id === 'rollback_guard');
  if (pack === undefined) throw new Error('no pack of rollbacks');
  const type = { type: 'string', maxLength: 128 };
  pack.cells['chained'] = { means: 'x', key: Array.from({ length: parts }, (_, i) => `k${i}`), type };
  pack.facts = { ...pack.facts, ...facts };
  return json;
};

/** Each fact kept by the next one, as often as a key has parts; the last by the resource. */
const chain = (length: number, parts: number): Facts =>
  Object.fromEntries(
    Array.from({ length }, (_, i) => {
      const next = { fact: i === length - 1 ? 'resource_ref' : `f${i + 1}` };
      const key = Array.from({ length: parts }, () => next);
      const type = { type: 'string', maxLength: 128 };
      return [`f${i}`, { origin: 'ledger', means: 'x', cell: 'chained', key, otherwise: '', type }];
    }),
  );

/** A state that counts how often a cell is looked for. */
const counting = (state: State): { readonly state: State; readonly looks: () => number } => {
  let looks = 0;
  class Counted extends Map<string, ReadonlyMap<string, never>> {
    override get(id: string): ReadonlyMap<string, never> | undefined {
      looks += 1;
      return super.get(id);
    }
  }
  return { state: { ...state, cells: new Counted(state.cells as ReadonlyMap<string, never>) }, looks: () => looks };
};

test('a reading takes no more looks than there are facts behind it and parts in a key, however often they keep each other', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 8 }), (length, parts) => {
      const compiled = compileCatalog(withFacts(chain(length, parts), parts));
      if (E.isLeft(compiled)) throw new Error(JSON.stringify(compiled.left[0]));
      const o = spoilt(shipped.catalog, 'trigger_rollback', {});
      const { state, looks } = counting(o.state);
      const reader = compiled.right.readerOf('f0');
      for (const times of [1, 2, 3]) {
        reader({ ...o, state });
        expect(looks()).toBeLessThanOrEqual(times * (length + parts));
      }
    }),
    { numRuns: runs(40) },
  );
});

test('a fact that is kept through more than sixteen others does not load, in whatever order they are written', () => {
  for (const length of [17, 40, 5_000])
    for (const order of ['forwards', 'backwards'] as const) {
      const facts = Object.entries(chain(length, 1));
      const written = Object.fromEntries(order === 'forwards' ? facts : facts.toReversed());
      const compiled = compileCatalog(withFacts(written, 1));
      expect(E.isLeft(compiled) && compiled.left.map(({ expected }) => expected)).toContain(
        'a fact that is kept through at most 16 others',
      );
    }
});

test('only the first complaints about a catalog come with the nearest name', () => {
  const facts = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, i) => [
      `rollback_fact_${i}`,
      {
        origin: 'ledger',
        means: 'x',
        cell: `rollback_statu_${i % 10}`,
        key: [{ fact: `rollback_fac_${i}` }],
        otherwise: '',
        type: { type: 'string' },
      },
    ]),
  );
  const compiled = compileCatalog(withFacts(facts));
  if (E.isRight(compiled)) throw new Error('it compiled');
  expect(compiled.left.length).toBeGreaterThan(2_000);
  expect(compiled.left.filter(({ expected }) => expected.includes('did you mean')).length).toBeLessThanOrEqual(50);
});

test('a catalog whose `each` unfolds into too much does not load: rows times requirements are a product', () => {
  const json = structuredClone(library) as unknown as {
    plans: Record<string, unknown>;
    packs: { pack_id: string; actions: Record<string, { requires: unknown[] }> }[];
  };
  for (let i = 0; i < 400; i++) json.plans[`plan_${i}`] = { ...(json.plans['base'] as object), sku_id: `s${i}` };
  const action = json.packs.find(({ pack_id: id }) => id === 'rollback_guard')?.actions['trigger_rollback'];
  const when = { each: 'plan', holds: { not: { fact: 'deployed_version', is: { row: 'id' } } } };
  const row = { code: 'deployment_not_stable', means: 'x', when, remedy: { by: 'world' } };
  for (let i = 0; i < 400; i++) action?.requires.push(row);
  const compiled = compileCatalog(json);
  expect(E.isLeft(compiled) && compiled.left.map(({ expected }) => expected)).toContain(
    'at most 500000 parts of conditions, when every `each` of the catalog is unfolded',
  );
});

test('only the first issues of an observation come with the nearest name', () => {
  const [first] = [...shipped.catalog.facts.keys()];
  const evidence = Array.from({ length: 2_000 }, (_, i) => ({ fact: `${first}_${i % 7}`, value: true, source: 'git' }));
  const intent = { subject: { type: 'agent', id: 'bot' }, action: { id: 'check_health' }, resource: { id: 'web' } };
  const read = parseObservation(shipped.catalog, { mode: 'eval', intent, at: '2026-11-21T09:00:00Z', evidence });
  if (E.isRight(read)) throw new Error('it was read');
  expect(read.left.length).toBeGreaterThan(1_900);
  expect(read.left.filter(({ expected }) => expected.includes('did you mean')).length).toBeLessThanOrEqual(50);
});
