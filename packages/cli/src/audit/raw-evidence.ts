/** The raw inputs of observations, as a deployment keeps them for its bundles: `DIR/evidence/<digest>`. */
import { statSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replacePrivate } from '@tai-autonomics/governor/node';

/**
 * Keeps a raw input under its digest, durable before a receipt can refer to it; the same one again changes nothing. One
 * that can't be kept is missing from bundles, which say so: an observation isn't worth less for it.
 */
export const keepRaw = async (dir: string, digest: string, text: string): Promise<void> => {
  const path = join(folderOf(dir), digest);
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  const made = await mkdir(folderOf(dir), { recursive: true, mode: 0o700 }).then(
    () => true,
    () => false,
  );
  if (made) await replacePrivate(path, text);
};

/** A raw input that was kept. Its digest is for whoever reads it to check. */
export const keptRaw = async (dir: string, digest: string): Promise<Uint8Array | undefined> => {
  try {
    return await readFile(join(folderOf(dir), digest));
  } catch {
    return undefined;
  }
};

const folderOf = (dir: string): string => join(dir, 'evidence');
