/**
 * An observation for each thing that an action can answer: its approval, and each of its reasons. The smallest, as long as a
 * diagram can hold all; a small one where it has to be searched.
 */
import type { Catalog } from '../catalog.ts';
import { decide } from '../decide.ts';
import type { GateId } from '../gates/gate.ts';
import type { Observation } from '../observation.ts';
import { NO, type Node, YES } from './solver/diagram.ts';
import { type Budget, DEFAULT_BUDGET, pose, type Question } from './solver/question.ts';
import type { Wanted } from './solver/search.ts';
import { exampleOf, WISHES } from './symbolic/example.ts';
import { approvalOf, type Event, eventsOf, type Stage } from './symbolic/formula.ts';
import { FREE } from './symbolic/readings.ts';

/** A reason that an action can give. */
export interface Witness {
  readonly gate: GateId;
  readonly code: string;
  readonly means: string;
  /** A small observation to which it is given; absent if it never is. */
  readonly given?: Observation;
  /** A small observation to which nothing else is given; absent if there is none. */
  readonly alone?: Observation;
}
/** What an action can answer. */
export interface Witnesses {
  /** A small observation that is approved; absent if none is. */
  readonly approve?: Observation;
  readonly reasons: readonly Witness[];
  /** Whether the budget was enough: what is absent otherwise may exist. */
  readonly complete: boolean;
}

interface Built {
  readonly approve: Node;
  readonly events: readonly Event[];
  /** Where this event is the only one. */
  readonly alone: readonly Node[];
}

/** One observation for every answer of an action: what a table of cases starts from. `undefined` for an unknown action. */
export const witnessesOf = (catalog: Catalog, id: string, budget: Budget = DEFAULT_BUDGET): Witnesses | undefined =>
  witnessesAmong(catalog, id, budget, () => true, 'cheap');

/** The same, of some reasons alone, and of as small observations as are wanted. */
export const witnessesAmong = (
  catalog: Catalog,
  id: string,
  budget: Budget,
  wanted: (reason: Pick<Witness, 'gate' | 'code' | 'means'>) => boolean,
  as: Wanted,
): Witnesses | undefined => {
  const action = catalog.actions.get(id);
  if (action === undefined) return undefined;
  const q: Question<Built> = pose([{ catalog, action, given: FREE }], budget, ([st]) =>
    st === undefined ? { approve: NO, events: [], alone: [] } : build(st),
  );
  const [st] = q.stages;
  let complete = true;
  /** `never`: there is none, as a search shows where no diagram says it beforehand. */
  const sought = (formula: Node): Observation | undefined | 'never' => {
    const solved = q.solver.solve(formula, as);
    if (solved === 'none') return 'never';
    if (solved === 'spent') complete = false;
    if (solved === 'spent' || st === undefined) return undefined;
    const assignment = q.assignment(solved.path, WISHES);
    if (assignment === undefined) return undefined;
    return exampleOf([{ side: st.side, origins: st.readings.origins }], assignment);
  };
  const smallest = (formula: Node): Observation | undefined => {
    const found = sought(formula);
    return found === 'never' ? undefined : found;
  };
  const found = smallest(q.built.approve);
  const approve = found !== undefined && decide(catalog, found).verdict === 'approve' ? { approve: found } : {};
  const reasons = q.built.events.flatMap((event, i): readonly Witness[] => {
    const means = event.reason?.means ?? event.requirement?.means ?? '';
    const shown = { gate: event.gate, code: event.code, means };
    if (!wanted(shown) || q.solver.isNever(event.when)) return [];
    const given = sought(event.when);
    if (given === 'never') return [];
    // That nothing explains a reason is impossible, which is found only by searching where there are many readings.
    if (given === undefined && event.reason === undefined && complete) return [];
    const alone = given === undefined ? undefined : smallest(q.built.alone[i] ?? NO);
    return [{ ...shown, ...(given === undefined ? {} : { given }), ...(alone === undefined ? {} : { alone }) }];
  });
  return { ...approve, reasons, complete };
};

const build = (st: Stage): Built => {
  const { and, not } = st.space.algebra;
  const events = eventsOf(st);
  // Nothing before an event, and nothing after it: linear in their number.
  const none = (all: readonly Event[]): Node[] => {
    const nodes: Node[] = [YES];
    for (const [i, { when }] of all.entries()) nodes.push(and(nodes[i] ?? YES, not(when)));
    return nodes;
  };
  const before = none(events);
  const after = none([...events].reverse()).reverse();
  return {
    approve: approvalOf(st),
    events,
    alone: events.map(({ when }, i) => and(when, and(before[i] ?? YES, after[i + 1] ?? YES))),
  };
};
