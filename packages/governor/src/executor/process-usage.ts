/**
 * What a process used. Linux says it in /proc while the process lives; elsewhere only the process itself can say it,
 * and one that was killed can't.
 */
import { readFileSync } from 'node:fs';

/** CPU time is that of the process and of the children that it has waited for; resident memory is its own peak. */
export interface Usage {
  readonly cpuMs: number;
  readonly maxRssBytes: number;
}

/** USER_HZ, which Linux fixes at 100 in its interface to programs. */
const TICK_MS = 10;

/** Reads /proc. `undefined` where there is none, or when the process is gone. */
export const readUsage = (pid: number): Usage | undefined => {
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    // A process that has ended but is not yet waited for has no memory left to count.
    if (peak === null) return undefined;
    return { cpuMs: cpuMsOf(readFileSync(`/proc/${pid}/stat`, 'utf8')), maxRssBytes: Number(peak[1]) * 1024 };
  } catch {
    return undefined;
  }
};

/** What was used since an earlier reading, if there was one. */
export const usageSince = (before: Usage | undefined, now: Usage | undefined): Usage | undefined =>
  before === undefined || now === undefined ? now : { ...now, cpuMs: Math.max(0, now.cpuMs - before.cpuMs) };

/** The larger of two readings of one process: both only ever grow. */
export const largerUsage = (one: Usage | undefined, other: Usage | undefined): Usage | undefined => {
  if (one === undefined || other === undefined) return one ?? other;
  return { cpuMs: Math.max(one.cpuMs, other.cpuMs), maxRssBytes: Math.max(one.maxRssBytes, other.maxRssBytes) };
};

const cpuMsOf = (stat: string): number => {
  // The second field is the program's name in parentheses and may hold anything, so count from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((ticks, at) => ticks + Number(fields[at] ?? 0), 0) * TICK_MS;
};
