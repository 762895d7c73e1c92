/**
 * What test files import as `vitest` while faults are made in what they test: as much of it as they use, and no more. A
 * whole runner takes seconds to start; here a test file and its sources are one program that ends with its first failure.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  addCustomEqualityTesters,
  chai,
  GLOBAL_EXPECT,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import fc from 'fast-check';

type Hook = () => unknown;
type Body = (...given: readonly unknown[]) => unknown;

/** What a test is handed. */
interface Context {
  readonly skip: (condition?: boolean | string, note?: string) => void;
  readonly onTestFinished: (hook: Hook) => void;
  readonly expect: unknown;
  readonly task: { readonly name: string };
  readonly annotate: () => Promise<void>;
}

interface Suite {
  readonly name: string;
  readonly parent?: Suite;
  readonly before: Hook[];
  readonly after: Hook[];
  readonly beforeEach: Hook[];
  readonly afterEach: Hook[];
  readonly parts: (Suite | { readonly test: string; readonly body: (context: Context) => unknown })[];
}

/** What came of a test file. */
export type Said =
  | { readonly kind: 'passes' }
  | { readonly kind: 'fails'; readonly by: string }
  | { readonly kind: 'does not run'; readonly why: string };

const suiteOf = (name: string, parent?: Suite): Suite => ({
  name,
  ...(parent === undefined ? {} : { parent }),
  before: [],
  after: [],
  beforeEach: [],
  afterEach: [],
  parts: [],
});

class Skipped extends Error {}

const root = suiteOf('');
let open = root;
let finished: Hook[] = [];

const bodyIn = (given: readonly unknown[]): Body | undefined =>
  given.find((one): one is Body => typeof one === 'function');

const rowName = (name: string, row: unknown): string => {
  const note = typeof row === 'object' && row !== null && 'note' in row ? row.note : row;
  return `${name} ${typeof note === 'object' ? JSON.stringify(note).slice(0, 80) : String(note)}`;
};

const addSuite = (name: string, body: Hook | undefined): void => {
  const suite = suiteOf(name, open);
  open.parts.push(suite);
  open = suite;
  try {
    body?.();
  } finally {
    open = suite.parent ?? root;
  }
};
const addTest = (name: string, body: ((context: Context) => unknown) | undefined): void => {
  if (body !== undefined) open.parts.push({ test: name, body });
};

interface Declared {
  (name: unknown, ...given: readonly unknown[]): void;
  readonly for: (rows: readonly unknown[]) => (name: string, ...given: readonly unknown[]) => void;
  readonly each: (rows: readonly unknown[]) => (name: string, ...given: readonly unknown[]) => void;
  readonly skip?: Declared;
  readonly skipIf: (condition: unknown) => Declared;
  readonly runIf: (condition: unknown) => Declared;
}

const declaring = (add: (name: string, body: Body | undefined, row?: readonly unknown[]) => void): Declared => {
  const made = (isOn: boolean): Declared =>
    Object.assign(
      (name: unknown, ...given: readonly unknown[]) => {
        if (isOn) add(String(name), bodyIn(given));
      },
      {
        for:
          (rows: readonly unknown[]) =>
          (name: string, ...given: readonly unknown[]) => {
            if (isOn) for (const row of rows) add(rowName(name, row), bodyIn(given), [row]);
          },
        each:
          (rows: readonly unknown[]) =>
          (name: string, ...given: readonly unknown[]) => {
            if (isOn) for (const row of rows) add(rowName(name, row), bodyIn(given), Array.isArray(row) ? row : [row]);
          },
        ...(isOn ? { skip: made(false) } : {}),
        skipIf: (condition: unknown) => made(isOn && condition !== true),
        runIf: (condition: unknown) => made(isOn && condition === true),
      },
    );
  return made(true);
};

export const describe = declaring((name, body, row = []) => addSuite(name, body && (() => body(...row))));
export const test = declaring((name, body, row = []) => addTest(name, body && ((context) => body(...row, context))));
export const beforeAll = (hook: Hook): void => void open.before.push(hook);
export const afterAll = (hook: Hook): void => void open.after.push(hook);
export const beforeEach = (hook: Hook): void => void open.beforeEach.push(hook);
export const afterEach = (hook: Hook): void => void open.afterEach.push(hook);
export const onTestFinished = (hook: Hook): void => void finished.push(hook);

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

type Expect = typeof chai.expect & { extend: (matchers: object) => void };
const known = globalThis as unknown as { [name: symbol]: object };
export const expect = ((value: unknown, message?: string) => chai.expect(value, message)) as unknown as Expect;
Object.assign(expect, chai.expect, known[ASYMMETRIC_MATCHERS_OBJECT as unknown as symbol]);
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect, configurable: true });
Object.assign(expect, {
  getState: () => getState(expect as never),
  setState: (state: object) => setState(state, expect as never),
  extend: (matchers: object) =>
    (chai.expect as unknown as { extend: (e: unknown, m: object) => void }).extend(expect, matchers),
  addEqualityTesters: addCustomEqualityTesters,
  assert: chai.assert,
});
setState({ assertionCalls: 0, isExpectingAssertions: false, testPath: '', currentTestName: '' }, expect as never);

// A golden is compared, and never written.
expect.extend({
  toMatchFileSnapshot: (received: unknown, to: string) => {
    const file = resolve(dirname(String(getState(expect as never).testPath)), to);
    return { pass: received === readFileSync(file, 'utf8'), message: () => `it is not what stands in ${to}` };
  },
});

const chainOf = (suite: Suite | undefined): readonly Suite[] =>
  suite === undefined ? [] : [...chainOf(suite.parent), suite];

const messageOf = (error: unknown): string =>
  String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';

/** Runs a test; a line if it fails. */
const failureOf = async (
  suite: Suite,
  name: string,
  body: (context: Context) => unknown,
): Promise<string | undefined> => {
  finished = [];
  const skip = (condition: boolean | string = true): void => {
    if (condition !== false) throw new Skipped();
  };
  try {
    for (const { beforeEach: hooks } of chainOf(suite)) for (const hook of hooks) await hook();
    await body({ skip, onTestFinished, expect, task: { name }, annotate: async () => undefined });
    return undefined;
  } catch (error) {
    return error instanceof Skipped ? undefined : `${name}: ${messageOf(error)}`;
  } finally {
    for (const hook of finished.reverse()) await hook();
    for (const { afterEach: hooks } of chainOf(suite)) for (const hook of hooks) await hook();
  }
};

let ran = 0;
const failureIn = async (suite: Suite): Promise<string | undefined> => {
  for (const hook of suite.before) await hook();
  for (const part of suite.parts) {
    const failed = 'test' in part ? await failureOf(suite, part.test, part.body) : await failureIn(part);
    if (failed !== undefined) return failed;
    ran += 1;
  }
  for (const hook of suite.after) await hook();
  return undefined;
};

const WATCH = `
const { writeFileSync } = require('node:fs');
const { workerData: { mostMs, to, said } } = require('node:worker_threads');
setInterval(() => {
  const { user, system } = process.cpuUsage();
  if ((user + system) / 1e3 < mostMs) return;
  writeFileSync(to, said);
  process.kill(process.pid, 'SIGKILL');
}, 500);
`;

/**
 * Runs one test file to its end or its first failure, and writes to a file what it said; then the process ends. A thread ends
 * it once it used up its CPU time: nothing else runs while a loop has no end.
 */
export const runTestFile = async (testPath: string, load: () => Promise<unknown>): Promise<void> => {
  const [, , to = '', mostMs = '0', endless = ''] = process.argv;
  const say = (said: Said): never => {
    writeFileSync(to, JSON.stringify(said));
    process.exit(0);
  };
  new Worker(WATCH, {
    eval: true,
    workerData: { mostMs: Number(mostMs), to, said: JSON.stringify({ kind: 'fails', by: endless }) },
  }).unref();
  setState({ testPath }, expect as never);
  // A law that fails is not asked for its smallest example.
  fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });
  try {
    await load();
  } catch (error) {
    say({ kind: 'does not run', why: messageOf(error) });
  }
  try {
    const by = await failureIn(root);
    if (by !== undefined) say({ kind: 'fails', by });
  } catch (error) {
    say({ kind: 'does not run', why: messageOf(error) });
  }
  say(ran > 0 ? { kind: 'passes' } : { kind: 'does not run', why: 'no test of it ran' });
};
