/** Whether another argument, or another credential, removes a reason in every observation in which it is told to. */
import type { Catalog } from '../../catalog.ts';
import type { CompiledAction, CompiledRequirement } from '../../compile/action.ts';
import type { Type, Value } from '../../data/value.ts';
import { decide } from '../../decide.ts';
import type { Observation } from '../../observation.ts';
import type { FactId, Term } from '../../policy/fact.ts';
import { owns } from '../../receipt/encoding/own.ts';
import { NO, type Node, YES } from '../solver/diagram.ts';
import { type Budget, DEFAULT_BUDGET, pose } from '../solver/question.ts';
import { constantly, sightedOf } from '../symbolic/after-writes.ts';
import { type Stage, truthsOf } from '../symbolic/formula.ts';
import { FREE, type Sighted } from '../symbolic/readings.ts';
import { writableOf, writersOf } from '../symbolic/writers.ts';
import { movedBy, takeStep } from '../take-step.ts';
import { candidatesFor, inType, isKeptBy, looksOf, observationOn, product, refuted, toldOf } from './asked-steps.ts';
import type { Helps } from './authority-steps.ts';

/** What is tried for a fact: a term, a value, or nothing that is known. */
type Tried = { readonly term: Term } | { readonly value: Value } | 'unread';
type Trial = ReadonlyMap<FactId, Tried>;

/** A fact that is asked anew. `keys`: the ledger keeps something by it that the requirement looks at. */
interface Moving {
  readonly fact: FactId;
  readonly type: Type;
  readonly keys: boolean;
}

const ARGUMENT = 'argument.';
const STRING: Type = { type: 'string' };
/** Observations in which what was tried does not help, and something else does, that are learnt from. */
const ROUNDS_MAX = 8;
/** Longer than any text may be: it is like no other one, and in no set. There always is such a one, for texts have no end. */
const FRESH_LENGTH = 100_000;

/**
 * Decides whether another value of the argument, or another credential, removes the reason, whatever else is the case. What
 * the ledger keeps by it stays as it is: at a value that nobody asked for before, nothing was written. Only of whoever else
 * may ask is it taken that the ledger can hold of them what some action writes.
 */
export const argumentHelps = (
  catalog: Catalog,
  action: CompiledAction,
  r: CompiledRequirement,
  argument: string,
  budget: Budget = DEFAULT_BUDGET,
): Helps => {
  const looked = looksOf(action, r);
  const moves = movedBy(argument, action.action);
  // Another resource is seen anew, and so is all that is known of it.
  if (argument === 'resource' && looked.some((id) => !moves(id))) return 'always';
  const kept = looked.filter((id) => !moves(id) && isKeptBy(catalog, id, moves));
  const typeOf = (fact: FactId): Type =>
    action.action.arguments[fact.slice(ARGUMENT.length)]?.type ?? catalog.facts.get(fact)?.type ?? STRING;
  const keys = (fact: FactId): boolean => kept.some((id) => isKeptBy(catalog, id, (other) => other === fact));
  const moving = looked.filter(moves).map((fact): Moving => ({ fact, type: typeOf(fact), keys: keys(fact) }));
  const isOpen = typeOf(`${ARGUMENT}${argument}`).type === 'string';
  if (kept.length > 0 && (!isOpen || moving.some(({ keys: isKey, type }) => isKey && type.type !== 'string')))
    return 'not_decided';
  const trials = [...trialsOf(catalog, r, moving, kept, argument === 'credential')];
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const o = failsIn(catalog, action, r, trials, budget);
    if (typeof o === 'string') return o;
    const helps = refuted(catalog, o, r);
    if (typeof helps !== 'string' || kept.length > 0) return helps;
    const learnt = learntFrom(catalog, action, r, moving, o);
    if (learnt === undefined) return 'not_decided';
    trials.push(learnt);
  }
  return 'not_decided';
};

/** A text that nothing is compared with. */
const strange = (i: number): string => `fresh${i}`.padEnd(FRESH_LENGTH);

/** An observation in which the reason is told and nothing of what is tried helps. */
const failsIn = (
  catalog: Catalog,
  action: CompiledAction,
  r: CompiledRequirement,
  trials: readonly Trial[],
  budget: Budget,
): Observation | 'always' | 'not_decided' => {
  const q = pose([{ catalog, action, given: FREE }], budget, ([st]) => {
    if (st === undefined) return YES;
    const { and, not } = st.space.algebra;
    return trials.reduce<Node>((fails, trial) => and(fails, not(holdsWith(st, r, trial))), toldOf(st, r));
  });
  const found = observationOn(q, q.built);
  return found === 'none' ? 'always' : found === 'spent' ? 'not_decided' : found;
};

/** Where the requirement holds with other values of some facts. */
const holdsWith = (st: Stage, r: CompiledRequirement, trial: Trial): Node => {
  const { and } = st.space.algebra;
  let typed = YES;
  const values = new Map<FactId, Sighted>();
  for (const [fact, tried] of trial) {
    const { type } = st.readings.of(fact);
    if (tried === 'unread') values.set(fact, { type, known: NO, gaps: new Map(), cases: [] });
    else if (owns(tried, 'value')) values.set(fact, constantly(type, tried.value));
    else {
      const read = sightedOf(st.readings, tried.term, type);
      typed = and(typed, inType(st, read, type));
      values.set(fact, read);
    }
  }
  const readings = { ...st.readings, of: (id: FactId): Sighted => values.get(id) ?? st.readings.of(id) };
  return and(typed, truthsOf({ ...st, readings }, r.when).yes);
};

/** Everything as it was never asked for; and each value at which the condition can turn, beside that. */
const trialsOf = (
  catalog: Catalog,
  r: CompiledRequirement,
  moving: readonly Moving[],
  kept: readonly FactId[],
  isCredential: boolean,
): readonly Trial[] => {
  const turning = (id: FactId, type: Type): readonly Tried[] =>
    candidatesFor(r.when, id, type).map((term) => ({ term }));
  const fresh = moving.map(({ fact, type }, i): readonly Tried[] => {
    if (type.type === 'string') return [{ value: strange(i) }];
    return type.type === 'set' ? [{ value: [] }, { value: [strange(i)] }] : turning(fact, type);
  });
  const writers = writersOf(catalog);
  const read = kept.map((id, i): readonly Tried[] => {
    const fact = catalog.facts.get(id);
    if (fact?.origin !== 'ledger') return ['unread'];
    const unset: Tried = { value: fact.otherwise as Value };
    if (!isCredential) return [unset];
    const { constants } = writableOf(writers, fact.cell, fact.type);
    if (constants !== 'any') return [unset, ...constants.map((value) => ({ value }))];
    return fact.type.type === 'string'
      ? [unset, { value: strange(moving.length + i) }]
      : [unset, ...turning(id, fact.type)];
  });
  const names = [...moving.map(({ fact }) => fact), ...kept];
  const named = (all: readonly Tried[]): Trial => new Map(names.map((name, i) => [name, all[i] ?? 'unread']));
  const base = (product([...fresh, ...read]) ?? [[...fresh, ...read].flatMap(([first]) => first ?? [])]).map(named);
  const [first = new Map<FactId, Tried>()] = base;
  const beside = moving.flatMap(({ fact, type, keys }) =>
    type.type === 'string' || type.type === 'set'
      ? turning(fact, type).map((tried): Trial => {
          // What is kept by a value that is there may be anything.
          const unread = keys ? kept.map((id) => [id, 'unread'] as const) : [];
          return new Map<FactId, Tried>([...first, ...unread, [fact, tried]]);
        })
      : [],
  );
  return [...base, ...beside];
};

/** What does help in one observation, as one more thing to try in all of them. */
const learntFrom = (
  catalog: Catalog,
  action: CompiledAction,
  r: CompiledRequirement,
  moving: readonly Moving[],
  o: Observation,
): Trial | undefined => {
  const decision = decide(catalog, o);
  const reasons = decision.verdict === 'refuse' ? decision.reasons : [];
  const reason = reasons.find(
    ({ gate, code, means }) => gate === 'precondition' && code === r.code && means === r.means,
  );
  const after = reason === undefined ? undefined : takeStep(catalog, o, reason, 'least');
  if (after === undefined) return undefined;
  const trial = new Map<FactId, Tried>();
  for (const { fact } of moving) {
    const sight = action.readerOf(fact)(after);
    if (typeof sight === 'symbol') return undefined;
    trial.set(fact, { value: sight });
  }
  return trial;
};
