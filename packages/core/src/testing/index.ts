/** For whoever tests a policy: trials over a scene, and matchers for the runner at hand. Not needed to decide anything. */

export { type Case, type CaseTable, type Expected, parseCaseTable } from '../cases/case-table.ts';
export {
  type ActionCoverage,
  type CodeCoverage,
  type ConditionCoverage,
  type Coverage,
  type GateCoverage,
  gapsOf,
  type RequirementCoverage,
} from '../cases/coverage.ts';
export type { Document } from '../cases/document.ts';
export { type CaseReport, type CaseResult, type Found, runCases } from '../cases/run-cases.ts';
export { type DecisionMatchers, type Matched, matchers, type RefusalWanted } from './matchers.ts';
export type { Step } from './step.ts';
export { type Trial, trials } from './trial.ts';
