/** A decision follows from what its receipt records, and from nothing else: readings, evidence, intent. */
import { type Catalog, decide, type Observation } from '@tai-autonomics/core';
import {
  decisionBody,
  emptyState,
  evidenceOf,
  evidenceRecords,
  intentRecord,
  isInstant,
  outcomeOf,
  readingsRecord,
  stateOfReadings,
} from '@tai-autonomics/core/engine';
import { canonicalize, type Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { compiled, lawful, lawfulReleases, observed, withPublishing } from '../fixtures/tenant.ts';
import { catalogOf } from '../generators/catalog.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { keptCatalog, keptObservation } from '../generators/kept-catalog.ts';
import { altered, observationOf } from '../generators/observation.ts';

const base = Object.values({ ...lawful, ...lawfulReleases }).map((document) => observed(withPublishing, document));
const generated: Catalog[] = [];
holds(16, (d) => void generated.push(compiled(catalogOf(d))));

const canonical = (x: unknown): string => {
  const text = canonicalize(x as Json);
  return E.isRight(text) ? text.right : JSON.stringify(text.left);
};

/** What a governor takes in: evidence in JSON, from an instant. */
const recordable = (o: Observation): Observation => ({
  ...o,
  evidence: o.evidence.filter((e) => isInstant(e.observedAt) && E.isRight(canonicalize(e.value as Json))),
});

const somewhere = (d: Dice): readonly [Catalog, Observation] => {
  const catalog = d.chance(50) ? withPublishing : d.pick(generated);
  const o = catalog === withPublishing ? d.pick(base) : observationOf(d, catalog);
  return [catalog, recordable(altered(d, catalog, o, 4))];
};

/** The observation that a receipt keeps: everything that no reading names is gone. */
const kept = (catalog: Catalog, o: Observation): Observation => {
  const readings = JSON.parse(canonical(readingsRecord(catalog, o))) as { readonly [fact: string]: unknown };
  const evidence = evidenceOf(evidenceRecords(o.evidence));
  return { ...o, evidence, state: stateOfReadings(catalog, readings, { ...o, evidence, state: emptyState }) };
};

test('deciding again on what was recorded gives the same decision, under any catalog', () => {
  holds(1_200, (d) => {
    const [catalog, o] = somewhere(d);
    expect(canonical(decide(catalog, kept(catalog, o)))).toBe(canonical(decide(catalog, o)));
  });
});

test('what is recorded of evidence says all that was stated, and names the raw input exactly where there was one', () => {
  const ref = { digest: 'd'.repeat(43), detector: 'git@1' };
  const stated = base.flatMap(({ evidence }) => evidence.flatMap((e) => [e, { ...e, ref }]));
  expect(stated.length).toBeGreaterThan(0);
  for (const e of stated) expect(evidenceOf(evidenceRecords([e]))).toEqual([e]);
});

test('whatever a fact of the ledger is kept by, what is recorded is what was read', () => {
  holds(1_500, (d) => {
    const catalog = keptCatalog(d);
    const o = keptObservation(d, catalog);
    const again = kept(catalog, o);
    expect(canonical(decide(catalog, again))).toBe(canonical(decide(catalog, o)));
    expect(canonical(readingsRecord(catalog, again))).toBe(canonical(readingsRecord(catalog, o)));
    const recorded = Object.keys(readingsRecord(catalog, o));
    const action = catalog.actions.get('act');
    for (const id of action?.recorded ?? [])
      expect(recorded.includes(id), id).toBe(typeof action?.readerOf(id)(o) !== 'symbol');
  });
});

test('readings, evidence and bodies are built in canonical order, so that nothing has to be put in order for them', () => {
  holds(300, (d) => {
    const [catalog, o] = somewhere(d);
    const readings = readingsRecord(catalog, o);
    expect(JSON.stringify(readings)).toBe(canonical(readings));
    const entries = [...evidenceRecords(o.evidence).values()].flatMap((list) => list as readonly object[]);
    for (const built of [
      ...entries,
      intentRecord(o.id, o.intent) as object,
      decisionBody(decide(catalog, o)) as object,
    ])
      expect(Object.keys(built)).toEqual(Object.keys(built).sort());
  });
});

test('and the same writes after every outcome', () => {
  holds(600, (d) => {
    const [catalog, o] = somewhere(d);
    if (decide(catalog, o).verdict === 'refuse') return;
    const status = d.pick(['success', 'failed', 'timeout', 'memory_exceeded', 'unknown'] as const);
    expect(canonical(outcomeOf(catalog, kept(catalog, o), status) ?? null)).toBe(
      canonical(outcomeOf(catalog, o, status) ?? null),
    );
  });
});
