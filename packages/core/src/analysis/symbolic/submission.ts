/** The submission that a next step names, as one more side: what the refused intent read fills its arguments in. */
import type { CompiledAction } from '../../compile/action.ts';
import type { Type, Value, Wire } from '../../data/value.ts';
import { admit, express } from '../../data/value.ts';
import type { Ask, Choice, Remedy } from '../../policy/action.ts';
import type { FactId } from '../../policy/fact.ts';
import { SOME_RECEIPT } from '../../refusal.ts';
import { NO, type Node, YES } from '../solver/diagram.ts';
import { constantly, sightedOf } from './after-writes.ts';
import { compare } from './comparison.ts';
import type { Stage } from './formula.ts';
import { unknownOf } from './origin.ts';
import { FREE, givenness, type Side, type Sighted, type Substitute } from './readings.ts';
import { isTextOf } from './text-type.ts';
import type { Assignment, Expression, Word } from './unknown.ts';
import { valueUnder } from './value-under.ts';

type Authority = Extract<Remedy, { by: 'authority' }>;

/** Names of those who submit: nobody's in any ledger, unless an observation says so. */
export const submitterOf = (i: number): string => (i === 0 ? 'authority' : `authority ${i + 1}`);
const ANOTHER_BINDING = 'another';

/** The side of the `i`th submission of a remedy, as the refused side `st` makes it. What it leaves open is called after `as`. */
export const submissionOf = (
  st: Stage,
  target: CompiledAction,
  { who, submit }: Authority,
  i: number,
  as = 'step',
): Side => {
  const { readings } = st;
  const stands = new Map<FactId, Substitute>();
  const stand = (fact: FactId, sighted: Sighted, more: Pick<Substitute, 'origin'> = {}): void =>
    void stands.set(fact, { name: `${as} ${fact}`, sighted, ...more });
  for (const [name, { type, otherwise }] of Object.entries(target.action.arguments)) {
    const fact = `argument.${name}`;
    const term = Object.hasOwn(submit.arguments, name) ? submit.arguments[name] : undefined;
    const declared = target.action.arguments[name] as CompiledAction['action']['arguments'][string];
    const value = chosenOf(as, name, type);
    const origin = { kind: 'argument', name, declared, presence: givenness(`${as} ${name}`, declared), value } as const;
    if (term !== undefined) stand(fact, orChosen(st, sightedOf(readings, term, type), value), { origin });
    else if ((submit.choose ?? []).some(({ argument }) => argument === name))
      stand(fact, known(type, value), { origin });
    else if (otherwise !== undefined) stand(fact, sightedOf(readings, otherwise as Value, type));
  }
  stand('subject', constantly(STRING, submitterOf(i)));
  stand('person', constantly(STRING, submitterOf(i)));
  stand('persons', constantly({ type: 'set' }, [submitterOf(i)]));
  stand('subject_type', constantly(STRING, who.type));
  stand('binding', constantly(STRING, ANOTHER_BINDING));
  if (submit.refusal === true) {
    for (const [name, value] of Object.entries(SOME_RECEIPT)) {
      const { type = STRING } = target.action.arguments[name] ?? {};
      stand(`argument.${name}`, constantly(type, value));
    }
    stand('refusal_asks', constantly({ type: 'set' }, [submit.action]));
    stand('refusal_binding', readings.of('binding'));
    stand('refusal_requester', readings.of('subject'));
    stand('refusal_person', readings.of('person'));
    stand('refusal_persons', readings.of('persons'));
  }
  if (submit.resource !== undefined) {
    const about = sightedOf(readings, submit.resource, STRING);
    stand('resource', about);
    stand('resource_ref', about);
  }
  return { catalog: st.side.catalog, action: target, given: FREE, stands };
};

/** What holds of whoever submits and of what is chosen: within its bounds, by nobody who is excepted or who asked. */
export const lawfulSubmission = (
  st: Stage,
  target: CompiledAction,
  { submit, times }: Authority,
  n: number,
  as = 'step',
): Node => {
  const { space, readings } = st;
  const { and, or, not } = space.algebra;
  const is = (sighted: Sighted, value: string): Node =>
    sighted.cases.reduce<Node>(
      (any, c) => or(any, and(c.when, compare(space, 'is', c.value, { kind: 'constant', value }))),
      NO,
    );
  let lawful = not(is(readings.of('binding'), ANOTHER_BINDING));
  for (let i = 0; i < n; i++) {
    lawful = and(lawful, not(is(readings.of('subject'), submitterOf(i))));
    if (times?.except === undefined) continue;
    const done = sightedOf(readings, times.except, { type: 'set' });
    for (const c of done.cases) {
      const inside = compare(space, 'contains', c.value, { kind: 'constant', value: submitterOf(i) });
      lawful = and(lawful, not(and(c.when, inside)));
    }
  }
  for (const choice of submit.choose ?? []) {
    const type = target.action.arguments[choice.argument]?.type;
    if (type !== undefined) lawful = and(lawful, withinBounds(st, choice, type, as));
  }
  return lawful;
};

/** Where the arguments are of their types: what another fact says may lie outside of them. */
export const typedArguments = (st: Stage): Node => {
  let typed = YES;
  for (const [name, { type }] of Object.entries(st.side.action.action.arguments)) {
    const sighted = st.readings.of(`argument.${name}`);
    for (const c of sighted.cases)
      typed = st.space.algebra.and(typed, st.space.algebra.or(st.space.algebra.not(c.when), fits(st, c.value, type)));
  }
  return typed;
};

/** Arguments that whoever submits can't choose freely: what they are follows from the step. */
export const settledArguments = ({ arguments: given, choose = [] }: Ask): ReadonlySet<string> =>
  new Set([...Object.keys(given), ...choose.filter(isBounded).map(({ argument }) => argument)]);

/** What an assignment chooses for an argument that is left to choose. */
export const choiceUnder = (argument: string, type: Type, a: Assignment, as = 'step'): Wire =>
  express(type, valueUnder(chosenOf(as, argument, type), a));

/** Where a value is of a type. */
export const fits = ({ space }: Stage, value: Expression, type: Type): Node => {
  const { and, or } = space.algebra;
  const is = (op: Parameters<typeof compare>[1], limit: Value): Node =>
    compare(space, op, value, { kind: 'constant', value: limit });
  if (type.type === 'integer')
    return and(
      type.min === undefined ? YES : is('atLeast', type.min),
      type.max === undefined ? YES : is('atMost', type.max),
    );
  if (type.type === 'enum') {
    let among = NO;
    for (const word of type.values) among = or(among, is('is', word));
    return among;
  }
  if (type.type === 'string' && value.kind === 'constant') return admit(type)(value.value) === undefined ? NO : YES;
  // What a subject or a receipt is called is of a form by itself, and so is what the ledger keeps of it.
  if (type.type === 'string' && value.kind === 'word')
    return value.word.plain ? YES : isTextOf(space, value.word, isFromOutside(value.word) ? type : withoutForm(type));
  return type.type === 'set' && type.of !== undefined ? is('subsetOf', [...type.of].sort()) : YES;
};

const isFromOutside = ({ key }: Word): boolean => /^(?:observed|argument) /.test(key);
const withoutForm = ({ form: _, ...type }: Extract<Type, { type: 'string' }>): Extract<Type, { type: 'string' }> =>
  type;

const isBounded = ({ from, to, oneOf }: Choice): boolean => (from ?? to ?? oneOf) !== undefined;

const chosenOf = (as: string, argument: string, type: Type): Expression => unknownOf(`${as} chosen ${argument}`, type);

const known = (type: Type, value: Expression): Sighted => ({
  type,
  known: YES,
  gaps: new Map(),
  cases: [{ when: YES, value }],
});

/** Where there is nothing to fill in, it has to be chosen. */
const orChosen = ({ space }: Stage, { type, known: isKnown, cases }: Sighted, value: Expression): Sighted => {
  const { and, not } = space.algebra;
  let empty = not(isKnown);
  const filled = cases.filter((c) => {
    const isEmpty = c.value.kind === 'constant' && c.value.value === '';
    if (isEmpty) empty = space.algebra.or(empty, c.when);
    return !isEmpty;
  });
  return { type, known: YES, gaps: new Map(), cases: [...filled, { when: and(YES, empty), value }] };
};

const withinBounds = (st: Stage, { argument, from, to, oneOf }: Choice, type: Type, as: string): Node => {
  const { space, readings } = st;
  const { and, or, not } = space.algebra;
  const chosen = chosenOf(as, argument, type);
  let within = YES;
  for (const [term, op] of [
    [from, 'atLeast'],
    [to, 'atMost'],
  ] as const) {
    if (term === undefined) continue;
    for (const c of sightedOf(readings, term, type).cases)
      within = and(within, or(not(c.when), compare(space, op, chosen, c.value)));
  }
  if (oneOf === undefined) return within;
  let among = NO;
  for (const value of oneOf) among = or(among, compare(space, 'is', chosen, { kind: 'constant', value }));
  return and(within, among);
};

const STRING: Type = { type: 'string' };
