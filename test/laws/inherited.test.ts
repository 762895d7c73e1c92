/** A host in which something changed `Object.prototype` decides as any other: what is inherited was said by nobody. */
import { compileCatalog, decide, parseObservation } from '@tai-autonomics/core';
import { illTyped, readEntitlementEvent, readingsRecord } from '@tai-autonomics/core/engine';
import { canonicalize, type Json, nobleSha256 } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { catalogAround, internal } from '../fixtures/made-up.ts';
import type { Document } from '../fixtures/tenant.ts';
import { hasItsTurn } from '../runs.ts';

const kept = (type: object, otherwise: unknown, key: readonly unknown[] = []): object => ({
  means: 'kept',
  type,
  origin: 'ledger',
  cell: 'ring',
  key,
  otherwise,
});
const observed = (type: object): object => ({
  means: 'observed',
  type,
  origin: 'observed',
  sources: ['pager', 'probe'],
  maxAgeMs: 60_000,
});
const row = { type: 'records', fields: { id: { type: 'string' }, open: { type: 'boolean' } } };
const helps = { by: 'authority', who: { type: 'user' }, submit: { action: 'mend', arguments: { to: 'a' } } };
const requires = (...whens: readonly object[]): readonly object[] =>
  whens.map((when, i) => ({ code: 'no', means: `${i}`, when, remedy: i % 2 === 0 ? helps : { by: 'world' } }));

/** A catalog in which every kind of condition, term, write and remedy stands. */
const source = catalogAround({
  facts: {
    incidents: observed({ type: 'set' }),
    doors: observed(row),
    count: observed({ type: 'integer' }),
    ring: kept({ type: 'enum', values: ['a', 'b'] }, 'b'),
  },
  cells: { ring: { means: 'ring', key: [], type: { type: 'enum', values: ['a', 'b'] } } },
  actions: {
    act: internal({
      arguments: { note: { means: 'note', type: { type: 'string' } } },
      requires: requires(
        { fact: 'incidents', disjointFrom: ['severe'] },
        { any: [{ fact: 'ring', is: 'a' }, { not: { fact: 'count', above: 3 } }] },
        { fact: 'doors', every: { fact: 'field.open', is: false } },
        { fact: 'at', during: [{ from: '06:00', to: '18:00' }] },
        { fact: 'count', atLeast: { fact: 'count', plus: -1 } },
        { all: [{ fact: 'resource', oneOf: ['svc', 'other'] }] },
      ),
    }),
    mend: internal({
      arguments: { to: { means: 'to', type: { type: 'enum', values: ['a', 'b'] } } },
      writes: [{ cell: 'ring', key: [], change: { set: { fact: 'argument.to' } } }],
    }),
  },
});

const asked = (over: Document, args: Document, evidence: readonly object[]): Document => ({
  at: '2026-11-21T08:00:00Z',
  mode: 'eval',
  intent: {
    subject: { type: 'user', id: 'ann' },
    action: { id: 'act', arguments: args },
    resource: { id: 'svc' },
  },
  evidence,
  ...over,
});
const fine: readonly object[] = [
  { fact: 'incidents', value: { complete: true, items: [] }, source: 'pager' },
  { fact: 'doors', value: { complete: true, items: [{ id: 'd', open: false }] }, source: 'pager' },
  { fact: 'count', value: 1, source: 'pager' },
];
const documents: readonly Document[] = [
  asked({}, { note: 'n' }, fine),
  asked({}, {}, [{ fact: 'incidents', value: {}, source: 'pager' }, ...fine.slice(1)]),
  asked({}, { note: 'n' }, [{ fact: 'incidents', value: { complete: true, items: ['severe'] }, source: 'pager' }]),
  asked({}, { note: 'n' }, [...fine.slice(0, 1), { fact: 'doors', value: { items: [{}] }, source: 'probe' }]),
  asked({ state: { ring: 'b' } }, { note: 1 }, [...fine.slice(0, 2), { fact: 'count', value: 9, source: 'probe' }]),
  {
    ...asked({}, { to: 'a' }, []),
    intent: { subject: { type: 'user', id: 'a' }, action: { id: 'mend' }, resource: {} },
  },
];
const event = { event: 'entitlement.activated', event_id: 'e', record: { tenant_id: 'acme', plan_id: 'base' } };

/** Everything that is said of the documents, as text. */
const said = (): readonly string[] => {
  const catalog = compileCatalog(source);
  if (E.isLeft(catalog)) return [JSON.stringify(catalog.left)];
  const answers = documents.map((document) => {
    const o = parseObservation(catalog.right, document);
    if (E.isLeft(o)) return o.left;
    return [decide(catalog.right, o.right), readingsRecord(catalog.right, o.right), illTyped(catalog.right, o.right)];
  });
  return [...answers, readEntitlementEvent(nobleSha256, event) ?? null].map((answer) => {
    const text = canonicalize(answer as unknown as Json);
    return E.isRight(text) ? text.right : JSON.stringify(answer);
  });
};

/** Every name of a member or a word in what is read here. */
const namesIn = (x: unknown): readonly string[] => {
  if (typeof x === 'string') return [x];
  if (typeof x !== 'object' || x === null) return [];
  return Object.entries(x).flatMap(([name, value]) => [...(Array.isArray(x) ? [] : [name]), ...namesIn(value)]);
};
const more =
  'min max of maxLength otherwise detector relation when choose times notBefore observe ref binding scope id catalog row'
    .split(' ')
    .concat(
      'each holds some contains startsWith within is policies aliases limits invalid returns about observedAt state'.split(
        ' ',
      ),
    )
    .concat(
      'tools controls prices deadline outer field given constant missing known reason optional plus clear add remove set'.split(
        ' ',
      ),
    )
    .concat(
      'evenWhenClosed evenWhenSuspended expiry entitlement_id occurred_at iam_roles disabled_packs notes quota'.split(
        ' ',
      ),
    );
const names = [...new Set([...namesIn(source), ...documents.flatMap(namesIn), ...namesIn(event), ...more])].filter(
  (name) => !Object.hasOwn(Object.prototype, name),
);
const VALUES: readonly unknown[] = [true, [], {}, 'a', 0, () => true];

describe('whatever stands on Object.prototype', () => {
  const clean = said();

  test('the documents are approved and refused', () => {
    expect(names.length).toBeGreaterThan(120);
    expect(clean.join(' ')).toMatch(/"verdict":"approve".*"verdict":"refuse"/);
  });

  test('what is compiled, read and decided is the same', () => {
    const others: string[] = [];
    for (const [i, name] of names.entries()) {
      for (const value of VALUES.filter((_, v) => hasItsTurn(i + v))) {
        Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
        let seen: readonly string[] = [];
        try {
          seen = said();
        } catch (error) {
          seen = [String(error)];
        } finally {
          delete (Object.prototype as unknown as Record<string, unknown>)[name];
        }
        const differing = seen.findIndex((text, i) => text !== clean[i]);
        if (differing >= 0 || seen.length !== clean.length)
          others.push(`${name}: ${JSON.stringify(value)}: ${seen[Math.max(0, differing)]?.slice(0, 400)}`);
      }
    }
    expect(others).toEqual([]);
  });
});
