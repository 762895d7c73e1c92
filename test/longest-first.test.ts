/** Which test files begin first, so that none is left alone at the end. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LONGEST } from '../tools/longest-first.ts';
import { repository } from './canary/repository.ts';

test('every file that is said to take longest is there, and stands there once', () => {
  expect(LONGEST.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  expect(new Set(LONGEST).size).toBe(LONGEST.length);
});
