/** `tai prove INVARIANTS`: whether a policy keeps what it is meant to keep, for every observation. */
import {
  type Catalog,
  explain,
  type Invariant,
  type Issue,
  type Proof,
  parseInvariants,
  printIssue,
  prove,
} from '@tai-autonomics/core';
import { printPath } from '@tai-autonomics/core/engine';
import { invariants } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { parseCount } from '../../input/count-option.ts';
import { readJsonFile } from '../../input/read-file.ts';
import { loadWritten } from '../../input/shipped-catalog.ts';
import { type PolicyOptions, readCatalog, type WrittenCatalog, withPolicyOption } from '../../input/written-catalog.ts';
import { CATALOG, type Register } from '../../register.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';

interface ProveOptions extends PolicyOptions {
  readonly catalog?: string;
  readonly nodes?: number;
  readonly json?: boolean;
}
interface Proved {
  readonly invariant: Invariant;
  readonly place: string;
  readonly proof: Proof;
}

export const registerProve: Register = (program, io, exit) => {
  withPolicyOption(program.command('prove'))
    .description('prove invariants over every typed observation')
    .argument(
      '[file]',
      'the invariants: { "invariants": [ … ] } (JSON, comments allowed), the shipped ones where absent; those of policy documents too',
    )
    .option(...CATALOG)
    .option('--nodes <count>', 'the budget of a question, in nodes of a decision diagram', parseCount)
    .option('--json', 'the proofs as JSON')
    .action(async (file: string | undefined, options: ProveOptions) => exit(await run(io, file, options)));
};

const nameOf = ({ means, verdict, action }: Invariant): string => means ?? `${verdict} ${action}`;
const count = (n: number): string => (Number.isSafeInteger(n) ? n.toLocaleString('en') : n.toExponential(2));

const print = (io: Io, { invariant, place, proof }: Proved): void => {
  switch (proof.answer) {
    case 'holds':
      io.out(
        `${io.paint.green('holds')}  ${nameOf(invariant)} (${proof.regions === 0 ? 'by search' : `${count(proof.regions)} regions`})\n`,
      );
      return;
    case 'not_decided':
      io.out(`${io.paint.yellow('not decided')}  ${nameOf(invariant)}: ${proof.why}\n`);
      return;
    case 'broken': {
      io.out(`${io.paint.red('broken')}  ${nameOf(invariant)} (${place})\n`);
      const which = proof.counterexample.isSmallest
        ? 'the smallest observation that breaks it'
        : 'an observation that breaks it (found by search: a smaller one may break it too)';
      io.out(`  ${which}, as \`tai decide\` reads it:\n`);
      io.out(`${JSON.stringify(proof.counterexample.json, null, 2).replace(/^/gm, '  ')}\n`);
      for (const line of explain(proof.counterexample.decision)) io.out(`  ${line}\n`);
    }
  }
};

const exitOf = (all: readonly Proved[]): ExitCode => {
  if (all.some(({ proof }) => proof.answer === 'broken')) return EXIT.failed;
  return all.some(({ proof }) => proof.answer === 'not_decided') ? EXIT.incomplete : EXIT.ok;
};

const jsonOf = ({ invariant, place, proof }: Proved): unknown =>
  proof.answer === 'broken'
    ? {
        invariant,
        place,
        answer: proof.answer,
        regions: proof.regions,
        isSmallest: proof.counterexample.isSmallest,
        observation: proof.counterexample.json,
        decision: proof.counterexample.decision,
      }
    : { invariant, place, ...proof };

/** An invariant, and how to speak of it where it is written. */
interface WrittenInvariant {
  readonly invariant: Invariant;
  readonly place: string;
  readonly line: (issue: Issue) => string;
}

const inFile = async (io: Io, file: string): Promise<E.Either<readonly string[], readonly WrittenInvariant[]>> => {
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return E.left([read.left]);
  const { value, line, place } = read.right;
  const invariants = parseInvariants(value);
  return E.isLeft(invariants)
    ? E.left(invariants.left.map(line))
    : E.right(
        invariants.right.map((invariant, i) => ({
          invariant,
          place: place(['invariants', i]),
          line: (issue) => line({ ...issue, path: ['invariants', i, ...issue.path] }),
        })),
      );
};

/** What the shipped catalog is meant to keep. */
const shippedOnes: readonly WrittenInvariant[] = invariants.map((invariant, i) => ({
  invariant,
  place: printPath(['invariants', i]),
  line: (issue) => printIssue({ ...issue, path: ['invariants', i, ...issue.path] }),
}));

/** The invariants that a catalog's own policy documents state. */
const inDocuments = (catalog: Catalog, { line, place }: WrittenCatalog): readonly WrittenInvariant[] =>
  (catalog.source.policies ?? []).flatMap(({ invariants = [] }, k) =>
    invariants.map((invariant, i) => {
      const path = ['policies', k, 'invariants', i];
      return {
        invariant,
        place: place(path) ?? printPath(path),
        line: (issue: Issue): string => line({ ...issue, path: [...path, ...issue.path] }),
      };
    }),
  );

const run = async (io: Io, file: string | undefined, options: ProveOptions): Promise<ExitCode> => {
  const written = await readCatalog(io, options.catalog, options.policy);
  if (E.isLeft(written)) return unreadable(io, ...written.left);
  const loaded = loadWritten(written.right.source);
  if (E.isLeft(loaded)) return unreadable(io, ...loaded.left.map(written.right.line));
  const { catalog } = loaded.right;
  const shipped = options.catalog === undefined ? shippedOnes : [];
  const own = file === undefined ? E.right(shipped) : await inFile(io, file);
  if (E.isLeft(own)) return unreadable(io, ...own.left);
  const all = [...own.right, ...inDocuments(catalog, written.right)];
  if (all.length === 0) return unreadable(io, 'expected a file of invariants, or policy documents that state some');
  const proved: Proved[] = [];
  for (const { invariant, place, line } of all) {
    const budget = options.nodes === undefined ? undefined : { nodes: options.nodes };
    const proof = budget === undefined ? prove(catalog, invariant) : prove(catalog, invariant, budget);
    if (E.isLeft(proof)) return unreadable(io, ...proof.left.map(line));
    const one: Proved = { invariant, place, proof: proof.right };
    proved.push(one);
    if (options.json !== true) print(io, one);
  }
  if (options.json === true) printJson(io, proved.map(jsonOf));
  return exitOf(proved);
};
