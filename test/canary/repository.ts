/** This repository as its own tests see it. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The absolute path of the repository, without a slash at its end. */
export const repository: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** The folders of packages/, by name. */
export const packageFolders = (): readonly string[] => readdirSync(join(repository, 'packages'));

/** The sources of all packages, as paths from the repository. */
export const sourceFiles = (): readonly string[] =>
  packageFolders().flatMap((name) => {
    const folder = join('packages', name, 'src');
    return readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => join(folder, path));
  });

/** Brings the `dist` of these packages up to date; within `npm run check` the build has just run and finds nothing to do. */
export const buildPackages = (names: readonly string[]): void => {
  const compiler = join(repository, 'node_modules/@typescript/native/bin/tsc');
  const projects = names.map((name) => join('packages', name));
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-b', ...projects], {
    cwd: repository,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the packages don't compile:\n${stdout}`);
};
