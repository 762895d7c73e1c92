/** The lock beside a file: one holder, and nobody gives back the lock of somebody else. */
import { readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { lockFile } from '@tai-autonomics/governor/testing';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { right } from '../governor/kit.ts';
import { scratchFolder } from './scratch.ts';

const HOUR_MS = 3_600_000;

test('a lock has one holder, and is free again when it is given back', async (context) => {
  const path = join(scratchFolder(context), 'file');
  const giveBack = right(await lockFile(path, HOUR_MS));
  expect(E.isLeft(await lockFile(path, HOUR_MS))).toBe(true);
  await giveBack();
  await right(await lockFile(path, HOUR_MS))();
});

test('whoever comes back after their lock was taken over gives nothing back', async (context) => {
  const path = join(scratchFolder(context), 'file');
  const late = right(await lockFile(path, HOUR_MS));
  const long = new Date(Date.now() - HOUR_MS);
  utimesSync(`${path}.lock`, long, long);
  const second = right(await lockFile(path, 1_000));
  const theirs = readFileSync(`${path}.lock`, 'utf8');
  await late();
  expect(readFileSync(`${path}.lock`, 'utf8')).toBe(theirs);
  expect(E.isLeft(await lockFile(path, HOUR_MS))).toBe(true);
  await second();
  await right(await lockFile(path, HOUR_MS))();
});
