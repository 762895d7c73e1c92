/** What the builder builds is the JSON that one would write by hand. */

import { compileCatalog } from '@tai-autonomics/core';
import {
  all,
  any,
  type Condition,
  conditionsOn,
  each,
  namesOf,
  not,
  OPS,
  type Op,
  row,
} from '@tai-autonomics/core/author';
import { library, rollbackGuard } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';

const facts = {
  stable: { type: { type: 'boolean' } },
  share: { type: { type: 'integer', min: 0 } },
  name: { type: { type: 'string' } },
  status: { type: { type: 'enum', values: ['passed', 'failed'] } },
  until: { type: { type: 'instant' } },
  owners: { type: { type: 'set' } },
  zones: { type: { type: 'set', of: ['eu', 'us'] } },
  checks: {
    type: {
      type: 'records',
      fields: { status: { type: 'enum', values: ['passed', 'failed'] }, at: { type: 'instant' } },
    },
  },
} as const;
const fact = conditionsOn(facts, { step: { type: { type: 'integer' } } });
const NOON = '2026-12-01T12:00:00Z';

const rows: readonly {
  readonly note: Op | 'every' | 'some' | 'plus' | 'argument';
  readonly built: Condition;
  readonly json: Condition;
}[] = [
  { note: 'is', built: fact('stable').is(true), json: { fact: 'stable', is: true } },
  { note: 'is', built: fact('name').is(fact('status')), json: { fact: 'name', is: { fact: 'status' } } },
  { note: 'oneOf', built: fact('status').oneOf(['passed']), json: { fact: 'status', oneOf: ['passed'] } },
  { note: 'oneOf', built: fact('name').oneOf(namesOf('plans')), json: { fact: 'name', oneOf: { catalog: 'plans' } } },
  { note: 'atLeast', built: fact('share').atLeast(1), json: { fact: 'share', atLeast: 1 } },
  { note: 'atMost', built: fact('share').atMost(9), json: { fact: 'share', atMost: 9 } },
  { note: 'above', built: fact('share').above(0), json: { fact: 'share', above: 0 } },
  { note: 'below', built: fact('share').below(10), json: { fact: 'share', below: 10 } },
  { note: 'before', built: fact('until').before(NOON), json: { fact: 'until', before: NOON } },
  { note: 'after', built: fact('until').after(fact('at')), json: { fact: 'until', after: { fact: 'at' } } },
  { note: 'notBefore', built: fact('until').notBefore(NOON), json: { fact: 'until', notBefore: NOON } },
  { note: 'notAfter', built: fact('until').notAfter(NOON), json: { fact: 'until', notAfter: NOON } },
  { note: 'within', built: fact('until').within(60_000), json: { fact: 'until', within: 60_000 } },
  {
    note: 'during',
    built: fact('until').during([{ days: ['mon'], from: '22:00', to: '06:00' }]),
    json: { fact: 'until', during: [{ days: ['mon'], from: '22:00', to: '06:00' }] },
  },
  { note: 'contains', built: fact('zones').contains('eu'), json: { fact: 'zones', contains: 'eu' } },
  {
    note: 'contains',
    built: fact('owners').contains(fact('name')),
    json: { fact: 'owners', contains: { fact: 'name' } },
  },
  { note: 'containsAll', built: fact('owners').containsAll(['a']), json: { fact: 'owners', containsAll: ['a'] } },
  {
    note: 'subsetOf',
    built: fact('owners').subsetOf(namesOf('roles')),
    json: { fact: 'owners', subsetOf: { catalog: 'roles' } },
  },
  {
    note: 'disjointFrom',
    built: fact('zones').disjointFrom(fact('owners')),
    json: { fact: 'zones', disjointFrom: { fact: 'owners' } },
  },
  { note: 'startsWith', built: fact('name').startsWith('v1.'), json: { fact: 'name', startsWith: 'v1.' } },
  {
    note: 'plus',
    built: fact('until').notAfter(fact('at').plus(86_400_000)),
    json: { fact: 'until', notAfter: { fact: 'at', plus: 86_400_000 } },
  },
  {
    note: 'argument',
    built: fact('argument.step').atMost(fact('share').plus(20)),
    json: { fact: 'argument.step', atMost: { fact: 'share', plus: 20 } },
  },
  {
    note: 'every',
    built: fact('checks').every((field) => any(field('status').is('passed'), field('at').before(fact('until')))),
    json: {
      fact: 'checks',
      every: {
        any: [
          { fact: 'field.status', is: 'passed' },
          { fact: 'field.at', before: { fact: 'until' } },
        ],
      },
    },
  },
  { note: 'some', built: fact('checks').some(() => all()), json: { fact: 'checks', some: { all: [] } } },
];

describe('what is built is what one would write', () => {
  test.for(rows)('$note: $json', ({ built, json }) => {
    expect(built).toEqual(json);
    expect(JSON.stringify(built)).toBe(JSON.stringify(json));
  });
  test('of every operator', () => {
    expect(new Set(rows.map(({ note }) => note))).toEqual(
      new Set([...Object.keys(OPS), 'plus', 'argument', 'every', 'some']),
    );
  });
  test('all, any, not, each and row', () => {
    const [a, b] = [fact('stable').is(true), fact('share').above(0)];
    expect(all(a, b)).toEqual({ all: [a, b] });
    expect(any(a, b)).toEqual({ any: [a, b] });
    expect(not(a)).toEqual({ not: a });
    expect(each('plan', fact('name').is(row('id')))).toEqual({
      each: 'plan',
      holds: { fact: 'name', is: { row: 'id' } },
    });
  });
  test('and loads where the JSON does', () => {
    const { trigger_rollback: action } = rollbackGuard.actions;
    const own = conditionsOn({ deployment_stable: { type: { type: 'boolean' } } });
    const requires = action?.requires.map((r, i) => (i === 0 ? { ...r, when: own('deployment_stable').is(true) } : r));
    const pack = { ...rollbackGuard, actions: { ...rollbackGuard.actions, trigger_rollback: { ...action, requires } } };
    const packs = library.packs.map((other) => (other.pack_id === pack.pack_id ? pack : other));
    expect(E.isRight(compileCatalog({ ...library, packs }))).toBe(true);
  });
});
