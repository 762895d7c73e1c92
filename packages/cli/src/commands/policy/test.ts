/** `tai test CASES…`: tables of cases, decided and compared; and what of the policy no case has seen. */

import type { Catalog } from '@tai-autonomics/core';
import { type CaseReport, gapsOf, parseCaseTable, runCases } from '@tai-autonomics/core/testing';
import { Option } from 'commander';
import { either as E } from 'fp-ts';
import { readJsonFile } from '../../input/read-file.ts';
import { preventionOf } from '../../input/shown-receipt.ts';
import { type PolicyOptions, withPolicyOption } from '../../input/written-catalog.ts';
import { CATALOG, type Register } from '../../register.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { catalogOf } from './decide.ts';

interface TestOptions extends PolicyOptions {
  readonly catalog?: string;
  readonly json?: boolean;
  readonly cover?: 'own' | 'all' | true;
  readonly prevention?: string;
}

interface TableReport extends CaseReport {
  readonly file: string;
}

export const registerTest: Register = (program, io, exit) => {
  withPolicyOption(program.command('test'))
    .description('run tables of cases, and say what no case has seen')
    .argument('<cases...>', 'files (JSON, comments allowed): what is given, what is expected')
    .option(...CATALOG)
    .addOption(
      new Option(
        '--cover [what]',
        'list what no case has seen: requirements and conditions never true or never false, codes never given; all: of the gates too',
      ).choices(['own', 'all']),
    )
    .option(
      '--prevention <codes>',
      'print the prevention test of a decision instead: the file is what show_receipt answered, the codes those that refuse it',
    )
    .option('--json', 'results and coverage as JSON')
    .action(async (files: readonly string[], options: TestOptions) => exit(await run(io, files, options)));
};

const runFile = async (io: Io, catalog: Catalog, file: string): Promise<E.Either<readonly string[], TableReport>> => {
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return E.left([read.left]);
  const table = parseCaseTable(read.right.value);
  if (E.isLeft(table)) return E.left(table.left.map(read.right.line));
  const report = runCases(catalog, table.right);
  return E.right({ file, ...report });
};

const shares = ({ coverage }: CaseReport): string => {
  const { actions, gates, requirements, conditions, codes } = coverage;
  const share = (what: string, seen: number, all: number): string => `${what} ${seen}/${all}`;
  return [
    share('actions asked', actions.filter(({ cases }) => cases > 0).length, actions.length),
    share('gates failed', gates.filter(({ failed }) => failed > 0).length, gates.length),
    share('requirements true', requirements.filter(({ holds }) => holds > 0).length, requirements.length),
    share('false', requirements.filter(({ fails }) => fails > 0).length, requirements.length),
    ...(conditions.length === 0
      ? []
      : [
          share('conditions true', conditions.filter(({ holds }) => holds > 0).length, conditions.length),
          share('false', conditions.filter(({ fails }) => fails > 0).length, conditions.length),
        ]),
    share('codes', codes.filter(({ cases }) => cases > 0).length, codes.length),
  ].join(', ');
};

const tell = (io: Io, report: TableReport, cover: TestOptions['cover']): void => {
  const { file, results, passed, failed, coverage } = report;
  for (const { note, wrong } of results.filter((result) => !result.passed)) {
    io.out(`${io.paint.red('✗')} ${note}\n`);
    for (const line of wrong) io.out(`    ${line}\n`);
  }
  const summary = `${file}: ${passed} of ${passed + failed} cases hold`;
  io.out(`${failed === 0 ? io.paint.green(summary) : io.paint.red(summary)}\n  seen: ${shares(report)}\n`);
  const gaps = gapsOf(coverage, cover === 'all' ? 'all' : 'own');
  if (cover !== undefined) for (const gap of gaps) io.out(`  ${gap}\n`);
  else if (gaps.length > 0) io.out(`  ${gaps.length} gaps; --cover lists them\n`);
};

/** What happened once, as a table whose one case has to be refused from now on. */
const printPrevention = async (
  io: Io,
  catalog: Catalog,
  [file = '', ...more]: readonly string[],
  list: string,
): Promise<ExitCode> => {
  if (more.length > 0) return unreadable(io, '--prevention takes one file');
  const [first = '', ...rest] = list.split(',').map((code) => code.trim());
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return unreadable(io, read.left);
  const table = preventionOf(catalog, read.right.value, [first, ...rest]);
  if (E.isLeft(table)) return unreadable(io, `${file}: ${table.left}`);
  printJson(io, table.right);
  return EXIT.ok;
};

const run = async (io: Io, files: readonly string[], options: TestOptions): Promise<ExitCode> => {
  const catalog = await catalogOf(io, options.catalog, options.policy);
  if (E.isLeft(catalog)) return catalog.left;
  if (options.prevention !== undefined) return printPrevention(io, catalog.right, files, options.prevention);
  const reports: TableReport[] = [];
  for (const file of files) {
    const report = await runFile(io, catalog.right, file);
    if (E.isLeft(report)) return unreadable(io, ...report.left);
    reports.push(report.right);
  }
  if (options.json === true) printJson(io, reports);
  else for (const report of reports) tell(io, report, options.cover);
  return reports.every(({ failed }) => failed === 0) ? EXIT.ok : EXIT.failed;
};
