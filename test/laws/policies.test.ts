/** The laws of policy documents: they make a catalog stricter, and never anything else. */
import {
  type Catalog,
  type CatalogSource,
  compileCatalog,
  decide,
  diff,
  type Observation,
  type PolicyDocument,
  parsePolicyDocument,
  prove,
  withPolicy,
} from '@tai-autonomics/core';
import { canonicalize } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { commonFacts, compiled, lawful, lawfulReleases, observed, withPublishing } from '../fixtures/tenant.ts';
import { catalogOf, condition, type Names } from '../generators/catalog.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { altered, observationOf } from '../generators/observation.ts';
import { smallCatalog, smallCondition, smallFacts } from '../generators/small-catalog.ts';
import { everyObservation, isTooLarge } from '../reference/every-observation.ts';
import { sightings } from '../runs.ts';

const base = Object.values({ ...lawful, ...lawfulReleases }).map((document) => observed(withPublishing, document));

const parsed = (json: unknown): PolicyDocument => {
  const document = parsePolicyDocument(json);
  if (E.isLeft(document)) throw new Error(JSON.stringify(document.left));
  return document.right;
};

const COMMON: Names = {
  facts: new Map(
    commonFacts(withPublishing)
      .filter(([, { origin }]) => origin !== 'observed')
      .map(([id, { type }]) => [id, type]),
  ),
  observed: new Map(),
  cells: new Map(),
  actions: new Map(),
  tables: true,
};

/** A document for some of the shipped actions, over facts of every origin but the observed. */
const forShipped = (d: Dice, id: string): PolicyDocument =>
  parsed({
    policy: { id, version: '1.0.0' },
    requirements: d.times(1 + d.below(2), (i) => ({
      actions: d.pick([['*external'], ['pack:rollback_guard'], ['grant_role', 'trigger_rollback'], ['raise_andon']]),
      code: 'own',
      means: `of the tenant ${i}`,
      when: condition(d, COMMON, 2),
      remedy: { by: 'nobody', why: 'because' },
    })),
    codes: { own: 'a code of the document' },
  });

/** A catalog, a document that it can take, and observations near the places where it turns. */
interface Scene {
  readonly source: CatalogSource;
  readonly documents: readonly PolicyDocument[];
  readonly observe: () => Observation;
}
const sceneOf = (d: Dice): Scene => {
  if (d.chance(40))
    return {
      source: withPublishing.source,
      documents: [forShipped(d, 'a'), forShipped(d, 'b')],
      observe: () => altered(d, withPublishing, d.pick(base), 3),
    };
  const { policies = [], ...source } = catalogOf(d) as unknown as CatalogSource;
  const catalog = compiled(source);
  return {
    source,
    documents: policies.map(parsed),
    observe: () => altered(d, catalog, observationOf(d, catalog)),
  };
};

const withAll = (source: CatalogSource, documents: readonly PolicyDocument[]): Catalog =>
  compiled(documents.reduce(withPolicy, source));
const text = (x: unknown): string => {
  const canonical = canonicalize(x as never);
  return E.isRight(canonical) ? canonical.right : '';
};

test('with a policy document added, no refusal becomes an approval, and every reason stays', () => {
  let stricter = 0;
  holds(120, (d) => {
    const { source, documents, observe } = sceneOf(d);
    const [before, after] = [compiled(source), withAll(source, documents)];
    for (let i = 0; i < 40; i++) {
      const o = observe();
      const [without, within] = [decide(before, o), decide(after, o)];
      if (without.verdict === 'approve') {
        stricter += Number(within.verdict === 'refuse');
        if (within.verdict === 'approve') expect(within).toEqual(without);
        continue;
      }
      expect(within.verdict).toBe('refuse');
      const reasons = within.verdict === 'refuse' ? within.reasons.map(text) : [];
      expect(reasons).toEqual(expect.arrayContaining(without.reasons.map(text)));
    }
  });
  expect(stricter).toBeGreaterThan(sightings(10));
});

test('a document without requirements leaves every decision as it is', () => {
  holds(15, (d) => {
    const { source, observe } = sceneOf(d);
    const empty = parsed({ policy: { id: 'empty', version: '1.0.0' }, requirements: [], codes: {} });
    const [before, after] = [compiled(source), withAll(source, [empty])];
    for (let i = 0; i < 40; i++) {
      const o = observe();
      expect(text(decide(after, o))).toBe(text(decide(before, o)));
    }
  });
});

test('the order in which documents are added does not matter: the catalog is the same value', () => {
  holds(15, (d) => {
    const { source, documents } = sceneOf(d);
    expect(text(withAll(source, [...documents].reverse()).source)).toBe(text(withAll(source, documents).source));
  });
});

test('what a catalog writes as documents in another order is decided alike', () => {
  holds(15, (d) => {
    const { source, documents, observe } = sceneOf(d);
    const one = compiled({ ...source, policies: documents });
    const other = compiled({ ...source, policies: [...documents].reverse() });
    for (let i = 0; i < 5; i++) {
      const o = observe();
      expect(text(decide(other, o))).toBe(text(decide(one, o)));
    }
  });
});

describe('a catalog with documents is a plain catalog', () => {
  test('diff finds what a document changes, and nothing that becomes more lax, as trying every observation does', () => {
    let changed = 0;
    holds(60, (d) => {
      const facts = smallFacts(d);
      const small = smallCatalog(d, facts, 1);
      if (isTooLarge(small, 2_000)) return;
      const document = parsed({
        policy: { id: 'own', version: '1.0.0' },
        requirements: [
          {
            actions: ['act'],
            code: 'more',
            means: 'more',
            when: smallCondition(d, facts, 1),
            remedy: { by: 'nobody', why: 'because' },
          },
        ],
        codes: { more: 'more is asked' },
      });
      const before = compiled(small.source);
      const after = compileCatalog(withPolicy(small.source as unknown as CatalogSource, document));
      if (E.isLeft(after)) throw new Error(JSON.stringify(after.left));
      const answer = diff(before, after.right);
      for (const { verdict, lost } of answer.differences) {
        expect(verdict).not.toEqual(['refuse', 'approve']);
        expect(lost).toEqual([]);
      }
      const differs = everyObservation(small).some(
        ({ observation }) => text(decide(before, observation)) !== text(decide(after.right, observation)),
      );
      if (differs) expect(answer.answer).toBe('different');
      changed += Number(differs);
      // Whatever the document asks for is refused with its code, and only then.
      const [requirement] = document.requirements;
      const proof = prove(after.right, {
        verdict: 'never_approve',
        action: 'act',
        ...(requirement === undefined ? {} : { unless: requirement.when }),
      });
      expect(E.isRight(proof) && proof.right.answer).toBe('holds');
    });
    expect(changed).toBeGreaterThan(sightings(20));
  });
});
