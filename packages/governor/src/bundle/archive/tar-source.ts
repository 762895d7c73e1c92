/**
 * A bundle in a tar file: headers are read once, files later where they stand. Nothing is unpacked, so there is no place
 * outside the bundle that a hostile name could reach. Memory: one number a file.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type BundleFile, formatBundlePath, owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
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
import { FOLDERS, readExactly } from './folder-source.ts';
import { parseTarHeader, TAR_BLOCK, type TarHeader, tarPadding } from './tar-header.ts';

/** Zero blocks after the end: archivers fill up their last record. */
const FILLING_BYTES_MAX = 1_048_576;

/** Where each file's header stands. Numbered files by number, the others by path. */
interface Index {
  readonly numbered: Readonly<Record<'receipt' | 'proof' | 'disclosures', Map<number, number>>>;
  readonly named: Map<string, number>;
  count: number;
}

/** The bundle in a tar file. `entries` must have been read to its end before a file can be found. */
export const tarSource = (path: string): E.Either<BundleFault, BundleSource> => {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (thrown) {
    return cannotBeRead(undefined, thrown);
  }
  const index: Index = {
    numbered: { receipt: new Map(), proof: new Map(), disclosures: new Map() },
    named: new Map(),
    count: 0,
  };
  const passedOver = new Set<string>();
  return E.right({
    packed: 'tar',
    passedOver,
    async *entries() {
      index.count = 0;
      index.named.clear();
      for (const kind of Object.values(index.numbered)) kind.clear();
      try {
        yield* scan(descriptor, index, passedOver);
      } catch (thrown) {
        yield cannotBeRead(undefined, thrown);
      }
    },
    read: (file) =>
      E.map((part: { readonly bytes: Uint8Array } | undefined) => part?.bytes)(
        readPart(descriptor, index, file, 0, bytesMaxOf(file)),
      ),
    chunks: (file) => pieces(descriptor, index, file),
    size: (file) => {
      const part = readPart(descriptor, index, file, 0, 0);
      return E.isRight(part) ? (part.right?.size ?? 0) : 0;
    },
    close: () => closeSync(descriptor),
  });
};

const isNumbered = (file: BundleFile): file is Extract<BundleFile, { readonly seq: number }> => owns(file, 'seq');

const placeOf = (index: Index, file: BundleFile): number | undefined =>
  isNumbered(file) ? index.numbered[file.file].get(file.seq) : index.named.get(formatBundlePath(file));

const remember = (index: Index, file: BundleFile, at: number): void => {
  index.count += 1;
  if (isNumbered(file)) index.numbered[file.file].set(file.seq, at);
  else index.named.set(formatBundlePath(file), at);
};

const headerAt = (descriptor: number, at: number): E.Either<BundleFault, TarHeader> => {
  const block = readExactly(descriptor, undefined, at, TAR_BLOCK);
  return E.isLeft(block) ? block : parseTarHeader(block.right);
};

/** After the end there is nothing but a bounded number of zeros. */
const checkFilling = (descriptor: number, at: number, size: number): E.Either<BundleFault, void> => {
  if (size - at < 2 * TAR_BLOCK) return bundleFault('truncated', undefined, 'the archive has no end');
  if (size - at > FILLING_BYTES_MAX) return bundleFault('malformed_tar', undefined, 'bytes after its end');
  const rest = readExactly(descriptor, undefined, at, size - at);
  if (E.isLeft(rest)) return rest;
  return rest.right.every((byte) => byte === 0)
    ? E.right(undefined)
    : bundleFault('malformed_tar', undefined, 'bytes after its end');
};

/** Takes one file into the index. */
const takeFile = (
  index: Index,
  header: Extract<TarHeader, { readonly entry: 'file' }>,
  at: number,
  archiveSize: number,
): E.Either<BundleFault, BundleFile> => {
  const { name, size } = header;
  const file = bundleFileOf(name);
  if (E.isLeft(file)) return file;
  const max = bytesMaxOf(file.right);
  if (size > max) return oversized(name, size, max);
  if (at + TAR_BLOCK + size > archiveSize) return bundleFault('truncated', name, 'the archive ends inside it');
  if (placeOf(index, file.right) !== undefined) return bundleFault('doubled', name, 'it is there twice');
  if (index.count >= BUNDLE_FILES_MAX) return bundleFault('too_many_files', undefined, `more than ${BUNDLE_FILES_MAX}`);
  remember(index, file.right, at);
  return file;
};

/** How an archiver spells names that it was told from inside the folder: `tar -C B .`. */
const HERE = './';

/** A header with its name spelt as in a bundle. */
const spelt = (header: TarHeader, passedOver: Set<string>): TarHeader => {
  if (header.entry === 'end' || !header.name.startsWith(HERE)) return header;
  passedOver.add(HERE);
  return { ...header, name: header.name.slice(HERE.length) };
};

/** What to do about `tar -cf b.tar B`, which puts a folder before every name: its first name is in no folder of a bundle. */
const packedAround = (index: Index, found: E.Left<BundleFault>): E.Either<BundleFault, never> => {
  const { fault, path = '' } = found.left;
  return index.count === 0 && fault === 'unknown_file' && path.includes('/')
    ? bundleFault(
        fault,
        path,
        'a folder was packed around the bundle: pack what is in it, with tar -C FOLDER -cf b.tar .',
      )
    : found;
};

/** What else people pack with, by how it begins, and what unpacks it. */
const PACKED: readonly (readonly [start: readonly number[], by: string])[] = [
  [[0x1f, 0x8b], 'it is compressed: unpack it first, with gunzip'],
  [[0x50, 0x4b, 0x03, 0x04], 'it is a zip archive: unpack it, and verify the folder'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'it is compressed: unpack it first, with zstd -d'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'it is compressed: unpack it first, with xz -d'],
  [[0x42, 0x5a, 0x68], 'it is compressed: unpack it first, with bunzip2'],
  [[0x37, 0x7a, 0xbc, 0xaf], 'it is a 7z archive: unpack it, and verify the folder'],
  // A brace: one of the files of a bundle.
  [[0x7b], 'it is JSON, and no archive: verify the folder in which it lies'],
];

const packedBy = (descriptor: number): string | undefined => {
  const start = new Uint8Array(6);
  const count = readSync(descriptor, start, 0, start.length, 0);
  return PACKED.find(([bytes]) => count >= bytes.length && bytes.every((byte, i) => start[i] === byte))?.[1];
};

function* scan(
  descriptor: number,
  index: Index,
  passedOver: Set<string>,
): Generator<E.Either<BundleFault, BundleFile>> {
  const { size } = fstatSync(descriptor);
  const packed = packedBy(descriptor);
  if (packed !== undefined) {
    yield bundleFault('malformed_tar', undefined, packed);
    return;
  }
  let at = 0;
  while (at < size) {
    const read = headerAt(descriptor, at);
    if (E.isLeft(read)) {
      yield read;
      return;
    }
    const header = spelt(read.right, passedOver);
    if (header.entry === 'end') {
      const filling = checkFilling(descriptor, at, size);
      if (E.isLeft(filling)) yield filling;
      return;
    }
    if (header.entry === 'folder') {
      const isTop = header.name === '' && passedOver.has(HERE);
      const isPassed = isLeftover(header.name);
      if (isPassed) passedOver.add(header.name.replace(/\/$/, ''));
      if (!isTop && !isPassed && (!header.name.endsWith('/') || !FOLDERS.has(header.name.slice(0, -1)))) {
        const fault = bundleFileOf(header.name);
        yield E.isLeft(fault) ? packedAround(index, fault) : bundleFault('special_file', header.name, 'a folder');
        return;
      }
      at += TAR_BLOCK;
      continue;
    }
    const { name, size: length } = header;
    if (isLeftover(name)) {
      passedOver.add(name.slice(name.lastIndexOf('/') + 1));
      at += TAR_BLOCK + length + tarPadding(length);
      continue;
    }
    const taken = takeFile(index, header, at, size);
    yield E.isLeft(taken) ? packedAround(index, taken) : taken;
    if (E.isLeft(taken)) return;
    at += TAR_BLOCK + header.size + tarPadding(header.size);
  }
  yield bundleFault('truncated', undefined, 'the archive has no end');
}

/** What is read at once with a header: most files of a bundle are no longer. */
const AHEAD_BYTES = 8192;

/** The header and the beginning of a file, in one reading. */
const beginning = (
  descriptor: number,
  at: number,
): E.Either<BundleFault, { readonly size: number; readonly head: Uint8Array }> => {
  const block = new Uint8Array(TAR_BLOCK + AHEAD_BYTES);
  const count = readSync(descriptor, block, 0, block.length, at);
  const header = parseTarHeader(block.subarray(0, TAR_BLOCK));
  if (E.isLeft(header)) return header;
  if (count < TAR_BLOCK || header.right.entry !== 'file')
    return bundleFault('truncated', undefined, 'the archive changed while it was being read');
  const { size } = header.right;
  return E.right({ size, head: block.subarray(TAR_BLOCK, Math.max(TAR_BLOCK, Math.min(count, TAR_BLOCK + size))) });
};

/** Reads a part of a file that is in the index. */
const readPart = (
  descriptor: number,
  index: Index,
  file: BundleFile,
  from: number,
  most: number,
): E.Either<BundleFault, { readonly bytes: Uint8Array; readonly size: number } | undefined> => {
  const at = placeOf(index, file);
  if (at === undefined) return E.right(undefined);
  const path = formatBundlePath(file);
  try {
    const begun = beginning(descriptor, at);
    if (E.isLeft(begun)) return begun;
    const { size, head } = begun.right;
    const count = Math.max(0, Math.min(most, size - from));
    if (from + count <= head.length) return E.right({ bytes: head.slice(from, from + count), size });
    return E.map((bytes: Uint8Array) => ({ bytes, size }))(readExactly(descriptor, path, at + TAR_BLOCK + from, count));
  } catch (thrown) {
    return cannotBeRead(path, thrown);
  }
};

async function* pieces(
  descriptor: number,
  index: Index,
  file: BundleFile,
): AsyncGenerator<E.Either<BundleFault, Uint8Array>> {
  for (let from = 0; ; from += CHUNK_BYTES) {
    const part = readPart(descriptor, index, file, from, CHUNK_BYTES);
    if (E.isLeft(part)) yield part;
    if (E.isLeft(part) || part.right === undefined || part.right.bytes.length === 0) return;
    yield E.right(part.right.bytes);
  }
}
