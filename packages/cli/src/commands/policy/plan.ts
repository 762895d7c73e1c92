/** `tai plan check FILE`: whether a plan can be sold, and if not, where and why. */
import { checkPlan, type LawfulPlan } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { readJsonFile } from '../../input/read-file.ts';
import { CATALOG, type Register } from '../../register.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { catalogOf } from './decide.ts';

interface PlanOptions {
  readonly catalog?: string;
  readonly json?: boolean;
}

export const registerPlan: Register = (program, io, exit) => {
  const plan = program.command('plan').description('check plans: what is sold');
  plan
    .command('check')
    .description('say whether a plan can be sold, and if not, where and why')
    .argument('<file>', 'the plan (JSON, comments allowed): { plan_id, title, sku_id, packs, iam_roles, quota }')
    .option(...CATALOG)
    .option('--json', 'the answer as JSON')
    .action(async (file: string, options: PlanOptions) => exit(await run(io, file, options)));
};

const tell = (io: Io, { id, packs, notes }: LawfulPlan): void => {
  io.out(`${io.paint.green(`lawful: ${id}`)} switches on ${packs.join(', ')}\n`);
  for (const { note, pack, why } of notes) io.out(`  ${note}: ${pack} (${why})\n`);
};

const run = async (io: Io, file: string, options: PlanOptions): Promise<ExitCode> => {
  const catalog = await catalogOf(io, options.catalog);
  if (E.isLeft(catalog)) return catalog.left;
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return unreadable(io, read.left);
  const checked = checkPlan(catalog.right.source, read.right.value);
  const json = options.json === true;
  if (E.isLeft(checked)) {
    if (json) printJson(io, { lawful: false, issues: checked.left });
    else for (const issue of checked.left) io.out(`${io.paint.red(read.right.line(issue))}\n`);
    return EXIT.failed;
  }
  if (json) printJson(io, { lawful: true, ...checked.right });
  else {
    tell(io, checked.right);
    for (const issue of checked.right.warnings) io.out(`${io.paint.yellow(read.right.line(issue))}\n`);
  }
  return EXIT.ok;
};
