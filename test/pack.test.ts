/**
 * The packages as users get them: packed, unpacked elsewhere beside nothing but what their manifests declare, and
 * imported by name with plain Node.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packAll, type Tarball } from '../tools/tarballs.ts';
import { buildPackages, packageFolders, repository } from './canary/repository.ts';

interface Manifest {
  readonly name: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const elsewhere = realpathSync(mkdtempSync(join(tmpdir(), 'tai-packed-')));
const modules = join(elsewhere, 'node_modules');
let tarballs: readonly Tarball[] = [];

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')) as Manifest;

const unpack = ({ name, path }: Tarball): void => {
  mkdirSync(join(modules, name), { recursive: true });
  execFileSync('tar', ['-xzf', path, '-C', join(modules, name), '--strip-components=1']);
};

/** Links one declared third-party dependency, from the package's own folder if a version of its own is installed there. */
const link = (folder: string, dependency: string): void => {
  if (existsSync(join(modules, dependency))) return;
  const nested = join(repository, folder, 'node_modules', dependency);
  mkdirSync(dirname(join(modules, dependency)), { recursive: true });
  symlinkSync(existsSync(nested) ? nested : join(repository, 'node_modules', dependency), join(modules, dependency));
};

/** Every name that a user can import, `./package.json` left out. */
const importable = (): readonly string[] =>
  tarballs.flatMap(({ name }) =>
    Object.keys(manifestOf(name).exports)
      .filter((subpath) => !subpath.endsWith('.json'))
      .map((subpath) => join(name, subpath)),
  );

beforeAll(() => {
  buildPackages(packageFolders());
  tarballs = packAll(repository, elsewhere);
  for (const tarball of tarballs) unpack(tarball);
  for (const { name, folder } of tarballs) {
    for (const dependency of Object.keys(manifestOf(name).dependencies ?? {})) link(folder, dependency);
  }
});
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

describe.for(packageFolders())('packages/%s', (folder) => {
  const filesOf = (): readonly string[] => tarballs.find((each) => each.folder === `packages/${folder}`)?.files ?? [];

  test('holds the build, the sources and the license', () => {
    expect(filesOf()).toEqual(expect.arrayContaining(['LICENSE', 'package.json']));
    expect(filesOf().filter((file) => /^dist\/.*\.js$/.test(file))).not.toEqual([]);
    expect(filesOf().filter((file) => /^dist\/.*\.d\.ts$/.test(file))).not.toEqual([]);
    expect(filesOf().filter((file) => /^src\/.*\.ts$/.test(file))).not.toEqual([]);
    expect(readFileSync(join(repository, 'packages', folder, 'LICENSE'), 'utf8')).toBe(
      readFileSync(join(repository, 'LICENSE'), 'utf8'),
    );
  });

  test('holds nothing else: no test, no build state', () => {
    const known = /^(LICENSE|README\.md|package\.json|bin\/[^/]+\.js|(dist|src)\/.+)$/;
    expect(filesOf().filter((file) => !known.test(file))).toEqual([]);
    expect(filesOf().filter((file) => /tsbuildinfo|\.test\.|\.bench\.|(^|\/)(test|fixtures)\//.test(file))).toEqual([]);
  });

  test('has a source for every compiled file, so nothing stale is published', () => {
    const compiled = filesOf().filter((file) => /^dist\/.*\.js$/.test(file));
    const sources = new Set(filesOf());
    expect(compiled.filter((file) => !sources.has(file.replace(/^dist\/(.*)\.js$/, 'src/$1.ts')))).toEqual([]);
  });
});

test('every entry point can be imported by name, with nothing installed but what is declared', () => {
  writeFileSync(
    join(elsewhere, 'import.mjs'),
    'for (const name of process.argv.slice(2)) {\n' +
      '  const count = Object.keys(await import(name)).length;\n' +
      '  console.log(name, count > 0);\n' +
      '}\n',
  );
  const names = importable();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['import.mjs', ...names], {
    cwd: elsewhere,
    encoding: 'utf8',
  });
  expect({ status, stderr, lines: stdout.trim().split('\n') }).toEqual({
    status: 0,
    stderr: '',
    lines: names.map((name) => `${name} true`),
  });
});

test('the packed command runs', () => {
  const commands = tarballs.flatMap(({ name }) =>
    Object.values(manifestOf(name).bin ?? {}).map((bin) => join(name, bin)),
  );
  expect(commands).not.toEqual([]);
  for (const command of commands) {
    const { status, stdout } = spawnSync(process.execPath, [join(modules, command), '--version'], { encoding: 'utf8' });
    expect({ command, status, version: stdout.trim() }).toEqual({ command, status: 0, version: '0.1.0' });
  }
});
