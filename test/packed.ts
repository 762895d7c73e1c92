/** The packages as users get them: packed, and installed into a folder elsewhere beside nothing but what they declare. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packAll, type Tarball } from '../tools/tarballs.ts';
import { buildPackages, packageFolders, repository } from './canary/repository.ts';

export interface Manifest {
  readonly name: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Packed packages, and folders to install them into. */
export interface Packed {
  readonly tarballs: readonly Tarball[];
  /** A new folder with nothing in it. */
  folder(): string;
  /** What `npm install NAMES…` brings to a folder: packages of ours from their tarballs, and what each declares. */
  install(folder: string, names: readonly string[]): void;
  remove(): void;
}

/** TypeScript under the name that users know it by; the compiler that this repository uses. */
const ALIASES: Readonly<Record<string, string>> = { typescript: '@typescript/native' };

/** The manifest of what is installed in a folder. */
export const manifestOf = (folder: string, name: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as Manifest;

/** Builds and packs every package. */
export const packed = (): Packed => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'tai-packed-')));
  buildPackages(packageFolders());
  const tarballs = packAll(repository, root);
  const install = (folder: string, names: readonly string[], from = repository): void => {
    for (const name of names) {
      if (existsSync(join(folder, 'node_modules', name))) continue;
      const tarball = tarballs.find((each) => each.name === name);
      if (tarball === undefined) linkPackage(folder, name, from);
      else unpack(folder, tarball);
      linkCommands(folder, name);
      if (tarball !== undefined)
        install(folder, Object.keys(manifestOf(folder, name).dependencies ?? {}), join(repository, tarball.folder));
    }
  };
  return {
    tarballs,
    folder: () => realpathSync(mkdtempSync(join(root, 'folder-'))),
    install: (folder, names) => install(folder, names),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
};

const unpack = (folder: string, { name, path }: Tarball): void => {
  const target = join(folder, 'node_modules', name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', path, '-C', target, '--strip-components=1']);
};

/** Links a package of somebody else: from the package that wants it, if a version of its own is installed there. */
const linkPackage = (folder: string, name: string, from: string): void => {
  const installed = ALIASES[name] ?? name;
  const nested = join(from, 'node_modules', installed);
  const target = join(folder, 'node_modules', name);
  mkdirSync(dirname(target), { recursive: true });
  symlinkSync(existsSync(nested) ? nested : join(repository, 'node_modules', installed), target);
};

/** Puts the commands of a package where `npx` finds them. */
const linkCommands = (folder: string, name: string): void => {
  const bins = join(folder, 'node_modules/.bin');
  mkdirSync(bins, { recursive: true });
  const { bin } = manifestOf(folder, name);
  for (const [command, file] of Object.entries(typeof bin === 'object' ? bin : {})) {
    const program = realpathSync(join(folder, 'node_modules', name, file));
    if (!existsSync(join(bins, command))) symlinkSync(program, join(bins, command));
    if (program.startsWith(folder)) chmodSync(program, 0o755);
  }
};
