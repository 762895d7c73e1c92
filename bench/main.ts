/**
 * `npm run bench` runs every bench, `npm run bench -- decide mcp` those. A bench is a file `<name>.bench.ts` that exports
 * `<name>Bench` and prints its own table. Run them on a quiet machine; the ratios within a table hold on a busy one too.
 *
 * Each bench is bundled and runs in a process of its own: none inherits what another taught the compiler, and nothing that
 * a TypeScript loader adds to functions (their names, anew at every call) is measured. The last line of the standard error
 * names each bench that failed, and why.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { isShort } from './measure.ts';

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

/** How long a bench of the short form may take before it counts as one that hangs. */
const SHORT_MS_MAX = 300_000;

/** Runs a bench. What it prints comes as it is said, or where two run at once in one piece; `undefined`, or why it failed. */
const run = async (name: string, speaks: 'at once' | 'at its end'): Promise<string | undefined> => {
  const outfile = fileURLToPath(new URL(`../.build/bench/${name}.js`, import.meta.url));
  await build({
    stdin: { contents: `import { ${name}Bench } from './${name}.bench.ts'; await ${name}Bench();`, resolveDir: here },
    outfile,
    ...common,
  });
  if (speaks === 'at once') console.log(`\n── ${name}`);
  const child = spawn(process.execPath, [outfile], {
    stdio: ['ignore', speaks === 'at once' ? 'inherit' : 'pipe', 'pipe'],
    ...(isShort ? { timeout: SHORT_MS_MAX, killSignal: 'SIGKILL' } : {}),
  });
  let [said, complained] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complained += text;
    if (speaks === 'at once') process.stderr.write(text);
  });
  const [status, signal] = await new Promise<readonly [number | null, string | null]>((resolve) => {
    child.on('error', ({ message }) => resolve([null, message])).on('close', (...ended) => resolve(ended));
  });
  if (speaks === 'at its end') {
    console.log(`\n── ${name}\n${said.trimEnd()}`);
    process.stderr.write(complained);
  }
  return status === 0 ? undefined : (whyIn(complained) ?? `ended with ${status ?? signal}`);
};

/** The line in which Node says what was thrown. */
const whyIn = (complained: string): string | undefined => /^(?:Uncaught )?\w*Error\b.*$/m.exec(complained)?.[0];

/** Runs them one after the other; in the short form, where figures say nothing, two at a time. What failed, and why. */
const runAll = async (all: readonly string[]): Promise<readonly string[]> => {
  const waiting = [...all];
  const failed: string[] = [];
  const lane = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const why = await run(name, isShort ? 'at its end' : 'at once').catch((thrown: unknown) => String(thrown));
      if (why !== undefined) failed.push(`${name}: ${why}`);
    }
  };
  await Promise.all(isShort ? [lane(), lane()] : [lane()]);
  return failed;
};

const picked = process.argv.slice(2);
const unknown = picked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(', ')}; there is ${names.join(', ')}`);
  process.exitCode = 2;
} else {
  await buildThreads();
  const failed = await runAll(picked.length === 0 ? names : picked);
  if (failed.length > 0) {
    console.error(`\nbench failed: ${failed.join(' · ')}`);
    process.exitCode = 1;
  }
}
