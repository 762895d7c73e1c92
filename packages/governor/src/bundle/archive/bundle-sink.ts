/** Where a bundle is written to: a new folder or a new tar file. It appears whole or not at all, and nothing is overwritten. */
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { link, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { either as E } from 'fp-ts';
import { messageOf } from '../../bounds/bounded-text.ts';
import { formatTarHeader, TAR_BLOCK, TAR_BYTES_MAX, tarPadding } from './tar-header.ts';

/** What can go wrong while writing, in one line. */
type Written = E.Either<string, void>;

/** Takes the files of a bundle, in an order that its writer decides. After a left side only `discard` may be called. */
export interface BundleSink {
  /** Writes one file of exactly `size` bytes. */
  file(path: string, size: number, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Written>;
  /** Makes it appear. */
  commit(): Promise<Written>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

const DONE: Written = E.right(undefined);
const MODE = 0o644;

/** A sink that makes the folder `target`. Left if something of this name is there. */
export const folderSink = async (target: string): Promise<E.Either<string, BundleSink>> => {
  if (await exists(target)) return E.left(`${target}: is there already; name a new folder`);
  const root = temporaryOf(target);
  const made = await attempt(target, async () => void (await mkdir(root, { recursive: true })));
  if (E.isLeft(made)) return made;
  const folders = new Set<string>();
  return E.right({
    file: (path, size, chunks) =>
      attempt(target, async () => {
        const folder = dirname(join(root, path));
        if (!folders.has(folder)) await mkdir(folder, { recursive: true });
        folders.add(folder);
        const descriptor = openSync(join(root, path), 'wx', MODE);
        try {
          await writeChunks(descriptor, path, size, chunks);
        } finally {
          closeSync(descriptor);
        }
      }),
    commit: () =>
      attempt(target, async () => {
        if (await exists(target)) throw new Error('is there already; name a new folder');
        await rename(root, target);
      }),
    discard: () => rm(root, { recursive: true, force: true }),
  });
};

/** A sink that makes the tar file `target`: ustar, with nothing in it that depends on who packs it or when. */
export const tarSink = async (target: string): Promise<E.Either<string, BundleSink>> => {
  if (await exists(target)) return E.left(`${target}: is there already; name a new file`);
  const temporary = temporaryOf(target);
  let descriptor: number;
  try {
    descriptor = openSync(temporary, 'wx', MODE);
  } catch (thrown) {
    return E.left(`${target}: ${messageOf(thrown)}`);
  }
  let open = true;
  const close = (): void => {
    if (open) closeSync(descriptor);
    open = false;
  };
  return E.right({
    file: (path, size, chunks) =>
      attempt(target, async () => {
        if (size > TAR_BYTES_MAX) throw new Error(`${path} is too long for a tar file; export to a folder`);
        writeAll(descriptor, formatTarHeader(path, size));
        await writeChunks(descriptor, path, size, chunks);
        writeAll(descriptor, new Uint8Array(tarPadding(size)));
      }),
    commit: () =>
      attempt(target, async () => {
        writeAll(descriptor, new Uint8Array(2 * TAR_BLOCK));
        fsyncSync(descriptor);
        close();
        // Unlike a rename, a link never takes the place of a file that appeared meanwhile.
        await link(temporary, target);
        await rm(temporary, { force: true });
      }),
    discard: async () => {
      close();
      await rm(temporary, { force: true });
    },
  });
};

const attempt = async (what: string, act: () => Promise<void>): Promise<Written> => {
  try {
    await act();
    return DONE;
  } catch (thrown) {
    return E.left(`${what}: ${messageOf(thrown)}`);
  }
};

const exists = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
};

const writeAll = (descriptor: number, bytes: Uint8Array): void => {
  for (let from = 0; from < bytes.length; ) from += writeSync(descriptor, bytes, from);
};

/** Writes the pieces of a file, and holds the writer to the size that it said. */
const writeChunks = async (
  descriptor: number,
  path: string,
  size: number,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> => {
  let written = 0;
  for await (const chunk of chunks) {
    writeAll(descriptor, chunk);
    written += chunk.length;
  }
  if (written !== size) throw new Error(`${path} has ${written} bytes, and ${size} were announced`);
};

const temporaryOf = (target: string): string => `${target}.${randomUUID()}.tmp`;
