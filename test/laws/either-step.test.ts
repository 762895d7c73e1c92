/** A step that names two ways: each alone removes its reason. */
import { compileCatalog, decide, explain } from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { lawful, merged, observed, shipped } from '../fixtures/tenant.ts';

const wide = merged(lawful['raise_andon'], { intent: { resource: { id: '*', ref: '*' } } });
const decided = (over: unknown) => decide(shipped, observed(shipped, merged(wide, over)));

test('who may not stop the whole tenant asks with another credential, or about another resource', () => {
  const decision = decided({});
  expect(decision).toMatchObject({
    verdict: 'refuse',
    reasons: [{ code: 'andon_too_wide', next: { kind: 'request', argument: 'credential', or: 'resource' } }],
  });
  expect(explain(decision).join('\n')).toContain('ask again with another credential, or another resource: ');
  expect(decided({ intent: { resource: { id: 'svc', ref: 'res_svc' } } }).verdict).toBe('approve');
  expect(decided({ intent: { subject: { type: 'user', id: 'ros', ref: 'sub_ros' } } }).verdict).toBe('approve');
});

test('the other way is an argument of the action, too', () => {
  const source = structuredClone(library) as unknown as {
    packs: { actions: Record<string, { requires: { remedy: object }[] }> }[];
  };
  const requirement = source.packs[0]?.actions['raise_andon']?.requires.find((one) =>
    JSON.stringify(one).includes('andon_too_wide'),
  );
  if (requirement === undefined) throw new Error('no such requirement');
  requirement.remedy = { by: 'request', argument: 'credential', or: 'resourc' };
  const compiled = compileCatalog(source);
  expect(E.isLeft(compiled) && compiled.left.map(({ expected }) => expected)).toEqual([
    expect.stringContaining('did you mean `resource`?'),
  ]);
});
