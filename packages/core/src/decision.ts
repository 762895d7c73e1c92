/** A decision: exactly one of approve and refuse. Both carry the trace of all gates. */

import type { Wire } from './data/value.ts';
import type { GateId } from './gates/gate.ts';
import type { NextStep } from './next-step.ts';
import type { Code, Limits } from './policy/action.ts';
import type { FactId } from './policy/fact.ts';
import type { Role } from './policy/role.ts';
import type { CellWrite } from './state.ts';

/** One gate's result. Gate 8 is `not_evaluated` when one of the first three failed, all others when the first did. */
export interface GateResult {
  readonly gate: GateId;
  readonly result: 'passed' | 'failed' | 'not_evaluated';
}
/** All eight gates, in order. */
export type Trace = readonly GateResult[];

/** Why a decision refused, and what would change it. */
export interface Reason {
  readonly gate: GateId;
  readonly code: Code;
  /** What was required, in words. */
  readonly means: string;
  /** The facts that the requirement looks at. */
  readonly facts: readonly FactId[];
  readonly next: NextStep;
  /** Of `insufficient_privilege`, where roles are wanting. */
  readonly roles?: RolesWanted;
}

/** Which roles are wanting in one place: in the plan, in the tenant's grant or in the credential. Each list is sorted. */
export interface RolesWanted {
  /** All that the action takes. */
  readonly required: readonly Role[];
  /** Those of them that are there. */
  readonly held: readonly Role[];
  /** Those that are not: what the next step asks for. */
  readonly missing: readonly Role[];
}

/** What an approval allows: one step with its arguments, inside its limits. */
export interface ActionStep {
  readonly step: string;
  readonly with: Readonly<Record<string, Wire>>;
  readonly limits: Limits;
}

/** The action may happen, inside the limits of its plan. */
export interface Approve {
  readonly verdict: 'approve';
  /** Resolved, so that `evolve` needs no catalog. */
  readonly writes: readonly CellWrite[];
  /** Empty for an internal action. */
  readonly actionPlan: readonly ActionStep[];
  readonly trace: Trace;
}
/** The action may not happen now; with all reasons. */
export interface Refuse {
  readonly verdict: 'refuse';
  /** All of them, in the order of the gates; the first determines. */
  readonly reasons: readonly [Reason, ...Reason[]];
  readonly trace: Trace;
}
/** The answer to one observation: exactly one of approve and refuse. */
export type Decision = Approve | Refuse;
