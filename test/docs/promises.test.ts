/** Where a page promised more than the code keeps, it says now what is kept: one row a promise, each with the test that tries it. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Promised {
  readonly promise: string;
  readonly page: string;
  /** What the page says now. */
  readonly says: string;
  readonly test: string;
}

const promises = JSON.parse(
  readFileSync('test/vectors/field/docs-promises/promises.json', 'utf8'),
) as readonly Promised[];

test.for(promises)('$promise', ({ page, says, test: by }) => {
  expect(readFileSync(page, 'utf8').replace(/\s+/g, ' ')).toContain(says);
  expect(existsSync(by), by).toBe(true);
});
