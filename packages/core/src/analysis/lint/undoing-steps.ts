/** Two next steps that undo each other: whoever takes what is told goes round and round. */

import type { Catalog } from '../../catalog.ts';
import type { CompiledAction, CompiledRequirement } from '../../compile/action.ts';
import { sameJson } from '../../data/same-json.ts';
import { decide } from '../../decide.ts';
import type { Choose } from '../../next-step.ts';
import type { Observation } from '../../observation.ts';
import type { Remedy } from '../../policy/action.ts';
import type { CellId, FactId } from '../../policy/fact.ts';
import { NO, type Node, type Path, YES } from '../solver/diagram.ts';
import { type Budget, DEFAULT_BUDGET, pose, type Question } from '../solver/question.ts';
import { isFollowed, type Lost, readingsAfter, writtenBy } from '../symbolic/after-writes.ts';
import { exampleOf, WISHES } from '../symbolic/example.ts';
import { requirementTruths, type Stage, truthsOf } from '../symbolic/formula.ts';
import { FREE } from '../symbolic/readings.ts';
import { choiceUnder, lawfulSubmission, submissionOf, submitterOf } from '../symbolic/submission.ts';
import { isGiven, submissionIn, takeStep } from '../take-step.ts';
import { approvedOf, GATE_OF_EVIDENCE, withContents } from './authority-steps.ts';

/** Whether two steps can undo each other; if so, an observation in which they do. */
export type Undo = 'never' | 'not_decided' | { readonly in: Observation };

type Authority = Extract<Remedy, { by: 'authority' }>;

/** A reason, and the step against it. */
interface Told {
  readonly r: CompiledRequirement;
  readonly remedy: Authority;
  readonly target: CompiledAction;
}

interface Built {
  /** Where the steps undo each other. */
  readonly undone: Node;
  /** Where the first step alone brings the second reason about. */
  readonly broken: Node;
  /** Where the first step is taken, and what is written can't be followed in a formula. */
  readonly beyond: Node;
}

const ONE = 'step';
const OTHER = 'step back';

/**
 * Decides over all observations whether, where the first reason is given and the second is not, the first step brings the
 * second reason about, and its step the first one again.
 */
export const stepsUndo = (
  catalog: Catalog,
  action: CompiledAction,
  first: CompiledRequirement,
  second: CompiledRequirement,
  budget: Budget = DEFAULT_BUDGET,
): Undo => {
  const [one, other] = [toldOf(catalog, first), toldOf(catalog, second)];
  if (one === undefined || other === undefined) return 'never';
  // One and the same submission is one step, whatever it is told against.
  if (sameJson(one.remedy.submit, other.remedy.submit)) return 'never';
  if (!touches(catalog, action, one, other.r) || !touches(catalog, action, other, one.r)) return 'never';
  const q = pose(
    [
      { catalog, action, given: FREE },
      ([st]) => submissionOf(st as Stage, one.target, one.remedy, 0, ONE),
      ([st, submitted]) => {
        const written = writtenBy(submitted as Stage, one.target.action.writes, [], { where: NO });
        const after = { ...(st as Stage), readings: readingsAfter(st as Stage, written, { where: NO }) };
        return submissionOf(after, other.target, other.remedy, 0, OTHER);
      },
    ],
    budget,
    ([st, there, back]) =>
      st === undefined || there === undefined || back === undefined
        ? { undone: YES, broken: YES, beyond: YES }
        : build(st, there, back, one, other),
  );
  const { and, or, not } = q.space.algebra;
  const { undone, broken, beyond } = q.built;
  const isNever = (formula: Node): boolean => q.solver.solve(formula, 'any') === 'none';
  // What several have to submit is not followed to its end; where none of them brings the reason about, all don't.
  if (one.remedy.times !== undefined || other.remedy.times !== undefined)
    return isNever(or(broken, beyond)) ? 'never' : 'not_decided';
  const solved = q.solver.solve(and(undone, not(beyond)));
  if (solved === 'spent') return 'not_decided';
  if (solved !== 'none') return shown(q, solved.path, one, other);
  return isNever(beyond) ? 'never' : 'not_decided';
};

const toldOf = (catalog: Catalog, r: CompiledRequirement): Told | undefined => {
  const { remedy } = r;
  const target = remedy.by === 'authority' ? catalog.actions.get(remedy.submit.action) : undefined;
  return remedy.by === 'authority' && target !== undefined ? { r, remedy, target } : undefined;
};

const factsOf = (action: CompiledAction, r: CompiledRequirement): readonly FactId[] =>
  r.slots.map((slot) => action.facts[slot] ?? '');

const cellsOf = ({ target }: Told): ReadonlySet<CellId> => new Set(target.action.writes.map(({ cell }) => cell));

/** Whether a step writes what a requirement reads. */
const touches = (catalog: Catalog, action: CompiledAction, told: Told, r: CompiledRequirement): boolean => {
  const written = cellsOf(told);
  return factsOf(action, r).some((id) => {
    const fact = catalog.facts.get(id);
    return fact?.origin === 'ledger' && written.has(fact.cell);
  });
};

const build = (st: Stage, there: Stage, back: Stage, one: Told, other: Told): Built => {
  const { and } = st.space.algebra;
  const lost: Lost = { where: NO };
  const reached = st.side.action.requirements
    .filter(({ gate }) => gate < GATE_OF_EVIDENCE)
    .reduce<Node>((so, r) => and(so, requirementTruths(st, r).yes), YES);
  const truths = (at: Stage, { r }: Told) => truthsOf(at, r.when);
  const written = writtenBy(there, one.target.action.writes, [], lost);
  const between: Stage = { ...st, readings: readingsAfter(st, written, lost) };
  const returning: Stage = { ...back, readings: readingsAfter(back, written, lost) };
  const all = writtenBy(back, other.target.action.writes, written, lost);
  const after: Stage = { ...st, readings: readingsAfter(st, all, lost) };
  const taken = [
    truths(st, one).no,
    truths(st, other).yes,
    lawfulSubmission(st, one.target, one.remedy, 1, ONE),
    approvedOf(there),
  ].reduce<Node>(and, reached);
  const broken = and(taken, truths(between, other).no);
  const undone = [
    truths(between, one).yes,
    lawfulSubmission(between, other.target, other.remedy, 1, OTHER),
    approvedOf(returning),
    truths(after, one).no,
    truths(after, other).yes,
  ].reduce<Node>(and, broken);
  const cells = new Set([...cellsOf(one), ...cellsOf(other)]);
  const looked = [...factsOf(st.side.action, one.r), ...factsOf(st.side.action, other.r)];
  const isSeen = isFollowed(st, looked, cells) && isFollowed(back, other.target.facts, cellsOf(one));
  return { undone, broken, beyond: isSeen ? and(taken, lost.where) : taken };
};

/** The observation on a path, if the steps undo each other in it indeed. */
const shown = (q: Question<Built>, path: Path, one: Told, other: Told): Undo => {
  const assignment = q.assignment(path, WISHES);
  const [st, there, back] = q.stages;
  if (assignment === undefined || st === undefined || there === undefined || back === undefined) return 'not_decided';
  const { catalog } = st.side;
  const reasonIn = (o: Observation, { r }: Told) => {
    const decision = decide(catalog, o);
    const reasons = decision.verdict === 'refuse' ? decision.reasons : [];
    return reasons.find(({ gate, code, means }) => gate === 'precondition' && code === r.code && means === r.means);
  };
  const chooseAs =
    (as: string) =>
    ({ argument, type }: Choose) =>
      choiceUnder(argument, type, assignment, as);
  const authorityIn = (o: Observation | undefined, told: Told) => {
    const next = o === undefined ? undefined : reasonIn(o, told)?.next;
    return next?.kind === 'authority' ? next : undefined;
  };
  let o = exampleOf([{ side: st.side, origins: st.readings.origins }], assignment);
  const next = authorityIn(o, one);
  if (next === undefined) return 'not_decided';
  o = withContents(there, assignment, o, submissionIn(o, next, chooseAs(ONE), submitterOf(0)));
  const told = reasonIn(o, one);
  const halfway = told === undefined ? undefined : takeStep(catalog, o, told, chooseAs(ONE));
  const nextBack = authorityIn(halfway, other);
  if (halfway === undefined || nextBack === undefined) return 'not_decided';
  o = withContents(back, assignment, o, submissionIn(halfway, nextBack, chooseAs(OTHER), submitterOf(0)));
  const reason = reasonIn(o, one);
  if (reason === undefined || reasonIn(o, other) !== undefined) return 'not_decided';
  const between = takeStep(catalog, o, reason, chooseAs(ONE));
  const second = between === undefined ? undefined : reasonIn(between, other);
  if (between === undefined || second === undefined || isGiven(catalog, between, reason)) return 'not_decided';
  const after = takeStep(catalog, between, second, chooseAs(OTHER));
  return after !== undefined && isGiven(catalog, after, reason) ? { in: o } : 'not_decided';
};
