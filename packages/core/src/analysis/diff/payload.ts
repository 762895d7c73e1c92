/** Where what two catalogs say differs: the same reason with another next step, another plan, other writes. */

import type { CompiledRequirement } from '../../compile/action.ts';
import type { Type, Value } from '../../data/value.ts';
import { admit } from '../../data/value.ts';
import type { Ask, Remedy, Write } from '../../policy/action.ts';
import type { Term } from '../../policy/fact.ts';
import { isFactTerm } from '../../policy/fact.ts';
import { own, owns } from '../../receipt/encoding/own.ts';
import { NO, type Node, YES } from '../solver/diagram.ts';
import { compare } from '../symbolic/comparison.ts';
import { type Event, type Stage, shifted, truthsOf } from '../symbolic/formula.ts';
import { signature } from '../symbolic/origin.ts';
import type { Sighted } from '../symbolic/readings.ts';

/** Two terms, each on its side. */
type Pair = readonly [Term | undefined, Term | undefined];

/** Where two events, both given, are not the same reason. */
export const eventsDiffer = (a: Stage, b: Stage, x: Event, y: Event): Node => {
  if (x.gate !== y.gate || x.code !== y.code) return YES;
  if (x.reason !== undefined && y.reason !== undefined) return alike(x.reason, y.reason) ? NO : YES;
  return x.requirement !== undefined && y.requirement !== undefined
    ? requirementsDiffer(a, b, x.requirement, y.requirement)
    : YES;
};

/** Where two approvals change other cells or run another step. */
export const effectsDiffer = (a: Stage, b: Stage): Node => a.space.algebra.or(writesDiffer(a, b), plansDiffer(a, b));

const alike = (a: unknown, b: unknown): boolean => a === b || textOf(a) === textOf(b);

/** One reason is compared with many: each is written once. What is compared here never changes. */
const texts = new WeakMap<object, string>();
const textOf = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return signature(value ?? null);
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = signature(value);
  texts.set(value, text);
  return text;
};

const requirementsDiffer = (a: Stage, b: Stage, x: CompiledRequirement, y: CompiledRequirement): Node => {
  if (typeof x.reason !== 'function' && typeof y.reason !== 'function') return alike(x.reason, y.reason) ? NO : YES;
  if (x.gate !== y.gate || x.code !== y.code || x.means !== y.means) return YES;
  const named = (st: Stage, r: CompiledRequirement): unknown =>
    [...new Set(r.slots.map((slot) => st.side.action.facts[slot] ?? ''))].filter((id) => factsIn(r).includes(id));
  if (!alike(named(a, x), named(b, y))) return YES;
  if (isWait(x) && isWait(y)) return waitsAlike(a, b, x, y) ? NO : YES;
  return remediesDiffer(a, b, x.remedy, y.remedy);
};

/** The facts that a reason names: those of its condition. */
const factsIn = (r: CompiledRequirement): readonly string[] => namesIn(r.when);
const namesIn = (c: unknown): readonly string[] => {
  if (Array.isArray(c)) return c.flatMap(namesIn);
  if (typeof c !== 'object' || c === null) return [];
  const fact = own(c as { readonly fact?: unknown }, 'fact');
  return [
    ...(typeof fact === 'string' ? [fact] : []),
    ...Object.values(c).flatMap(namesIn),
    ...(owns(c, 'within') ? ['at'] : []),
  ];
};

const isWait = ({ remedy }: CompiledRequirement): boolean => remedy.by === 'time' && remedy.notBefore === undefined;

/**
 * What a wait waits for, and what runs out meanwhile, follows from its condition and from all that the action requires of
 * the time: the same where all of that is written alike, over facts that are declared alike.
 */
const waitsAlike = (a: Stage, b: Stage, x: CompiledRequirement, y: CompiledRequirement): boolean => {
  const timely = ({ side }: Stage): readonly CompiledRequirement[] =>
    side.action.requirements.filter((r) => factsIn(r).includes('at'));
  const written = (st: Stage): unknown => timely(st).map((r) => [r.code, r.when, isWait(r)]);
  return alike(x.when, y.when) && alike(written(a), written(b)) && declaredAlike(a, b, timely(a).flatMap(factsIn));
};

/** Whether facts are declared alike on both sides. */
const declaredAlike = (a: Stage, b: Stage, ids: readonly string[]): boolean => {
  const declared = ({ side }: Stage, id: string): unknown =>
    side.catalog.facts.get(id) ?? side.action.action.arguments[id.slice('argument.'.length)] ?? null;
  return ids.every((id) => alike(declared(a, id), declared(b, id)));
};

const remediesDiffer = (a: Stage, b: Stage, x: Remedy, y: Remedy): Node => {
  if (x.by === 'authority' && y.by === 'authority')
    return alike(x.who, y.who) && alike(x.times, y.times) && declaredAlike(a, b, namesIn(x.times))
      ? submitsDiffer(a, b, x.submit, y.submit)
      : YES;
  if (x.by === 'time' && y.by === 'time' && x.notBefore !== undefined && y.notBefore !== undefined)
    return termsDiffer(a, b, [x.notBefore, y.notBefore], { type: 'instant' });
  // What is filled into it are names that the observation brings, the same on both sides.
  if (x.by === 'request' && y.by === 'request') return x.argument === y.argument && x.or === y.or ? NO : YES;
  // Which roles are held is the observation's too.
  if (x.by === 'nobody' && y.by === 'nobody') return x.why === y.why ? NO : YES;
  return YES;
};

const submitsDiffer = (a: Stage, b: Stage, x: Ask, y: Ask): Node => {
  const { or, not, and } = a.space.algebra;
  const [chosen, others] = [x.choose ?? [], y.choose ?? []];
  const names = Object.keys(x.arguments).sort();
  const bare = (choices: Ask['choose']): unknown =>
    (choices ?? []).map(({ argument, oneOf }) => [argument, oneOf ?? null]);
  const sameShape =
    x.action === y.action &&
    x.refusal === y.refusal &&
    alike(names, Object.keys(y.arguments).sort()) &&
    alike(bare(x.choose), bare(y.choose));
  if (!sameShape) return YES;
  const self: Term = { fact: 'resource' };
  let differ = termsDiffer(a, b, [x.resource ?? self, y.resource ?? self], STRING);
  const declared = (argument: string): boolean =>
    alike([typeOf(a, x, argument), meansOf(a, x, argument)], [typeOf(b, y, argument), meansOf(b, y, argument)]);
  for (const name of names) {
    const type = typeOf(a, x, name);
    const term = x.arguments[name] as Term;
    differ = or(differ, termsDiffer(a, b, [term, y.arguments[name]], type));
    // Where nothing can be filled in, the argument is left to choose, with its type and meaning.
    if (!declared(name)) differ = or(differ, not(and(YES, fills(a, termReading(a, term, type)))));
  }
  for (const [i, choice] of chosen.entries()) {
    const type = typeOf(a, x, choice.argument);
    if (!declared(choice.argument)) return YES;
    differ = or(differ, termsDiffer(a, b, [choice.from, others[i]?.from], type));
    differ = or(differ, termsDiffer(a, b, [choice.to, others[i]?.to], type));
  }
  return differ;
};

/** Where two terms are not filled in alike. */
const termsDiffer = (a: Stage, b: Stage, [x, y]: Pair, type: Type): Node => {
  const { and, or, not } = a.space.algebra;
  if (x === undefined && y === undefined) return NO;
  const [one, other] = [
    x === undefined ? undefined : termReading(a, x, type),
    y === undefined ? undefined : termReading(b, y, type),
  ];
  const filled = [one === undefined ? NO : fills(a, one), other === undefined ? NO : fills(b, other)] as const;
  let same = NO;
  for (const left of one?.cases ?? [])
    for (const right of other?.cases ?? [])
      same = or(same, and(and(left.when, right.when), compare(a.space, 'is', left.value, right.value)));
  const both = and(and(filled[0], filled[1]), same);
  return not(or(both, and(not(filled[0]), not(filled[1]))));
};

/** A term as it is read where a value of a type stands. */
const termReading = (st: Stage, term: Term, type: Type): Sighted => {
  if (!isFactTerm(term)) {
    const value: Value = admit(type)(term) ?? term;
    return { type, known: YES, gaps: new Map(), cases: [{ when: YES, value: { kind: 'constant', value } }] };
  }
  const read = st.readings.of(term.fact);
  const { plus } = term;
  if (plus === undefined) return read;
  return { ...read, cases: read.cases.map(({ when, value }) => ({ when, value: shifted(value, plus) })) };
};

/** Where a reading fills something in: it is known, and not the empty text. */
const fills = (st: Stage, read: Sighted): Node => {
  const { and, or, not } = st.space.algebra;
  let empty = NO;
  for (const { when, value } of read.cases)
    empty = or(empty, and(when, compare(st.space, 'is', value, { kind: 'constant', value: '' })));
  return and(read.known, not(empty));
};

const typeOf = (st: Stage, ask: Ask, argument: string): Type =>
  st.side.catalog.actions.get(ask.action)?.action.arguments[argument]?.type ?? STRING;
const meansOf = (st: Stage, ask: Ask, argument: string): unknown =>
  st.side.catalog.actions.get(ask.action)?.action.arguments[argument]?.means ?? '';

const writesDiffer = (a: Stage, b: Stage): Node => {
  const [one, other] = [a.side.action.action.writes, b.side.action.action.writes];
  if (one.length !== other.length) return YES;
  let differ = NO;
  for (const [i, write] of one.entries()) {
    const twin = other[i] as Write;
    const [[kind, x], [otherKind, y]] = [changeOf(write), changeOf(twin)];
    if (write.cell !== twin.cell || write.key.length !== twin.key.length || kind !== otherKind) return YES;
    if (isSingle(a, x) !== isSingle(b, y)) return YES;
    const { and, not, or } = a.space.algebra;
    const [happens, twinHappens] = [happensWhere(a, write), happensWhere(b, twin)];
    const cell = a.side.catalog.cells.get(write.cell)?.type ?? STRING;
    const type = kind === 'set' || !isSingle(a, x) ? cell : STRING;
    const pairs = write.key.map((term, k): Pair => [term, twin.key[k]]);
    let unlike = termsDiffer(a, b, [x, y], type);
    for (const pair of pairs) unlike = or(unlike, termsDiffer(a, b, pair, STRING));
    differ = or(differ, or(and(happens, not(twinHappens)), and(twinHappens, not(happens))));
    differ = or(differ, and(and(happens, twinHappens), unlike));
  }
  return differ;
};

const changeOf = ({ change }: Write): readonly [string, Term | undefined] => {
  if (owns(change, 'set')) return ['set', change.set];
  if (owns(change, 'add')) return ['add', change.add];
  return owns(change, 'remove') ? ['remove', change.remove] : [signature(change), undefined];
};

const isSingle = (st: Stage, term: Term | undefined): boolean =>
  typeof term === 'string' || (term !== undefined && isFactTerm(term) && st.readings.of(term.fact).type.type !== 'set');

const happensWhere = (st: Stage, { when }: Write): Node => (when === undefined ? YES : truthsOf(st, when).yes);

const plansDiffer = (a: Stage, b: Stage): Node => {
  const [one, other] = [a.side.action, b.side.action];
  const [x, y] = [one.action.does, other.action.does];
  if (x.effect === 'internal' || y.effect === 'internal') return x.effect === y.effect ? NO : YES;
  const names = Object.keys(x.with).sort();
  if (x.step !== y.step || !alike(one.limits, other.limits) || !alike(names, Object.keys(y.with).sort())) return YES;
  let differ = NO;
  for (const name of names) {
    const term = x.with[name] as Term;
    const type = isFactTerm(term) ? a.readings.of(term.fact).type : STRING;
    differ = a.space.algebra.or(differ, termsDiffer(a, b, [term, y.with[name]], type));
  }
  return differ;
};

const STRING: Type = { type: 'string' };
