/** A folder that a test may fill, and a look at what is in it. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty folder, and how to remove it. */
export const folder = (): { readonly dir: string; readonly remove: () => void } => {
  const dir = mkdtempSync(join(tmpdir(), 'tai-cli-'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
};

/** An empty folder, gone after the test. */
export const scratch = (): string => {
  const { dir, remove } = folder();
  onTestFinished(remove);
  return dir;
};

/** Every file with its size and when it was written: equal exactly if nothing was. */
export const contents = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(dir, name));
      return `${name} ${size} ${mtimeMs}`;
    });
