/** What a command may touch of the terminal. Injected, so that a test can read what a person would see. */
import process from 'node:process';
import { createInterface } from 'node:readline';
import pico from 'picocolors';

/** Exit codes of every command. */
export const EXIT = {
  ok: 0,
  /** It ran, and what it was asked does not hold: a falsified bundle, a failed demo. */
  failed: 1,
  /** What it was given cannot be read. */
  unreadable: 2,
  /** The decision is a refusal. */
  refused: 3,
  /** Nothing is wrong in what was checked, but not everything could be. */
  incomplete: 4,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Colours where the terminal has them, the bare text where it has not. */
export type Paint = ReturnType<typeof pico.createColors>;

/** No colours. */
export const plainPaint: Paint = pico.createColors(false);

/** What a command may touch of the terminal. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly paint: Paint;
  /** Whether a person watches: progress is shown to nobody else. */
  readonly interactive: boolean;
  readonly cwd: string;
  /** Asks whoever sits there, one line; `undefined` where they leave (Ctrl-C, Ctrl-D). Absent where nobody does. */
  readonly ask?: (question: string) => Promise<string | undefined>;
}

/** The real terminal. */
export const systemIo = (): Io => ({
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  paint: pico.createColors(pico.isColorSupported && process.stdout.isTTY === true),
  interactive: process.stderr.isTTY === true,
  cwd: process.cwd(),
  ...(process.stdin.isTTY === true && process.stderr.isTTY === true ? { ask: askThere } : {}),
});

/** One clear line on stderr. */
export const complain = (io: Io, line: string): void => io.err(`tai: ${line}\n`);

/** Says why it failed, in a line. */
export const failed = (io: Io, line: string): ExitCode => {
  complain(io, line);
  return EXIT.failed;
};

/** What was given cannot be read or used: a line for each mistake, on stderr, and the code that says so. */
export const unreadable = (io: Io, ...lines: readonly string[]): typeof EXIT.unreadable => {
  for (const line of lines) complain(io, line);
  return EXIT.unreadable;
};

/** The `--json` twin of an output. */
export const printJson = (io: Io, value: unknown): void => io.out(`${JSON.stringify(value, null, 2)}\n`);

/** A line from the terminal. The question goes to standard error: standard output is what was asked for. */
const askThere = (question: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    let answer: string | undefined;
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      if (answer === undefined) process.stderr.write('\n');
      resolve(answer);
    });
    lines.question(question, (line) => {
      answer = line;
      lines.close();
    });
  });
