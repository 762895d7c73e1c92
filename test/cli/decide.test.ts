/** `tai decide`: a file in, a decision out, and one clear line for what can't be read. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import { compileCatalog, type Decision, decide, parseObservation } from '@tai-autonomics/core';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { library } from '@tai-autonomics/packs';
import { either as E, function as F } from 'fp-ts';
import { expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { HOSTILE } from './hostile.ts';
import { contents, scratch } from './scratch.ts';
import { captureIo, type Terminal } from './terminal.ts';

const run = async (cwd: string, ...argv: readonly string[]): Promise<Terminal & { readonly code: number }> => {
  const terminal = captureIo(cwd);
  return { ...terminal, code: await main(['decide', ...argv], terminal.io) };
};

const example = (name: string): string => `examples/decide/${name}.jsonc`;

test.for([
  ['approve', EXIT.ok, /^approve: rollback\(target_version = v1\.0\.0\)\n$/],
  ['refuse', EXIT.refused, /^refuse: insurance_stale, insufficient_privilege, deployment_not_stable, /],
] as const)('%s.jsonc: exit %i', async ([name, code, said]) => {
  const { code: exit, out, err } = await run(repository, example(name));
  expect(exit).toBe(code);
  expect(out()).toMatch(said);
  expect(err()).toBe('');
});

test('a file that is no observation: exit 2, with line, column, path and the nearest word that is known', async () => {
  const { code, out, err } = await run(repository, example('unreadable'));
  expect(code).toBe(EXIT.unreadable);
  expect(out()).toBe('');
  expect(err()).toMatch(
    /^tai: examples\/decide\/unreadable\.jsonc:6:\d+: at \$\.intent\.subject\.scope\[1\]: expected /,
  );
  expect(err()).toContain('did you mean `write_rollback`?');
  expect(err().match(/\n/g)).toHaveLength(1);
});

test.for(['approve', 'refuse'])('--json of %s.jsonc is the decision itself', async (name) => {
  const { out } = await run(repository, example(name), '--json');
  const printed = JSON.parse(out()) as Decision;
  const text = readFileSync(join(repository, example(name)));
  const decision = F.pipe(
    E.Do,
    E.bind('catalog', () => compileCatalog(library)),
    E.bindW('read', () => parseStrictJson(text, { comments: true, maxBytes: 100_000, maxDepth: 64 })),
    E.bindW('observation', ({ catalog, read }) => parseObservation(catalog, read.value)),
    E.map(({ catalog, observation }) => decide(catalog, observation)),
  );
  expect(E.right(printed)).toEqual(decision);
});

test('the shipped catalog, given as a file, decides alike', async () => {
  const dir = scratch();
  writeFileSync(join(dir, 'catalog.jsonc'), `// as it ships\n${JSON.stringify(library)}`);
  const file = join(repository, example('refuse'));
  const given = await run(dir, file, '--catalog', 'catalog.jsonc', '--json');
  expect(given.code).toBe(EXIT.refused);
  expect(given.out()).toBe((await run(dir, file, '--json')).out());
});

test.for([
  {
    note: 'a misspelt fact',
    right: '"fact": "deployment_stable"',
    wrong: '"fact": "deployment_stabel"',
    hint: '`deployment_stable`',
  },
  { note: 'an impossible age', right: '"maxAgeMs": 60000', wrong: '"maxAgeMs": -1', hint: 'found -1' },
  {
    note: 'a remedy for nobody',
    right: '"action": "approve_action"',
    wrong: '"action": "approve"',
    hint: 'found `approve`',
  },
])('a catalog with $note: exit 2, with its line, its path and what was expected', async ({ right, wrong, hint }) => {
  const dir = scratch();
  const text = JSON.stringify(library, null, 2);
  const at = text.indexOf(right);
  writeFileSync(join(dir, 'catalog.json'), text.slice(0, at) + wrong + text.slice(at + right.length));
  const before = contents(dir);
  const { code, out, err } = await run(dir, join(repository, example('approve')), '--catalog', 'catalog.json');
  const line = text.slice(0, at).split('\n').length;
  expect(code).toBe(EXIT.unreadable);
  expect(out()).toBe('');
  expect(err()).toMatch(new RegExp(`^tai: catalog\\.json:${line}:\\d+: at \\$\\.packs\\[\\d\\]\\..*: expected `));
  expect(err()).toContain(hint);
  expect(contents(dir)).toEqual(before);
});

test.for(HOSTILE)('$note, as an observation and as a catalog: one clear line, exit 2, nothing written', async (row) => {
  const dir = scratch();
  writeFileSync(join(dir, 'hostile.json'), row.bytes());
  const before = contents(dir);
  const file = join(repository, example('approve'));
  for (const argv of [['hostile.json'], [file, '--catalog', 'hostile.json']]) {
    const { code, out, err } = await run(dir, ...argv);
    expect({ code, out: out(), err: err() }).toEqual({ code: 2, out: '', err: `tai: hostile.json${row.said}\n` });
  }
  expect(contents(dir)).toEqual(before);
});

test.for([
  { note: 'a list in place of an observation', json: [], at: '1:1: at $: expected an object (an observation)' },
  { note: 'null', json: null, at: '1:1: at $: expected an object (an observation)' },
  {
    note: 'an instant that is none',
    json: { at: '2026-02-30T00:00:00Z' },
    at: 'at $.at: expected an RFC 3339 instant',
  },
  { note: 'a member of ours, misspelt', json: { evidences: [] }, at: 'at $.evidences: expected ' },
])('$note: exit 2, with the path', async ({ json, at }) => {
  const dir = scratch();
  writeFileSync(join(dir, 'wrong.json'), JSON.stringify(json));
  const { code, err } = await run(dir, 'wrong.json');
  expect(code).toBe(EXIT.unreadable);
  expect(err()).toContain(at);
});

test.for([
  ['nowhere.json', 'nowhere.json: no such file'],
  ['.', '.: expected a file, found a folder'],
] as const)('%s: says so, exit 2', async ([file, said]) => {
  const { code, err } = await run(scratch(), file);
  expect(code).toBe(EXIT.unreadable);
  expect(err()).toBe(`tai: ${said}\n`);
});
