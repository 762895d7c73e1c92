/**
 * How many small faults of core the tests see. `test/mutants/*.json` lists the faults: a file of `packages/core/src`, a
 * text that stands in it once, what is put in its place, and the tests that should notice. Each fault is made in memory
 * while its tests read the sources; no file is written. A fault that no test of its own notices survives.
 *
 * npm run mutants                 all of them
 * npm run mutants -- opening      those whose file, note or list has that word
 *
 * A fault that makes its tests run without end is noticed too: after five minutes they are given up.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { transformSync } from 'esbuild';
import { createVitest, type Vitest } from 'vitest/node';

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
/** How long the tests of one fault may take. */
const TIMEOUT_MS = 300_000;
/** Of a hundred faults, so many must be noticed. */
const ENOUGH = 95;

const NO_END = 'it does not end';

const main = async (word: string): Promise<number> => {
  const named = listed().filter(({ list, file, note }) => `${list} ${file} ${note}`.includes(word));
  const mutants = named.filter(({ equivalent }) => equivalent === undefined);
  for (const { file, note, equivalent } of named)
    if (equivalent !== undefined) console.log(`the same  ${file}: ${note}: ${equivalent}`);
  const wrong = named.flatMap(complaintsOf);
  if (mutants.length === 0) wrong.push(`no fault is about "${word}"`);
  for (const line of wrong) console.error(line);
  if (wrong.length > 0) return 1;

  let changed: { readonly path: string; readonly source: string } | undefined;
  const start = (): Promise<Vitest> =>
    createVitest(
      'test',
      { watch: false, bail: 1, reporters: [{}], includeTaskLocation: false },
      {
        plugins: [
          { name: 'fault', enforce: 'pre', transform: (_, id) => (id === changed?.path ? changed.source : null) },
        ],
      },
    );
  let vitest = await start();
  try {
    const sound = [...new Set(mutants.flatMap(({ tests }) => tests))];
    console.log(`without a fault: ${sound.length} test files`);
    const failing = await failureIn(vitest, sound);
    if (failing !== undefined) {
      console.error(`this fails without any fault, so nothing can be said: ${failing}`);
      return 1;
    }
    const survivors: Mutant[] = [];
    for (const [i, mutant] of mutants.entries()) {
      const path = resolve(SOURCES, mutant.file);
      changed = { path, source: faulty(mutant) };
      vitest.invalidateFile(path);
      const by = await Promise.race([
        firstThatFails(vitest, mutant.tests),
        setTimeout(TIMEOUT_MS, NO_END, { ref: false }),
      ]);
      changed = undefined;
      if (by === NO_END) {
        // Its process is ended by and by: nothing waits for it.
        void vitest.close();
        vitest = await start();
      } else vitest.invalidateFile(path);
      if (by === undefined) survivors.push(mutant);
      const place = `${i + 1}/${mutants.length}`;
      console.log(
        `${place}  ${by === undefined ? 'SURVIVES' : 'noticed'}  ${mutant.file}: ${mutant.note}${by === undefined ? '' : ` (${by})`}`,
      );
    }
    return report(mutants.length, survivors);
  } finally {
    await vitest.close();
  }
};

/** The end of the run: the survivors, the total and the share. */
const report = (total: number, survivors: readonly Mutant[]): number => {
  const noticed = total - survivors.length;
  const share = (100 * noticed) / total;
  for (const { file, note, tests } of survivors)
    console.log(`survives: ${file}: ${note}; not noticed by ${tests.join(', ')}`);
  console.log(`${noticed} of ${total} faults are noticed: ${share.toFixed(1)} %, and ${ENOUGH} % is enough`);
  return share < ENOUGH ? 1 : 0;
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

/** One file after the other, so that the first failure is the last thing that runs. */
const firstThatFails = async (vitest: Vitest, tests: readonly string[]): Promise<string | undefined> => {
  for (const test of tests) if ((await failureIn(vitest, [test])) !== undefined) return test;
  return undefined;
};

/** What fails first of these files, which run side by side; `undefined` where nothing does. */
const failureIn = async (vitest: Vitest, tests: readonly string[]): Promise<string | undefined> => {
  // What ran before is no part of this run: it would count for `bail`, and stand among its modules.
  vitest.state.idMap.clear();
  vitest.state.filesMap.clear();
  const project = vitest.getRootProject();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(
    tests.map((test) => project.createSpecification(resolve(test))),
  );
  const failed = testModules.find((module) => module.state() === 'failed');
  if (failed === undefined) return unhandledErrors.length > 0 ? tests.join(', ') : undefined;
  const said = [...failed.children.allTests('failed')].flatMap((test) => [
    `  ${test.fullName}`,
    ...(test.result().errors ?? []).map(({ message }) => `    ${message.split('\n')[0] ?? ''}`),
  ]);
  return [relative('.', failed.moduleId), ...said].join('\n');
};

process.exitCode = await main(process.argv[2] ?? '');
