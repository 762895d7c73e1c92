/**
 * How many small faults of core the tests see. `test/mutants/*.json` lists the faults: a file of `packages/core/src`, a
 * text that stands in it once, what is put in its place, and the tests that should notice. Each fault is made in memory
 * while its tests read the sources; no file is written. A fault that no test of its own notices survives.
 *
 * npm run mutants                             all of them
 * npm run mutants -- opening                  those whose file, note or list has that word
 * npm run mutants -- --sample 60 --seed 12    sixty of them: the same ones for the same seed and the same lists
 * npm run mutants -- --sound                  makes no fault: whether the tests that the lists name pass by themselves
 *
 * Noticed is a fault if a test fails that does not fail without it. A test file that can't be read with the fault, or
 * fails without a failing test, notices nothing: the next one is asked, and a fault that only such files met is listed as
 * not judged. A fault that makes its tests run without end is noticed too, and said so: after two minutes of CPU time they
 * are given up.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type BuildContext, context, type Plugin, transformSync } from 'esbuild';
import fc from 'fast-check';
import { repository } from '../test/canary/repository.ts';
import { buildPrograms } from '../test/programs/build.ts';
import type { Said } from './mutant-tests.ts';

interface Mutant {
  /** The file that lists it. */
  readonly list: string;
  /** What goes wrong, in words. */
  readonly note: string;
  /** Below `packages/core/src`. */
  readonly file: string;
  readonly text: string;
  readonly becomes: string;
  /** Why no test can notice it: what it does is the same. It is not made, and doesn't count. */
  readonly equivalent?: string;
  /** Tried in this order, until one fails. */
  readonly tests: readonly string[];
}

const LISTS = 'test/mutants';
const SOURCES = 'packages/core/src';
/** CPU time that a test file may take with a fault. */
const MOST_CPU_MS = 120_000;
/** Of a hundred faults, so many must be noticed. */
const ENOUGH = 95;

const NO_END = 'it does not end';

/** What is asked for on the command line. */
interface Asked {
  /** In the file, the note or the list of a fault. */
  readonly word: string;
  readonly sample?: number;
  readonly seed: number;
  readonly isSound: boolean;
}

const main = async ({ word, sample, seed, isSound }: Asked): Promise<number> => {
  await buildPrograms();
  const named = listed().filter(({ list, file, note }) => `${list} ${file} ${note}`.includes(word));
  const all = named.filter(({ equivalent }) => equivalent === undefined);
  if (isSound) return await soundness(new Set(all.flatMap(({ tests }) => tests)));
  const mutants = sample === undefined ? all : sampleOf(all, sample, seed);
  for (const { file, note, equivalent } of named)
    if (equivalent !== undefined) console.log(`the same  ${file}: ${note}: ${equivalent}`);
  const wrong = named.flatMap(complaintsOf);
  if (mutants.length === 0) wrong.push(`no fault is about "${word}"`);
  for (const line of wrong) console.error(line);
  if (wrong.length > 0) return 1;

  const faults = createFaults();
  try {
    const said: (readonly [Mutant, Said])[] = [];
    for (const [i, mutant] of mutants.entries()) {
      const answer = await saidOf(faults, mutant);
      said.push([mutant, answer]);
      console.log(`${i + 1}/${mutants.length}  ${wordOf(answer)}  ${mutant.file}: ${mutant.note}${detailOf(answer)}`);
    }
    return report(said);
  } finally {
    await faults.stop();
  }
};

/** So many of them by chance: the same ones for the same seed, in the order of the lists. */
const sampleOf = (all: readonly Mutant[], sample: number, seed: number): readonly Mutant[] => {
  const [chosen] = fc.sample(fc.shuffledSubarray([...all.keys()], { minLength: Math.min(sample, all.length) }), {
    seed,
    numRuns: 1,
  });
  const taken = new Set(chosen?.slice(0, sample));
  return all.filter((_, i) => taken.has(i));
};

/** Says of each test file whether it passes without any fault. What does not could notice nothing. */
const soundness = async (tests: ReadonlySet<string>): Promise<number> => {
  const faults = createFaults();
  let wrong = 0;
  try {
    for (const test of tests) {
      const said = await faults.ask(test);
      if (said.kind !== 'passes') wrong += 1;
      console.log(`${said.kind === 'passes' ? 'passes' : 'WRONG '}  ${test}${detailOf(said)}`);
    }
  } finally {
    await faults.stop();
  }
  console.log(`${wrong} of ${tests.size} test files do not pass without a fault`);
  return wrong > 0 ? 1 : 0;
};

const wordOf = ({ kind }: Said): string =>
  kind === 'fails' ? 'noticed' : kind === 'passes' ? 'SURVIVES' : 'NOT JUDGED';

const detailOf = (said: Said): string =>
  said.kind === 'fails' ? ` (${said.by})` : said.kind === 'does not run' ? ` (${said.why})` : '';

/** What the tests of a fault say of it, one file after the other until one fails that does not fail without it. */
const saidOf = async (faults: Faults, mutant: Mutant): Promise<Said> => {
  let said: Said = { kind: 'passes' };
  for (const test of mutant.tests) {
    const answer = await faults.ask(test, mutant);
    const isSound = answer.kind !== 'fails' || (await faults.ask(test)).kind === 'passes';
    if (answer.kind === 'fails' && isSound) return answer;
    if (!isSound) said = { kind: 'does not run', why: `${test}: it fails or does not end without any fault, too` };
    if (answer.kind === 'does not run') said = answer;
  }
  return said;
};

/** The end of the run: what was not noticed, the total and the share. */
const report = (said: readonly (readonly [Mutant, Said])[]): number => {
  for (const [{ file, note, tests }, answer] of said) {
    if (answer.kind === 'passes') console.log(`survives: ${file}: ${note}; not noticed by ${tests.join(', ')}`);
    if (answer.kind === 'does not run') console.log(`not judged: ${file}: ${note}${detailOf(answer)}`);
  }
  const noticed = said.filter(([, { kind }]) => kind === 'fails').length;
  const endless = said.filter(([, answer]) => answer.kind === 'fails' && answer.by === NO_END).length;
  const share = (100 * noticed) / said.length;
  console.log(
    `${noticed} of ${said.length} faults are noticed (${endless} by tests that do not end): ${share.toFixed(1)} %, and ${ENOUGH} % is enough`,
  );
  return share < ENOUGH ? 1 : 0;
};

/** Test files as programs, with a fault made in what they read or none. */
interface Faults {
  /** What a test file says, with a fault or without. Without one it is asked once only. */
  readonly ask: (test: string, mutant?: Mutant) => Promise<Said>;
  readonly stop: () => Promise<void>;
}

const createFaults = (): Faults => {
  mkdirSync('.build', { recursive: true });
  const folder = mkdtempSync(join('.build', 'mutants-'));
  const changed = new Map<string, string>();
  const programs = new Map<string, BuildContext>();
  const sound = new Map<string, Said>();
  const asked = async (test: string, mutant: Mutant | undefined): Promise<Said> => {
    const [program, to] = [resolve(folder, 'program.mjs'), join(folder, 'said.json')];
    const built = programs.get(test) ?? (await programOf(test, program, changed));
    programs.set(test, built);
    changed.clear();
    if (mutant !== undefined) changed.set(resolve(SOURCES, mutant.file), faulty(mutant));
    await built.rebuild();
    rmSync(to, { force: true });
    const child = spawn(process.execPath, [program, to, String(MOST_CPU_MS), NO_END], { stdio: 'ignore' });
    await once(child, 'exit');
    return existsSync(to)
      ? (JSON.parse(readFileSync(to, 'utf8')) as Said)
      : { kind: 'does not run', why: `${test}: its process ended by itself` };
  };
  return {
    ask: async (test, mutant) => {
      const known = mutant === undefined ? sound.get(test) : undefined;
      const said = known ?? (await asked(test, mutant));
      if (mutant === undefined) sound.set(test, said);
      return said.kind === 'fails' && said.by !== NO_END ? { ...said, by: `${test}: ${said.by.slice(0, 200)}` } : said;
    },
    stop: async () => {
      for (const program of programs.values()) await program.dispose();
      rmSync(folder, { recursive: true });
    },
  };
};

/** A test file with all that it reads of this repository as one program. `changed`: sources that are read otherwise. */
const programOf = (test: string, to: string, changed: ReadonlyMap<string, string>): Promise<BuildContext> => {
  const runner = resolve('tools/mutant-tests.ts');
  const plugin: Plugin = {
    name: 'faults',
    setup: (build) => {
      build.onResolve({ filter: /^[@a-z]/ }, ({ path }) =>
        path === 'vitest'
          ? { path: runner }
          : path.startsWith('@tai-autonomics/')
            ? undefined
            : { external: true, path },
      );
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const source = changed.get(path) ?? readFileSync(path, 'utf8');
        if (!source.includes('import.meta.')) return { contents: source, loader: 'ts' };
        // What the governor starts by its own URL is what is built; see vitest.config.ts.
        const place = path.replace('/governor/src/', '/governor/dist/').replace(/(\/dist\/.*)\.ts$/, '$1.js');
        const contents = source
          .replaceAll(
            'import.meta.resolve(',
            `((to: string) => new URL(to, ${JSON.stringify(pathToFileURL(place).href)}).href)(`,
          )
          .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(place).href))
          .replaceAll('import.meta.dirname', JSON.stringify(dirname(place)));
        return { contents, loader: 'ts' };
      });
    },
  };
  const load = `import { runTestFile } from ${JSON.stringify(runner)};\nawait runTestFile(${JSON.stringify(resolve(test))}, () => import(${JSON.stringify(resolve(test))}));`;
  return context({
    stdin: { contents: load, resolveDir: repository, loader: 'ts' },
    outfile: to,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@tai-autonomics/source'],
    plugins: [plugin],
    logLevel: 'silent',
  });
};

const listed = (): readonly Mutant[] =>
  readdirSync(LISTS)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((list) =>
      (JSON.parse(readFileSync(join(LISTS, list), 'utf8')) as readonly Omit<Mutant, 'list'>[]).map((mutant) => ({
        ...mutant,
        list,
      })),
    );

const sourceOf = ({ file }: Mutant): string => readFileSync(join(SOURCES, file), 'utf8');

const faulty = (mutant: Mutant): string => sourceOf(mutant).replace(mutant.text, () => mutant.becomes);

/** What keeps a fault from being made: its text isn't there once, or what comes of it is no program. */
const complaintsOf = (mutant: Mutant): readonly string[] => {
  const times = sourceOf(mutant).split(mutant.text).length - 1;
  const name = `${mutant.file}: ${mutant.note}`;
  if (times !== 1) return [`${name}: its text stands there ${times} times: ${mutant.text}`];
  try {
    transformSync(faulty(mutant), { loader: 'ts' });
    return mutant.text === mutant.becomes ? [`${name}: nothing changes`] : [];
  } catch {
    return [`${name}: what comes of it is no program`];
  }
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: 'string' }, seed: { type: 'string' }, sound: { type: 'boolean' } },
});
process.exitCode = await main({
  word: positionals[0] ?? '',
  ...(values.sample === undefined ? {} : { sample: Number(values.sample) }),
  seed: Number(values.seed ?? 0),
  isSound: values.sound === true,
});
