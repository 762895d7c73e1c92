/** A thread of this process, from its program to its end. In a source checkout it has to read TypeScript as well. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../bounds/bounded-text.ts';

/** A running thread. It keeps the process alive between `ref` and `unref`. */
export interface Thread<To> {
  say(message: To): void;
  ref(): void;
  unref(): void;
  end(): void;
}

/** The most heap that a thread takes; one that needs more ends, and not the process. */
const HEAP_MIB = 1_024;

/** Starts the program at a URL that ends with `.ts`, of which the published package has the `.js`. `died` is called at most once. */
export const startThread = <From, To>(
  program: URL,
  hear: (message: From) => void,
  died: (why: string) => void,
): Thread<To> => {
  let isOver = false;
  const over = (why: string): void => {
    if (isOver) return;
    isOver = true;
    died(why);
  };
  const worker = startWorker(program);
  worker.unref();
  worker.on('message', (message: From) => {
    if (!isOver) hear(message);
  });
  worker.on('error', (thrown) => over(`it failed: ${messageOf(thrown)}`));
  worker.on('exit', () => over('it ended before it had an answer'));
  return {
    say: (message) => worker.postMessage(message),
    ref: () => worker.ref(),
    unref: () => worker.unref(),
    end: () => {
      isOver = true;
      void worker.terminate();
    },
  };
};

const startWorker = (program: URL): Worker => {
  const resourceLimits = { maxOldGenerationSizeMb: HEAP_MIB };
  // A thread takes no loader from its arguments in Node 20: it registers one.
  return import.meta.url.endsWith('.ts')
    ? new Worker(FROM_SOURCE, {
        eval: true,
        env: {},
        resourceLimits,
        execArgv: ['--conditions', '@tai-autonomics/source'],
        workerData: { program: program.href, tsx: typescriptLoader() },
      })
    : new Worker(new URL(program.href.replace(/\.ts$/, '.js')), { env: {}, execArgv: [], resourceLimits });
};

const FROM_SOURCE = `
  const { workerData: { program, tsx } } = require('node:worker_threads');
  import(tsx).then(({ register }) => { register(); return import(program); });
`;

const typescriptLoader = (): string =>
  pathToFileURL(
    createRequire(import.meta.url)
      .resolve('tsx/esm/api')
      .replace(/\.cjs$/, '.mjs'),
  ).href;
