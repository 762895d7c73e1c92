/** `tai lint FILE`: what can't be meant in a catalog, each with its place in the file. */
import { type LintFinding, lint } from '@tai-autonomics/core';
import type { Observers } from '@tai-autonomics/core/analysis';
import { printPath } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { parseCount } from '../../input/count-option.ts';
import { readJsonFile } from '../../input/read-file.ts';
import { type PolicyOptions, readCatalog, type WrittenCatalog, withPolicyOption } from '../../input/written-catalog.ts';
import type { Register } from '../../register.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';

interface LintOptions extends PolicyOptions {
  readonly json?: boolean;
  readonly observers?: string;
  readonly nodes?: number;
}

export const registerLint: Register = (program, io, exit) => {
  withPolicyOption(program.command('lint'))
    .description('look through a catalog for what cannot be meant')
    .argument('[file]', 'a catalog (JSON, comments allowed); the shipped one where absent')
    .option('--observers <file>', 'which facts each source supplies: { "git": ["deployment_stable"] }')
    .option('--nodes <count>', 'the budget of a question, in nodes of a decision diagram', parseCount)
    .option('--json', 'the findings as JSON')
    .action(async (file: string | undefined, options: LintOptions) => exit(await run(io, file, options)));
};

/** `{ "git": ["deployment_stable", …] }`: which facts each source supplies. */
const isObservers = (x: unknown): x is Observers =>
  isPlainObject(x) &&
  Object.values(x).every((facts) => Array.isArray(facts) && facts.every((fact) => typeof fact === 'string'));

const observersOf = async (io: Io, file: string | undefined): Promise<E.Either<string, Observers | undefined>> => {
  if (file === undefined) return E.right(undefined);
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return read;
  return isObservers(read.right.value)
    ? E.right(read.right.value)
    : E.left(
        read.right.line({ path: [], expected: 'an object from source to a list of facts', found: 'something else' }),
      );
};

const lineOf = (io: Io, written: WrittenCatalog, { rule, severity, path, message }: LintFinding): string => {
  const place = written.place(path) ?? printPath(path);
  const painted = severity === 'error' ? io.paint.red(severity) : io.paint.yellow(severity);
  return `${place}: ${painted} ${rule}: ${message}`;
};

const exitOf = (findings: readonly LintFinding[]): ExitCode => {
  if (findings.some(({ severity }) => severity === 'error')) return EXIT.failed;
  return findings.some(({ rule }) => rule === 'not_decided') ? EXIT.incomplete : EXIT.ok;
};

const run = async (io: Io, file: string | undefined, options: LintOptions): Promise<ExitCode> => {
  const observers = await observersOf(io, options.observers);
  const written = await readCatalog(io, file, options.policy);
  if (E.isLeft(observers) || E.isLeft(written)) {
    const lines = [...(E.isLeft(observers) ? [observers.left] : []), ...(E.isLeft(written) ? written.left : [])];
    return unreadable(io, ...lines);
  }
  const { source, place } = written.right;
  const findings = lint(source, {
    ...(observers.right === undefined ? {} : { observers: observers.right }),
    ...(options.nodes === undefined ? {} : { budget: { nodes: options.nodes } }),
  });
  if (options.json === true) {
    printJson(
      io,
      findings.map((finding) => {
        const at = place(finding.path);
        return at === undefined ? finding : { ...finding, place: at };
      }),
    );
    return exitOf(findings);
  }
  for (const finding of findings) io.out(`${lineOf(io, written.right, finding)}\n`);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  io.out(
    `${errors} error${errors === 1 ? '' : 's'}, ${findings.length - errors} warning${findings.length - errors === 1 ? '' : 's'}\n`,
  );
  return exitOf(findings);
};
