/** Programs of this machine, run without a shell: each argument is one argument, whatever is in it. */
import { type ExecFileException, execFile } from 'node:child_process';
import { owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { oneLine } from '../bounds/bounded-text.ts';
import type { Ms, TenantResource } from '../ports.ts';
import { type Places, placeFor } from './places.ts';

/** A program and its arguments. `{name}` in an argument is filled in where something is known by that name. */
export type CommandLine = readonly [string, ...string[]];

/** The most that a program may print. */
const OUTPUT_BYTES_MAX = 16_777_216;
const HOLE = /\{([a-z][a-z0-9_]{0,63})\}/g;
/** What may stand inside a longer argument, which its program reads by rules of its own: no space, quote, comment or path. */
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_:]|\.(?!\.)|-(?!-))*$/;

/**
 * The line with everything filled in. Left: a name that nothing is known by, a value that is no text and no integer, an argument
 * that would become an option by what is filled in, or a part of an argument that would be more than a name or an integer.
 */
export const filledIn = (
  [program, ...args]: CommandLine,
  known: Readonly<Record<string, unknown>>,
): E.Either<string, CommandLine> => {
  const wrong: string[] = [];
  const filled = args.map((arg) => {
    const text = arg.replaceAll(HOLE, (_, name: string) => {
      const value = Object.hasOwn(known, name) ? known[name] : undefined;
      const isNumber = Number.isSafeInteger(value);
      if (!isNumber && (typeof value !== 'string' || value.includes('\0')))
        wrong.push(`nothing to fill in for {${name}}`);
      else if (!isNumber && arg !== `{${name}}` && !NAME.test(String(value)))
        wrong.push(`{${name}} stands inside an argument, and what is filled in there is neither a name nor an integer`);
      return String(value);
    });
    if (text.startsWith('-') && !arg.startsWith('-')) wrong.push(`${arg} would become an option`);
    return text;
  });
  return wrong.length === 0 ? E.right([program, ...filled]) : E.left(wrong.join('; '));
};

/**
 * How a line ended that did not end well: it was `not_started`, so that nothing was done; it ended with another `code` than 0, which
 * says what its program means by it; or it was `cut_off`, and nobody knows how far it came. `detail` names the program, and says nothing of its arguments or its output.
 */
export interface LineFault {
  readonly how: 'not_started' | 'code' | 'cut_off';
  readonly detail: string;
  readonly code?: number;
  /** What it said on stderr: for a log of this machine, and for no receipt. */
  readonly said: string;
}

/** Runs a line, and answers what it printed when it has ended, whatever ended it. */
export const runLine = (
  [program, ...args]: CommandLine,
  { timeoutMs, signal }: { readonly timeoutMs: Ms; readonly signal: AbortSignal },
): Promise<E.Either<LineFault, string>> =>
  new Promise((resolve) => {
    const notStarted = (fault: unknown): LineFault => ({
      how: 'not_started',
      detail: `${program} could not be started (${errnoOf(fault)})`,
      said: '',
    });
    if (signal.aborted) return resolve(E.left(notStarted(Object.assign(new Error(), { code: 'ABORTED' }))));
    const options = { encoding: 'utf8', maxBuffer: OUTPUT_BYTES_MAX, timeout: timeoutMs, windowsHide: true } as const;
    try {
      // Its own `signal` would answer before the program has ended.
      const child = execFile(program, args, options, (fault, out, err) => {
        signal.removeEventListener('abort', stop);
        if (fault === null) return resolve(E.right(out));
        if (child.pid === undefined) return resolve(E.left(notStarted(fault)));
        const code = typeof fault.code === 'number' && !child.killed ? fault.code : undefined;
        const said = oneLine(err);
        if (code === undefined) return resolve(E.left({ how: 'cut_off', detail: `${program} ${cutOff(fault)}`, said }));
        resolve(E.left({ how: 'code', code, detail: `${program} ended with code ${code}`, said }));
      });
      const stop = (): void => {
        child.kill();
        // Somebody whom it started could keep them open.
        child.stdout?.destroy();
        child.stderr?.destroy();
      };
      signal.addEventListener('abort', stop, { once: true });
      child.stdin?.on('error', () => {});
      child.stdin?.end();
    } catch (thrown) {
      // What is no program, or has more arguments than a program takes, is refused at once.
      resolve(E.left(notStarted(thrown)));
    }
  });

/** What a program prints, as JSON or as text: what `documentObserver` reads. */
export const commandOutput =
  (commands: Places<CommandLine>, form: 'json' | 'text', timeoutMs: Ms) =>
  async (of: TenantResource, signal: AbortSignal): Promise<E.Either<string, unknown>> => {
    const line = placeFor(commands, of);
    if (line === undefined) return E.left('no command is registered for this resource');
    const printed = await runLine(line, { timeoutMs, signal });
    if (E.isLeft(printed)) {
      const { detail, said } = printed.left;
      return E.left(said === '' ? detail : `${detail}: ${said}`);
    }
    if (form === 'text') return printed;
    return E.tryCatch(
      () => JSON.parse(printed.right) as unknown,
      () => `${line[0]}: what it printed is no JSON`,
    );
  };

const errnoOf = (fault: unknown): string =>
  fault instanceof Error && owns(fault as NodeJS.ErrnoException, 'code')
    ? String((fault as NodeJS.ErrnoException).code)
    : 'no code';

/** Without its arguments, which the message of the fault repeats. */
const cutOff = ({ code, signal }: ExecFileException): string =>
  code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER'
    ? `was stopped, because it printed more than ${OUTPUT_BYTES_MAX} bytes`
    : `was ended by ${signal ?? 'a signal'} before it was done`;
