/**
 * One process that waits for the next call, so that it need not be started first. A process carries out one call and ends, so no
 * call meets what another left. The spare is started once calls come one after the other, it keeps nobody's process alive, and it
 * ends after a while without a call.
 */
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Ms } from '../ports.ts';
import { readUsage, type Usage } from './process-usage.ts';

/** A process that was started, and what it had used before its call. */
export interface StartedProcess {
  readonly child: ChildProcess;
  readonly before: Usage | undefined;
  /** Whether it waited for the call: it may have died meanwhile. */
  readonly isSpare: boolean;
}

/** Starts processes of a kind, by the arguments of their `node`. */
export interface SpareProcess {
  /** The spare, if it is of this kind and lives; else a new one. Throws where none can be started. */
  take(kind: readonly string[]): StartedProcess;
}

interface Spare {
  readonly kind: string;
  readonly child: ChildProcess;
  readonly idle: NodeJS.Timeout;
  /** Called when it ends by itself. */
  readonly lost: () => void;
}

const IDLE_MS: Ms = 30_000;
/** Calls in which a spare begins to be worth its memory. */
const CALLS = 2;

/** No spare yet. */
export const createSpareProcess = (
  start: (kind: readonly string[]) => ChildProcess,
  kill: (pid: number | undefined) => void,
  died: () => void,
): SpareProcess => {
  let spare: Spare | undefined;
  let calls = 0;
  const forget = ({ child, idle, lost }: Spare): void => {
    clearTimeout(idle);
    child.off('exit', lost).off('error', lost);
    if (spare?.child === child) spare = undefined;
  };
  const keep = (kind: readonly string[]): void => {
    const child = start(kind);
    if (child.pid === undefined) {
      child.on('error', () => {});
      return;
    }
    const end = (): void => {
      forget(kept);
      kill(child.pid);
    };
    const lost = (): void => {
      end();
      died();
    };
    const kept: Spare = { kind: kind.join(' '), child, idle: setTimeout(end, IDLE_MS).unref(), lost };
    child.on('exit', lost).on('error', lost);
    holding(child, 'unref');
    spare = kept;
  };
  return {
    take: (kind) => {
      calls += 1;
      const found = spare;
      if (found !== undefined) forget(found);
      const isSpare = found?.kind === kind.join(' ') && found.child.connected;
      if (found !== undefined && !isSpare) kill(found.child.pid);
      const child = found !== undefined && isSpare ? found.child : start(kind);
      const before = isSpare && child.pid !== undefined ? readUsage(child.pid) : undefined;
      if (isSpare) holding(child, 'ref');
      if (calls >= CALLS) setImmediate(() => spare === undefined && keep(kind)).unref();
      return { child, before, isSpare };
    },
  };
};

/** Whether a process, its channel and its streams keep this one alive. */
const holding = (child: ChildProcess, how: 'ref' | 'unref'): void => {
  child[how]();
  child.channel?.[how]();
  for (const stream of [child.stdout, child.stderr]) (stream as Socket | null)?.[how]?.();
};
