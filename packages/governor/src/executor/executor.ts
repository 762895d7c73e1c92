/**
 * Carries approved steps out. Each run is a process of its own that leads its own process group: at the limit, at an
 * abort and after its answer the whole group is killed, so nothing that a handler started outlives the step.
 * A process that leaves the group on purpose (`setsid`) is out of reach; handlers are the host's own code.
 *
 * Enforced: wall clock and V8 heap. Measured and reported: resident memory and CPU. Every execution says so itself.
 * Process groups are a POSIX notion: on Windows nothing is run and every execution is `failed`.
 */
import { availableParallelism } from 'node:os';
import type { ActionStep, Mode } from '@tai-autonomics/core';
import type { Work, WorkLimits } from '@tai-autonomics/core/engine';
import type { Handler, Ms, TenantResource } from '../ports.ts';
import type { Execution } from './execution.ts';
import { notStarted, runProcess } from './execution-process.ts';
import { createTurns } from './turns.ts';

/** What an executor can be told beside its handlers. */
export interface ExecutorOptions {
  /** How long a handler may take to stop after its signal aborted. 1 000 ms if absent. */
  readonly abortGraceMs?: Ms;
  /** The largest result that is accepted, as JSON. 65 536 bytes if absent. */
  readonly resultBytesMax?: number;
  /** Processes at once; approved steps beyond wait, and are begun by severity and by turns. Four for each core if absent, 8 at least and 32 at most. */
  readonly processesMax?: number;
  /** Of these, how many at most of a severity and of a tenant. Of low ones a half if absent, so that what is urgent finds room. */
  readonly underWay?: Omit<WorkLimits, 'total'>;
  /** Further arguments of the child's `node`, such as a loader. */
  readonly nodeArguments?: readonly string[];
}

/** What bounds one run besides the step's own limits. */
export interface RunBounds {
  /** Aborts when the host closes: the handler's signal aborts, and after the grace its group is killed. */
  readonly signal?: AbortSignal;
  /** What is left until the approval's deadline, if that is less than the step's own limit. */
  readonly withinMs?: Ms;
}

/** Carries approved steps out, each in a process of its own that carries out nothing else. */
export interface Executor {
  /** Exactly one handler is registered for this step. */
  has(stepName: string): boolean;
  /** Answers when one more process may run, how to say that it ended. `run` doesn't ask for it: whoever runs for many tenants does. */
  turn(work: Work, signal?: AbortSignal): Promise<() => void>;
  /** Never rejects: every way in which a step can end is an `Execution`. */
  run(step: ActionStep, of: TenantResource, mode: Mode, bounds?: RunBounds): Promise<Execution>;
}

const ABORT_GRACE_MS = 1_000;
const RESULT_BYTES_MAX = 65_536;
/** Handlers wait for the outside most of the time; each process takes some 50 MB. */
const PROCESSES_MAX = Math.min(32, Math.max(8, 4 * availableParallelism()));

/** An executor over a fixed set of handlers. Handlers' `options` cross to another process: plain JSON only. */
export const createExecutor = (handlers: readonly Handler[], options: ExecutorOptions = {}): Executor => ({
  turn: createTurns(limitsOf(options)).take,
  has: (stepName) => typeof handlerOf(handlers, stepName) !== 'string',
  run: async (step, { tenant, resource }, mode, bounds = {}) => {
    const handler = startable(handlers, step, bounds.signal);
    if (typeof handler === 'string') return notStarted({ status: 'failed', detail: handler });
    const limitMs = Math.min(step.limits.timeoutMs, bounds.withinMs ?? step.limits.timeoutMs);
    if (!(limitMs > 0)) return notStarted({ status: 'timeout', limitMs: Math.max(0, limitMs) });
    return runProcess({
      message: {
        kind: 'call',
        module: handler.module,
        export: handler.export,
        call: { step, tenant, resource, mode, options: handler.options ?? {} },
        resultBytesMax: options.resultBytesMax ?? RESULT_BYTES_MAX,
        governor: process.pid,
      },
      limitMs,
      limitBytes: step.limits.memoryBytes,
      limitCpuPercent: step.limits.cpuPercent,
      abortGraceMs: options.abortGraceMs ?? ABORT_GRACE_MS,
      nodeArguments: options.nodeArguments ?? [],
      ...(bounds.signal === undefined ? {} : { signal: bounds.signal }),
    });
  },
});

const limitsOf = ({ processesMax: total = PROCESSES_MAX, underWay }: ExecutorOptions): WorkLimits => ({
  total,
  bySeverity: { low: Math.ceil(total / 2) },
  ...underWay,
});

/** Two handlers for one step would be a choice that nobody made: such a step is refused, as an unknown one is. */
const handlerOf = (handlers: readonly Handler[], stepName: string): Handler | string => {
  const [first, second] = handlers.filter((handler) => handler.step === stepName);
  if (first === undefined) return `no handler is registered for the step ${stepName}`;
  return second === undefined ? first : `more than one handler is registered for the step ${stepName}`;
};

/** Why a step can't be started at all, or its handler. */
const startable = (handlers: readonly Handler[], step: ActionStep, signal?: AbortSignal): Handler | string => {
  if (process.platform === 'win32') return 'steps are not carried out on Windows: it has no process groups';
  if (signal?.aborted === true) return 'not started, because the host is closing';
  return handlerOf(handlers, step.step);
};
