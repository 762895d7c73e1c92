/**
 * The packages as users get them: packed, unpacked elsewhere beside nothing but what their manifests declare, and
 * imported by name with plain Node.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Tarball } from '../tools/tarballs.ts';
import { packageFolders, repository } from './canary/repository.ts';
import { blocksOf, installedBy } from './cli/followed-page.ts';
import { manifestOf, type Packed, packed } from './packed.ts';
import { inTheLongRun } from './runs.ts';

let packs: Packed;
let tarballs: readonly Tarball[] = [];
let elsewhere = '';

/** Every name that a user can import, `./package.json` left out. */
const importable = (): readonly string[] =>
  tarballs.flatMap(({ name }) =>
    Object.keys(manifestOf(elsewhere, name).exports)
      .filter((subpath) => !subpath.endsWith('.json'))
      .map((subpath) => join(name, subpath)),
  );

beforeAll(() => {
  packs = packed();
  tarballs = packs.tarballs;
  elsewhere = packs.folder();
  packs.install(
    elsewhere,
    tarballs.map(({ name }) => name),
  );
  writeFileSync(
    join(elsewhere, 'import.mjs'),
    'for (const name of process.argv.slice(2)) console.log(name, Object.keys(await import(name)).length > 0);\n',
  );
});
afterAll(() => packs.remove());

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
    const known =
      /^(LICENSE|README\.md|package\.json|bin\/[^/]+\.js|examples\/.+\.json|schemas\/[^/]+\.json|vitest\.(js|d\.ts)|page\/.+\.(html|css|js)|page\/tsconfig\.json|(dist|src)\/.+)$/;
    expect(filesOf().filter((file) => !known.test(file))).toEqual([]);
    expect(filesOf().filter((file) => /tsbuildinfo|\.test\.|\.bench\.|(^|\/)(test|fixtures)\//.test(file))).toEqual([]);
  });

  test('has a source for every compiled file, so nothing stale is published', () => {
    const compiled = filesOf().filter((file) => /^dist\/.*\.js$/.test(file));
    const sources = new Set(filesOf());
    expect(compiled.filter((file) => !sources.has(file.replace(/^dist\/(.*)\.js$/, 'src/$1.ts')))).toEqual([]);
  });
});

/** The releases of Node that the packages run on: this one, and those of tools/nodes where they are installed. */
const runtimes = [
  { release: `Node ${process.versions.node}`, node: process.execPath },
  ...['22', '24'].map((release) => ({
    release: `Node ${release}`,
    node: join(repository, `tools/nodes/node_modules/node-${release}/bin/node`),
  })),
];

const commandOf = (): string => {
  const [command, ...others] = tarballs.flatMap(({ name }) =>
    Object.values(manifestOf(elsewhere, name).bin ?? {}).map((bin) => join(elsewhere, 'node_modules', name, bin)),
  );
  if (command === undefined || others.length > 0) throw new Error('there is one command, tai');
  return command;
};

describe.for(runtimes)('on $release, with nothing installed but what is declared', ({ node }) => {
  beforeEach((context) => {
    if (node !== process.execPath) inTheLongRun(context);
    context.skip(!existsSync(node), 'not installed; `npm run nodes` brings it');
  });
  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(node, args, { cwd: elsewhere, encoding: 'utf8' });
    return { status, stderr, stdout };
  };

  test('every entry point can be imported by name', () => {
    const names = importable();
    expect(run('import.mjs', ...names)).toEqual({
      status: 0,
      stderr: '',
      stdout: names.map((name) => `${name} true\n`).join(''),
    });
  });

  test('the command runs', () => {
    expect(run(commandOf(), '--version')).toEqual({ status: 0, stderr: '', stdout: '0.1.0\n' });
  });

  test('it decides as on any other', () => {
    for (const verdict of ['approve', 'refuse']) {
      const file = join(repository, `examples/decide/${verdict}`);
      expect(run(commandOf(), 'decide', `${file}.jsonc`).stdout).toBe(readFileSync(`${file}.out`, 'utf8'));
    }
  });

  test('the demo is told to its end', (context) => {
    inTheLongRun(context);
    const { status, stdout } = run(commandOf(), 'demo');
    expect({ status, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({
      status: 0,
      last: 'every step went as told',
    });
  });
});

test('the first program of README, pasted into an empty project, prints what README shows beside it', () => {
  const readme = blocksOf('README.md');
  const at = readme.findIndex(({ info, text }) => info === 'ts' && text.includes('decideJson'));
  const folder = packs.folder();
  packs.install(folder, installedBy(readme.slice(0, at)));
  writeFileSync(join(folder, 'first.mjs'), readme[at]?.text ?? '');
  const { stdout, stderr } = spawnSync(process.execPath, ['first.mjs'], { cwd: folder, encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: readme[at + 1]?.text, stderr: '' });
});
