/** Handlers with every way to end that the executor knows. Loaded in processes of their own by the tests beside. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { HandlerCall } from '@tai-autonomics/governor';

const fileOf = (call: HandlerCall): string => String(call.step.with['file']);
const never = (): Promise<never> => new Promise(() => {});
const block = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Starts a program that would run for minutes, and leaves its process id in the step's file. */
const leaveSleeper = (call: HandlerCall): void => {
  const sleeper = spawn('sleep', ['300'], { stdio: 'ignore' });
  writeFileSync(fileOf(call), String(sleeper.pid));
};

export const echo = ({ step, tenant, resource, mode, options }: HandlerCall): unknown => ({
  with: step.with,
  tenant,
  resource,
  mode,
  options,
});
export const silent = (): void => {};
export const surroundings = (): unknown => ({
  environment: Object.keys(process.env).sort(),
  folder: process.cwd(),
  stdin: readFileSync(0).length,
});
export const refuses = (): never => {
  throw new Error(`the tag is gone\n${'x'.repeat(10_000)}`);
};
export const throwsLater = (): Promise<never> => {
  setImmediate(() => {
    throw new Error('thrown from a callback');
  });
  return never();
};
export const answersFraction = (): unknown => ({ ratio: 0.5 });
export const answersDate = (): unknown => ({ at: new Date(0) });
export const answersCycle = (): unknown => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  return cycle;
};
export const answersMuch = (): unknown => 'x'.repeat(100_000);
export const exits = (): void => process.exit(0);
export const isKilled = async (): Promise<void> => {
  process.kill(process.pid, 'SIGTERM');
  await never();
};
/** Wants some 300 MB, which is more than its limit and less than what Node takes without one. */
export const fillsHeap = (): number => {
  const kept: unknown[] = [];
  while (kept.length < 3_000_000) kept.push({ kept: [kept.length, kept.length + 1] });
  return kept.length;
};
export const talks = (): void => {
  for (let line = 0; line < 3_000; line += 1) process.stdout.write(`line ${line} of the output\n`);
  process.stderr.write('last words\n');
};
export const hangsWithChild = (call: HandlerCall): Promise<never> => {
  leaveSleeper(call);
  return never();
};
export const blocksWithChild = (call: HandlerCall): void => {
  leaveSleeper(call);
  block(300_000);
};
export const answersWithChild = (call: HandlerCall): string => {
  leaveSleeper(call);
  return 'done';
};
/** Blocks through its limit, then would act and answer. */
export const late = (call: HandlerCall): string => {
  block(Number(call.step.with['blockMs']));
  writeFileSync(fileOf(call), 'acted after the limit');
  return 'late';
};
export const stopsWhenAsked = ({ step, signal }: HandlerCall): Promise<string> => {
  writeFileSync(String(step.with['file']), 'running');
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped in good order')));
};
export const notAFunction = 'text';
