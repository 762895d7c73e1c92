/** What is read as an observation: a closed document, of plain JSON, with nothing ignored and nothing coerced. */

import { parseObservation, printIssue } from '@tai-autonomics/core';
import { admit, express, type Type } from '@tai-autonomics/core/author';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { type Document, lawful, merged, shipped } from '../fixtures/tenant.ts';
import { holds } from '../generators/dice.ts';
import { hostile, typed, wire } from '../generators/values.ts';

const base = lawful['trigger_rollback'] as Document;
const issues = (document: unknown): readonly string[] => {
  const parsed = parseObservation(shipped, document);
  return E.isLeft(parsed) ? parsed.left.map(printIssue) : [];
};

describe('parseObservation', () => {
  test.for<{ note: string; over: unknown; says: string }>([
    { note: 'no instant', over: { at: null }, says: 'at $.at: expected an RFC 3339 instant, found nothing' },
    { note: 'no mode', over: { mode: null }, says: 'at $.mode: expected eval or contractual, found nothing' },
    { note: 'a nearly known mode', over: { mode: 'evl' }, says: '(did you mean `eval`?)' },
    {
      note: 'an unknown member',
      over: { evidnce: [] },
      says: 'no member `evidnce` in an observation (did you mean `evidence`?)',
    },
    {
      note: 'an unknown member of the subject',
      over: { intent: { subject: { roles: [] } } },
      says: 'at $.intent.subject.roles',
    },
    { note: 'a tenant in the body', over: { tenant: 'acme' }, says: 'no member `tenant`' },
    {
      note: 'a role that is none',
      over: { intent: { subject: { scope: ['root'] } } },
      says: 'at $.intent.subject.scope[0]',
    },
    { note: 'an empty subject', over: { intent: { subject: { id: '' } } }, says: 'at $.intent.subject.id' },
    {
      note: 'a subject with a control character',
      over: { intent: { subject: { id: 'a\u0000b' } } },
      says: 'at $.intent.subject.id',
    },
    {
      note: 'a resource with a lone surrogate',
      over: { intent: { resource: { id: 'a\ud800' } } },
      says: 'at $.intent.resource.id',
    },
    {
      note: 'arguments in a list',
      over: { intent: { action: { arguments: [] } } },
      says: 'at $.intent.action.arguments',
    },
    {
      note: 'evidence without a value',
      over: { evidence: [{ fact: 'deployment_stable', source: 'git' }] },
      says: 'at $.evidence[0].value: expected a JSON value, found nothing',
    },
    {
      note: 'evidence from when it was not',
      over: { evidence: [{ fact: 'x', source: 'git', value: 1, observedAt: 'now' }] },
      says: 'at $.evidence[0].observedAt',
    },
    {
      note: 'a nearly known cell',
      over: { state: { entitlement_statis: 'active' } },
      says: 'a cell of the catalog (did you mean `entitlement_status`?)',
    },
    {
      note: 'a cell of another type',
      over: { state: { entitlement_status: 'expired' } },
      says: 'one of none, active, suspended, cancelled',
    },
    {
      note: 'a keyed cell without keys',
      over: { state: { granted_roles: ['read_deployment'] } },
      says: 'an object from subject to value',
    },
    { note: 'a cell named __proto__', over: JSON.parse('{"state": {"__proto__": {}}}'), says: 'a cell of the catalog' },
    {
      note: 'a member named __proto__',
      over: JSON.parse('{"__proto__": {"mode": "eval"}}'),
      says: 'no member `__proto__`',
    },
    { note: 'a member that is undefined', over: { id: undefined }, says: 'at $.id' },
  ])('refuses $note', ({ over, says }) => {
    expect(issues(merged(base, over)).join('\n')).toContain(says);
  });

  test('refuses what is no plain object, inherited members included', () => {
    for (const x of [null, [], 'x', 7, new Map(), new Date(0), Object.create(base) as unknown])
      expect(issues(x).length).toBeGreaterThan(0);
  });

  test('lists everything that is wrong', () => {
    expect(issues(merged(base, { at: 'now', mode: 'x', state: { nothing: 1 } })).length).toBe(2);
    expect(issues(merged(base, { state: { nothing: 1, entitlement_status: 7 } })).length).toBe(2);
  });

  test('never echoes more than 80 characters of what it found', () => {
    for (const line of issues(merged(base, { mode: 'x'.repeat(1_000), at: 'y'.repeat(1_000) })))
      expect(line.length).toBeLessThan(200);
  });

  test('an argument named __proto__ is an argument, and a wrong one; nothing is inherited from it', () => {
    const parsed = parseObservation(
      shipped,
      merged(base, JSON.parse('{"intent": {"action": {"arguments": {"__proto__": {"x": 1}}}}}')),
    );
    expect(E.isRight(parsed) && Object.keys(parsed.right.intent.action.arguments)).toEqual(['__proto__']);
    expect(({} as Document)['x']).toBeUndefined();
  });

  test('a scope is a set: sorted, each role once', () => {
    const scope = ['write_rollback', 'read_deployment', 'write_rollback'];
    const parsed = parseObservation(shipped, merged(base, { intent: { subject: { scope } } }));
    expect(E.isRight(parsed) && parsed.right.intent.subject.scope).toEqual(['read_deployment', 'write_rollback']);
  });
});

describe('values', () => {
  const types: readonly Type[] = [
    { type: 'boolean' },
    { type: 'integer' },
    { type: 'integer', min: 0, max: 9 },
    { type: 'string' },
    { type: 'string', maxLength: 6 },
    { type: 'enum', values: ['a', 'b'] },
    { type: 'instant' },
    { type: 'set' },
    { type: 'set', of: ['a', 'b'] },
  ];

  test('what a type admits it expresses, and admits again alike', () => {
    holds(500, (d) => {
      const type = d.pick(types);
      const value = typed(d, type, 1_769_428_800_000);
      const said = wire(type, value);
      expect(admit(type)(said)).toEqual(value);
      expect(express(type, value)).toEqual(said);
      expect(admit(type)(express(type, value))).toEqual(value);
    });
  });

  test('nothing that is not of a type is admitted, and nothing is coerced', () => {
    holds(500, (d) => {
      const type = d.pick(types);
      expect(admit(type)(hostile(d, type))).toBeUndefined();
    });
    expect(admit({ type: 'boolean' })('true')).toBeUndefined();
    expect(admit({ type: 'integer' })('1')).toBeUndefined();
    expect(admit({ type: 'integer' })(2 ** 53)).toBeUndefined();
    expect(Object.is(admit({ type: 'integer' })(-0), 0)).toBe(true);
    expect(admit({ type: 'string' })('')).toBeUndefined();
    expect(admit({ type: 'string', maxLength: 3 })('abcd')).toBeUndefined();
    expect(admit({ type: 'set' })(Array.from({ length: 257 }, (_, i) => `m${i}`))).toBeUndefined();
    expect(admit({ type: 'set' })(Array.from({ length: 256 }, (_, i) => `m${i}`))).toHaveLength(256);
    expect(admit({ type: 'set' })(['b', 'a'])).toEqual(['a', 'b']);
  });
});
