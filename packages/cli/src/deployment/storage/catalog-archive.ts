/**
 * Every catalog that ever decided something in a deployment, as it was written: `DIR/catalogs/<digest>.json`. Receipts
 * name them by digest, so an old ledger re-derives after the catalog moved on.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyAttachment } from '@tai-autonomics/core/receipt';
import type { LoadedCatalog } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

/** A catalog's canonical text under its digest. */
export type ArchivedCatalog = Pick<LoadedCatalog, 'digest' | 'text'>;

/** The catalogs that were kept and still have the digest of their names; one line for each that has not. */
export const keptCatalogs = async (
  dir: string,
): Promise<{ readonly catalogs: readonly ArchivedCatalog[]; readonly damaged: readonly string[] }> => {
  const catalogs: ArchivedCatalog[] = [];
  const damaged: string[] = [];
  const names = await readdir(catalogFolder(dir)).catch((): string[] => []);
  for (const name of names.filter((n) => n.endsWith('.json')).sort()) {
    const path = join(catalogFolder(dir), name);
    const digest = name.slice(0, -'.json'.length);
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    const held = verifyAttachment(nodeSha256, 'catalog', digest, bytes);
    if (E.isLeft(held)) damaged.push(`${path}: expected ${held.left.expected}, found ${held.left.found}`);
    else catalogs.push({ digest, text: bytes.toString('utf8') });
  }
  return { catalogs, damaged };
};

/** Where a deployment keeps them; the governor writes them. */
const catalogFolder = (dir: string): string => join(dir, 'catalogs');
