/** A world that is a file: handlers in other processes change it, and an observer sees what they did. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Handler, Observer } from '@tai-autonomics/governor';
import { scratchFolder } from '../governor-parts/scratch.ts';
import { builtModule } from '../programs/program.ts';
import { stableWorld, worldObserver } from './kit.ts';

type HandlerName = keyof typeof import('./handlers.ts');

export interface Deployment {
  /** How often a handler ran. */
  runs(): number;
  /** What the handler noted down. */
  log(): string;
  observer(clock: () => number): Observer;
  handler(name: HandlerName, more?: Readonly<Record<string, unknown>>, step?: string): Handler;
  set(fact: string, value: unknown): void;
}

export const deploymentIn = (folder: string): Deployment => {
  const world = join(folder, 'world.json');
  const log = join(folder, 'log');
  if (!existsSync(world)) writeFileSync(world, JSON.stringify(Object.fromEntries(stableWorld())));
  const read = (): Map<string, unknown> =>
    existsSync(world) ? new Map(Object.entries(JSON.parse(readFileSync(world, 'utf8')))) : new Map();
  const logged = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  return {
    runs: () => logged().split('\n').length - 1,
    log: logged,
    observer: (clock) => ({
      ...worldObserver(new Map(), clock),
      observe: (...asked) => worldObserver(read(), clock).observe(...asked),
    }),
    handler: (name, more = {}, step = 'rollback') => ({
      step,
      module: builtModule(import.meta.resolve('./handlers.ts')),
      export: name,
      options: { world, log, ...more },
    }),
    set: (fact, value) => writeFileSync(world, JSON.stringify(Object.fromEntries([...read(), [fact, value]]))),
  };
};

/** One in a folder that goes away with the test. */
export const makeDeployment = (context: Parameters<typeof scratchFolder>[0]): Deployment =>
  deploymentIn(scratchFolder(context));

/** Looks again until it holds, at most ten seconds. */
export const until = async (holds: () => boolean | Promise<boolean>): Promise<boolean> => {
  for (let look = 0; look < 400; look++) {
    if (await holds()) return true;
    await pause(25);
  }
  return holds();
};
