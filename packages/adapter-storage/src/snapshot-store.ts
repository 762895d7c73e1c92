/** Where snapshots are kept: in memory, or in a folder with one file a ledger and part, `<ledger>.<part>`. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LedgerId, SnapshotStore, StoreFault } from '@tai-autonomics/governor';
import { isCode, replaceFile } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { isLedgerId } from './group.ts';

const PART = /^[a-z0-9-]{1,64}$/;

/** Snapshots that are gone with the process. */
export const memorySnapshots = (): SnapshotStore => {
  const kept = new Map<string, Uint8Array>();
  const named = async <A>(
    ledger: LedgerId,
    part: string,
    act: (name: string) => A,
  ): Promise<E.Either<StoreFault, A>> =>
    isName(ledger, part) ? E.right(act(`${ledger}.${part}`)) : unusable(`${ledger}.${part}`, 'named', 'EINVAL');
  return {
    read: (ledger, part) => named(ledger, part, (name) => kept.get(name)),
    write: (ledger, part, bytes) => named(ledger, part, (name) => void kept.set(name, Uint8Array.from(bytes))),
    remove: (ledger, part) => named(ledger, part, (name) => void kept.delete(name)),
  };
};

/**
 * Snapshots in a folder, which is made where it is absent: mode 0700, its files 0600. The folder can be emptied at any time, while
 * the deployment runs too. Several processes may share it.
 */
export const folderSnapshots = (folder: string): SnapshotStore => {
  const pathOf = (ledger: LedgerId, part: string): string | undefined =>
    isName(ledger, part) ? join(folder, `${ledger}.${part}`) : undefined;
  const within = async <A>(
    ledger: LedgerId,
    part: string,
    what: string,
    act: (path: string) => Promise<A>,
  ): Promise<E.Either<StoreFault, A>> => {
    const path = pathOf(ledger, part);
    try {
      return path === undefined ? unusable(`${ledger}.${part}`, 'named', 'EINVAL') : E.right(await act(path));
    } catch (error) {
      return unusable(path ?? folder, what, error instanceof Error && 'code' in error ? String(error.code) : 'no code');
    }
  };
  return {
    read: (ledger, part) =>
      within(ledger, part, 'read', (path) =>
        readFile(path).catch((error: unknown) => {
          if (isCode(error, 'ENOENT')) return undefined;
          throw error;
        }),
      ),
    write: (ledger, part, bytes) =>
      within(ledger, part, 'written', async (path) => {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await replaceFile(path, bytes, 0o600);
      }),
    remove: (ledger, part) => within(ledger, part, 'removed', (path) => rm(path, { force: true })),
  };
};

const isName = (ledger: LedgerId, part: string): boolean => isLedgerId(ledger) && PART.test(part);

const unusable = (path: string, what: string, code: string): E.Either<StoreFault, never> =>
  E.left({ fault: 'unavailable', detail: `${path}: cannot be ${what} (${code})`, outcome: 'unknown' });
