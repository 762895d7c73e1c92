/**
 * What stays in the folder that a ledger left, once the other one went on with it: the seal of that, by which it is known that nothing
 * is on its way any more.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCheckpoint } from '@tai-autonomics/core/receipt';
import type { LedgerId } from '@tai-autonomics/governor';
import { replacePrivate } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { exists } from './kept.ts';

/** Keeps what the other place sealed. */
export const keepTakenOver = async (dir: string, ledger: LedgerId, note: string): Promise<E.Either<string, void>> => {
  try {
    await mkdir(join(dir, MOVED), { recursive: true, mode: 0o700 });
  } catch (thrown) {
    return E.left(`${join(dir, MOVED)}: cannot be made: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  return replacePrivate(pathOf(dir, ledger), note);
};

/**
 * With how many receipts a ledger of this origin, which ends here with `size`, was sealed elsewhere; `undefined` where nothing says that
 * it goes on. What an earlier move left is of no more receipts than came back.
 */
export const takenOver = async (
  dir: string,
  ledger: LedgerId,
  { origin, size }: { readonly origin: string; readonly size: number },
): Promise<E.Either<string, number | undefined>> => {
  const path = pathOf(dir, ledger);
  if (!(await exists(path))) return E.right(undefined);
  const text = await readFile(path, 'utf8').catch(() => '');
  const sealed = parseCheckpoint(text);
  if (E.isLeft(sealed) || sealed.right.origin !== origin) return E.left(`${path}: is no seal of this ledger`);
  return E.right(sealed.right.size > size ? sealed.right.size : undefined);
};

/** The folder, in that of a deployment. */
const MOVED = 'moved';

const pathOf = (dir: string, ledger: LedgerId): string => join(dir, MOVED, `${ledger}.note`);
