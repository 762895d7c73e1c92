/**
 * decide(catalog, observation) → Decision. A = μ(O): pure and total; the same observation gives the same decision.
 *
 * Read this first. A decision looks up the action, reads the facts that its requirements name, tests the requirements
 * gate by gate, and answers with all that failed. Everything else was done when the catalog was compiled.
 */
import type { Catalog } from './catalog.ts';
import type { CompiledAction, CompiledRequirement } from './compile/action.ts';
import { FALSE, TRUE } from './compile/evaluator.ts';
import type { Decision, GateResult, Reason, Refuse, Trace } from './decision.ts';
import { GATES } from './gates/gate.ts';
import { TOOL_NOT_FOUND } from './gates/tool-not-found.ts';
import type { Observation } from './observation.ts';
import { laidOut, missingOf, type Sight } from './reading.ts';

const REGISTRY = 0;
const MODE = 2;
const PRECONDITION = 7;
const ENTITLEMENT_OR_MODE = 0b110;
/** Most arguments of one intent for which the nearest name is looked for. */
const NEAREST_MAX = 8;

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
  const o = laidOut(observation);
  const reasons: Reason[] = [];
  const trace = run(action, o, PRECONDITION, reasons);
  if (isSome(reasons)) return { verdict: 'refuse', reasons, trace };
  return { verdict: 'approve', writes: action.writes(o), actionPlan: action.plan(o), trace };
};

/** Whether observers need to run: gates 1 to 3 pass, and the action looks at the world. They read no evidence. */
export const needsEvidence = (catalog: Catalog, observation: Observation): readonly string[] => {
  const action = catalog.actions.get(observation.intent.action.id);
  if (action === undefined || action.observes.length === 0) return [];
  const reasons: Reason[] = [];
  run(action, observation, MODE, reasons);
  return reasons.length === 0 ? action.observes : [];
};

const traceOf = (failed: number, skipped: number): Trace => {
  const known = TRACES.get(failed * 256 + skipped);
  if (known !== undefined) return known;
  const resultOf = (g: number): 0 | 1 | 2 => ((failed >> g) & 1 ? 1 : (skipped >> g) & 1 ? 2 : 0);
  const trace = Object.freeze(RESULTS.map((results, g) => results[resultOf(g)] as GateResult));
  TRACES.set(failed * 256 + skipped, trace);
  return trace;
};

/** Runs the gates up to `last`. Fills `reasons`, and answers the trace. */
const run = (a: CompiledAction, o: Observation, last: number, reasons: Reason[]): Trace => {
  const [registry, middle, all] = a.reads;
  // One array of its final length: a place is written before any requirement of a gate that looks at it runs.
  const sights: Sight[] = new Array<Sight>(all);
  read(a, sights, 0, registry, o);
  runGate(a, REGISTRY, sights, o, reasons);
  if (reasons.length > 0) return NO_REGISTRY;
  read(a, sights, registry, middle, o);
  let failed = 0;
  for (let gate = 1; gate < PRECONDITION && gate <= last; gate++) {
    const before = reasons.length;
    runGate(a, gate, sights, o, reasons);
    if (reasons.length > before) failed |= 1 << gate;
  }
  if (last < PRECONDITION || (failed & ENTITLEMENT_OR_MODE) !== 0) return traceOf(failed, 1 << PRECONDITION);
  read(a, sights, middle, all, o);
  const before = reasons.length;
  runGate(a, PRECONDITION, sights, o, reasons);
  return reasons.length > before
    ? traceOf(failed | (1 << PRECONDITION), 0)
    : failed === 0
      ? ALL_PASSED
      : traceOf(failed, 0);
};

const read = (a: CompiledAction, sights: Sight[], from: number, upTo: number, o: Observation): void => {
  for (let slot = from; slot < upTo; slot++) sights[slot] = (a.readers[slot] as CompiledAction['readers'][number])(o);
};

/** Tests one gate; adds a reason for every requirement that is not true. */
const runGate = (
  a: CompiledAction,
  gate: number,
  sights: readonly Sight[],
  o: Observation,
  reasons: Reason[],
): void => {
  if (gate === PRECONDITION)
    for (const [i, name] of a.invalidArguments(o).entries()) reasons.push(a.argumentReason(name, i < NEAREST_MAX));
  const end = a.starts[gate + 1] as number;
  for (let i = a.starts[gate] as number; i < end; i++) {
    const r = a.requirements[i] as CompiledRequirement;
    const truth = r.test(sights);
    if (truth === TRUE) continue;
    if (truth === FALSE) reasons.push(reasonFor(r, o));
    else inform(a, r, sights, o, reasons);
  }
};

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

const isSome = (reasons: readonly Reason[]): reasons is readonly [Reason, ...Reason[]] => reasons.length > 0;

const RESULTS: readonly (readonly GateResult[])[] = GATES.map((gate) =>
  (['passed', 'failed', 'not_evaluated'] as const).map((result) => Object.freeze({ gate, result })),
);

/** The trace of a set of failed gates and a set of gates that were not evaluated, as bits. Made once each, and shared. */
const TRACES = new Map<number, Trace>();

const ALL_PASSED: Trace = traceOf(0, 0);
const NO_REGISTRY: Trace = traceOf(1, 0b1111_1110);

const UNKNOWN_ACTION: Refuse = Object.freeze({
  verdict: 'refuse',
  reasons: [
    {
      gate: 'registry',
      ...TOOL_NOT_FOUND,
      facts: ['action'],
      next: { kind: 'none', why: 'no pack of this catalog has such an action' },
    },
  ],
  trace: NO_REGISTRY,
} as const);
