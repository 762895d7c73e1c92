/** The house as a reader finds it: what stands where, in every file of it. */
import { readFileSync } from 'node:fs';
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
