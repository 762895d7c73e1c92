/**
 * Every catalog that ever decided something in a deployment, as it was written: `DIR/catalogs/<digest>.json`. Receipts
 * name them by digest, so an old ledger re-derives after the catalog moved on.
 */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyAttachment } from '@tai-autonomics/core';
import { type LoadedCatalog, nodeSha256 } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** A catalog's canonical text under its digest. */
export type ArchivedCatalog = Pick<LoadedCatalog, 'digest' | 'text'>;

const folderOf = (dir: string): string => join(dir, 'catalogs');

/** Keeps a catalog. The same one again changes nothing. */
export const keepCatalog = async (dir: string, { digest, text }: ArchivedCatalog): Promise<E.Either<string, void>> => {
  const folder = folderOf(dir);
  const path = join(folder, `${digest}.json`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await readdir(folder)).includes(`${digest}.json`)) return E.right(undefined);
    // Two steps, so that a crash in between never leaves half a catalog under a whole one's name.
    await writeFile(`${path}.tmp`, text, { mode: 0o600 });
    await rename(`${path}.tmp`, path);
    return E.right(undefined);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return E.left(`${path}: can not be written (${code}); without it receipts could not be re-derived later`);
  }
};

/** The catalogs that were kept and still have the digest of their names; one line for each that has not. */
export const keptCatalogs = async (
  dir: string,
): Promise<{ readonly catalogs: readonly ArchivedCatalog[]; readonly damaged: readonly string[] }> => {
  const catalogs: ArchivedCatalog[] = [];
  const damaged: string[] = [];
  const names = await readdir(folderOf(dir)).catch((): string[] => []);
  for (const name of names.filter((n) => n.endsWith('.json')).sort()) {
    const path = join(folderOf(dir), name);
    const digest = name.slice(0, -'.json'.length);
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    const held = verifyAttachment(nodeSha256, 'catalog', digest, bytes);
    if (E.isLeft(held)) damaged.push(`${path}: expected ${held.left.expected}, found ${held.left.found}`);
    else catalogs.push({ digest, text: bytes.toString('utf8') });
  }
  return { catalogs, damaged };
};
