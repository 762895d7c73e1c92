/**
 * `npm run bench` runs every bench, `npm run bench -- decide mcp` those. A bench is a file `<name>.bench.ts` that exports
 * `<name>Bench` and prints its own table. Run them on a quiet machine; the ratios within a table hold on a busy one too.
 *
 * Each bench is bundled and runs in a process of its own: none inherits what another taught the compiler, and nothing that
 * a TypeScript loader adds to functions (their names, anew at every call) is measured.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const FIRST = ['decide', 'receipt', 'storage', 'http', 'mcp'];
const here = fileURLToPath(new URL('.', import.meta.url));
const found = readdirSync(here).flatMap((file) => /^(\w+)\.bench\.ts$/.exec(file)?.[1] ?? []);
const names = [...FIRST.filter((name) => found.includes(name)), ...found.filter((name) => !FIRST.includes(name))];

/** Our own packages go into the bundle, all others stay what they are. */
const ownAlone: Plugin = {
  name: 'own-alone',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith('@tai-autonomics/') ? undefined : { path, external: true },
    ),
};

/** The programs of the governor's threads, which are started by their names beside the bundle. */
const THREADS = ['policy/analysis-worker', 'walk/walk-worker'];

const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  conditions: ['@tai-autonomics/source'],
  plugins: [ownAlone],
  logLevel: 'error',
} satisfies BuildOptions;

const buildThreads = () =>
  build({
    ...common,
    entryPoints: THREADS.map((thread) =>
      fileURLToPath(new URL(`../packages/governor/src/${thread}.ts`, import.meta.url)),
    ),
    entryNames: '[name]',
    outdir: fileURLToPath(new URL('../.build/bench', import.meta.url)),
  });

const run = async (name: string): Promise<boolean> => {
  const outfile = fileURLToPath(new URL(`../.build/bench/${name}.js`, import.meta.url));
  await build({
    stdin: { contents: `import { ${name}Bench } from './${name}.bench.ts'; await ${name}Bench();`, resolveDir: here },
    outfile,
    ...common,
  });
  console.log(`\n── ${name}`);
  return spawnSync(process.execPath, [outfile], { stdio: 'inherit' }).status === 0;
};

const picked = process.argv.slice(2);
const unknown = picked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(', ')}; there is ${names.join(', ')}`);
  process.exitCode = 2;
} else {
  await buildThreads();
  for (const name of picked.length === 0 ? names : picked) if (!(await run(name))) process.exitCode = 1;
}
