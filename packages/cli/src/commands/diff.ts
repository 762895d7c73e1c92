/** `tai diff BEFORE AFTER`: what two catalogs decide differently, each with the smallest example. */
import {
  type CatalogDiff,
  type Decision,
  type Difference,
  diff,
  explainSentence,
  explainStep,
} from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import type { Register } from '../register.ts';
import { type PolicyOptions, withPolicyOption } from '../written-catalog.ts';
import { catalogOf } from './decide.ts';

interface DiffOptions extends PolicyOptions {
  readonly most?: string;
  readonly json?: boolean;
}

const SHIPPED = 'shipped';
const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

const aspects = ({ gained, lost, changed, differs }: Difference): string => {
  const codes = [
    ...gained.map((code) => `+${code}`),
    ...lost.map((code) => `-${code}`),
    ...changed.map((code) => `~${code}`),
  ];
  const rest = differs.filter((aspect) => aspect === 'order' || aspect === 'plan' || aspect === 'writes');
  return [...codes, ...rest.map((aspect) => `other ${aspect}`)].join(' ');
};

/** What a decision says of the codes that differ; the decision in a sentence where it says nothing of them. */
const saidOf = (decision: Decision, { gained, lost, changed }: Difference): string => {
  const codes = [...gained, ...lost, ...changed];
  const reasons = decision.verdict === 'refuse' ? decision.reasons.filter(({ code }) => codes.includes(code)) : [];
  const [first] = reasons;
  if (first === undefined)
    return decision.verdict === 'refuse' && codes.length > 0
      ? 'refused for other reasons alone'
      : explainSentence(decision);
  return `${first.code}: required that ${first.means}; next: ${explainStep(first.next)}`;
};

const print = (io: Io, difference: Difference): void => {
  const { action, change, verdict, example } = difference;
  const [before, after] = verdict;
  const flip = before === after ? before : `${before} → ${after}`;
  const painted = before === after ? flip : after === 'approve' ? io.paint.yellow(flip) : io.paint.red(flip);
  io.out(`${action}${change === 'changed' ? '' : ` (${change})`}: ${painted} ${aspects(difference)}\n`);
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
  const [before, after] = [
    await catalogOf(io, files[0] === SHIPPED ? undefined : files[0]),
    await catalogOf(io, files[1] === SHIPPED ? undefined : files[1], options.policy),
  ];
  if (E.isLeft(before)) return before.left;
  if (E.isLeft(after)) return after.left;
  const answer = diff(before.right, after.right, options.most === undefined ? {} : { most: Number(options.most) });
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

export const registerDiff: Register = (program, io, exit) => {
  withPolicyOption(program.command('diff'))
    .description(
      'compare what two catalogs decide, the second one with the policy documents; exit 0 alike, 1 different, 4 not all decided, 2 unreadable',
    )
    .argument('<before>', `a catalog, or \`${SHIPPED}\``)
    .argument('<after>', `a catalog, or \`${SHIPPED}\``)
    .option('--most <count>', 'how many kinds of difference are listed')
    .option('--json', 'the differences as JSON')
    .action(async (before: string, after: string, options: DiffOptions) =>
      exit(await run(io, [before, after], options)),
    );
};
