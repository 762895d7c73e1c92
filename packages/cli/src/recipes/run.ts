/** `tai recipe run`: carries a plan out on a deployment of this machine, by intents alone. */
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { type RecipeRun, type RunReport, runRecipe } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { type CallerOptions, callerOf } from '../deployment/local-caller.ts';
import { readJsonFile } from '../input/read-file.ts';
import { withLocal } from '../local/open-local.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../terminal/io.ts';

/** What a run takes. */
export interface RunRecipeOptions extends CallerOptions {
  readonly dir: string;
  readonly giveUp?: boolean;
  readonly json?: boolean;
}

/** Goes on with a plan: verified 0, waiting 3, taken back or left 1. Safe to type again after anything. */
export const runPlan = async (io: Io, file: string, options: RunRecipeOptions): Promise<ExitCode> => {
  const caller = callerOf(options);
  if (E.isLeft(caller)) return unreadable(io, caller.left);
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return unreadable(io, read.left);
  const run = runOf(read.right.value);
  if (run === undefined)
    return unreadable(
      io,
      read.right.line({ path: [], expected: 'a plan that `tai recipe diagnose --out` wrote', found: 'something else' }),
    );
  return withLocal(io, options.dir, async ({ governor }) => {
    const report = await runRecipe(governor, caller.right, run, { giveUp: options.giveUp === true });
    if (options.json === true) printJson(io, report);
    else tellReport(io, report);
    return report.stands === 'verified' ? EXIT.ok : report.stands === 'waiting' ? EXIT.refused : EXIT.failed;
  });
};

const runOf = (x: unknown): RecipeRun | undefined => {
  if (!isPlainObject(x)) return undefined;
  const { incident, resource, recipe, version, plan, planned } = x;
  const isNamed = [incident, resource, recipe, version].every((name) => typeof name === 'string' && name !== '');
  const isWritten = planned === undefined || (typeof planned === 'string' && planned !== '');
  if (!isNamed || !isWritten || !Array.isArray(plan) || plan.length === 0 || plan.length > 16 || !plan.every(isStep))
    return undefined;
  const run = { incident, resource, recipe, version, plan, ...(planned === undefined ? {} : { planned }) };
  return run as unknown as RecipeRun;
};

const isStep = (x: unknown): boolean =>
  isPlainObject(x) &&
  typeof x['action'] === 'string' &&
  typeof x['means'] === 'string' &&
  isPlainObject(x['arguments']) &&
  isUndo(x['undo']);

const isUndo = (x: unknown): boolean =>
  isPlainObject(x) &&
  (x['by'] === 'nothing'
    ? typeof x['why'] === 'string'
    : x['by'] === 'action' &&
      typeof x['action'] === 'string' &&
      isPlainObject(x['arguments']) &&
      (x['incident'] === undefined || x['incident'] === true));

const tellReport = (io: Io, { stands, steps }: RunReport): void => {
  for (const { action, means, ended, seq, why } of steps) {
    const receipt = seq === undefined ? '' : io.paint.dim(` receipt ${seq}`);
    io.out(`${ended}: ${action}: ${means}${why === undefined ? '' : ` (${why})`}${receipt}\n`);
  }
  const painted = stands === 'verified' ? io.paint.green(stands) : io.paint.red(stands);
  io.out(`${painted}\n`);
};
