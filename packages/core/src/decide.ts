/**
 * decide(catalog, observation) → Decision. A = μ(O): pure and total; the same observation gives the same decision.
 *
 * Read this first. A decision looks up the action, reads the facts that its requirements name, tests the requirements
 * gate by gate, and answers with all that failed. Everything else was done when the catalog was compiled.
 */
import type { Catalog } from './catalog.ts';
import type { CompiledAction, CompiledRequirement } from './compile/action.ts';
import { FALSE, TRUE } from './compile/test.ts';
import type { Decision, GateResult, Reason, Refuse, Trace } from './decision.ts';
import { GATES } from './gates/gate.ts';
import type { Observation } from './observation.ts';
import { missingOf, type Sight } from './reading.ts';

const PASSED = 0;
const FAILED = 1;
const NOT_EVALUATED = 2;
type Result = typeof PASSED | typeof FAILED | typeof NOT_EVALUATED;

const RESULTS: readonly (readonly GateResult[])[] = GATES.map((gate) =>
  (['passed', 'failed', 'not_evaluated'] as const).map((result) => Object.freeze({ gate, result })),
);
const traceOf = (results: readonly Result[]): Trace =>
  results.map((result, g) => (RESULTS[g] as readonly GateResult[])[result] as GateResult);
const ALL_PASSED: Trace = Object.freeze(traceOf([0, 0, 0, 0, 0, 0, 0, 0]));
const NO_REGISTRY: Trace = Object.freeze(traceOf([1, 2, 2, 2, 2, 2, 2, 2]));

const UNKNOWN_ACTION: Refuse = Object.freeze({
  verdict: 'refuse',
  reasons: [
    {
      gate: 'registry',
      code: 'tool_not_found',
      means: 'the tool exists for this tenant',
      facts: ['action'],
      next: { kind: 'none', why: 'no pack of this catalog has such an action' },
    },
  ],
  trace: NO_REGISTRY,
} as const);

const REGISTRY = 0;
const MODE = 2;
const PRECONDITION = 7;

const reasonFor = (r: CompiledRequirement, o: Observation): Reason =>
  typeof r.reason === 'function' ? r.reason(o) : r.reason;

/** A requirement over a fact that is not known asks for the fact; each fact is asked for once. */
const inform = (
  a: CompiledAction,
  r: CompiledRequirement,
  sights: readonly Sight[],
  o: Observation,
  reasons: Reason[],
): void => {
  let explained = false;
  for (const slot of r.slots) {
    const sight = sights[slot] as Sight;
    if (typeof sight !== 'symbol') continue;
    const why = missingOf(sight);
    const reason = why === undefined ? undefined : a.informed[slot]?.[why];
    // A gap without a reason of its own explains nothing (an invalid argument has one: gate 8 gave it already).
    if (why === undefined || reason !== undefined) explained = true;
    if (reason !== undefined && !reasons.includes(reason)) reasons.push(reason);
  }
  if (!explained) reasons.push(reasonFor(r, o));
};

/** Tests one gate; adds a reason for every requirement that is not true. */
const runGate = (
  a: CompiledAction,
  gate: number,
  sights: readonly Sight[],
  o: Observation,
  reasons: Reason[],
): Result => {
  const before = reasons.length;
  if (gate === PRECONDITION) for (const name of a.invalidArguments(o)) reasons.push(a.argumentReason(name));
  const end = a.starts[gate + 1] as number;
  for (let i = a.starts[gate] as number; i < end; i++) {
    const r = a.requirements[i] as CompiledRequirement;
    const truth = r.test(sights);
    if (truth === TRUE) continue;
    if (truth === FALSE) reasons.push(reasonFor(r, o));
    else inform(a, r, sights, o, reasons);
  }
  return reasons.length === before ? PASSED : FAILED;
};

const read = (a: CompiledAction, sights: Sight[], upTo: number, o: Observation): void => {
  for (let slot = sights.length; slot < upTo; slot++)
    sights.push((a.readers[slot] as CompiledAction['readers'][number])(o));
};

const refuse = (reasons: readonly Reason[], trace: Trace): Decision => {
  const [first, ...rest] = reasons;
  return first === undefined ? UNKNOWN_ACTION : { verdict: 'refuse', reasons: [first, ...rest], trace };
};

const run = (
  a: CompiledAction,
  o: Observation,
  last: number,
): { readonly reasons: readonly Reason[]; readonly trace: Trace } => {
  const sights: Sight[] = [];
  const reasons: Reason[] = [];
  read(a, sights, a.reads[0], o);
  if (runGate(a, REGISTRY, sights, o, reasons) === FAILED) return { reasons, trace: NO_REGISTRY };
  read(a, sights, a.reads[1], o);
  const results: Result[] = [PASSED];
  for (let gate = 1; gate < PRECONDITION && gate <= last; gate++) results.push(runGate(a, gate, sights, o, reasons));
  if (last < PRECONDITION || results[1] === FAILED || results[MODE] === FAILED) results.push(NOT_EVALUATED);
  else {
    read(a, sights, a.reads[2], o);
    results.push(runGate(a, PRECONDITION, sights, o, reasons));
  }
  return { reasons, trace: reasons.length === 0 ? ALL_PASSED : traceOf(results) };
};

/**
 * Decides one observation under one catalog. Answers approve, with resolved writes and an action plan inside limits, or
 * refuse, with every reason in the order of the gates and a next step for each; the first reason determines.
 *
 * A refused registry gate hides the rest; gate 8 is not evaluated when one of the first three gates failed.
 *
 * @example
 * const decision = decide(catalog, observation);
 * if (decision.verdict === 'refuse') console.log(decision.reasons[0].code);
 */
export const decide = (catalog: Catalog, observation: Observation): Decision => {
  const action = catalog.actions.get(observation.intent.action.id);
  if (action === undefined) return UNKNOWN_ACTION;
  const { reasons, trace } = run(action, observation, PRECONDITION);
  if (reasons.length > 0) return refuse(reasons, trace);
  return { verdict: 'approve', writes: action.writes(observation), actionPlan: action.plan(observation), trace };
};

/** Whether observers need to run: gates 1 to 3 pass, and the action looks at the world. They read no evidence. */
export const needsEvidence = (catalog: Catalog, observation: Observation): readonly string[] => {
  const action = catalog.actions.get(observation.intent.action.id);
  if (action === undefined || action.observes.length === 0) return [];
  return run(action, observation, MODE).reasons.length === 0 ? action.observes : [];
};
