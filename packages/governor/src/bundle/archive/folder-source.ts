/** A bundle in a folder. Names are met one by one, so a folder of any size takes little memory. */
import { closeSync, constants, type Dirent, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BundleFile, formatBundlePath } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { isCode } from '../../node/durable-file.ts';
import { type BundleFault, bundleFault, cannotBeRead } from '../bundle-fault.ts';
import {
  BUNDLE_FILES_MAX,
  type BundleSource,
  bundleFileOf,
  bytesMaxOf,
  CHUNK_BYTES,
  isLeftover,
  oversized,
} from './bundle-source.ts';

/** The folders of a bundle. */
export const FOLDERS: ReadonlySet<string> = new Set([
  'receipts',
  'proofs',
  'disclosures',
  'consistency',
  'handovers',
  'catalog',
  'evidence',
]);

// Non-blocking, so that a pipe in a file's place can't make the reader wait for ever.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Exactly `size` bytes from a place on. */
export const readExactly = (
  descriptor: number,
  path: string | undefined,
  from: number,
  size: number,
): E.Either<BundleFault, Uint8Array> => {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const count = readSync(descriptor, bytes, filled, size - filled, from + filled);
    if (count === 0) return bundleFault('truncated', path, `it ends ${size - filled} bytes early`);
    filled += count;
  }
  return E.right(bytes);
};

/** The bundle in a folder. The folder itself may be reached over a link: the caller named it. */
export const folderSource = (root: string, passedOver: Set<string> = new Set()): BundleSource => ({
  packed: 'folder',
  passedOver,
  async *entries() {
    try {
      yield* walk(root, passedOver);
    } catch (thrown) {
      yield failed(undefined, thrown);
    }
  },
  read: (file) => {
    const path = formatBundlePath(file);
    return withFile(path, join(root, path), bytesMaxOf(file), (descriptor, size) =>
      readExactly(descriptor, path, 0, size),
    );
  },
  chunks: (file) => piecesOf(root, file),
  size: (file) => statSync(join(root, formatBundlePath(file)), { throwIfNoEntry: false })?.size ?? 0,
  close: () => {},
});

const failed = (path: string | undefined, thrown: unknown): E.Either<BundleFault, never> =>
  isCode(thrown, 'ELOOP') ? bundleFault('link', path, 'a symbolic link') : cannotBeRead(path, thrown);

const oddEntry = (entry: Dirent, path: string): E.Either<BundleFault, never> =>
  entry.isSymbolicLink()
    ? bundleFault('link', path, 'a symbolic link')
    : bundleFault('special_file', path, entry.isDirectory() ? 'a folder' : 'neither a file nor a folder');

const AROUND = 'a folder that no bundle has; if the bundle is in it, verify that one';

async function* walk(root: string, passedOver: Set<string>): AsyncGenerator<E.Either<BundleFault, BundleFile>> {
  let met = 0;
  for await (const top of await opendir(root)) {
    if (top.isDirectory() && FOLDERS.has(top.name)) {
      for await (const entry of await opendir(join(root, top.name))) {
        const path = `${top.name}/${entry.name}`;
        met += 1;
        if (entry.isFile() && isLeftover(path)) passedOver.add(entry.name);
        else yield entry.isFile() ? bundleFileOf(path) : oddEntry(entry, path);
      }
    } else {
      met += 1;
      if ((top.isFile() || top.isDirectory()) && isLeftover(top.name)) passedOver.add(top.name);
      else if (top.isDirectory()) yield bundleFault('special_file', top.name, AROUND);
      else yield top.isFile() ? bundleFileOf(top.name) : oddEntry(top, top.name);
    }
    if (met > BUNDLE_FILES_MAX) yield bundleFault('too_many_files', undefined, `more than ${BUNDLE_FILES_MAX}`);
  }
}

/** Opens a file, hands its descriptor and length on, and closes it. `undefined` where there is none. */
const withFile = <A>(
  path: string,
  file: string,
  max: number,
  use: (descriptor: number, size: number) => E.Either<BundleFault, A>,
): E.Either<BundleFault, A | undefined> => {
  let descriptor: number;
  try {
    descriptor = openSync(file, FLAGS);
  } catch (thrown) {
    return isCode(thrown, 'ENOENT') ? E.right(undefined) : failed(path, thrown);
  }
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) return bundleFault('special_file', path, 'not a file');
    return found.size > max ? oversized(path, found.size, max) : use(descriptor, found.size);
  } catch (thrown) {
    return failed(path, thrown);
  } finally {
    closeSync(descriptor);
  }
};

async function* piecesOf(root: string, file: BundleFile): AsyncGenerator<E.Either<BundleFault, Uint8Array>> {
  const path = formatBundlePath(file);
  let from = 0;
  let size = 1;
  while (from < size) {
    const piece = withFile(path, join(root, path), bytesMaxOf(file), (descriptor, now) => {
      if (from > 0 && now !== size) return bundleFault('truncated', path, 'it changed while it was being read');
      size = now;
      return readExactly(descriptor, path, from, Math.min(CHUNK_BYTES, now - from));
    });
    if (E.isLeft(piece)) {
      yield piece;
      return;
    }
    if (piece.right === undefined || piece.right.length === 0) return;
    from += piece.right.length;
    yield E.right(piece.right);
  }
}
