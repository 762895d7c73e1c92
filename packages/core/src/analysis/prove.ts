/** Proves an invariant over every typed observation, or shows one that breaks it: the smallest, where a diagram can hold all. */
import { either as E } from 'fp-ts';
import type { Catalog } from '../catalog.ts';
import type { CompiledAction } from '../compile/action.ts';
import { actionsAbout, invariantIssues } from '../compile/check-invariant.ts';
import { expandCondition } from '../compile/expand.ts';
import { complaints } from '../compile/scope.ts';
import type { Issue } from '../data/issue.ts';
import type { Wire } from '../data/value.ts';
import { decide } from '../decide.ts';
import type { Decision } from '../decision.ts';
import type { Observation } from '../observation.ts';
import type { Condition } from '../policy/condition.ts';
import type { Invariant } from '../policy/invariant.ts';
import { observationJson } from './observation-json.ts';
import { NO, type Node, YES } from './solver/diagram.ts';
import { type Budget, DEFAULT_BUDGET, pose, type Question, SPENT, UNCONFIRMED } from './solver/question.ts';
import type { Solution } from './solver/search.ts';
import { exampleOf, WISHES } from './symbolic/example.ts';
import { approvalOf, EXTRA, eventsOf, type Stage, truthsOf } from './symbolic/formula.ts';
import { FREE } from './symbolic/readings.ts';

/** An observation that breaks the invariant, and how it is decided. `json` is what `tai decide` reads. */
export interface Counterexample {
  readonly action: string;
  /** Whether it is known that no smaller one breaks the invariant. Where a search found it, a smaller one may. */
  readonly isSmallest: boolean;
  readonly json: { readonly [member: string]: Wire };
  readonly observation: Observation;
  readonly decision: Decision;
}
/**
 * What is known of an invariant. `regions`: into how many the diagrams of its actions divide all observations; an action for
 * which a diagram would be too large is searched, and counts for none.
 */
export type Proof =
  | { readonly answer: 'holds'; readonly regions: number; readonly actions: number }
  | { readonly answer: 'broken'; readonly regions: number; readonly counterexample: Counterexample }
  | { readonly answer: 'not_decided'; readonly why: string };

interface Broken {
  /** Where the invariant is broken. */
  readonly broken: Node;
  /** What is divided into regions. */
  readonly divided: Node;
}

/**
 * Proves an invariant for every observation that is typed under the catalog: any state of its cells, any evidence, any
 * arguments, any instant, all eight gates. Left: the invariant itself is wrong (a fact, a type, a code that is not known).
 *
 * @example
 * prove(catalog, { verdict: 'never_approve', action: 'trigger_rollback', unless: { fact: 'deployment_stable', is: true } })
 */
export const prove = (
  catalog: Catalog,
  invariant: Invariant,
  budget: Budget = DEFAULT_BUDGET,
): E.Either<readonly [Issue, ...Issue[]], Proof> => {
  const [first, ...rest] = invariantIssues(catalog, invariant);
  if (first !== undefined) return E.left([first, ...rest]);
  const unfolded = (condition: Condition): Condition => expandCondition(condition, catalog.source, [], complaints());
  const conditions = { when: unfolded(invariant.when ?? ALWAYS), unless: unfolded(invariant.unless ?? NEVER) };
  let regions = 0;
  let proved = 0;
  for (const action of actionsAbout(catalog, invariant)) {
    const proof = proveAction(catalog, action, invariant, conditions, budget);
    if (proof.answer !== 'holds') return E.right(proof);
    regions += proof.regions;
    proved += 1;
  }
  return E.right({ answer: 'holds', regions, actions: proved });
};

const proveAction = (
  catalog: Catalog,
  action: CompiledAction,
  invariant: Invariant,
  conditions: { readonly when: Condition; readonly unless: Condition },
  budget: Budget,
): Proof => {
  const q = pose([{ catalog, action, given: FREE }], budget, ([st]) =>
    st === undefined ? { broken: YES, divided: YES } : brokenBy(st, invariant, conditions.when, conditions.unless),
  );
  const solved = q.solver.solve(q.built.broken);
  if (solved === 'spent') return { answer: 'not_decided', why: SPENT };
  const regions = q.solver.regions(q.built.divided);
  if (solved === 'none') return { answer: 'holds', regions, actions: 1 };
  const counterexample = counterexampleOf(q, catalog, action, invariant, solved);
  return counterexample === undefined
    ? { answer: 'not_decided', why: UNCONFIRMED }
    : { answer: 'broken', regions, counterexample };
};

const brokenBy = (st: Stage, invariant: Invariant, when: Condition, unless: Condition): Broken => {
  const { and, not } = st.space.algebra;
  const scope = and(truthsOf(st, when).yes, not(truthsOf(st, unless).yes));
  switch (invariant.verdict) {
    case 'never_approve':
      return { broken: and(scope, approvalOf(st)), divided: approvalOf(st) };
    case 'always_refuse_with': {
      const fired = firedOf(st, invariant.code);
      return { broken: and(scope, not(fired)), divided: fired };
    }
    case 'always_approve': {
      const typed = Object.keys(st.side.action.action.arguments)
        .map((name) => st.readings.of(`argument.${name}`).known)
        .reduce<Node>(and, not(st.space.choiceIs(EXTRA, ['yes'])));
      return { broken: and(and(scope, typed), not(approvalOf(st))), divided: approvalOf(st) };
    }
  }
};

/** Where this code is among the reasons. */
const firedOf = (st: Stage, code: string): Node =>
  eventsOf(st)
    .filter((e) => e.code === code)
    .reduce<Node>((any, { when }) => st.space.algebra.or(any, when), NO);

/** An observation on the path, decided; `undefined` if `decide` doesn't bear the diagram out. */
const counterexampleOf = (
  q: Question<Broken>,
  catalog: Catalog,
  action: CompiledAction,
  invariant: Invariant,
  { path, isCheapest }: Solution,
): Counterexample | undefined => {
  const assignment = q.assignment(path, WISHES);
  const side = q.stages[0]?.side;
  if (assignment === undefined || side === undefined) return undefined;
  const observation = exampleOf([{ side, origins: q.origins }], assignment);
  const decision = decide(catalog, observation);
  if (!breaks(invariant, decision)) return undefined;
  const isSmallest = isCheapest === true;
  return { action: action.id, isSmallest, json: observationJson(catalog, observation), observation, decision };
};

const breaks = (invariant: Invariant, decision: Decision): boolean => {
  switch (invariant.verdict) {
    case 'never_approve':
      return decision.verdict === 'approve';
    case 'always_approve':
      return decision.verdict === 'refuse';
    case 'always_refuse_with':
      return decision.verdict === 'approve' || !decision.reasons.some(({ code }) => code === invariant.code);
  }
};

const ALWAYS: Condition = { all: [] };
const NEVER: Condition = { any: [] };
