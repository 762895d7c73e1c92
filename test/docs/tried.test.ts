/** docs/tried.md and the vectors are of one another: each case has a row, each row a test that is there, and a version. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { detectors } from '@tai-autonomics/packs';
import { describe, expect, test } from 'vitest';

const FIELD = 'test/vectors/field';
const page = readFileSync('docs/tried.md', 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| kind '))
  .map((line) => {
    const [kind = '', source = '', found = '', since = '', held = '', ...more] = line
      .replace(/^\| | \|$/g, '')
      .split(' | ');
    return { kind, source, found, since, held, more };
  });

/** A case is a file of `core`, or a folder; `core` and `receipts` hold cases themselves. */
const cases = readdirSync(FIELD).flatMap((name) => {
  if (!statSync(join(FIELD, name)).isDirectory()) return [];
  if (name !== 'core' && name !== 'receipts') return [`field/${name}`];
  return readdirSync(join(FIELD, name)).map((one) => `field/${name}/${one}`);
});
const namedIn = (text: string): readonly string[] =>
  [...text.matchAll(/`(field\/[^`]+)`/g)].map(([, name]) => name ?? '');

const tests = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
const code = tests
  .filter((path) => path !== 'docs/tried.test.ts')
  .map((path) => readFileSync(join('test', path), 'utf8'));

test('each case has one row, and each case that a row names is there', () => {
  expect(cases.length).toBeGreaterThan(40);
  expect(namedIn(rows.map(({ held }) => held).join(' ')).toSorted()).toEqual(cases.toSorted());
});

test.for(cases)('%s is read by a test', (name) => {
  const [, folder = '', one] = name.split('/');
  // Tests that play every case of a folder read the folder; the others name the case.
  const isPlayed = one !== undefined || existsSync(join(FIELD, folder, 'right.json'));
  const called = isPlayed ? /vectors\/field(?:\/(?:core|receipts))?\/?['`"]/ : new RegExp(`${folder}\\b`);
  expect(code.some((text) => called.test(text))).toBe(true);
});

const { version } = JSON.parse(readFileSync('packages/core/package.json', 'utf8')) as { readonly version: string };
const numbers = (text: string): readonly number[] => text.split('.').map(Number);
const isReleased = (since: string): boolean => {
  const [a, b] = [numbers(since), numbers(version)];
  const at = a.findIndex((n, i) => n !== b[i]);
  return at === -1 || (a[at] ?? 0) < (b[at] ?? 0);
};

describe.for(rows)('$kind', ({ kind, source, found, since, held, more }) => {
  test('says all that a row says, and which test holds it', () => {
    expect(more).toEqual([]);
    for (const cell of [kind, source, found, since, held]) expect(cell.trim()).not.toBe('');
    const [release = '', ...versions] = since.split(', ');
    expect(release).toMatch(/^\d+\.\d+\.\d+$/);
    expect(isReleased(release), release).toBe(true);
    const known = detectors.map((one) => `\`${one.id}@${one.version}\``);
    for (const one of versions) expect(known).toContain(one);
    for (const [, path = ''] of held.matchAll(/`((?:test|tools)\/[^`]+)`/g)) expect(existsSync(path), path).toBe(true);
    for (const [, title = ''] of held.matchAll(/"([^"]+)"/g))
      expect(
        code.some((text) => text.includes(title.replaceAll('’', '’'))),
        title,
      ).toBe(true);
    expect(held).toMatch(/`(?:field|test|tools)\//);
  });
});
