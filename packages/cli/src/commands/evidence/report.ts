/** `tai report`: what the receipts of a ledger say, for people, for tables and for programs. It changes nothing. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type CatalogSource, compileCatalog } from '@tai-autonomics/core';
import {
  parseFigureRules,
  type Report,
  type ReportName,
  type ReportQuestion,
  reportCsv,
  reportMarkdown,
} from '@tai-autonomics/core/analytics';
import { parseInstant } from '@tai-autonomics/core/engine';
import { INCIDENT_ID } from '@tai-autonomics/governor';
import {
  type BundleReport,
  printBundleFault,
  readBundle,
  reportBundle,
  reportLedger,
  type VerifyProgress,
} from '@tai-autonomics/governor/bundle';
import { detectors, library, withEditions } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { readAuditor } from '../../audit/auditor.ts';
import { openEvidence } from '../../audit/evidence.ts';
import { readJsonFile } from '../../input/read-file.ts';
import { DIR, type Register } from '../../register.ts';
import { complain, EXIT, type ExitCode, type Io, unreadable } from '../../terminal/io.ts';
import { createProgress } from '../../terminal/progress.ts';

interface ReportOptions {
  readonly tenant?: string;
  readonly dir: string;
  readonly trust?: string;
  readonly since: string;
  readonly until: string;
  readonly csv?: boolean;
  readonly json?: boolean;
  readonly output?: string;
  readonly rules?: string;
  readonly catalog?: string;
}

/** A report, and how far what it is from can be relied on. */
interface Made {
  readonly report: Report;
  readonly verified?: BundleReport;
}

export const registerReport: Register = (program, io, exit) => {
  const report = program.command('report').description('report from receipts alone, as Markdown, CSV or JSON');
  const kind = (name: ReportName, means: string) => {
    const verb = report.command(name).description(means);
    if (name === 'incident' || name === 'rca') verb.argument('<id>', 'the id of the incident');
    return verb
      .argument('[bundle]', 'a bundle, a folder or a tar file; without one, --tenant of a deployment')
      .option('--tenant <tenant>', 'a tenant of the deployment, instead of a bundle')
      .option(...DIR)
      .option('--trust <file>', 'whom you trust, as in verify')
      .option('--since <instant>', 'the first instant that is counted', '1970-01-01T00:00:00.000Z')
      .option('--until <instant>', 'the first instant that is no longer counted', '9999-12-31T23:59:59.999Z')
      .option('--csv', 'as CSV, instead of Markdown')
      .option('--json', 'as JSON, which tai verify --figures computes again')
      .option('-o, --output <file>', 'a file to write, instead of the terminal');
  };
  kind('weekly', 'review each week: incidents, refusals, recipes')
    .option('--rules <file>', 'predict by these rules (JSON, comments allowed), instead of those that ship')
    .action(async (bundle: string | undefined, options: ReportOptions) => exit(await weekly(io, bundle, options)));
  kind('incident', 'tell one incident; each sentence cites its receipts').action(
    async (incident: string, bundle: string | undefined, options: ReportOptions) =>
      exit(await run(io, { report: 'incident', incident }, bundle, options)),
  );
  kind('rca', 'tell the analyses of an incident; each why cites receipts').action(
    async (incident: string, bundle: string | undefined, options: ReportOptions) =>
      exit(await run(io, { report: 'rca', incident }, bundle, options)),
  );
  kind('sla', 'say what was promised, and whether it was kept')
    .option('--catalog <file>', 'by the plans of this catalog, instead of those that ship')
    .action(async (bundle: string | undefined, options: ReportOptions) => exit(await sla(io, bundle, options)));
  kind('andon', 'say what was stopped, and why').action(async (bundle: string | undefined, options: ReportOptions) =>
    exit(await run(io, { report: 'andon' }, bundle, options)),
  );
  kind('kaizen', 'rank what was submitted to be made better').action(
    async (bundle: string | undefined, options: ReportOptions) =>
      exit(await run(io, { report: 'kaizen' }, bundle, options)),
  );
  kind('proposals', 'say what would make frequent refusals lawful').action(
    async (bundle: string | undefined, options: ReportOptions) =>
      exit(await run(io, { report: 'proposals' }, bundle, options)),
  );
};

/** The weekly review, by rules of a file where one is named. */
const weekly = async (io: Io, bundle: string | undefined, options: ReportOptions): Promise<ExitCode> => {
  if (options.rules === undefined) return run(io, { report: 'weekly' }, bundle, options);
  const read = await readJsonFile(io, options.rules);
  if (E.isLeft(read)) return unreadable(io, read.left);
  const rules = parseFigureRules(read.right.value);
  if (E.isLeft(rules)) return unreadable(io, ...rules.left.map(read.right.line));
  return run(io, { report: 'weekly', rules: rules.right }, bundle, options);
};

/** What was promised, by the plans of a catalog: those that ship, or those of a file. */
const sla = async (io: Io, bundle: string | undefined, options: ReportOptions): Promise<ExitCode> => {
  if (options.catalog === undefined)
    return run(io, { report: 'sla', responseMinutes: minutesOf(withEditions(library)) }, bundle, options);
  const read = await readJsonFile(io, options.catalog);
  if (E.isLeft(read)) return unreadable(io, read.left);
  const catalog = compileCatalog(read.right.value);
  if (E.isLeft(catalog)) return unreadable(io, ...catalog.left.map(read.right.line));
  return run(io, { report: 'sla', responseMinutes: minutesOf(catalog.right.source) }, bundle, options);
};

const minutesOf = ({ plans }: CatalogSource): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(plans).flatMap(([plan, { support }]) =>
      support === undefined ? [] : [[plan, support.response_minutes]],
    ),
  );

type About = Pick<ReportQuestion, 'report' | 'incident' | 'rules' | 'responseMinutes'>;

const run = async (io: Io, about: About, bundle: string | undefined, options: ReportOptions): Promise<ExitCode> => {
  const { tenant, since, until, output } = options;
  const [from, to] = [parseInstant(since), parseInstant(until)];
  if (from === undefined)
    return unreadable(io, `--since: expected an instant like 2026-11-21T08:00:00Z, found ${since}`);
  if (to === undefined) return unreadable(io, `--until: expected an instant like 2026-11-21T08:00:00Z, found ${until}`);
  if (about.incident !== undefined && !INCIDENT_ID.test(about.incident))
    return unreadable(io, 'an incident id has letters, digits and _.:- only');
  if ((bundle === undefined) === (tenant === undefined))
    return unreadable(io, 'expected a bundle, or --tenant, and not both');
  const question = { ...about, since: from, until: to };
  const made =
    bundle === undefined
      ? await fromStore(io, options.dir, tenant ?? '', question)
      : await fromBundle(io, bundle, options.trust, question);
  if (E.isLeft(made)) return unreadable(io, ...made.left);
  const { report, verified } = made.right;
  if (verified?.overall === 'unreadable') return unreadable(io, `${bundle}: ${verified.headline}`);
  if (verified?.overall === 'falsified') {
    complain(io, `${bundle}: falsified: what it holds is evidence of nothing; see tai verify`);
    return EXIT.failed;
  }
  const text = written(report, options);
  if (output === undefined) io.out(text);
  else {
    const failed = await writeFile(resolve(io.cwd, output), text).catch((thrown: unknown) => String(thrown));
    if (failed !== undefined) return unreadable(io, `${output}: cannot be written`);
  }
  return verified?.overall === 'incomplete' ? EXIT.incomplete : EXIT.ok;
};

const written = (report: Report, { csv = false, json = false }: ReportOptions): string => {
  if (json) return `${JSON.stringify(report, null, 2)}\n`;
  return csv ? reportCsv(report) : reportMarkdown(report);
};

const watching = (io: Io): { readonly onProgress: (progress: VerifyProgress) => void; end(): void } => {
  const progress = createProgress(io);
  return {
    onProgress: ({ receipts, share }) => progress.show(share, `${receipts.toLocaleString('en')} receipts`),
    end: () => progress.end(),
  };
};

const fromBundle = async (
  io: Io,
  name: string,
  trustFile: string | undefined,
  question: ReportQuestion,
): Promise<E.Either<readonly string[], Made>> => {
  const auditor = await readAuditor(io, name, {
    maxAge: '24h',
    ...(trustFile === undefined ? {} : { trust: trustFile }),
  });
  if (E.isLeft(auditor)) return E.left([auditor.left]);
  const opened = await readBundle(resolve(io.cwd, name));
  if (E.isLeft(opened)) return E.left([printBundleFault(name, opened.left)]);
  const bundle = opened.right;
  const { onProgress, end } = watching(io);
  try {
    if (bundle.coverage === 'partial' && question.incident === undefined)
      return E.left([
        `${name}: a part of a ledger: only a report on an incident, or on its analyses, can be made from one`,
      ]);
    const { trust } = auditor.right;
    const made = await reportBundle(bundle, question, {
      detectors,
      onProgress,
      ...(trust === undefined ? {} : { trust }),
    });
    return E.mapLeft((fault: Parameters<typeof printBundleFault>[1]) => [printBundleFault(name, fault)])(made);
  } finally {
    end();
    bundle.close();
  }
};

const fromStore = async (
  io: Io,
  dir: string,
  tenant: string,
  question: ReportQuestion,
): Promise<E.Either<readonly string[], Made>> => {
  const evidence = await openEvidence(io, dir);
  if (E.isLeft(evidence)) return evidence;
  const { onProgress, end } = watching(io);
  try {
    for (const warning of evidence.right.warnings) complain(io, warning);
    const source = await evidence.right.sourceOf(tenant);
    if (E.isLeft(source)) return E.left([...source.left]);
    if (source.right === undefined) return E.left([`${dir}: no tenant ${tenant}`]);
    const report = await reportLedger(source.right, question, onProgress);
    return E.isLeft(report) ? E.left([report.left]) : E.right({ report: report.right });
  } finally {
    end();
    await evidence.right.close();
  }
};
