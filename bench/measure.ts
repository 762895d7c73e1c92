/** How the benches measure: process CPU time, and the middle one of several rounds. */
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Whether this is the short form, in which each bench runs once. */
export const isShort: boolean = process.env['TAI_BENCH_SHORT'] === '1';

/** So many of something, or a hundredth of it in a short run, which only shows that a bench still works. */
export const amount = (whole: number): number => (isShort ? Math.max(1, Math.ceil(whole / 100)) : whole);

/** The figure, if it lies where a figure of its kind can lie; a bench that measures something else ends here. */
export const plausible = (what: string, figure: number, least: number, most: number): number => {
  if (figure >= least && figure <= most) return figure;
  throw new Error(`${what}: ${figure} cannot be right; expected ${least} to ${most}`);
};

/** The least that a difference of two times can be: in a short run noise alone may make it negative, on a busy machine by much. */
export const LEAST_DIFFERENCE = isShort ? -60_000 : 0;

/** Above this no figure of any bench is right. */
const MOST = 1e12;

/** A figure as it is printed, with so many digits behind the point. None is printed that can't be right: the bench ends. */
export const figure = (what: string, value: number, digits = 0, least = 0, most = MOST): string =>
  plausible(what, value, least, most).toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });

/** The median; of an even number of values, the upper of the two in the middle. Of nothing it is no figure, and none is printed. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/**
 * Milliseconds of CPU time that this process used, in user and kernel mode, since an earlier `process.cpuUsage()`. A
 * microsecond at least: where the system counts in ticks, a short run may see none, and a rate is not without end.
 */
export const cpuMsSince = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return Math.max(1, user + system) / 1e3;
};

/** Milliseconds of CPU time that some work takes. */
export const cpuMs = (work: () => void): number => {
  const started = process.cpuUsage();
  work();
  return cpuMsSince(started);
};

/** Bytes of the heap that are in use once all garbage is collected. */
export const heapBytes = (): number => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
};
