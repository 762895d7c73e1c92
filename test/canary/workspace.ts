/**
 * A small copy of this workspace in a temporary folder: the real manifests, configurations and tools over stub sources.
 * The canaries plant their faults there, so that they neither wait for the real sources nor touch them.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { packageFolders, repository } from './repository.ts';

export interface GateRun {
  readonly exitCode: number;
  /** stdout and stderr, in the order in which they came. */
  readonly output: string;
}

export interface Workspace {
  readonly root: string;
  readonly write: (path: string, text: string) => void;
  readonly run: (script: readonly string[]) => Promise<GateRun>;
  readonly remove: () => void;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

const copied = [
  '.dependency-cruiser.cjs',
  '.gitignore',
  '.npmrc',
  'api/base.json',
  'biome.json',
  'knip.json',
  'package.json',
  'tools',
  'tsconfig.base.json',
];

/** Stubs: core has a function in a file of its own, everything above imports it by name. */
const coreStubs: Readonly<Record<string, string>> = { './src/index.ts': "export { twice } from './twice.ts';\n" };
const aloneStub = '/** Imports nothing of core. */\nexport const alone = 1;\n';
const innerStub = `import { either as E } from 'fp-ts';

/** Succeeds with twice a count; a negative count is refused. */
export const twice = (count: number): E.Either<string, number> => (count < 0 ? E.left('negative') : E.right(count * 2));
`;
const stub = `import { twice } from '@tai-autonomics/core';

/** The same function, seen from here. */
export const four: ReturnType<typeof twice> = twice(2);
`;

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(repository, 'packages', name, 'package.json'), 'utf8')) as Manifest;

/** Where the manifest's entry points have their sources, relative to the package. */
const entrySources = (manifest: Manifest): readonly string[] =>
  Object.values(manifest.exports).flatMap((target) => {
    const source = typeof target === 'string' ? undefined : target['@tai-autonomics/source'];
    return source === undefined ? [] : [source];
  });

/** Links to every installed package but the workspace's own, which lead to the copies. */
const linkModules = (root: string): void => {
  const installed = join(repository, 'node_modules');
  for (const name of readdirSync(installed)) {
    if (name === '@tai-autonomics' || name.startsWith('.')) continue;
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    symlinkSync(join(installed, name), join(root, 'node_modules', name));
  }
  symlinkSync(join(installed, '.bin'), join(root, 'node_modules', '.bin'));
  mkdirSync(join(root, 'node_modules', '@tai-autonomics'));
  for (const name of packageFolders()) {
    symlinkSync(join(root, 'packages', name), join(root, 'node_modules', manifestOf(name).name));
  }
};

const writeStubs = (workspace: Pick<Workspace, 'root' | 'write'>): void => {
  for (const name of packageFolders()) {
    const folder = join('packages', name);
    for (const file of ['package.json', 'tsconfig.json']) {
      cpSync(join(repository, folder, file), join(workspace.root, folder, file));
    }
    for (const source of entrySources(manifestOf(name))) {
      workspace.write(join(folder, source), name === 'core' ? (coreStubs[source] ?? aloneStub) : stub);
    }
  }
  workspace.write('packages/core/src/twice.ts', innerStub);
  const references = packageFolders().map((name) => ({ path: `packages/${name}` }));
  workspace.write('tsconfig.json', `${JSON.stringify({ files: [], references }, null, 2)}\n`);
  for (const file of readdirSync(join(repository, 'api')).filter((name) => name.endsWith('.json'))) {
    cpSync(join(repository, 'api', file), join(workspace.root, 'api', file));
  }
};

/** Runs a program of the repository's Node with the workspace as its folder. */
const runIn =
  (root: string) =>
  (script: readonly string[]): Promise<GateRun> =>
    new Promise((resolve, reject) => {
      let output = '';
      const child = spawn(process.execPath, [...script], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ exitCode: code ?? 1, output }));
    });

/** Builds the copy. The caller removes it. */
export const plantWorkspace = (): Workspace => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'tai-canary-')));
  const workspace: Workspace = {
    root,
    write: (path, text) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    run: runIn(root),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  // What is installed beside the tools (releases of Node, a database server) is no part of a gate, and large.
  const isSource = (path: string): boolean => basename(path) !== 'node_modules';
  for (const path of copied) cpSync(join(repository, path), join(root, path), { recursive: true, filter: isSource });
  linkModules(root);
  writeStubs(workspace);
  return workspace;
};

/** What each gate runs, as the root manifest's scripts do. */
export const gates = {
  lint: [
    'node_modules/@biomejs/biome/bin/biome',
    'check',
    '--error-on-warnings',
    '--reporter=github',
    '--max-diagnostics=none',
    '.',
  ],
  types: ['node_modules/@typescript/native/bin/tsc', '-b', '--pretty', 'false'],
  layers: ['node_modules/tsx/dist/cli.mjs', 'tools/layers.ts'],
  api: ['node_modules/tsx/dist/cli.mjs', 'tools/api.ts'],
  unused: ['node_modules/knip/bin/knip.js', '--no-progress'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
