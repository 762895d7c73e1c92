/** One process from its start to its certain end: the limit, the abort, the reply, the kill of its whole group. */
import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { either as E } from 'fp-ts';
import { lastWords, messageOf, oneLine } from '../bounds/bounded-text.ts';
import { supervise } from '../node/supervised.ts';
import type { Ms } from '../ports.ts';
import type { Bounds, Ending, Execution, Measured, MeasuredLimit } from './execution.ts';
import { type CallMessage, type FromChild, isFromChild, type ToChild } from './executor-protocol.ts';
import { parsePlainJson } from './plain-json.ts';
import { largerUsage, readUsage, type Usage, usageSince } from './process-usage.ts';
import { createSpareProcess, type StartedProcess } from './spare-process.ts';

/** All that one run needs. `limitMs` is counted from before the start of the process. */
export interface ProcessOrder {
  readonly message: CallMessage;
  readonly limitMs: Ms;
  readonly limitBytes: number;
  readonly limitCpuPercent: number;
  readonly abortGraceMs: Ms;
  readonly nodeArguments: readonly string[];
  readonly signal?: AbortSignal;
}

const SAMPLE_EVERY_MS = 250;
const DRAIN_MS = 500;
const OUTPUT_CHARACTERS_MAX = 16_384;
const MEBIBYTE = 1_048_576;
/** The longest that a Node timer takes; a longer one would fire at once. */
const TIMER_MS_MAX = 2_147_483_647;
const HEAP_EXHAUSTED = /JavaScript heap out of memory|Fatal javascript OOM/i;

/** In a source checkout the child has to read TypeScript as well; from the published package it is plain Node. */
const fromSource: boolean = import.meta.url.endsWith('.ts');

/** The execution of a step whose process could not be, or need not be, started. */
export const notStarted = (ending: Ending): Execution => ({
  ...ending,
  measured: { wallMs: 0 },
  bounds: { enforced: ['wall_clock', 'v8_heap'], measured: ['rss', 'cpu'], overrun: [] },
  output: { stdout: '', stderr: '' },
});

/** Starts a process for one call and answers when its whole group is gone. Never rejects. */
export const runProcess = async (order: ProcessOrder): Promise<Execution> => {
  const startedAt = performance.now();
  const uncrossable = whyUncrossable(order.message);
  if (uncrossable !== undefined) return notStarted({ status: 'failed', detail: uncrossable });
  try {
    const started = processes.take(nodeArguments(order));
    const ended = await follow(started, order, startedAt);
    // One that waited may have died of it: its handler was not called, so another one is.
    if (!started.isSpare || !ended.isUncalled) return ended.execution;
    part.failed('one that waited for a call died');
    if (order.signal?.aborted === true)
      return notStarted({ status: 'failed', detail: 'not started, because the host is closing' });
    return (await follow(processes.take(nodeArguments(order)), order, startedAt)).execution;
  } catch (thrown) {
    part.failed(`none could be started: ${messageOf(thrown)}`);
    return notStarted({ status: 'failed', detail: `no process could be started: ${messageOf(thrown)}` });
  }
};

/** What can't cross to the child has to show before there is a child. */
const whyUncrossable = (message: CallMessage): string | undefined => {
  try {
    JSON.stringify(message);
    return undefined;
  } catch (thrown) {
    return `the call cannot be handed to a process: ${messageOf(thrown)}`;
  }
};

const sourceArguments = (): readonly string[] =>
  fromSource
    ? [
        '--import',
        pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
        '--conditions',
        '@tai-autonomics/source',
      ]
    : [];

/** `--max-heap-size` bounds the whole heap; `--max-old-space-size` would leave out the young generation. */
const nodeArguments = (order: ProcessOrder): string[] => [
  ...sourceArguments(),
  `--max-heap-size=${Math.max(1, Math.floor(order.limitBytes / MEBIBYTE))}`,
  ...order.nodeArguments,
];

/** Nothing of the host's environment but where programs and the home folder are: no secret gets in this way. */
const minimalEnvironment = (): Record<string, string> => {
  const { PATH, HOME } = process.env;
  return { ...(PATH === undefined ? {} : { PATH }), ...(HOME === undefined ? {} : { HOME }) };
};

const startProcess = (execArgv: readonly string[]): ChildProcess =>
  fork(fileURLToPath(new URL(`./executor-child${fromSource ? '.ts' : '.js'}`, import.meta.url)), [], {
    cwd: '/',
    detached: true,
    env: minimalEnvironment(),
    execArgv: [...execArgv],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });

const killGroup = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // No process is left in the group, which is what was wanted.
  }
};

const part = supervise('executor processes');
/** Those of this process. */
const processes = createSpareProcess(startProcess, killGroup, () => part.failed('one that waited for a call died'));

/** Keeps the end of a stream: the runtime says last why it dies. */
const keepTail = (stream: Readable | null): (() => string) => {
  let tail = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (text: string) => {
    tail = (tail + text).slice(-OUTPUT_CHARACTERS_MAX);
  });
  return () => tail;
};

const endingOfReply = (reply: Exclude<FromChild, { kind: 'begun' }>, resultBytesMax: number): Ending => {
  if (reply.kind === 'failed') return { status: 'failed', detail: oneLine(reply.detail) };
  if (reply.kind === 'unusable') return { status: 'unknown', detail: oneLine(reply.detail) };
  const result = parsePlainJson(reply.result, resultBytesMax);
  return E.isRight(result)
    ? { status: 'success', result: result.right }
    : { status: 'unknown', detail: `the handler's result ${result.left}` };
};

const endingOfExit = (
  exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null },
  seen: { readonly begun: boolean; readonly stderr: string; readonly limitBytes: number },
): Ending => {
  const aborted = exit.signal === 'SIGABRT' || exit.signal === 'SIGTRAP' || exit.code === 134 || exit.code === 133;
  if (aborted && HEAP_EXHAUSTED.test(seen.stderr)) return { status: 'memory_exceeded', limitBytes: seen.limitBytes };
  const how = exit.signal === null ? `ended with code ${exit.code}` : `was ended by ${exit.signal}`;
  return seen.begun
    ? { status: 'unknown', detail: `the handler's process ${how} before it answered` }
    : {
        status: 'failed',
        detail: oneLine(`the handler's process ${how} before the handler was called${saidLast(seen.stderr)}`),
      };
};

/** What a process said last, without the stack. */
const saidLast = (stderr: string): string => {
  const lines = stderr.split('\n').filter((line) => !/^\s+at |^Node\.js v\d/.test(line));
  const words = lastWords(lines.join('\n'));
  return words === '' ? '' : `: ${words}`;
};

const measure = (startedAt: number, usage: Usage | undefined): Measured => {
  const wallMs = Math.max(1, Math.round(performance.now() - startedAt));
  if (usage === undefined) return { wallMs };
  return { wallMs, ...usage, cpuPercent: Math.round((100 * usage.cpuMs) / wallMs) };
};

const boundsOf = (order: ProcessOrder, measured: Measured): Bounds => {
  const rss: readonly MeasuredLimit[] = (measured.maxRssBytes ?? 0) > order.limitBytes ? ['rss'] : [];
  const cpu: readonly MeasuredLimit[] = (measured.cpuPercent ?? 0) > order.limitCpuPercent ? ['cpu'] : [];
  return { enforced: ['wall_clock', 'v8_heap'], measured: ['rss', 'cpu'], overrun: [...rss, ...cpu] };
};

/** How a process ended, and whether it did so by itself before it called its handler. */
interface Ended {
  readonly execution: Execution;
  readonly isUncalled: boolean;
}

/** A running child. The first ending counts; whatever is said after it is not heard. */
interface Run {
  begun: boolean;
  readonly sample: (reported?: Usage) => void;
  readonly after: (ms: Ms, act: () => void) => void;
  /** Fixes how it ended and kills the group. */
  readonly end: (ending: Ending) => void;
  readonly ended: () => boolean;
  /** The process is gone: answers with the ending that was fixed, else with this one. */
  readonly finish: (otherwise: () => Ending) => void;
}

const startRun = (
  { child, before }: StartedProcess,
  order: ProcessOrder,
  startedAt: number,
  stderr: () => string,
  answer: (ended: Ended) => void,
): Run => {
  const stdout = keepTail(child.stdout);
  const timers: NodeJS.Timeout[] = [];
  let ending: Ending | undefined;
  let usage: Usage | undefined;
  const sample = (reported?: Usage): void => {
    const read = child.pid === undefined ? undefined : usageSince(before, readUsage(child.pid));
    usage = largerUsage(usage, largerUsage(read, reported));
  };
  timers.push(setInterval(sample, SAMPLE_EVERY_MS));
  const run: Run = {
    begun: false,
    sample,
    after: (ms, act) => void timers.push(setTimeout(act, Math.min(ms, TIMER_MS_MAX))),
    end: (next) => {
      if (ending !== undefined) return;
      ending = next;
      sample();
      killGroup(child.pid);
    },
    ended: () => ending !== undefined,
    finish: (otherwise) => {
      const isUncalled = ending === undefined && !run.begun;
      ending ??= otherwise();
      for (const timer of timers) clearTimeout(timer);
      killGroup(child.pid);
      child.stdout?.destroy();
      child.stderr?.destroy();
      const measured = measure(startedAt, usage);
      const output = { stdout: stdout(), stderr: stderr() };
      answer({ execution: { ...ending, measured, bounds: boundsOf(order, measured), output }, isUncalled });
    },
  };
  return run;
};

const hear = (run: Run, reply: unknown, resultBytesMax: number): void => {
  if (!isFromChild(reply) || run.ended()) return;
  if (reply.kind === 'begun') {
    run.begun = true;
    part.works();
    return;
  }
  run.sample(reply.usage);
  run.end(endingOfReply(reply, resultBytesMax));
};

const follow = (started: StartedProcess, order: ProcessOrder, startedAt: number): Promise<Ended> =>
  new Promise((resolve) => {
    const { child } = started;
    const stderr = keepTail(child.stderr);
    const run = startRun(started, order, startedAt, stderr, resolve);
    const abort = (): void => {
      if (child.connected) child.send({ kind: 'abort' } satisfies ToChild, () => {});
      run.after(order.abortGraceMs, () =>
        run.end({ status: 'unknown', detail: 'stopped, because the host is closing' }),
      );
    };
    const finish = (otherwise: () => Ending): void => {
      order.signal?.removeEventListener('abort', abort);
      run.finish(otherwise);
    };
    child.on('error', (error) => {
      // Any other error is a message that could not be sent, because the process is gone: its exit tells more.
      if (child.pid === undefined) {
        part.failed(`none could be started: ${messageOf(error)}`);
        finish(() => ({ status: 'failed', detail: `no process could be started: ${messageOf(error)}` }));
      }
    });
    if (child.pid === undefined) return;
    child.on('message', (reply: unknown) => hear(run, reply, order.message.resultBytesMax));
    child.once('exit', (code, signal) => {
      const exited = (): void =>
        finish(() =>
          endingOfExit({ code, signal }, { begun: run.begun, stderr: stderr(), limitBytes: order.limitBytes }),
        );
      killGroup(child.pid);
      // What it said last may still be in the pipe. Somebody outside the group could keep that open for ever.
      child.once('close', exited);
      run.after(DRAIN_MS, exited);
    });
    order.signal?.addEventListener('abort', abort, { once: true });
    run.after(Math.max(0, order.limitMs - (performance.now() - startedAt)), () =>
      run.end({ status: 'timeout', limitMs: order.limitMs }),
    );
    child.send(order.message satisfies ToChild, () => {});
  });
