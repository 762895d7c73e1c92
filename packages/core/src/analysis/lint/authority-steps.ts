/** Whether the submission that a step names is approved and removes its reason, in every observation in which it is told. */
import type { Catalog } from '../../catalog.ts';
import type { CompiledAction, CompiledRequirement } from '../../compile/action.ts';
import { decide } from '../../decide.ts';
import type { Choose } from '../../next-step.ts';
import type { Observation } from '../../observation.ts';
import type { Remedy, Times } from '../../policy/action.ts';
import { NO, type Node, type Path, YES } from '../solver/diagram.ts';
import { type Budget, DEFAULT_BUDGET, pose, type Question } from '../solver/question.ts';
import { isFollowed, type Lost, readingsAfter, sightedOf, type Written, writtenBy } from '../symbolic/after-writes.ts';
import { compare } from '../symbolic/comparison.ts';
import { exampleOf, WISHES } from '../symbolic/example.ts';
import { EXTRA, requirementTruths, type Stage, truthsOf } from '../symbolic/formula.ts';
import { keyNow } from '../symbolic/present.ts';
import { FREE } from '../symbolic/readings.ts';
import {
  choiceUnder,
  lawfulSubmission,
  settledArguments,
  submissionOf,
  submitterOf,
  typedArguments,
} from '../symbolic/submission.ts';
import type { Assignment } from '../symbolic/unknown.ts';
import { valueUnder } from '../symbolic/value-under.ts';
import { isGiven, submissionIn, takeStep } from '../take-step.ts';

/** Whether a step helps wherever it is told; otherwise an observation in which it doesn't. */
export type Helps = 'always' | 'not_decided' | { readonly notIn: Observation };

type Authority = Extract<Remedy, { by: 'authority' }>;

/** Where a step is told and does not help, and where what it writes can't be followed in a formula. */
interface Built {
  readonly fails: Node;
  readonly beyond: Node;
}

/** Most submissions by different subjects that are followed one after the other. */
const SUBMISSIONS_MAX = 12;
const ARGUMENT = 'argument.';
/** The first gate that may look at evidence: nothing is observed unless those before it pass. */
export const GATE_OF_EVIDENCE = 3;

/** Decides the submission of a requirement's remedy in all observations in which its reason is given. */
export const submissionHelps = (
  catalog: Catalog,
  action: CompiledAction,
  r: CompiledRequirement,
  budget: Budget = DEFAULT_BUDGET,
): Helps => {
  const { remedy } = r;
  if (remedy.by !== 'authority') return 'always';
  const target = catalog.actions.get(remedy.submit.action);
  const most = remedy.times?.upTo ?? 1;
  if (target === undefined || most > SUBMISSIONS_MAX) return 'not_decided';
  const submissions = Array.from(
    { length: most },
    (_, i) => (before: readonly Stage[]) => submissionOf(before[0] as Stage, target, remedy, i),
  );
  const q = pose([{ catalog, action, given: FREE }, ...submissions], budget, ([st, ...all]) =>
    st === undefined ? { fails: YES, beyond: YES } : build(st, all, r, remedy, target),
  );
  const { and, not } = q.space.algebra;
  const solved = q.solver.solve(and(q.built.fails, not(q.built.beyond)));
  if (solved === 'spent') return 'not_decided';
  if (solved !== 'none') return shown(q, solved.path, r, remedy);
  const left = q.solver.solve(and(q.built.fails, q.built.beyond), 'any');
  return left === 'none' ? 'always' : 'not_decided';
};

/** Where the preconditions of a submission hold. */
export const approvedOf = (st: Stage): Node =>
  preconditionsOf(st).reduce<Node>(
    (so, r) => st.space.algebra.and(so, requirementTruths(st, r).yes),
    typedArguments(st),
  );

/** What a submission reads of the ledger is put where it reads it. */
export const withContents = (
  { side, readings }: Stage,
  a: Assignment,
  o: Observation,
  asked: Observation,
): Observation => {
  const cells = new Map(o.state.cells);
  for (const { origin } of readings.contents.values()) {
    const key = a.choice(origin.unset) === 'set' ? keyNow(side, origin, asked) : undefined;
    if (key !== undefined)
      cells.set(origin.cell, new Map(cells.get(origin.cell)).set(key, valueUnder(origin.value, a)));
  }
  return { ...o, state: { ...o.state, cells } };
};

const build = (
  st: Stage,
  all: readonly Stage[],
  r: CompiledRequirement,
  remedy: Authority,
  target: CompiledAction,
): Built => {
  const { and, or } = st.space.algebra;
  const reached = st.side.action.requirements
    .filter(({ gate }) => gate < GATE_OF_EVIDENCE)
    .reduce<Node>((so, other) => and(so, requirementTruths(st, other).yes), YES);
  const told = and(reached, requirementTruths(st, r).no);
  const alone = nothingElse(st, r);
  const cells = new Set(target.action.writes.map(({ cell }) => cell));
  const lost: Lost = { where: NO };
  let written: Written = [];
  let approved = YES;
  let refused = NO;
  let fails = NO;
  let beyond = NO;
  const looked = r.slots.map((slot) => st.side.action.facts[slot] ?? '');
  if (!isFollowed(st, looked, cells)) beyond = YES;
  for (const [i, one] of all.entries()) {
    const stage: Stage = { ...one, readings: readingsAfter(one, written, lost) };
    if (i > 0 && !isFollowed(one, target.facts, cells)) beyond = YES;
    refused = or(refused, and(approved, obstructed(stage, remedy, alone)));
    approved = and(approved, approvedOf(stage));
    written = writtenBy(one, target.action.writes, written, lost);
    const stays = truthsOf({ ...st, readings: readingsAfter(st, written, lost) }, r.when).no;
    const asMany = and(timesAre(st, remedy.times, i + 1), lawfulSubmission(st, target, remedy, i + 1));
    // What is lost may go either way.
    fails = or(fails, and(asMany, or(or(refused, lost.where), and(approved, stays))));
  }
  return { fails: and(told, fails), beyond: or(beyond, lost.where) };
};

/** Where so many are missing. */
const timesAre = (st: Stage, times: Times | undefined, n: number): Node => {
  if (times === undefined) return YES;
  const { and, or, not } = st.space.algebra;
  const counts = truthsOf(st, times.while).yes;
  const there = sightedOf(st.readings, times.counted, { type: 'integer' });
  const holds = (op: 'atMost' | 'atLeast' | 'is', limit: number): Node =>
    there.cases.reduce<Node>(
      (any, c) => or(any, and(c.when, compare(st.space, op, c.value, { kind: 'constant', value: limit }))),
      NO,
    );
  const missing = times.upTo - n;
  if (n === times.upTo) return or(not(counts), or(not(there.known), holds('atMost', missing)));
  return and(counts, n === 1 ? holds('atLeast', missing) : holds('is', missing));
};

const preconditionsOf = ({ side }: Stage): readonly CompiledRequirement[] =>
  side.action.requirements.filter(({ gate }) => gate > GATE_OF_EVIDENCE + 3);

/**
 * Where an argument that the step settles is wrong, or nobody can make true what is not. What depends on more than those
 * arguments stands in the way only where nothing else is wanting: another step may bring it about first.
 */
const obstructed = (st: Stage, { submit }: Authority, alone: Node): Node => {
  const { and, or, not } = st.space.algebra;
  const settled = settledArguments(submit);
  const isSettled = (fact: string): boolean => fact.startsWith(ARGUMENT) && settled.has(fact.slice(ARGUMENT.length));
  return preconditionsOf(st)
    .filter(({ remedy }) => remedy.by === 'nobody' || (remedy.by === 'request' && isSettledStep(remedy, settled)))
    .reduce<Node>(
      (any, r) => {
        const { no } = requirementTruths(st, r);
        const facts = r.slots.map((slot) => st.side.action.facts[slot] ?? '');
        return or(any, facts.every(isSettled) ? no : and(alone, no));
      },
      not(typedArguments(st)),
    );
};

/** Where nothing but this requirement is wanting. */
const nothingElse = (st: Stage, r: CompiledRequirement): Node => {
  const { and, not } = st.space.algebra;
  const { action, requirements } = st.side.action;
  const typed = Object.keys(action.arguments).map((name) => st.readings.of(`${ARGUMENT}${name}`).known);
  const others = requirements.filter((other) => other !== r).map((other) => requirementTruths(st, other).yes);
  return [...typed, ...others].reduce<Node>(and, not(st.space.choiceIs(EXTRA, ['yes'])));
};

/** The observation on a path, if the step is indeed told in it and doesn't help. */
const shown = (q: Question<Built>, path: Path, r: CompiledRequirement, remedy: Authority): Helps => {
  const assignment = q.assignment(path, WISHES);
  const [st, ...submissions] = q.stages;
  if (assignment === undefined || st === undefined) return 'not_decided';
  const { catalog } = st.side;
  const choose = ({ argument, type }: Choose) => choiceUnder(argument, type, assignment);
  let o = exampleOf([{ side: st.side, origins: st.readings.origins }], assignment);
  const reasonOf = (seen: Observation) => {
    const decision = decide(catalog, seen);
    const reasons = decision.verdict === 'refuse' ? decision.reasons : [];
    return reasons.find(({ gate, code, means }) => gate === 'precondition' && code === r.code && means === r.means);
  };
  for (const [i, one] of submissions.entries()) {
    const next = reasonOf(o)?.next;
    if (next?.kind !== 'authority') return 'not_decided';
    o = withContents(one, assignment, o, submissionIn(o, next, choose, submitterOf(i)));
  }
  const reason = reasonOf(o);
  if (reason?.next.kind !== 'authority') return 'not_decided';
  const after = takeStep(catalog, o, reason, choose);
  const stays = after === undefined || isGiven(catalog, after, reason);
  return stays || isObstructed(catalog, submissionIn(o, reason.next, choose, submitterOf(0)), remedy)
    ? { notIn: o }
    : 'not_decided';
};

/** Whether a step asks for nothing but what is settled. */
const isSettledStep = (
  { argument, or }: { readonly argument: string; readonly or?: string },
  settled: ReadonlySet<string>,
): boolean => settled.has(argument) && (or === undefined || settled.has(or));

/** Whether the submission is refused by what its submitter can't change: an argument that is settled, or what nobody can. */
const isObstructed = (catalog: Catalog, asked: Observation, { submit }: Authority): boolean => {
  const decision = decide(catalog, asked);
  const settled = settledArguments(submit);
  return (
    decision.verdict === 'refuse' &&
    decision.reasons.some(
      ({ gate, next }) =>
        gate === 'precondition' && (next.kind === 'none' || (next.kind === 'request' && isSettledStep(next, settled))),
    )
  );
};
