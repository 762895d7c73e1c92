/**
 * TAI Autonomics, the pure core: decides whether an operational action may happen, says why and what would make it
 * lawful, and writes and verifies the receipts of it. No I/O, no clock, no randomness; errors are values.
 *
 * Read `decide.ts` first.
 */

export type { Aspect, Compared } from './analysis/diff/compare-decisions.ts';
export { type CatalogDiff, type Difference, type DiffOptions, diff } from './analysis/diff/diff.ts';
export { type LintFinding, RULES, type Rule } from './analysis/lint/finding.ts';
export { type LintOptions, lint } from './analysis/lint/lint.ts';
export type { Observers } from './analysis/lint/use.ts';
export { observationJson } from './analysis/observation-json.ts';
export { type Counterexample, type Proof, prove } from './analysis/prove.ts';
export {
  createReplayer,
  type ReplayCounts,
  type Replayed,
  type ReplayedPlace,
  type Replayer,
  type ReplayOptions,
} from './analysis/replay/replay.ts';
export type { Budget } from './analysis/solver/question.ts';
export { carryOut, type End } from './analysis/take-step.ts';
export {
  type By,
  type ChangeNeeded,
  type ChangeSet,
  type WhatWouldApprove,
  type WhatWouldApproveOptions,
  whatWouldApprove,
} from './analysis/what-would-approve.ts';
export { type Witness, type Witnesses, witnessesOf } from './analysis/witnesses.ts';
export { FIGURES, type FigureRun, type Period, startFigure } from './analytics/figure.ts';
export type { Counted, FigureContext, Reducer } from './analytics/reducer.ts';
export { type Case, type CaseTable, type Expected, parseCaseTable } from './cases/case-table.ts';
export {
  type ActionCoverage,
  type CodeCoverage,
  type ConditionCoverage,
  type Coverage,
  type GateCoverage,
  gapsOf,
  type RequirementCoverage,
} from './cases/coverage.ts';
export type { Document } from './cases/document.ts';
export { type CaseReport, type CaseResult, type Found, runCases } from './cases/run-cases.ts';
export { type Catalog, compileCatalog, type PlacedTool } from './catalog.ts';
export type { CompiledAction, CompiledRequirement } from './compile/action.ts';
export { CORE_EVENTS } from './compile/check.ts';
export type { Codec } from './data/codec.ts';
export { illTyped } from './data/ill-typed.ts';
export { formatInstant, isInstant, type Ms, parseInstant } from './data/instant.ts';
export { type Issue, type Path, printIssue, printPath } from './data/issue.ts';
export { type JsonSchema, jsonSchemaOf } from './data/json-schema.ts';
export type { ResultSchema, ResultType } from './data/result-schema.ts';
export {
  admit,
  describeType,
  express,
  type FieldType,
  type RecordsType,
  sameValue,
  type Type,
  type Value,
  type Wire,
} from './data/value.ts';
export { codecOf, statementCodecOf } from './data/value-codec.ts';
export { DAYS, type Day, describeWindows, type Window } from './data/windows.ts';
export { decide, needsEvidence } from './decide.ts';
export type { ActionStep, Approve, Decision, GateResult, Reason, Refuse, Trace } from './decision.ts';
export {
  ENTITLEMENT_EVENTS,
  type EntitlementIntent,
  EVENT_NOTES,
  eventRank,
  readEntitlementEvent,
} from './entitlement/entitlement-event.ts';
export { type Mix, type MixNote, type MixProblem, normaliseMix } from './entitlement/pack-selection.ts';
export { activePacks, type SurfaceChange, surfaceChange, visibleTools } from './entitlement/tool-surface.ts';
export { describeWire, explain, explainSentence, explainStep } from './explain.ts';
export { type LadderStep, ladderOf, type Rung, type Seen } from './explain-gates.ts';
export { GATES, type GateId } from './gates/gate.ts';
export { activeCatalog, movesCatalog } from './ledger/active-catalog.ts';
export { bindingRecord } from './ledger/binding.ts';
export {
  codesOf,
  decisionBody,
  eventOf,
  evidenceOf,
  evidenceRecords,
  intentRecord,
  readingsRecord,
  stateOfReadings,
} from './ledger/decision-disclosures.ts';
export { CATALOG_DOMAIN, ENGINE, SEMANTICS } from './ledger/engine.ts';
export {
  ENGINE_UPGRADED,
  ENGINES,
  type Engine,
  type Engines,
  nextSemantics,
  SEMANTICS_CELL,
} from './ledger/engines.ts';
export { cellWrite, entryOf, wireWrite } from './ledger/entry.ts';
export { outcomeOf, verifyOutcome } from './ledger/outcome.ts';
export { createRederiver, type RederiveOptions } from './ledger/rederive.ts';
export { createStanding, type Standing } from './ledger/withdrawal-check.ts';
export type { Choose, NextStep, Submit } from './next-step.ts';
export type { Evidence, Intent, Mode, Observation, Subject } from './observation.ts';
export { parseObservation } from './observation-codec.ts';
export { type Audience, audienceOf, outward } from './outward.ts';
export type {
  Action,
  ActionId,
  After,
  Ask,
  Change,
  Choice,
  Code,
  Does,
  EventId,
  Limits,
  OutcomeStatus,
  Relation,
  Remedy,
  Requirement,
  Role,
  RunsStep,
  Status,
  SubjectType,
  Times,
  Who,
  Write,
} from './policy/action.ts';
export { RELATIONS, ROLES, STATUSES, SUBJECT_TYPES } from './policy/action.ts';
export type { CatalogSource, Pack, PackId, Plan, PlanId, Tool, ToolId } from './policy/catalog-source.ts';
export type { Comparison, Condition, FactOperand, Op, Operand, Quantified, Right } from './policy/condition.ts';
export { comparisonOf, factsOf, OPS } from './policy/condition.ts';
export {
  all,
  any,
  conditionsOn,
  each,
  type FactTerm,
  type ListTerm,
  type Named,
  namesOf,
  not,
  row,
} from './policy/condition-builder.ts';
export { describeCondition } from './policy/condition-text.ts';
export type {
  Argument,
  Cell,
  CellId,
  ContextFact,
  Fact,
  FactId,
  LedgerFact,
  ObservedFact,
  PlanFact,
  RequestFact,
  StepFact,
  Term,
} from './policy/fact.ts';
export { type Invariant, parseInvariants } from './policy/invariant.ts';
export {
  type PolicyDocument,
  type PolicyId,
  type PolicyRequirement,
  type PolicyTarget,
  parsePolicyDocument,
  policyCode,
} from './policy/policy-document.ts';
export { withPolicy } from './policy/with-policy.ts';
export { type Missing, type Reading, readingOf } from './reading.ts';
export * from './receipt/index.ts';
export {
  type CellChange,
  type CellWrite,
  cellKey,
  createFold,
  type Entry,
  emptyState,
  evolve,
  type Fold,
  type OpenAction,
  type Seq,
  type State,
} from './state.ts';
