/** `tai decide FILE`: one observation, one decision, no ledger. */
import { type Catalog, decide, explain, parseObservation } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { readJsonFile } from '../../input/read-file.ts';
import { loadWritten } from '../../input/shipped-catalog.ts';
import { type PolicyOptions, readCatalog, withPolicyOption } from '../../input/written-catalog.ts';
import { CATALOG, type Register } from '../../register.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';

interface DecideOptions extends PolicyOptions {
  readonly catalog?: string;
  readonly json?: boolean;
}

/** Names the shipped catalog where a file is asked for. */
export const SHIPPED = 'shipped';

/** The shipped catalog, or the one of a file; with policy documents, if there are any. */
export const catalogOf = async (
  io: Io,
  file: string | undefined,
  policies: readonly string[] = [],
): Promise<E.Either<ExitCode, Catalog>> => {
  const written = await readCatalog(io, file === SHIPPED ? undefined : file, policies);
  if (E.isLeft(written)) return E.left(unreadable(io, ...written.left));
  const loaded = loadWritten(written.right.source);
  return E.isLeft(loaded)
    ? E.left(unreadable(io, ...loaded.left.map(written.right.line)))
    : E.right(loaded.right.catalog);
};

export const registerDecide: Register = (program, io, exit) => {
  withPolicyOption(program.command('decide'))
    .description('decide one observation, without a ledger')
    .argument('<file>', 'the observation (JSON, comments allowed)')
    .option(...CATALOG)
    .option('--json', 'the decision as JSON')
    .action(async (file: string, options: DecideOptions) => exit(await run(io, file, options)));
};

const run = async (io: Io, file: string, options: DecideOptions): Promise<ExitCode> => {
  const catalog = await catalogOf(io, options.catalog, options.policy);
  if (E.isLeft(catalog)) return catalog.left;
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return unreadable(io, read.left);
  const observation = parseObservation(catalog.right, read.right.value);
  if (E.isLeft(observation)) return unreadable(io, ...observation.left.map(read.right.line));
  const decision = decide(catalog.right, observation.right);
  if (options.json === true) printJson(io, decision);
  else {
    const [head = '', ...rest] = explain(decision);
    const painted = decision.verdict === 'approve' ? io.paint.green(head) : io.paint.red(head);
    io.out(`${[painted, ...rest].join('\n')}\n`);
  }
  return decision.verdict === 'approve' ? EXIT.ok : EXIT.refused;
};
