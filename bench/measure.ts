/** How the benches measure: process CPU time, and the middle one of several rounds. */
import process from 'node:process';

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
