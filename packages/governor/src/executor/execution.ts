/** How a step ended, what it used, and which of its limits were more than a number. */
import type { Json } from '@tai-autonomics/core/receipt';
import type { Ms } from '../ports.ts';

/**
 * How it ended. `failed`: the handler said so, or never began. `unknown`: it began and nobody can say how far it came.
 * `timeout` and `memory_exceeded` stopped it where it was, so what it did outside is not known either.
 */
export type Ending =
  | { readonly status: 'success'; readonly result: Json }
  | { readonly status: 'failed'; readonly detail: string }
  | { readonly status: 'timeout'; readonly limitMs: Ms }
  | { readonly status: 'memory_exceeded'; readonly limitBytes: number }
  | { readonly status: 'unknown'; readonly detail: string };

/** Integers all. What could not be measured is absent: the process was gone before it could be asked. */
export interface Measured {
  /** From before the process was started until its end was certain. */
  readonly wallMs: Ms;
  /** The handler's process and the children that it waited for. */
  readonly cpuMs?: Ms;
  /** Peak resident memory of the handler's own process, its runtime included. */
  readonly maxRssBytes?: number;
  /** 100 is one core, busy all the time. */
  readonly cpuPercent?: number;
}

/** A limit that stops a run. */
export type EnforcedLimit = 'wall_clock' | 'v8_heap';
/** A limit that is looked at and reported. */
export type MeasuredLimit = 'rss' | 'cpu';

/** Which limits stopped the process if need be, which were only looked at, and which of those were overrun. */
export interface Bounds {
  readonly enforced: readonly EnforcedLimit[];
  readonly measured: readonly MeasuredLimit[];
  readonly overrun: readonly MeasuredLimit[];
}

/** The last 16 KiB of each stream. For the host's log, never for a receipt. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** How a run ended, what it used, and which limits were enforced. */
export type Execution = Ending & { readonly measured: Measured; readonly bounds: Bounds; readonly output: Output };
