/** `tai prove INVARIANTS`: whether a policy keeps what it is meant to keep, for every observation. */
import { explain, type Invariant, type Issue, type Proof, parseInvariants, prove } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { complain, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { readJsonFile } from '../read-file.ts';
import type { Register } from '../register.ts';
import { catalogOf } from './decide.ts';

interface ProveOptions {
  readonly catalog?: string;
  readonly nodes?: string;
  readonly json?: boolean;
}
interface Proved {
  readonly invariant: Invariant;
  readonly place: string;
  readonly proof: Proof;
}

const nameOf = ({ means, verdict, action }: Invariant): string => means ?? `${verdict} ${action}`;
const count = (n: number): string => (Number.isSafeInteger(n) ? n.toLocaleString('en') : n.toExponential(2));

const print = (io: Io, { invariant, place, proof }: Proved): void => {
  switch (proof.answer) {
    case 'holds':
      io.out(`${io.paint.green('holds')}  ${nameOf(invariant)} (${count(proof.regions)} regions)\n`);
      return;
    case 'not_decided':
      io.out(`${io.paint.yellow('not decided')}  ${nameOf(invariant)}: ${proof.why}\n`);
      return;
    case 'broken': {
      io.out(`${io.paint.red('broken')}  ${nameOf(invariant)} (${place})\n`);
      io.out('  the smallest observation that breaks it, as `tai decide` reads it:\n');
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
        observation: proof.counterexample.json,
        decision: proof.counterexample.decision,
      }
    : { invariant, place, ...proof };

const run = async (io: Io, file: string, options: ProveOptions): Promise<ExitCode> => {
  const catalog = await catalogOf(io, options.catalog);
  if (E.isLeft(catalog)) return catalog.left;
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) {
    complain(io, read.left);
    return EXIT.unreadable;
  }
  const { value, line, place } = read.right;
  const invariants = parseInvariants(value);
  if (E.isLeft(invariants)) {
    for (const issue of invariants.left) complain(io, line(issue));
    return EXIT.unreadable;
  }
  const proved: Proved[] = [];
  for (const [i, invariant] of invariants.right.entries()) {
    const at: Issue['path'] = ['invariants', i];
    const budget = options.nodes === undefined ? undefined : { nodes: Number(options.nodes) };
    const proof = budget === undefined ? prove(catalog.right, invariant) : prove(catalog.right, invariant, budget);
    if (E.isLeft(proof)) {
      for (const issue of proof.left) complain(io, line({ ...issue, path: [...at, ...issue.path] }));
      return EXIT.unreadable;
    }
    proved.push({ invariant, place: place(at), proof: proof.right });
    if (options.json !== true) print(io, proved[proved.length - 1] as Proved);
  }
  if (options.json === true) printJson(io, proved.map(jsonOf));
  return exitOf(proved);
};

export const registerProve: Register = (program, io, exit) => {
  program
    .command('prove')
    .description(
      'prove invariants over every typed observation; exit 0 all hold, 1 one is broken, 4 not all decided, 2 unreadable',
    )
    .argument('<file>', 'the invariants: { "invariants": [ … ] } (JSON, comments allowed)')
    .option('--catalog <file>', 'a catalog instead of the shipped one')
    .option('--nodes <count>', 'the budget of a question, in nodes of a decision diagram')
    .option('--json', 'the proofs as JSON')
    .action(async (file: string, options: ProveOptions) => exit(await run(io, file, options)));
};
