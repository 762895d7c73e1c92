/** Comparisons of two expressions as nodes of a diagram. The counterpart of `COMPARE` in compile/test.ts, and tested against it. */

import { holds } from '../../compile/evaluator.ts';
import type { Value } from '../../data/value.ts';
import { inWeek, isDuring, type Span } from '../../data/windows.ts';
import type { Op } from '../../policy/condition.ts';
import { owns } from '../../receipt/encoding/own.ts';
import { NO, type Node, YES } from '../solver/diagram.ts';
import { overRecords, type Saying, witnessesIn } from './rows.ts';
import type { Space } from './space.ts';
import type { Choice, Collection, Expression, Rows } from './unknown.ts';

type Comparing = Exclude<Op, 'oneOf' | 'within' | 'during' | 'every' | 'some'>;
type Of<K extends Expression['kind']> = Extract<Expression, { kind: K }>;

/** A set: constants, or an unknown of which only what is in `within` counts. */
type SetExpression = { readonly constant: readonly string[] } | Omit<Of<'collection'>, 'kind'>;

/** Where an instant lies in one of these parts of its week. */
export const during = (s: Space, e: Expression, spans: readonly Span[]): Node => {
  const at = linear(e);
  if (at === undefined) return NO;
  if (at.x === undefined) return truth(isDuring(at.c, spans));
  return s.inWeek(at.x, inWeek(spans.map(({ from, to }) => ({ from: from - at.c, to: to - at.c }))));
};

/** Where `left op right` holds. */
export const compare = (s: Space, op: Comparing, left: Expression, right: Expression): Node => {
  if (left.kind === 'constant' && right.kind === 'constant') return truth(holds(op, left.value, right.value));
  if (left.kind === 'rows') return sameList(s, left.rows, right);
  if (right.kind === 'rows') return sameList(s, right.rows, left);
  switch (op) {
    case 'startsWith':
      return right.kind === 'constant' ? starts(s, left, String(right.value)) : NO;
    case 'contains':
    case 'containsAll':
    case 'subsetOf':
    case 'disjointFrom':
      return setOp(s, op, left, right);
    case 'is':
      if (asSet(left) !== undefined) return setOp(s, op, left, right);
      if (linear(left) !== undefined) return s.algebra.and(atMost(s, left, right, 0), atMost(s, right, left, 0));
      return sameText(s, left, right);
    default:
      return ordered(s, op, left, right);
  }
};

/** An expression that is an integer: an unknown and an offset, or an offset alone. */
const linear = (e: Expression): { readonly x?: Of<'quantity'>['quantity']; readonly c: number } | undefined =>
  e.kind === 'quantity'
    ? { x: e.quantity, c: e.plus }
    : e.kind === 'constant' && typeof e.value === 'number'
      ? { c: e.value }
      : undefined;

const truth = (b: boolean): Node => (b ? YES : NO);

/** A list is another unknown one, or the empty one. */
const sameList = (s: Space, rows: Rows, other: Expression): Node => {
  if (other.kind === 'rows') return sameWitnesses(s, rows, other.rows);
  const isEmpty = other.kind === 'constant' && typeof other.value === 'object' && other.value.length === 0;
  if (!isEmpty) return NO;
  return s.algebra.not(overRecords(s, rows, EMPTY, () => ({ met: YES, kept: NO })).some);
};

const EMPTY: Saying = { text: 'empty', isOfRecords: true };

/** Two lists have the same witnesses: then they may be the same. No condition compares lists, only what is passed on. */
const sameWitnesses = (s: Space, a: Rows, b: Rows): Node => {
  const { and, or, not } = s.algebra;
  if (a.key === b.key) return YES;
  s.joinRows(a, b);
  const [left, right] = [witnessesIn(s, a, 'another'), witnessesIn(s, b, 'another')];
  let same = YES;
  for (let place = 0; place < Math.max(left.length, right.length); place++) {
    const [x, y] = [left[place], right[place]];
    let equal = YES;
    for (const [name, { value }] of x?.fields ?? []) {
      const other = y?.fields.get(name);
      equal = other === undefined ? NO : and(equal, compare(s, 'is', value, other.value));
    }
    const [here, there] = [x?.here ?? NO, y?.here ?? NO];
    same = and(same, or(and(and(here, there), equal), and(not(here), not(there))));
  }
  return same;
};

const starts = (s: Space, left: Expression, prefix: string): Node => {
  if (left.kind === 'word') return s.wordStarts(left.word, prefix);
  if (left.kind !== 'choice') return NO;
  return s.choiceIs(
    left.choice,
    left.choice.labels.filter((label) => typeof label === 'string' && label.startsWith(prefix)),
  );
};

const setOp = (s: Space, op: Comparing, left: Expression, right: Expression): Node => {
  const [a, b] = [asSet(left), asSet(right)];
  if (a === undefined) return NO;
  if (op === 'contains') return contains(s, a, right);
  if (b === undefined) return NO;
  if (op === 'is') return s.algebra.and(subset(s, a, b), subset(s, b, a));
  if (op === 'subsetOf') return subset(s, a, b);
  return op === 'containsAll' ? subset(s, b, a) : disjoint(s, a, b);
};

const asSet = (e: Expression): SetExpression | undefined =>
  e.kind === 'collection'
    ? e
    : e.kind === 'constant' && typeof e.value === 'object'
      ? { constant: e.value as readonly string[] }
      : undefined;

const contains = (s: Space, set: SetExpression, item: Expression): Node => {
  const { and, or } = s.algebra;
  if (item.kind === 'constant') return typeof item.value === 'string' ? has(s, set, item.value) : NO;
  let inside = NO;
  if (item.kind === 'choice') {
    for (const label of item.choice.labels)
      inside = or(inside, and(s.choiceIs(item.choice, [label]), has(s, set, String(label))));
    return inside;
  }
  if (item.kind !== 'word') return NO;
  const whole = open(set);
  if (whole !== undefined && !owns(set, 'constant')) {
    const { added = [], removed = [] } = set;
    let held = s.wordIn(item.word, whole);
    for (const text of removed) held = and(held, s.algebra.not(s.wordIs(item.word, text)));
    for (const text of added) held = or(held, s.wordIs(item.word, text));
    return held;
  }
  if (!owns(set, 'constant')) s.wordIn(item.word, set.collection);
  for (const text of namesIn(s, set)) inside = or(inside, and(s.wordIs(item.word, text), has(s, set, text)));
  return inside;
};

const has = (s: Space, set: SetExpression, text: string): Node => {
  if (owns(set, 'constant')) return truth(set.constant.includes(text));
  if (set.added?.includes(text) === true) return YES;
  const isOut = set.removed?.includes(text) === true || set.within?.includes(text) === false;
  return isOut ? NO : s.member(set.collection, text);
};

/** The unknown that can hold what has no name. */
const open = (set: SetExpression): Collection | undefined =>
  owns(set, 'constant') || set.within !== undefined ? undefined : set.collection;

/** The texts by name that can be in a set. */
const namesIn = (s: Space, set: SetExpression): readonly string[] =>
  owns(set, 'constant')
    ? set.constant
    : [...new Set([...(set.within ?? s.textsOf(set.collection)), ...(set.added ?? []), ...(set.removed ?? [])])];

const subset = (s: Space, a: SetExpression, b: SetExpression): Node => {
  const { and, or, not } = s.algebra;
  meet(s, a, b);
  const [left, right] = [open(a), open(b)];
  let all = left === undefined ? YES : right === undefined ? s.othersNone(left) : s.othersWithin(left, right);
  for (const text of namesIn(s, a)) all = and(all, or(not(has(s, a, text)), has(s, b, text)));
  return all;
};

/** Says to the space that these sets are compared, so that they share the texts by name. */
const meet = (s: Space, a: SetExpression, b: SetExpression): void => {
  for (const text of [...namesIn(s, a), ...namesIn(s, b)]) {
    has(s, a, text);
    has(s, b, text);
  }
  if (!owns(a, 'constant') && !owns(b, 'constant')) s.othersWithin(a.collection, b.collection);
};

const disjoint = (s: Space, a: SetExpression, b: SetExpression): Node => {
  const { and, not } = s.algebra;
  meet(s, a, b);
  const [left, right] = [open(a), open(b)];
  let none = left === undefined || right === undefined ? YES : s.othersApart(left, right);
  for (const text of namesIn(s, a)) none = and(none, not(and(has(s, a, text), has(s, b, text))));
  return none;
};

/** left ≤ right + c, for integers. */
const atMost = (s: Space, left: Expression, right: Expression, c: number): Node => {
  const [a, b] = [linear(left), linear(right)];
  if (a === undefined || b === undefined) return NO;
  const bound = b.c - a.c + c;
  if (a.x !== undefined) return s.atMost(a.x, b.x, bound);
  // a ≤ y + c is not(y ≤ a − c − 1).
  return b.x === undefined ? truth(bound >= 0) : s.algebra.not(s.atMost(b.x, undefined, -bound - 1));
};

/** Equality of two texts, two words of a choice, or one of each. */
const sameText = (s: Space, left: Expression, right: Expression): Node => {
  const { and, or } = s.algebra;
  if (left.kind === 'constant' && right.kind === 'constant') return truth(left.value === right.value);
  if (left.kind === 'constant') return sameText(s, right, left);
  if (left.kind === 'choice') {
    if (right.kind === 'constant') return labelIs(s, left.choice, right.value);
    let same = NO;
    for (const label of left.choice.labels)
      same = or(same, and(s.choiceIs(left.choice, [label]), sameText(s, right, { kind: 'constant', value: label })));
    return same;
  }
  if (left.kind !== 'word') return NO;
  if (right.kind === 'constant') return typeof right.value === 'string' ? s.wordIs(left.word, right.value) : NO;
  return right.kind === 'word' ? s.sameWord(left.word, right.word) : sameText(s, right, left);
};

const labelIs = (s: Space, choice: Choice, value: Value): Node =>
  typeof value === 'string' || typeof value === 'boolean' ? s.choiceIs(choice, [value]) : NO;

const ordered = (s: Space, op: Comparing, left: Expression, right: Expression): Node => {
  switch (op) {
    case 'atMost':
    case 'notAfter':
      return atMost(s, left, right, 0);
    case 'below':
    case 'before':
      return atMost(s, left, right, -1);
    case 'atLeast':
    case 'notBefore':
      return atMost(s, right, left, 0);
    default:
      return atMost(s, right, left, -1);
  }
};
