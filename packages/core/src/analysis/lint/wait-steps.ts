/** Whether waiting until the instant that a step names removes its reason in every observation in which it is told to. */
import type { Catalog } from '../../catalog.ts';
import type { CompiledAction, CompiledRequirement } from '../../compile/action.ts';
import type { Type } from '../../data/value.ts';
import type { FactId, Term } from '../../policy/fact.ts';
import { NO, type Node, YES } from '../solver/diagram.ts';
import { type Budget, DEFAULT_BUDGET, pose } from '../solver/question.ts';
import { sightedOf } from '../symbolic/after-writes.ts';
import { compare } from '../symbolic/comparison.ts';
import { type Stage, truthsOf } from '../symbolic/formula.ts';
import { FREE, type Sighted } from '../symbolic/readings.ts';
import { AT, type Expression } from '../symbolic/unknown.ts';
import { isKeptBy, looksOf, observationOn, refuted, toldOf } from './asked-steps.ts';
import type { Helps } from './authority-steps.ts';

const INSTANT: Type = { type: 'instant' };
const LAST: Expression = { kind: 'constant', value: AT.max };

/** Decides whether waiting until the instant that the step names removes the reason, all else as it is. */
export const waitHelps = (
  catalog: Catalog,
  action: CompiledAction,
  r: CompiledRequirement,
  budget: Budget = DEFAULT_BUDGET,
): Helps => {
  const { remedy } = r;
  // Without one, the step names an instant at which the very condition was tried.
  if (remedy.by !== 'time' || remedy.notBefore === undefined) return 'always';
  const { notBefore } = remedy;
  if (looksOf(action, r).some((id) => isKeptBy(catalog, id, (fact) => fact === AT.key))) return 'not_decided';
  const q = pose([{ catalog, action, given: FREE }], budget, ([st]) => {
    if (st === undefined) return YES;
    const { and, not } = st.space.algebra;
    const { by, never } = waitedUntil(st, notBefore);
    const readings = { ...st.readings, of: (id: FactId): Sighted => (id === AT.key ? by : st.readings.of(id)) };
    return and(and(toldOf(st, r), not(never)), truthsOf({ ...st, readings }, r.when).no);
  });
  const found = observationOn(q, q.built);
  if (found === 'none') return 'always';
  return found === 'spent' ? 'not_decided' : refuted(catalog, found, r);
};

/** The later one of now and of what a term says, as far as it is an instant; and where it comes after the last one. */
const waitedUntil = (st: Stage, term: Term): { readonly by: Sighted; readonly never: Node } => {
  const { and, or, not } = st.space.algebra;
  const now = st.readings.of(AT.key);
  let [isLater, never]: [Node, Node] = [NO, NO];
  const cases: { readonly when: Node; readonly value: Expression }[] = [];
  for (const { when, value } of sightedOf(st.readings, term, INSTANT).cases) {
    never = or(never, and(when, compare(st.space, 'after', value, LAST)));
    for (const c of now.cases) {
      const ahead = and(and(when, c.when), compare(st.space, 'after', value, c.value));
      isLater = or(isLater, ahead);
      cases.push({ when: ahead, value });
    }
  }
  const still = now.cases.map((c) => ({ ...c, when: and(c.when, not(isLater)) }));
  return { by: { ...now, cases: [...cases, ...still] }, never };
};
