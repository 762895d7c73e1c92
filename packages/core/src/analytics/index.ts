/** Figures over a ledger, each a fold that anyone can run again over the bundle. */
export { REPORTS, type ReportName } from '../policy/report-name.ts';
export { type Conversion, conversionOf, type Pilot, pilotOf } from './conversion.ts';
export { FIGURES, type FigureMemory, type FigureRun, type Period, startFigure } from './figure.ts';
export {
  COUNT_LEAST,
  type Learned,
  type LearnedMonth,
  type LearnedRow,
  learnMonth,
  type MonthCounts,
  type MonthRun,
  startMonth,
  TENANTS_LEAST,
  toldOf,
} from './learning.ts';
export { recipeFigure } from './recipes.ts';
export type { Counted, FigureContext, Reducer, StartReducer } from './reducer.ts';
export { type FigureRule, parseFigureRules } from './report/figure-rule.ts';
export { reportCsv, reportMarkdown } from './report/render.ts';
export type { Measure, Proposal, Report, Section, Statement } from './report/report.ts';
export { FIGURE_RULES, predictionsOf, type ReviewedWeek } from './report/rules.ts';
export { type ReportQuestion, type ReportRun, startReport } from './report/start-report.ts';
