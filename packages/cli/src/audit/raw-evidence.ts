/** The raw inputs of observations, as a deployment keeps them for its bundles: `DIR/evidence/<digest>`. */
import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Keeps a raw input under its digest; the same one again changes nothing. One that can't be kept is missing from bundles, which say so. */
export const keepRaw = (dir: string, digest: string, text: string): void => {
  const path = join(folderOf(dir), digest);
  try {
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
    mkdirSync(folderOf(dir), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  } catch {
    // An observation is not worth less because its raw input could not be filed.
  }
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
