/** What the files of a bundle show beside its receipts, added to the verifier's report under the step that it belongs to. */
import type { Finding, FirstBad, Unchecked, VerifyReport } from '@tai-autonomics/core/receipt';

const FINDINGS_MAX = 100;

/** Findings that were made outside the verifier. */
export interface MoreFindings {
  readonly kept: readonly Finding[];
  readonly count: number;
  note(finding: Finding): void;
}

/** Nothing found yet. Keeps the first hundred, and the one with the lowest place. */
export const createFindings = (): MoreFindings & { readonly first: Finding | undefined } => {
  const kept: Finding[] = [];
  let count = 0;
  let first: Finding | undefined;
  return {
    kept,
    get count() {
      return count;
    },
    get first() {
      return first;
    },
    note: (finding) => {
      count += 1;
      if (kept.length < FINDINGS_MAX) kept.push(finding);
      if (finding.seq !== undefined && (first?.seq === undefined || finding.seq < first.seq)) first = finding;
    },
  };
};

/** The report with these findings in it: their steps failed, and so did the whole. Unchanged if there are none. */
export const amendReport = (report: VerifyReport, more: ReturnType<typeof createFindings>): VerifyReport => {
  if (more.count === 0) return report;
  const firstBad = firstBadOf(report, more.first);
  const steps = report.steps.map((result) => {
    const own = more.kept.filter(({ step }) => step === result.step);
    const [found] = own;
    if (found === undefined) return result;
    const why = `${found.why}${own.length === 1 ? '' : `, and ${own.length - 1} more`}`;
    const sentence = result.status === 'failed' ? `${result.sentence} Also: ${why}.` : `Found: ${why}.`;
    return { ...result, status: 'failed' as const, sentence };
  });
  const [found] = more.kept;
  const overall = report.overall === 'unreadable' ? report.overall : 'falsified';
  const named =
    firstBad === undefined
      ? `${found?.step ?? 'digests'}: ${found?.why ?? ''}`
      : `the first bad receipt is ${firstBad.seq}: ${firstBad.why}`;
  const isNamed = report.overall === 'falsified' && (firstBad === undefined || firstBad === report.firstBad);
  const keepsHeadline = overall === 'unreadable' || isNamed;
  return {
    ...report,
    overall,
    // What is wrong with the ledger itself is said before what is wrong with the files beside it.
    headline: keepsHeadline ? report.headline : `Falsified: ${named}.`,
    steps,
    findings: [...report.findings, ...more.kept].slice(0, FINDINGS_MAX),
    findingCount: report.findingCount + more.count,
    ...(firstBad === undefined ? {} : { firstBad }),
  };
};

/** The report with more that was not checked. One thing that is open keeps it from `verified`. */
export const addUnchecked = (report: VerifyReport, more: readonly Unchecked[]): VerifyReport => {
  const unchecked = [...report.unchecked, ...more].sort((a, b) => Number(b.open) - Number(a.open));
  if (report.overall !== 'verified' || !more.some(({ open }) => open)) return { ...report, unchecked };
  const headline = 'Nothing is wrong in what was checked, but not everything could be checked.';
  return { ...report, unchecked, overall: 'incomplete', headline };
};

const firstBadOf = (report: VerifyReport, first: Finding | undefined): FirstBad | undefined => {
  const { firstBad } = report;
  if (first?.seq === undefined || (firstBad !== undefined && firstBad.seq <= first.seq)) return firstBad;
  return { seq: first.seq, why: first.why, certain: false };
};
