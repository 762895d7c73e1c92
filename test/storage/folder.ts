import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** A new folder for ledger files; the test that asks for it removes it. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'tai-storage-'));

/** What a store answers, or a failed test that says why there is none. */
export const openedOr = <A>(opened: E.Either<StoreFault, A>): A => {
  if (E.isLeft(opened)) throw new Error(`${opened.left.fault}: ${opened.left.detail}`);
  return opened.right;
};
