/** `tai diff BEFORE AFTER`: what two catalogs decide differently, each with an example. */
import { type CatalogDiff, type Difference, diff } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { parseCount } from '../../input/count-option.ts';
import { type PolicyOptions, withPolicyOption } from '../../input/written-catalog.ts';
import type { Register } from '../../register.ts';
import { aspects, paintVerdict, plural, saidOf } from '../../terminal/difference.ts';
import { EXIT, type ExitCode, type Io, printJson } from '../../terminal/io.ts';
import { catalogOf, SHIPPED } from './decide.ts';

interface DiffOptions extends PolicyOptions {
  readonly most?: number;
  readonly json?: boolean;
}

export const registerDiff: Register = (program, io, exit) => {
  withPolicyOption(program.command('diff'))
    .description('find all that two catalogs decide differently')
    .argument('<before>', `a catalog, or \`${SHIPPED}\``)
    .argument('<after>', `a catalog, or \`${SHIPPED}\`; the policy documents are added to this one`)
    .option('--most <count>', 'how many kinds of difference are listed', parseCount)
    .option('--json', 'the differences as JSON')
    .action(async (before: string, after: string, options: DiffOptions) =>
      exit(await run(io, [before, after], options)),
    );
};

const print = (io: Io, difference: Difference): void => {
  const { action, change, verdict, example } = difference;
  const named = `${action}${change === 'changed' ? '' : ` (${change})`}`;
  io.out(`${named}: ${paintVerdict(io, verdict)} ${aspects(difference)}\n`);
  io.out(`  before  ${saidOf(example.decisions[0], difference)}\n`);
  io.out(`  after   ${saidOf(example.decisions[1], difference)}\n`);
  const [x, y] = example.json.map((json) => JSON.stringify(json));
  if (x === y) io.out(`  example ${x}\n`);
  else io.out(`  example ${x}\n          ${y}\n`);
};

const jsonOf = ({ differences, ...rest }: CatalogDiff): unknown => ({
  ...rest,
  differences: differences.map(({ example, ...difference }) => ({
    ...difference,
    example: { before: example.json[0], after: example.json[1], decisions: example.decisions },
  })),
});

const exitOf = ({ answer, undecided }: CatalogDiff): ExitCode =>
  answer === 'different' ? EXIT.failed : undecided.length > 0 ? EXIT.incomplete : EXIT.ok;

const run = async (io: Io, files: readonly [string, string], options: DiffOptions): Promise<ExitCode> => {
  const [before, after] = [await catalogOf(io, files[0]), await catalogOf(io, files[1], options.policy)];
  if (E.isLeft(before)) return before.left;
  if (E.isLeft(after)) return after.left;
  const answer = diff(before.right, after.right, options.most === undefined ? {} : { most: options.most });
  if (options.json === true) {
    printJson(io, jsonOf(answer));
    return exitOf(answer);
  }
  for (const difference of answer.differences) print(io, difference);
  for (const { action, why } of answer.undecided) io.out(`${io.paint.yellow('not decided')} ${action}: ${why}\n`);
  const flips = answer.differences.filter(({ verdict }) => verdict[0] !== verdict[1]).length;
  io.out(
    answer.differences.length === 0
      ? answer.undecided.length === 0
        ? 'they decide alike, for every observation\n'
        : ''
      : `${plural(answer.differences.length, 'kind')} of difference, ${flips} of verdict${answer.truncated ? '; there are more (--most)' : ''}\n`,
  );
  return exitOf(answer);
};
