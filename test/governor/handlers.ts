/** Handlers of the step `rollback` over a world that is a file. Each runs in a process of its own. */
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { HandlerCall } from '@tai-autonomics/governor';

const option = (call: HandlerCall, name: string): string => String(call.options[name]);
const ran = (call: HandlerCall): void => appendFileSync(option(call, 'log'), `${process.pid}\n`);

/** Changes the world as it was asked to. */
export const deploys = (call: HandlerCall): unknown => {
  ran(call);
  const file = option(call, 'world');
  const world = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  world['deployed_version'] = call.step.with['target_version'];
  writeFileSync(file, JSON.stringify(world));
  return { deployed: call.step.with['target_version'] };
};

/** Changes the world, but not soon. */
export const deploysLate = async (call: HandlerCall): Promise<unknown> => {
  ran(call);
  await pause(Number(call.options['delayMs']));
  return deploys(call);
};

/** Says that it did, and did not. */
export const claims = (call: HandlerCall): string => {
  ran(call);
  return 'rolled back';
};

/** Takes the world out of sight. */
export const hides = (call: HandlerCall): string => {
  ran(call);
  rmSync(option(call, 'world'));
  return 'rolled back';
};

export const refuses = (call: HandlerCall): never => {
  ran(call);
  throw new Error('the tag is gone');
};

/** Starts a program that would run for minutes, says which, and waits for it. */
export const hangs = async (call: HandlerCall): Promise<never> => {
  const sleeper = spawn('sleep', ['300'], { stdio: 'ignore' });
  writeFileSync(option(call, 'log'), String(sleeper.pid));
  return new Promise(() => {});
};

/** Wants some 300 MB. */
export const fillsHeap = (call: HandlerCall): number => {
  ran(call);
  const kept: unknown[] = [];
  while (kept.length < 3_000_000) kept.push({ kept: [kept.length, kept.length + 1] });
  return kept.length;
};

/** Begins, and takes its time: whoever waits for it can be killed meanwhile. */
export const lingers = async (call: HandlerCall): Promise<unknown> => {
  ran(call);
  await pause(Number(call.options['delayMs']));
  return 'too late';
};
