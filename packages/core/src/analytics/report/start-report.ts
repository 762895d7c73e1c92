/** Starts a report, or answers why there is none. */
import { formatInstant, parseInstant } from '../../data/instant.ts';
import type { ReportName } from '../../policy/report-name.ts';
import type { Json, Receipt } from '../../receipt/index.ts';
import type { Period } from '../figure.ts';
import { andonReporter } from './andon.ts';
import type { FigureRule } from './figure-rule.ts';
import { incidentReporter } from './incident.ts';
import { kaizenReporter } from './kaizen.ts';
import { proposalsReporter } from './proposals.ts';
import { rcaReporter } from './rca.ts';
import type { Report, Reporter } from './report.ts';
import { type ResponseMinutes, slaReporter } from './sla.ts';
import { weeklyReporter } from './weekly.ts';

/** What is to be reported. */
export interface ReportQuestion extends Period {
  readonly report: ReportName;
  /** Of a report on an incident, or on its analyses: which one. */
  readonly incident?: string;
  /** Of the weekly review: the rules that it predicts by; those that ship where absent. */
  readonly rules?: readonly FigureRule[];
  /** Of a report on what was promised: within how many minutes an account is answered, by plan; nothing where absent. */
  readonly responseMinutes?: ResponseMinutes;
}

/** A report in progress: every receipt of the ledger in order, then the report. */
export interface ReportRun {
  readonly step: (receipt: Receipt, disclosed: ReadonlyMap<string, Json>) => void;
  readonly finish: () => Report;
}

/** Starts a report over a ledger. What is after its period changes nothing, and is counted as a receipt that was looked at. */
export const startReport = (question: ReportQuestion): ReportRun => {
  const { report, incident, rules, responseMinutes, since, until } = question;
  const reporter = REPORTERS[report](question);
  let receipts = 0;
  let size = 0;
  return {
    step: (receipt, disclosed) => {
      const at = parseInstant(receipt.at) ?? 0;
      receipts += 1;
      size = receipt.seq + 1;
      if (at < until) reporter.step({ receipt, at, disclosed, isIn: at >= since });
    },
    finish: () => ({
      report,
      ...(incident === undefined ? {} : { incident }),
      ...(rules === undefined ? {} : { rules }),
      ...(responseMinutes === undefined ? {} : { responseMinutes }),
      since: formatInstant(since),
      until: formatInstant(until),
      receipts,
      size,
      sections: reporter.finish(),
      ...(reporter.proposals === undefined ? {} : { proposals: reporter.proposals() }),
    }),
  };
};

const REPORTERS: Readonly<Record<ReportName, (question: ReportQuestion) => Reporter>> = {
  weekly: ({ rules }) => weeklyReporter(rules),
  incident: ({ incident = '' }) => incidentReporter(incident),
  andon: () => andonReporter(),
  proposals: () => proposalsReporter(),
  kaizen: () => kaizenReporter(),
  rca: ({ incident = '' }) => rcaReporter(incident),
  sla: ({ responseMinutes = {} }) => slaReporter(responseMinutes),
};
