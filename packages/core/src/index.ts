/**
 * TAI Autonomics, the pure core: decides whether an operational action may happen, says why, and what would make it lawful.
 * No I/O, no clock, no randomness; errors are values. Read `decide.ts` first.
 *
 * This is the front door. Behind it stand `core/author` (writing packs), `core/analysis`, `core/analytics`,
 * `core/receipt` (evidence and its verification), `core/testing`, and `core/engine` (for hosts such as the governor).
 */
export { type CatalogDiff, type Difference, diff } from './analysis/diff/diff.ts';
export type { LintFinding } from './analysis/lint/finding.ts';
export { lint } from './analysis/lint/lint.ts';
export { type Counterexample, type Proof, prove } from './analysis/prove.ts';
export { type WhatWouldApprove, whatWouldApprove } from './analysis/what-would-approve.ts';
export { type Catalog, compileCatalog } from './catalog.ts';
export { type Issue, printIssue } from './data/issue.ts';
export { decide } from './decide.ts';
export { type DecidedJson, decideJson } from './decide-json.ts';
export type { ActionStep, Approve, Decision, GateResult, Reason, Refuse, Trace } from './decision.ts';
export { explain } from './explain.ts';
export type { GateId } from './gates/gate.ts';
export type { Choose, NextStep, Submit } from './next-step.ts';
export type { Evidence, Intent, Mode, Observation, Refusal, Subject } from './observation.ts';
export { parseObservation } from './observation-codec.ts';
export type { CatalogSource, Pack } from './policy/catalog-source.ts';
export { type Invariant, parseInvariants } from './policy/invariant.ts';
export { type PolicyDocument, parsePolicyDocument } from './policy/policy-document.ts';
export { withPolicy } from './policy/with-policy.ts';
export type { State } from './state.ts';
