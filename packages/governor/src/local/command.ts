/** Programs of this machine, run without a shell: each argument is one argument, whatever is in it. */
import { execFile } from 'node:child_process';
import { either as E } from 'fp-ts';
import { oneLine } from '../bounds/bounded-text.ts';
import type { Ms, TenantResource } from '../ports.ts';
import { type Places, placeFor } from './places.ts';

/** A program and its arguments. `{name}` in an argument is filled in where something is known by that name. */
export type CommandLine = readonly [string, ...string[]];

/** The most that a program may print. */
const OUTPUT_BYTES_MAX = 16_777_216;
const HOLE = /\{([a-z][a-z0-9_]{0,63})\}/g;

/**
 * The line with everything filled in. Left: a name that nothing is known by, a value that is no text and no integer, or an
 * argument that would become an option by what is filled in.
 */
export const filledIn = (
  [program, ...args]: CommandLine,
  known: Readonly<Record<string, unknown>>,
): E.Either<string, CommandLine> => {
  const wrong: string[] = [];
  const filled = args.map((arg) => {
    const text = arg.replaceAll(HOLE, (_, name: string) => {
      const value = Object.hasOwn(known, name) ? known[name] : undefined;
      if ((typeof value === 'string' && !value.includes('\0')) || Number.isSafeInteger(value)) return String(value);
      wrong.push(`nothing to fill in for {${name}}`);
      return '';
    });
    if (text.startsWith('-') && !arg.startsWith('-')) wrong.push(`${arg} would become an option`);
    return text;
  });
  return wrong.length === 0 ? E.right([program, ...filled]) : E.left(wrong.join('; '));
};

/** Runs a line to its end, and answers what it printed. Left: it could not be run, was cut off, or ended with another code than 0. */
export const runLine = (
  [program, ...args]: CommandLine,
  { timeoutMs, signal }: { readonly timeoutMs: Ms; readonly signal: AbortSignal },
): Promise<E.Either<string, string>> =>
  new Promise((resolve) => {
    const options = {
      encoding: 'utf8',
      maxBuffer: OUTPUT_BYTES_MAX,
      timeout: timeoutMs,
      signal,
      windowsHide: true,
    } as const;
    execFile(program, args, options, (fault, out, err) => {
      const said = err.trim() === '' ? (fault?.message ?? '') : err.trim();
      resolve(fault === null ? E.right(out) : E.left(`${program}: ${oneLine(said)}`));
    }).stdin?.end();
  });

/** What a program prints, as JSON or as text: what `documentObserver` reads. */
export const commandOutput =
  (commands: Places<CommandLine>, form: 'json' | 'text', timeoutMs: Ms) =>
  async (of: TenantResource, signal: AbortSignal): Promise<E.Either<string, unknown>> => {
    const line = placeFor(commands, of);
    if (line === undefined) return E.left('no command is registered for this resource');
    const printed = await runLine(line, { timeoutMs, signal });
    if (E.isLeft(printed) || form === 'text') return printed;
    return E.tryCatch(
      () => JSON.parse(printed.right) as unknown,
      () => `${line[0]}: what it printed is no JSON`,
    );
  };
