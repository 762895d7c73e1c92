/**
 * `tai serve` of an evaluation, an entry of its own: no module that it reaches is a handler of production, nor leads to one (M-12).
 */
import { registerServe } from './commands/deployment/serve.ts';
import { handlersOfEvaluation } from './deployment/eval-handlers.ts';
import type { Io } from './terminal/io.ts';
import { runVerbs } from './verbs.ts';

/** Runs one command line of `tai serve` and answers its exit code. Never rejects for a wrong command line. */
export const evaluation = (argv: readonly string[], io: Io): Promise<number> =>
  runVerbs({ 'Run a deployment:': [registerServe(handlersOfEvaluation)] }, argv, io);
