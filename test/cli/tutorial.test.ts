/** The tutorial does what it says: its files are written, its commands run, and they print what it prints. */
import { expect, test } from 'vitest';
import { blocksOf, follow } from './followed-page.ts';
import { scratch } from './scratch.ts';

const blocks = blocksOf('docs/tutorial-first-pack.md');

test('every command of the tutorial runs, in order, and prints what the tutorial prints', async () => {
  expect(await follow(blocks, scratch())).toBeGreaterThan(15);
});

test('the tutorial changes no TypeScript', () => {
  expect(blocks.filter(({ info }) => /^(ts|js|typescript|javascript)\b/.test(info))).toEqual([]);
  expect(blocks.filter(({ info }) => info !== 'console' && !/ (file|insert)=/.test(` ${info}`))).toEqual([]);
});
