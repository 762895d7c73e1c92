/** Packs every package of packages/, as `npm publish` would. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Tarball {
  /** The package's name, scope included. */
  readonly name: string;
  /** Its folder, relative to the repository. */
  readonly folder: string;
  /** The absolute path of the .tgz. */
  readonly path: string;
  /** What it holds, relative to the package. */
  readonly files: readonly string[];
}

/** What `npm pack --json` says of one package; the part that is used. */
interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Packs into `destination`, an existing folder. The packages must be built; no script of theirs runs. */
export const packAll = (repository: string, destination: string): readonly Tarball[] => {
  const folders = readdirSync(join(repository, 'packages')).map((name) => `packages/${name}`);
  const workspaces = folders.flatMap((folder) => ['--workspace', folder]);
  const answer = execFileSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', destination, ...workspaces],
    { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  return (JSON.parse(answer) as readonly Packed[]).map(({ name, filename, files }) => ({
    name,
    folder: `packages/${name.replace(/^.*\//, '')}`,
    path: join(destination, filename),
    files: files.map((file) => file.path),
  }));
};
