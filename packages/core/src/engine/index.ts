/**
 * The engine room, for hosts that gather evidence, keep ledgers and answer callers, such as the governor: the fold, what
 * receipts record of a decision, re-derivation, tool surfaces, marketplace events, values and instants.
 */
export {
  ALERT_SEVERITIES,
  type Alert,
  type AlertIntent,
  type AlertSeverity,
  incidentOf,
  intentOfAlert,
  kindOf,
  severityOf,
} from '../alert/alert.ts';
export { ALERT_FORMATS, type AlertFormat, readAlerts } from '../alert/formats.ts';
export { nobleP256 } from '../approval/noble-p256.ts';
export { type P256, passkeyChallenge, type SignatureChecks } from '../approval/passkey.ts';
export { type ShownRefusal, shownRefusal } from '../approval/shown-refusal.ts';
export {
  APPROVER_KEYS_CELL,
  type ApprovalStatement,
  approvalBytes,
  approverKeyBytes,
  type SignedContext,
  type Signer,
  signerOf,
  verifyStatement,
} from '../approval/signed-statement.ts';
export type { PlacedTool } from '../catalog.ts';
export type { CompiledAction, CompiledRequirement } from '../compile/action.ts';
export type { Codec, Describe } from '../data/codec.ts';
export { illTyped } from '../data/ill-typed.ts';
export { formatInstant, isInstant, type Ms, parseInstant } from '../data/instant.ts';
export { nearestNames, type Path, printPath } from '../data/issue.ts';
export { nameFault, nameRuleBroken } from '../data/name.ts';
export { codecOf, statementCodecOf } from '../data/value-codec.ts';
export { needsEvidence } from '../decide.ts';
export {
  ENTITLEMENT_EVENTS,
  type EntitlementIntent,
  EVENT_NOTES,
  eventRank,
  readEntitlementEvent,
} from '../entitlement/entitlement-event.ts';
export { type NothingPromised, type Promised, promisedTo } from '../entitlement/promise.ts';
export {
  activePacks,
  type Credentialed,
  type SurfaceChange,
  surfaceChange,
  visibleTools,
} from '../entitlement/tool-surface.ts';
export { describeWire, explainSentence, explainStep } from '../explain.ts';
export { type ExplainedGate, type ExplainedRequirement, explainGates, type FactSeen } from '../explain-gates.ts';
export { GATES } from '../gates/gate.ts';
export { activeCatalog, movesCatalog } from '../ledger/active-catalog.ts';
export { bindingRecord } from '../ledger/binding.ts';
export {
  codesOf,
  decisionBody,
  eventOf,
  evidenceOf,
  evidenceRecords,
  intentRecord,
  readingsRecord,
  stateOfReadings,
} from '../ledger/decision-disclosures.ts';
export { ENGINE, SEMANTICS } from '../ledger/engine.ts';
export { ENGINES, type Engine, type Engines, nextSemantics } from '../ledger/engines.ts';
export { cellWrite, entryOf, wireWrite } from '../ledger/entry.ts';
export { outcomeOf, verifyOutcome } from '../ledger/outcome.ts';
export { recordedDecision, recordedObservation, recordedRefusal } from '../ledger/receipted-decision.ts';
export { type CountingRederiver, createRederiver, type RederiveOptions } from '../ledger/rederive.ts';
export { STEP_BUDGET, type StepBudget } from '../ledger/steps.ts';
export { createWithdrawalCheck, type WithdrawalCheck } from '../ledger/withdrawal-check.ts';
export { NOTICE, noticeOf } from '../notice.ts';
export type { Environment } from '../observation.ts';
export { type Audience, audienceOf, outward } from '../outward.ts';
export { TOOL_SURFACE_CHANGED } from '../policy/action.ts';
export { factsOf } from '../policy/condition.ts';
export { type Missing, type Reading, readingOf } from '../reading.ts';
export { SEMANTICS_CELL } from '../receipt/ledger-rules.ts';
export { cohortOf, inCohort } from '../recipe/cohort.ts';
export {
  type Diagnosis,
  type DiagnosisOptions,
  diagnose,
  type EvidenceWanted,
  isReviewed,
  type PlannedStep,
  type RecipeBook,
  type SeenFacts,
} from '../recipe/diagnose.ts';
export { namesRefusal, refusalOf, withReceipt } from '../refusal.ts';
export { type NextPlace, nextPlace } from '../schedule/next-place.ts';
export {
  createSchedule,
  passedOverAtMost,
  type Schedule,
  SHARES,
  type Work,
  type WorkLimits,
} from '../schedule/schedule.ts';
export { namingArgument } from '../stamps.ts';
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
} from '../state.ts';
