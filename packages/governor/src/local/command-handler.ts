/** Carries a step out by a program of this machine: the command of a recipe, with its arguments filled in from the step. */
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { uncertainEnding } from '../executor/uncertain-ending.ts';
import type { Handler, HandlerCall } from '../ports.ts';
import { type CommandLine, filledIn, runLine } from './command.ts';
import { type Places, registeredFor } from './places.ts';

/** Which program ran, and that it ended well. What it printed is not kept: it may hold anything. */
export interface CommandRan {
  readonly program: string;
  readonly exit: 0;
}

/**
 * The handler. A line that cannot be filled in is not run. One that ends with another code than 0, or is cut off, has an unknown
 * end: it may have done anything. With a code that is registered as one of those that say that nothing was done, the step failed.
 */
export const runCommand = async (call: HandlerCall): Promise<CommandRan> => {
  const done = await perform(call);
  // The executor's contract with handlers: what is thrown is the detail of a step that failed, or of which nobody knows.
  if (E.isLeft(done)) throw done.left;
  return done.right;
};

/**
 * The registration of `runCommand` for a step, over these lines (tenant → resource → program and arguments). `nothingDone` are the
 * codes by which the program says that it changed nothing; without any, whatever it ends with but 0 is an unknown end.
 */
export const commandHandler = (
  step: string,
  commands: Places<CommandLine>,
  nothingDone: readonly number[] = [],
): Handler => ({
  step,
  module: import.meta.url,
  export: 'runCommand',
  options: { commands, nothingDone },
});

const perform = async (call: HandlerCall): Promise<E.Either<Error, CommandRan>> => {
  const { commands } = call.options;
  const line = isPlainObject(commands) ? registeredFor(commands, call) : undefined;
  if (!isLine(line)) return E.left(new Error('no command is registered for this resource'));
  const filled = filledIn(line, call.step.with);
  if (E.isLeft(filled)) return E.left(new Error(`${filled.left}: nothing was done`));
  const ran = await runLine(filled.right, { timeoutMs: call.step.limits.timeoutMs, signal: call.signal });
  if (E.isRight(ran)) return E.right({ program: line[0], exit: 0 });
  const { how, detail, said, code } = ran.left;
  // What this process prints is for the host's log, and never for a receipt.
  if (said !== '') process.stderr.write(`${line[0]}: ${said}\n`);
  const isNothing = how === 'not_started' || (how === 'code' && listed(call.options['nothingDone']).includes(code));
  return E.left(isNothing ? new Error(detail) : uncertainEnding(detail));
};

const listed = (x: unknown): readonly unknown[] => (Array.isArray(x) ? x : []);

const isLine = (x: unknown): x is CommandLine =>
  Array.isArray(x) && x.length > 0 && x.every((one) => typeof one === 'string');
