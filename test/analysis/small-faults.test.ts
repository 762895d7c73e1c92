/** Faults of one word in the analyses, each of which no test saw: one test for each. */
import { type Catalog, diff, type Observation, prove } from '@tai-autonomics/core';
import { createReplayer, type Replayed } from '@tai-autonomics/core/analysis';
import type { Json } from '@tai-autonomics/core/receipt';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { catalogAround, internal, requirement, seen } from '../fixtures/made-up.ts';
import { compiled, type Document, lawful, observed, shipped } from '../fixtures/tenant.ts';
import { recordOf } from './recorded.ts';

const NOBODY = { by: 'nobody', why: 'so' };

test('sets that share a text by name are not disjoint', () => {
  const when = {
    all: ['a', 'b']
      .map((fact) => ({ fact, contains: 'x' }))
      .concat({ fact: 'a', disjointFrom: { fact: 'b' } } as never),
  };
  const act = internal({ requires: [requirement('no', when, NOBODY)] });
  const catalog = compiled(
    catalogAround({ facts: { a: seen({ type: 'set' }), b: seen({ type: 'set' }) }, actions: { act } }),
  );
  expect(prove(catalog, { verdict: 'never_approve', action: 'act' })).toMatchObject({ right: { answer: 'holds' } });
});

test('an action whose ill-typed arguments are refused with one code is another one than with another code', () => {
  const refusedWith = (invalid: string): Catalog =>
    compiled(
      catalogAround({
        codes: { no: 'no', nay: 'nay' },
        actions: { act: internal({ invalid, arguments: { n: { means: 'n', type: { type: 'integer' } } } }) },
      }),
    );
  expect(diff(refusedWith('no'), refusedWith('nay')).answer).toBe('different');
});

test('an example for two declarations of a fact holds the value that both look for', () => {
  const lasting = (maxAgeMs: number): Catalog =>
    compiled(
      catalogAround({
        facts: { load: { ...seen({ type: 'integer' }), maxAgeMs } },
        actions: { act: internal({ requires: [requirement('no', { fact: 'load', is: 7 }, NOBODY)] }) },
      }),
    );
  const { answer, differences } = diff(lasting(3_600_000), lasting(60_000));
  expect(answer).toBe('different');
  expect(differences.some(({ verdict }) => verdict.join() === 'approve,refuse')).toBe(true);
});

/** The shipped catalog, in which a rollback asks for one thing more. */
const asking = (when: Document): Catalog => {
  const source = structuredClone(library) as unknown as {
    packs: { pack_id: string; codes: Document; actions: Record<string, { requires: Document[] }> }[];
  };
  const guard = source.packs.find(({ pack_id }) => pack_id === 'rollback_guard');
  if (guard === undefined) throw new Error('there is no such pack');
  Object.assign(guard.codes, { not_today: 'not today' });
  guard.actions['trigger_rollback']?.requires.push(requirement('not_today', when, NOBODY));
  return compiled(source);
};
const rollback: Observation = observed(shipped, lawful['trigger_rollback']);
const replayed = (
  under: Catalog,
  change: (disclosed: ReadonlyMap<string, Json>) => ReadonlyMap<string, Json>,
): Replayed => {
  const { receipt, disclosed } = recordOf(shipped, 'd', { ...rollback, catalog: 'd' });
  const replayer = createReplayer({ under, catalogs: new Map([['d', shipped]]) });
  return replayer.step(receipt, change(disclosed)) as Replayed;
};

test('a code that the registry may hide is not said to be gained', () => {
  const said = replayed(asking({ fact: 'deployment_stable', is: false }), (disclosed) => {
    const { entitlement_packs: _, ...readings } = disclosed.get('state/readings') as Record<string, Json>;
    return new Map(disclosed).set('state/readings', readings);
  });
  expect(said).toMatchObject({ answer: 'flipped', verdict: ['approve', 'refuse'], gained: [] });
});

test('of a fact of two sources, one of which is withheld, nothing is known', () => {
  const more = asking({ fact: 'deployment_stable', is: false });
  const said = replayed(
    more,
    (disclosed) => new Map([...disclosed].filter(([name]) => !name.startsWith('evidence/rollback_target_known'))),
  );
  expect(said).toMatchObject({ answer: 'not_decided' });
});

test('a body that is null is not the decision, and breaks nothing', () => {
  const said = replayed(shipped, (disclosed) => new Map(disclosed).set('decision/body', null));
  expect(said).toMatchObject({ answer: 'not_decided', verdict: ['approve'] });
});

test('an example is at an instant of our days, and its numbers are no instants', () => {
  const n = { means: 'n', type: { type: 'integer' } };
  const act = internal({ arguments: { n }, requires: [requirement('no', { fact: 'argument.n', above: -5 }, NOBODY)] });
  const proof = prove(compiled(catalogAround({ actions: { act } })), { verdict: 'never_approve', action: 'act' });
  expect(proof).toMatchObject({ right: { answer: 'broken' } });
  const { observation } = (proof as unknown as { right: { counterexample: { observation: Observation } } }).right
    .counterexample;
  expect(new Date(observation.at).getUTCFullYear()).toBeGreaterThan(2000);
  expect(observation.intent.action.arguments).toEqual({ n: 0 });
});
