/** Where catalogs are kept: in memory, or in a folder with one file a catalog, `<digest>.json`, its canonical text. */
import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type CatalogStore, catalogDigest, type DraftStore, type Ms, type StoreFault } from '@tai-autonomics/governor';
import { isCode, replaceFile } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

const DIGEST = /^[A-Za-z0-9_-]{43}$/;

/** Catalogs that are gone with the process. */
export const memoryCatalogs = (): CatalogStore => {
  const texts = new Map<string, string>();
  return {
    read: (digest) => Promise.resolve(E.right(texts.get(digest))),
    write: (text) => {
      const digest = catalogDigest(text);
      if (E.isLeft(digest)) return Promise.resolve(corrupt(digest.left));
      texts.set(digest.right, text);
      return Promise.resolve(digest);
    },
    drafts: memoryDrafts(),
  };
};

/**
 * Catalogs in a folder, durable when `write` answers. A file whose text has another digest than its name is `corrupt`;
 * writing the catalog again repairs it. Several processes may share the folder.
 */
export const folderCatalogs = (folder: string): CatalogStore => {
  const read: CatalogStore['read'] = async (digest) => {
    if (!DIGEST.test(digest)) return E.right(undefined);
    const path = join(folder, `${digest}.json`);
    const text = await readOrNothing(path);
    if (E.isLeft(text) || text.right === undefined) return text;
    const found = catalogDigest(text.right);
    return E.isRight(found) && found.right === digest ? text : corrupt(`${path}: its text has another digest`);
  };
  return {
    read,
    write: async (text) => {
      const digest = catalogDigest(text);
      if (E.isLeft(digest)) return corrupt(digest.left);
      const path = join(folder, `${digest.right}.json`);
      const known = await readOrNothing(path);
      if (E.isRight(known) && known.right === text) return digest;
      return E.map(() => digest.right)(await place(folder, path, text));
    },
    drafts: folderDrafts(join(folder, 'drafts')),
  };
};

/** Drafts as files beside; when one was written is the time of its file. */
const folderDrafts = (folder: string): DraftStore => ({
  read: async (digest, since) => {
    if (!DIGEST.test(digest)) return E.right(undefined);
    const path = join(folder, `${digest}.json`);
    try {
      if ((await stat(path)).mtimeMs < since) return E.right(undefined);
    } catch (error) {
      return isCode(error, 'ENOENT') ? E.right(undefined) : unavailable(path, 'read', error);
    }
    const text = await readOrNothing(path);
    if (E.isLeft(text) || text.right === undefined) return text;
    const found = catalogDigest(text.right);
    return E.isRight(found) && found.right === digest ? text : corrupt(`${path}: its text has another digest`);
  },
  write: async (text, at) => {
    const digest = catalogDigest(text);
    if (E.isLeft(digest)) return corrupt(digest.left);
    const path = join(folder, `${digest.right}.json`);
    const placed = await place(folder, path, text);
    if (E.isLeft(placed)) return placed;
    try {
      await utimes(path, at / 1_000, at / 1_000);
      return digest;
    } catch (error) {
      return unavailable(path, 'written', error);
    }
  },
  remove: async (before) => {
    let removed = 0;
    try {
      for (const name of await readdir(folder)) {
        const path = join(folder, name);
        if ((await stat(path)).mtimeMs >= before) continue;
        await rm(path, { force: true });
        removed += 1;
      }
      return E.right(removed);
    } catch (error) {
      return isCode(error, 'ENOENT') ? E.right(removed) : unavailable(folder, 'cleared', error);
    }
  },
});

const corrupt = (detail: string): E.Either<StoreFault, never> =>
  E.left({ fault: 'corrupt', detail, outcome: 'not_written' });

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'no code');

const unavailable = (path: string, what: string, error: unknown): E.Either<StoreFault, never> =>
  E.left({ fault: 'unavailable', detail: `${path}: cannot be ${what} (${codeOf(error)})`, outcome: 'unknown' });

const readOrNothing = async (path: string): Promise<E.Either<StoreFault, string | undefined>> => {
  try {
    return E.right(await readFile(path, 'utf8'));
  } catch (error) {
    return isCode(error, 'ENOENT') ? E.right(undefined) : unavailable(path, 'read', error);
  }
};

const place = async (folder: string, path: string, text: string): Promise<E.Either<StoreFault, void>> => {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await replaceFile(path, text, 0o600);
    return E.right(undefined);
  } catch (error) {
    return unavailable(path, 'written', error);
  }
};

/** Drafts that are gone with the process. */
const memoryDrafts = (): DraftStore => {
  const drafts = new Map<string, { readonly text: string; readonly at: Ms }>();
  return {
    read: async (digest, since) => {
      const found = drafts.get(digest);
      return E.right(found !== undefined && found.at >= since ? found.text : undefined);
    },
    write: async (text, at) => {
      const digest = catalogDigest(text);
      if (E.isLeft(digest)) return corrupt(digest.left);
      drafts.set(digest.right, { text, at });
      return digest;
    },
    remove: async (before) => {
      const old = [...drafts].filter(([, { at }]) => at < before);
      for (const [digest] of old) drafts.delete(digest);
      return E.right(old.length);
    },
  };
};
