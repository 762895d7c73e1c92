/** The smallest observation for each thing that an action can answer: its approval, and each of its reasons. */
import type { Catalog } from '../catalog.ts';
import { decide } from '../decide.ts';
import type { GateId } from '../gates/gate.ts';
import type { Observation } from '../observation.ts';
import { NO, type Node } from './solver/diagram.ts';
import { type Budget, DEFAULT_BUDGET, pose, type Question } from './solver/question.ts';
import { exampleOf, WISHES } from './symbolic/example.ts';
import { approvalOf, type Event, eventsOf, type Stage } from './symbolic/formula.ts';
import { FREE } from './symbolic/readings.ts';

/** A reason that an action can give. */
export interface Witness {
  readonly gate: GateId;
  readonly code: string;
  readonly means: string;
  /** The smallest observation to which it is given; absent if it never is. */
  readonly given?: Observation;
  /** The smallest observation to which nothing else is given; absent if there is none. */
  readonly alone?: Observation;
}
/** What an action can answer. */
export interface Witnesses {
  /** The smallest observation that is approved; absent if none is. */
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
export const witnessesOf = (catalog: Catalog, id: string, budget: Budget = DEFAULT_BUDGET): Witnesses | undefined => {
  const action = catalog.actions.get(id);
  if (action === undefined) return undefined;
  const q: Question<Built> = pose([{ catalog, action, given: FREE }], budget, ([st]) =>
    st === undefined ? { approve: NO, events: [], alone: [] } : build(st),
  );
  const [st] = q.stages;
  let complete = true;
  const smallest = (formula: Node): Observation | undefined => {
    const solved = q.solver.solve(formula);
    if (solved === 'spent') complete = false;
    if (typeof solved === 'string' || st === undefined) return undefined;
    const assignment = q.assignment(solved.path, WISHES);
    if (assignment === undefined) return undefined;
    return exampleOf([{ side: st.side, origins: st.readings.origins }], assignment);
  };
  const found = smallest(q.built.approve);
  const approve = found !== undefined && decide(catalog, found).verdict === 'approve' ? { approve: found } : {};
  const reasons = q.built.events.flatMap((event, i): readonly Witness[] => {
    if (event.when === NO) return [];
    const given = smallest(event.when);
    const alone = smallest(q.built.alone[i] ?? NO);
    const means = event.reason?.means ?? event.requirement?.means ?? '';
    const shown = { gate: event.gate, code: event.code, means };
    return [{ ...shown, ...(given === undefined ? {} : { given }), ...(alone === undefined ? {} : { alone }) }];
  });
  return { ...approve, reasons, complete: complete && !q.space.diagram.spent };
};

const build = (st: Stage): Built => {
  const { and, not } = st.space.algebra;
  const events = eventsOf(st);
  const others = (i: number): Node =>
    events.reduce<Node>((all, { when }, k) => (k === i ? all : and(all, not(when))), not(NO));
  return { approve: approvalOf(st), events, alone: events.map(({ when }, i) => and(when, others(i))) };
};
