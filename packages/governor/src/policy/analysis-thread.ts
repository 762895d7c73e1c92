/**
 * Asks about catalogs in a thread of its own: a linter run or a proof takes seconds, and nobody else's decision waits for it.
 * One thread serves a process, tenants by turns; it is started by the first question, and keeps no process alive.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { either as E } from 'fp-ts';
import type { TenantId } from '../api.ts';
import { messageOf } from '../bounded-text.ts';
import type { Ms } from '../ports.ts';
import type { AnalysisQuestion, AnswerTo } from './analysis-question.ts';

/** Asks one question for a tenant. Left: why there is no answer, in one sentence. Never rejects. */
export type Analysis = <Q extends AnalysisQuestion>(
  tenant: TenantId,
  question: Q,
) => Promise<E.Either<string, AnswerTo<Q>>>;

/** How much it takes. */
export interface AnalysisBounds {
  /** Questions of one tenant that may wait, beside the one that is being answered. */
  readonly waitingMax: number;
  readonly timeoutMs: Ms;
}

const BOUNDS: AnalysisBounds = { waitingMax: 8, timeoutMs: 60_000 };

/** A thread for questions about catalogs. */
const createAnalysis = ({ waitingMax, timeoutMs }: AnalysisBounds = BOUNDS): Analysis => {
  /** By tenant, in the order of their turns. */
  const waiting = new Map<TenantId, Job[]>();
  let thread: Worker | undefined;
  let running: Job | undefined;

  const end = (answer: E.Either<string, unknown>): void => {
    const job = running;
    running = undefined;
    clearTimeout(job?.timer);
    thread?.unref();
    job?.answer(answer);
    next();
  };
  const drop = (why: string): void => {
    void thread?.terminate();
    thread = undefined;
    end(E.left(why));
  };
  const start = (): Worker => {
    const made = startThread();
    const isCurrent = (then: () => void) => (): void => {
      if (thread === made) then();
    };
    made.on('message', (answer: E.Either<string, unknown>) => isCurrent(() => end(answer))());
    made.on('error', (thrown) => isCurrent(() => drop(`the analysis failed: ${messageOf(thrown)}`))());
    made.on(
      'exit',
      isCurrent(() => drop('the analysis ended before it had an answer')),
    );
    return made;
  };
  const next = (): void => {
    const [first] = waiting;
    if (running !== undefined || first === undefined) return;
    const [tenant, [job, ...others]] = first;
    // To the end of the line: the next tenant has its turn first.
    waiting.delete(tenant);
    if (others.length > 0) waiting.set(tenant, others);
    if (job === undefined) return;
    running = job;
    try {
      thread ??= start();
      thread.ref();
      thread.postMessage(job.question);
      job.timer = setTimeout(() => drop(`it took longer than ${timeoutMs / 1_000} s; ask about less`), timeoutMs);
      job.timer.unref();
    } catch (thrown) {
      drop(`the analysis could not be started: ${messageOf(thrown)}`);
    }
  };
  return (tenant, question) =>
    new Promise((resolve) => {
      const line = waiting.get(tenant) ?? [];
      if (line.length >= waitingMax) {
        resolve(E.left(`${line.length} questions of this tenant wait for their answer already; ask again later`));
        return;
      }
      line.push({ question, answer: resolve as Job['answer'] });
      waiting.set(tenant, line);
      next();
    });
};

/** The thread of this process. */
export const analysis: Analysis = createAnalysis();

interface Job {
  readonly question: AnalysisQuestion;
  readonly answer: (answer: E.Either<string, unknown>) => void;
  timer?: NodeJS.Timeout;
}

/** In a source checkout the thread has to read TypeScript as well; from the published package it is plain Node. */
const startThread = (): Worker => {
  const isSource = import.meta.url.endsWith('.ts');
  const program = new URL(isSource ? './analysis-worker.ts' : './analysis-worker.js', import.meta.url);
  const worker = isSource
    ? new Worker(FROM_SOURCE, {
        eval: true,
        env: {},
        execArgv: ['--conditions', '@tai-autonomics/source'],
        workerData: { program: program.href, tsx: typescriptLoader() },
      })
    : new Worker(program, { env: {}, execArgv: [] });
  worker.unref();
  return worker;
};

/** A thread takes no loader from its arguments in Node 20: it registers one. */
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
