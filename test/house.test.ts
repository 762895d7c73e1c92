/** The house as a reader finds it: what stands where, in every file of it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { privateBeforePublic } from './canary/order.ts';
import { repository, sourceFiles } from './canary/repository.ts';

describe('in a source file the public functions come first', () => {
  test('of every package', () => {
    const sources = sourceFiles();
    expect(sources.length).toBeGreaterThan(400);
    const misplaced = sources.flatMap((path) => {
      const names = privateBeforePublic(readFileSync(join(repository, path), 'utf8'));
      return names.length === 0 ? [] : [`${path}: ${names.join(', ')}`];
    });
    expect(misplaced).toEqual([]);
  });

  test('and a private one before them is found', () => {
    const source = 'const inner = () => 1;\nexport const outer = () => inner();\nconst other = () => 2;\n';
    expect(privateBeforePublic(source)).toEqual(['inner']);
  });
});

describe('CONTRIBUTING says which tests cover each file of the governor’s intent', () => {
  const page = readFileSync(join(repository, 'CONTRIBUTING.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (`[a-z/-]+\.test\.ts`.*) \|$/gm)].map(
    ([, file = '', tests = '']) => ({
      file: `${file}.ts`,
      tests: [...tests.matchAll(/`([a-z/-]+\.test\.ts)`/g)].map(([, test = '']) =>
        test.includes('/') ? test : `test/governor/${test}`,
      ),
    }),
  );

  test('of every file, once', () => {
    const files = readdirSync(join(repository, 'packages/governor/src/intent'));
    expect(rows.map(({ file }) => file).toSorted()).toEqual(files.toSorted());
  });

  test('and names tests that there are', () => {
    const missing = rows.flatMap(({ tests }) => tests).filter((test) => !existsSync(join(repository, test)));
    expect(missing).toEqual([]);
    expect(rows.every(({ tests }) => tests.length > 0)).toBe(true);
  });
});
