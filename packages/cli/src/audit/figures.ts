/** `tai verify --figures`: a report that somebody made, computed again from the receipts of a bundle. */
import { printIssue } from '@tai-autonomics/core';
import {
  parseFigureRules,
  REPORTS,
  type Report,
  type ReportQuestion,
  type ReportRun,
  type Section,
  startReport,
} from '@tai-autonomics/core/analytics';
import { parseInstant } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import type { BesideReceipt } from '@tai-autonomics/governor/bundle';
import { either as E } from 'fp-ts';
import { readJsonFile } from '../input/read-file.ts';
import type { Io } from '../terminal/io.ts';

/** A report as its file says it. */
export interface ClaimedReport {
  readonly question: ReportQuestion;
  /** The place after the last receipt that it was made from. */
  readonly size: number;
  readonly sections: readonly unknown[];
  /** What it proposes; absent where it proposes nothing. */
  readonly proposals?: unknown;
}

/** What came of computing a report again. */
export interface FiguresVerdict {
  /** Measures and sentences that were computed again. */
  readonly computed: number;
  /** What the report says otherwise than the receipts. */
  readonly wrong: readonly string[];
}

/** Reads a report as `tai report … --json` writes it; left with one line for what is no report. */
export const readClaimed = async (io: Io, path: string): Promise<E.Either<string, ClaimedReport>> => {
  const read = await readJsonFile(io, path);
  if (E.isLeft(read)) return read;
  const json = read.right.value;
  if (!isPlainObject(json)) return E.left(`${path}: expected a report`);
  const report = REPORTS.find((one) => one === json['report']);
  const [since, until] = [instantIn(json['since']), instantIn(json['until'])];
  const [size, sections, incident] = [json['size'], json['sections'], json['incident']];
  if (report === undefined || since === undefined || until === undefined || !isSize(size) || !Array.isArray(sections))
    return E.left(`${path}: expected a report with report, since, until, size and sections`);
  const about = typeof incident === 'string' ? { incident } : {};
  const rules = json['rules'] === undefined ? E.right(undefined) : parseFigureRules(json['rules']);
  if (E.isLeft(rules)) return E.left(`${path}: its rules are none: ${rules.left.map(printIssue).join('; ')}`);
  const by = rules.right === undefined ? {} : { rules: rules.right };
  const promised = minutesIn(json['responseMinutes']);
  if (E.isLeft(promised)) return E.left(`${path}: ${promised.left}`);
  return E.right({
    question: { report, since, until, ...about, ...by, ...promised.right },
    size,
    sections: sections as readonly unknown[],
    ...(json['proposals'] === undefined ? {} : { proposals: json['proposals'] }),
  });
};

/** Computes it again, told of every receipt in order. */
export const startFigures = (claimed: ClaimedReport): { readonly beside: BesideReceipt; verdict(): FiguresVerdict } => {
  const run: ReportRun = startReport(claimed.question);
  return {
    beside: (receipt, disclosed) => {
      if (receipt.seq < claimed.size) run.step(receipt, disclosed);
    },
    verdict: () => compare(claimed, run.finish()),
  };
};

const instantIn = (value: unknown): number | undefined => (typeof value === 'string' ? parseInstant(value) : undefined);
/** What a report says that plans promise: minutes by plan. */
const minutesIn = (json: unknown): E.Either<string, Pick<ReportQuestion, 'responseMinutes'>> => {
  if (json === undefined) return E.right({});
  const isMinutes = isPlainObject(json) && Object.values(json).every((n) => Number.isSafeInteger(n) && Number(n) > 0);
  return isMinutes
    ? E.right({ responseMinutes: json as Readonly<Record<string, number>> })
    : E.left('responseMinutes: expected whole minutes by plan');
};
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** A line for each section that is not the same, with the first thing in it that differs. */
const compare = ({ sections: claimed, size, proposals }: ClaimedReport, report: Report): FiguresVerdict => {
  const { sections } = report;
  const computed = sections.reduce((sum, { measures, statements }) => sum + measures.length + statements.length, 0);
  const wrong = sections.flatMap((section, i) => differenceIn(section, claimed[i]));
  if (report.size < size) wrong.unshift(`the report is from ${size} receipts, the bundle has ${report.size}`);
  if (JSON.stringify(report.proposals) !== JSON.stringify(proposals))
    wrong.push('the report proposes something else than the receipts do');
  if (claimed.length > sections.length) wrong.push(`the report has ${claimed.length - sections.length} more sections`);
  return { computed, wrong };
};

const differenceIn = (section: Section, claimed: unknown): readonly string[] => {
  if (JSON.stringify(section) === JSON.stringify(claimed)) return [];
  const said = isPlainObject(claimed) ? claimed : {};
  if (said['heading'] !== section.heading) return [`${section.heading}: the report does not have it here`];
  const [measures, statements] = [listIn(said['measures']), listIn(said['statements'])];
  const lines = [
    ...section.measures.flatMap((measure, i) =>
      JSON.stringify(measure) === JSON.stringify(measures[i])
        ? []
        : [
            `${section.heading}: ${measure.name}: the receipts say ${measure.value ?? 'none'}, the report says otherwise`,
          ],
    ),
    ...section.statements.flatMap((statement, i) =>
      JSON.stringify(statement) === JSON.stringify(statements[i])
        ? []
        : [`${section.heading}: the receipts say ${JSON.stringify(statement.text)}, the report says otherwise`],
    ),
  ];
  return lines.length === 0 ? [`${section.heading}: the report has more in it than the receipts say`] : lines;
};

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);
