/** How the benches measure: process CPU time, and the middle one of several rounds. */
import process from 'node:process';

/** Whether this is the short form, in which each bench runs once. */
export const isShort: boolean = process.env['TAI_BENCH_SHORT'] === '1';

/** So many of something, or a hundredth of it in a short run, which only shows that a bench still works. */
export const amount = (whole: number): number => (isShort ? Math.max(1, Math.ceil(whole / 100)) : whole);

/** The figure, if it lies where a figure of its kind can lie; a bench that measures something else ends here. */
export const plausible = (what: string, figure: number, least: number, most: number): number => {
  if (figure >= least && figure <= most) return figure;
  throw new Error(`${what}: ${figure} cannot be right; expected ${least} to ${most}`);
};

/** The least that a difference of two times can be: in a short run noise alone may make it negative. */
export const LEAST_DIFFERENCE = isShort ? -1_000 : 0;

/** Above this no figure of any bench is right. */
const MOST = 1e10;

/** A figure as it is printed, with so many digits behind the point. None is printed that can't be right: the bench ends. */
export const figure = (what: string, value: number, digits = 0, least = 0, most = MOST): string =>
  plausible(what, value, least, most).toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });

/** The median; of an even number of values, the upper of the two in the middle. */
export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Milliseconds of CPU time that this process used, in user and kernel mode, since an earlier `process.cpuUsage()`. */
export const cpuMsSince = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e3;
};

/** Milliseconds of CPU time that some work takes. */
export const cpuMs = (work: () => void): number => {
  const started = process.cpuUsage();
  work();
  return cpuMsSince(started);
};
