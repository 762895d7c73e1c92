import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LedgerStore, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** A new folder for ledger files; the test that asks for it removes it. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'tai-storage-'));

/** The store, or a failed test that says why there is none. */
export const openedOr = (opened: E.Either<StoreFault, LedgerStore>): LedgerStore => {
  if (E.isLeft(opened)) throw new Error(`${opened.left.fault}: ${opened.left.detail}`);
  return opened.right;
};
