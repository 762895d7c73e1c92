/** Whether another world removes a reason in every observation in which it is told to. */

import type { Catalog } from '../../catalog.ts';
import type { CompiledAction, CompiledRequirement } from '../../compile/action.ts';
import type { Type, Value } from '../../data/value.ts';
import { decide } from '../../decide.ts';
import type { Observation } from '../../observation.ts';
import type { ActionId } from '../../policy/action.ts';
import { type Comparison, type Condition, comparisonOf, isFactOperand, isQuantified } from '../../policy/condition.ts';
import { type FactId, isFactTerm, type Term } from '../../policy/fact.ts';
import { owns } from '../../receipt/encoding/own.ts';
import { NO, type Node, YES } from '../solver/diagram.ts';
import { type Budget, DEFAULT_BUDGET, pose, type Question } from '../solver/question.ts';
import { sightedOf } from '../symbolic/after-writes.ts';
import { samePlace } from '../symbolic/congruence.ts';
import { exampleOf, WISHES } from '../symbolic/example.ts';
import { requirementTruths, type Stage, truthsOf } from '../symbolic/formula.ts';
import { FREE, type Sighted } from '../symbolic/readings.ts';
import { fits } from '../symbolic/submission.ts';
import { termFacts } from '../symbolic/term-facts.ts';
import { writableOf, writersOf } from '../symbolic/writers.ts';
import { isGiven, takeStep } from '../take-step.ts';
import { GATE_OF_EVIDENCE, type Helps } from './authority-steps.ts';

/** A fact that may be otherwise, and what is tried for it. */
interface Variable {
  readonly fact: FactId;
  readonly type: Type;
  readonly terms: readonly Term[];
}

/** Most combinations of values that are tried. */
const CANDIDATES_MAX = 64;

/** Decides whether the world can be as it has to be: also where two facts read one and the same place of the ledger. */
export const worldHelps = (
  catalog: Catalog,
  action: CompiledAction,
  r: CompiledRequirement,
  budget: Budget = DEFAULT_BUDGET,
): Helps => {
  const looked = new Set(looksOf(action, r));
  const writers = writersOf(catalog);
  const isFree = (id: FactId): boolean => {
    const fact = catalog.facts.get(id);
    if (fact?.origin !== 'ledger') return fact !== undefined;
    return writableOf(writers, fact.cell, catalog.cells.get(fact.cell)?.type ?? fact.type).constants === 'any';
  };
  // What can only become this or that, or not at all, may be enough in one observation and not in the next.
  if (![...looked].every(isFree)) {
    const cells = [...looked]
      .flatMap((id) => catalog.facts.get(id) ?? [])
      .flatMap((f) => (f.origin === 'ledger' ? [f.cell] : []));
    if (new Set(cells).size < cells.length) return 'not_decided';
    const seen = [...looked].flatMap((fact): readonly Variable[] => {
      const declared = catalog.facts.get(fact);
      const terms = candidatesFor(r.when, fact, declared?.type ?? { type: 'string' });
      if (declared?.origin === 'observed') return [{ fact, type: declared.type, terms }];
      if (declared?.origin !== 'ledger') return [];
      const { constants } = writableOf(writers, declared.cell, declared.type);
      return [{ fact, type: declared.type, terms: [{ fact }, ...(constants === 'any' ? terms : constants)] }];
    });
    const observed = seen.filter(({ fact }) => catalog.facts.get(fact)?.origin === 'observed');
    const helps = valuesHelp(catalog, action, r, observed, budget);
    return helps === 'not_decided' ? valuesHelp(catalog, action, r, seen, budget) : helps;
  }
  const q = pose([{ catalog, action, given: FREE }], budget, ([st]) => {
    if (st === undefined) return [];
    const told = toldOf(st, r);
    const contents = [...st.readings.contents.values()].filter(({ origin }) => reads(catalog, looked, origin));
    return contents.flatMap((b, i) =>
      contents
        .slice(0, i)
        .filter((a) => a.origin.cell === b.origin.cell && a.key.length === b.key.length)
        .map((a) => st.space.algebra.and(told, samePlace(st.space, a, b))),
    );
  });
  for (const formula of q.built) {
    const found = observationOn(q, formula);
    if (found === 'spent') return 'not_decided';
    const helps = found === 'none' ? 'always' : refuted(catalog, found, r);
    if (typeof helps !== 'string') return helps;
  }
  return 'always';
};

/**
 * Whether an action can bring about what a requirement wants, in some observation in which it is told: it writes one of the
 * cells that the requirement looks at, and where it writes constants alone, one of them is enough. Something that is observed
 * may follow from whatever an action does, and what a tenant bought from whatever is recorded.
 */
export const mayBringAbout = (
  catalog: Catalog,
  action: CompiledAction,
  r: CompiledRequirement,
  by: ActionId,
  budget: Budget = DEFAULT_BUDGET,
): boolean => {
  const behind = (id: FactId): readonly FactId[] => {
    const fact = catalog.facts.get(id);
    return [id, ...(fact?.origin === 'ledger' ? termFacts(fact.key).flatMap(behind) : [])];
  };
  const looked = new Set(looksOf(action, r).flatMap(behind));
  const writers = writersOf(catalog);
  const written: Variable[] = [];
  let isOpen = false;
  for (const fact of looked) {
    const declared = catalog.facts.get(fact);
    if (declared?.origin === 'observed' || declared?.origin === 'plan') return true;
    if (declared?.origin !== 'ledger') continue;
    const writes = writers.get(declared.cell)?.get(by);
    if (writes === undefined) continue;
    const own = new Map([[declared.cell, new Map([[by, writes]])]]);
    const { constants, clears } = writableOf(own, declared.cell, declared.type);
    isOpen ||= constants === 'any' || !looksOf(action, r).includes(fact);
    const terms = constants === 'any' ? [] : constants;
    written.push({ fact, type: declared.type, terms: [{ fact }, ...terms, ...(clears ? [declared.otherwise] : [])] });
  }
  if (isOpen || written.length === 0) return isOpen;
  const tried = product(written.map(({ terms }) => terms));
  if (tried === undefined) return true;
  const q = pose([{ catalog, action, given: FREE }], budget, ([st]) =>
    st === undefined ? YES : st.space.algebra.and(toldOf(st, r), helpedBy(st, r, written, tried)),
  );
  return observationOn(q, q.built) !== 'none';
};

/** The facts that a requirement looks at. */
export const looksOf = (action: CompiledAction, r: CompiledRequirement): readonly FactId[] =>
  r.slots.map((slot) => action.facts[slot] ?? '');

/** All combinations, unless there are too many. */
export const product = <A>(lists: readonly (readonly A[])[]): readonly (readonly A[])[] | undefined =>
  lists.reduce<readonly (readonly A[])[] | undefined>(
    (all, list) => {
      const more = all?.flatMap((terms) => list.map((term) => [...terms, term]));
      return more === undefined || more.length > CANDIDATES_MAX ? undefined : more;
    },
    [[]],
  );

/** Where a reason is told: its requirement is false, and no gate before evidence hides it. */
export const toldOf = (st: Stage, r: CompiledRequirement): Node => {
  const { and } = st.space.algebra;
  return st.side.action.requirements
    .filter(({ gate }) => gate < GATE_OF_EVIDENCE)
    .reduce<Node>((so, other) => and(so, requirementTruths(st, other).yes), requirementTruths(st, r).no);
};

/** Where what is read is of a type. */
export const inType = (st: Stage, { cases, known }: Sighted, type: Type): Node => {
  const { and, or, not } = st.space.algebra;
  return cases.reduce<Node>(
    (so, c) => and(so, or(not(c.when), isNothing(c.value) ? NO : fits(st, c.value, type))),
    known,
  );
};
/** An observation in which a formula holds. */
export const observationOn = <A>(q: Question<A>, formula: Node): Observation | 'none' | 'spent' => {
  const solved = q.solver.solve(formula);
  const [st] = q.stages;
  if (solved === 'spent' || st === undefined) return 'spent';
  if (solved === 'none') return 'none';
  const assignment = q.assignment(solved.path, WISHES);
  return assignment === undefined ? 'spent' : exampleOf([{ side: st.side, origins: st.readings.origins }], assignment);
};

/** The observation, if the step does not help in it indeed. */
export const refuted = (catalog: Catalog, o: Observation, r: CompiledRequirement): Helps => {
  const decision = decide(catalog, o);
  const reason =
    decision.verdict === 'refuse'
      ? decision.reasons.find((x) => x.gate === 'precondition' && x.code === r.code && x.means === r.means)
      : undefined;
  if (reason === undefined) return 'not_decided';
  const after = takeStep(catalog, o, reason, 'least');
  return after === undefined || isGiven(catalog, after, reason) ? { notIn: o } : 'not_decided';
};

/** Whether a fact of the ledger is kept by something that is asked anew: then another place is read. */
export const isKeptBy = (catalog: Catalog, id: FactId, isAnew: (fact: FactId) => boolean): boolean => {
  const fact = catalog.facts.get(id);
  if (fact?.origin !== 'ledger') return false;
  return fact.key.some((term) => isFactTerm(term) && (isAnew(term.fact) || isKeptBy(catalog, term.fact, isAnew)));
};

/**
 * Values at which a condition can turn: all of a closed type; of a number, what it is compared with and its neighbours,
 * as many as there are comparisons; of a text or a set, what it is compared with, and something else.
 */
export const candidatesFor = (when: Condition, fact: FactId, type: Type): readonly Term[] => {
  if (type.type === 'boolean') return [true, false];
  if (type.type === 'enum') return type.values;
  const compared = comparedWith(when, fact);
  if (type.type === 'integer' || type.type === 'instant') {
    const near = Array.from({ length: 2 * compared.length + 1 }, (_, i) => i - compared.length);
    const ends = type.type === 'integer' ? [type.min, type.max].filter((x) => x !== undefined) : [];
    return [
      ...compared.flatMap((term) => near.flatMap((by) => beside(term, by))),
      ...ends,
      ...(ends.length > 0 ? [] : [0]),
    ];
  }
  const members = compared.flatMap((term) => (typeof term === 'string' ? [term] : []));
  if (type.type === 'set')
    return [[], ...compared.filter((term) => typeof term === 'object'), members, ...members.map((m) => [m])];
  return [
    ...compared.filter((term) => typeof term !== 'object' || isFactTerm(term)),
    ...Array.from({ length: compared.length + 1 }, (_, i) => `other${i}`),
  ];
};

/** Whether some values of these facts remove the reason, all else as it is, in every observation in which it is given. */
const valuesHelp = (
  catalog: Catalog,
  action: CompiledAction,
  r: CompiledRequirement,
  facts: readonly Variable[],
  budget: Budget,
): Helps => {
  const tried = product(facts.map(({ terms }) => terms));
  if (tried === undefined) return 'not_decided';
  const q = pose([{ catalog, action, given: FREE }], budget, ([st]) => {
    if (st === undefined) return YES;
    const { and, not } = st.space.algebra;
    return and(toldOf(st, r), not(helpedBy(st, r, facts, tried)));
  });
  const found = observationOn(q, q.built);
  if (found === 'none') return 'always';
  return found === 'spent' ? 'not_decided' : refuted(catalog, found, r);
};

/** Where the requirement would hold with some of these values. */
const helpedBy = (
  st: Stage,
  r: CompiledRequirement,
  facts: readonly Variable[],
  tried: readonly (readonly Term[])[],
): Node => {
  const { and, or } = st.space.algebra;
  let helped = NO;
  for (const terms of tried) {
    const values = new Map(facts.map(({ fact, type }, i) => [fact, sightedOf(st.readings, terms[i] ?? '', type)]));
    const readings = { ...st.readings, of: (id: FactId): Sighted => values.get(id) ?? st.readings.of(id) };
    let typed = YES;
    for (const { fact, type } of facts) typed = and(typed, inType(st, values.get(fact) ?? st.readings.of(fact), type));
    helped = or(helped, and(typed, truthsOf({ ...st, readings }, r.when).yes));
  }
  return helped;
};

const isNothing = (e: Sighted['cases'][number]['value']): boolean => e.kind === 'constant' && e.value === '';

const reads = (
  catalog: Catalog,
  ids: ReadonlySet<FactId>,
  origin: { readonly cell: string; readonly key: unknown },
): boolean =>
  [...ids].some((id) => {
    const fact = catalog.facts.get(id);
    return fact?.origin === 'ledger' && fact.cell === origin.cell && fact.key === origin.key;
  });

const beside = (term: Term, by: number): readonly Term[] => {
  if (isFactTerm(term)) return [{ fact: term.fact, plus: (term.plus ?? 0) + by }];
  return typeof term === 'number' ? [term + by] : by === 0 ? [term] : [];
};

/** What a fact is compared with, wherever in a condition. */
const comparedWith = (c: Condition, fact: FactId): readonly Term[] => {
  if (owns(c, 'all')) return c.all.flatMap((part) => comparedWith(part, fact));
  if (owns(c, 'any')) return c.any.flatMap((part) => comparedWith(part, fact));
  if (owns(c, 'not')) return comparedWith(c.not, fact);
  if (owns(c, 'each') || isQuantified(c)) return [];
  const { fact: left, op, to } = comparisonOf(c as Comparison);
  if (isFactOperand(to)) {
    const { plus = 0 } = to;
    if (left === fact) return [{ fact: to.fact, plus }];
    return to.fact === fact ? [{ fact: left, plus: -plus }] : [];
  }
  if (left !== fact || op === 'within' || op === 'during') return [];
  return op === 'oneOf' ? (to as readonly Value[]) : [to as Value];
};
