/** Directories of resources: names in one spelling, aliases, and a file that is edited while it is read. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anyResource, resourceDirectory } from '@tai-autonomics/governor';
import { resourceFile } from '@tai-autonomics/governor/local';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { scratchFolder } from './scratch.ts';

const service = { kind: 'service', environment: 'production' } as const;
const acme = (resource: string) => ({ tenant: 'acme', resource });

test('a name is one tenant’s, an alias is another way to write it, and both are found', () => {
  const made = resourceDirectory({
    acme: { 'service/checkout': { ...service, aliases: ['checkout'] } },
    globex: { 'service/checkout': { ...service, environment: 'sandbox' } },
  });
  if (E.isLeft(made)) throw new Error(JSON.stringify(made.left));
  const { find, names } = made.right;
  expect(find(acme('service/checkout'))).toMatchObject({ name: 'service/checkout', environment: 'production' });
  expect(find(acme('checkout'))?.name).toBe('service/checkout');
  expect(find({ tenant: 'globex', resource: 'service/checkout' })?.environment).toBe('sandbox');
  expect(find({ tenant: 'globex', resource: 'checkout' })).toBeUndefined();
  for (const tenant of ['initech', 'constructor', '__proto__', ''])
    expect(find({ tenant, resource: 'service/checkout' })).toBeUndefined();
  expect([names('acme'), names('initech')]).toEqual([['service/checkout'], []]);
});

test.for([
  { note: 'a name that is not in NFC', own: { 'cafe\u0301': service }, at: '$.tenants.acme.cafe\u0301', found: /NFC/ },
  { note: 'an invisible character', own: { 'pay\u200bments': service }, found: /invisible/ },
  { note: 'a direction character', own: { 'pay\u202ements': service }, found: /direction/ },
  { note: 'a soft hyphen', own: { 'pay\u00adments': service }, found: /invisible/ },
  { note: 'a filler that looks like nothing', own: { 'pay\u3164ments': service }, found: /invisible/ },
  { note: 'another space', own: { 'pay\u00a0ments': service }, found: /plain/ },
  { note: 'a padded name', own: { ' payments': service }, found: /around/ },
  { note: 'the whole tenant', own: { '*': service }, found: /whole tenant/ },
  {
    note: 'an alias of two',
    own: { a: { ...service, aliases: ['x'] }, b: { ...service, aliases: ['x'] } },
    found: /`x` again/,
  },
  { note: 'an alias that is a name', own: { a: { ...service, aliases: ['b'] }, b: service }, found: /`b` again/ },
  { note: 'no environment', own: { a: { kind: 'service' } }, found: /neither/ },
  { note: 'another environment', own: { a: { kind: 'service', environment: 'staging' } }, found: /neither/ },
  { note: 'no kind', own: { a: { environment: 'sandbox' } }, found: /none/ },
  { note: 'aliases that are no list', own: { a: { ...service, aliases: 'b' } }, found: /something else/ },
  { note: 'no object', own: { a: 'production' }, found: /something else/ },
])('$note is refused, with its place', ({ own, at = '', found }) => {
  const made = resourceDirectory({ acme: own as never });
  expect(E.isLeft(made)).toBe(true);
  if (E.isRight(made)) return;
  expect(made.left[0].found).toMatch(found);
  if (at !== '') expect(made.left[0].path).toEqual(['tenants', 'acme', 'cafe\u0301']);
});

test('a misspelt member is told with the nearest one', () => {
  const made = resourceDirectory({ acme: { a: { kind: 'service', enviroment: 'sandbox' } } } as never);
  expect(E.isLeft(made) && made.left[0]).toMatchObject({ expected: '`environment`' });
});

test('a host that names resources by itself knows every name, in one environment', () => {
  const { find, names } = anyResource('production');
  expect(find(acme('anything'))).toMatchObject({ name: 'anything', environment: 'production' });
  expect(names('acme')).toEqual([]);
});

const text = (name: string): string =>
  JSON.stringify({ format: 'tai-autonomics/resources@1', tenants: { acme: { [name]: service } } });

test('a file is read again when it changes; a broken one changes nothing, and is told once', (context) => {
  const file = join(scratchFolder(context), 'resources.json');
  const faults: string[] = [];
  writeFileSync(file, text('one'));
  const opened = resourceFile(file, (detail) => faults.push(detail));
  if (E.isLeft(opened)) throw new Error(opened.left);
  const { find } = opened.right;
  expect(find(acme('one'))?.name).toBe('one');
  writeFileSync(file, `${text('another')}\n`);
  expect([find(acme('one')), find(acme('another'))?.name]).toEqual([undefined, 'another']);
  writeFileSync(file, text('third').slice(0, -9));
  expect([find(acme('another'))?.name, find(acme('third'))]).toEqual(['another', undefined]);
  expect(faults).toEqual([expect.stringMatching(/kept as it was: line 1, column/)]);
  writeFileSync(file, text('last'));
  expect(find(acme('last'))?.name).toBe('last');
  expect(faults[1]).toMatch(/can be read again/);
  // A group that may write it could call anything a sandbox.
  chmodSync(file, 0o660);
  expect(find(acme('last'))?.name).toBe('last');
  expect(faults[2]).toMatch(/chmod go-w/);
});

test.for([
  { note: 'there is none', text: undefined, why: /ENOENT|no such file/ },
  { note: 'it is truncated', text: '{"format":', why: /line 1/ },
  { note: 'it is of another format', text: '{"format":"x","tenants":{}}', why: /tai-autonomics\/resources@1/ },
  { note: 'a name stands twice', text: text('a').replace('"a":', '"a":1,"a":'), why: /line 1/ },
  {
    note: 'tenants are missing',
    text: '{"format":"tai-autonomics/resources@1"}',
    why: /\$\.tenants: expected an object/,
  },
])('a file is refused in one line where $note', ({ text: given, why }, context) => {
  const file = join(scratchFolder(context), 'resources.json');
  if (given !== undefined) writeFileSync(file, given);
  const opened = resourceFile(file);
  expect(E.isLeft(opened) && opened.left).toMatch(why);
  expect(E.isLeft(opened) && opened.left).not.toContain('\n');
});
