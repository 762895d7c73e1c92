/**
 * A condition becomes a closure over the places of the facts that it looks at: three-valued, total, no allocation.
 * Kleene: a gap is unknown, not(unknown) is unknown; `all` is false if one part is, `any` is true if one part is.
 */

import { type Path, picture } from '../data/issue.ts';
import { recordsOf } from '../data/record-list.ts';
import { admit, describeType, type RecordsType, sameValue, type Type, type Value } from '../data/value.ts';
import { isDuring, type Span, spansOf, type Window } from '../data/windows.ts';
import {
  type Comparison,
  type Condition,
  comparisonOf,
  FIELD_PREFIX,
  innerOf,
  isFactOperand,
  isQuantified,
  OPS,
  type Op,
  type Operand,
  type Quantified,
} from '../policy/condition.ts';
import type { FactId } from '../policy/fact.ts';
import type { Sight } from '../reading.ts';
import { owns } from '../receipt/encoding/own.ts';
import { type Complaints, createSlots, type Scope, type Slots } from './scope.ts';

/** Kleene's three truth values. */
export type Truth = typeof FALSE | typeof TRUE | typeof UNKNOWN;
export type Test = (sights: readonly Sight[]) => Truth;

type Compare = (left: Value, right: Value) => boolean;

/** Operators that compare two values; the others have constants of their own kind on the right. */
type Comparing = Exclude<Op, 'oneOf' | 'within' | 'during'>;

/** What compiling a condition needs: names, places, and where to complain. */
export interface Workshop {
  readonly scope: Scope;
  readonly slots: Slots;
  readonly to: Complaints;
  /** Whether the condition stands inside an `every` or `some`. */
  readonly inner?: true;
}

/** Where a place of an inner condition is filled from: a field of each record in turn, or a place outside. */
type ReadFrom = { readonly field: string } | { readonly outer: number };

export const FALSE = 0;
export const TRUE = 1;
export const UNKNOWN = 2;

/** Whether two values of fitting types compare so; false for values of other types. */
export const holds = (op: Comparing, left: Value, right: Value): boolean => COMPARE[op](left, right);

/** The type that stands on the right of an operator, given the fact's. */
export const rightType = (op: Op, left: Type): Type =>
  op === 'contains' ? (left.type === 'set' && left.of ? { type: 'enum', values: left.of } : STRING) : left;

/** A constant on the right; a set may name members that the fact's own type does not know, and the empty string is a constant. */
export const admitConstant = (op: Op, type: Type, value: Value): Value | undefined => {
  if (value === '' && type.type === 'string') return '';
  if (type.type === 'set' && op !== 'contains') return setOf(value);
  if (op === 'startsWith') return typeof value === 'string' ? value : undefined;
  return admit(type)(value);
};

/** Compiles an unfolded condition. Ill-typed parts are complained about and test false. */
export const compileCondition = (c: Condition, path: Path, w: Workshop): Test => {
  if (owns(c, 'all')) return allTest(c.all.map((part, i) => compileCondition(part, [...path, 'all', i], w)));
  if (owns(c, 'any')) return anyTest(c.any.map((part, i) => compileCondition(part, [...path, 'any', i], w)));
  if (owns(c, 'not')) {
    const part = compileCondition(c.not, [...path, 'not'], w);
    return (s) => {
      const x = part(s);
      return x === UNKNOWN ? UNKNOWN : x === TRUE ? FALSE : TRUE;
    };
  }
  if (owns(c, 'each')) {
    w.to.add(path, 'a condition without `each`', '`each`');
    return never;
  }
  return isQuantified(c) ? compileQuantified(c, path, w) : compileComparison(c, path, w);
};

const numbers =
  (holds: (a: number, b: number) => boolean): Compare =>
  (a, b) =>
    typeof a === 'number' && typeof b === 'number' && holds(a, b);
const sets =
  (holds: (a: readonly string[], b: readonly string[]) => boolean): Compare =>
  (a, b) =>
    typeof a === 'object' && typeof b === 'object' && holds(a, b);

/** A list without repetition, of any length: a catalog may have more packs than a fact may have members. */
const setOf = (value: Value): Value | undefined =>
  typeof value === 'object' && new Set(value).size === value.length && !value.includes('')
    ? [...value].sort()
    : undefined;

const allTest = (parts: readonly Test[]): Test => {
  const [a, b] = parts;
  if (a !== undefined && parts.length === 1) return a;
  if (a !== undefined && b !== undefined && parts.length === 2) {
    return (s) => {
      const x = a(s);
      if (x === FALSE) return FALSE;
      const y = b(s);
      return y === FALSE ? FALSE : x === UNKNOWN ? UNKNOWN : y;
    };
  }
  return (s) => {
    let result: Truth = TRUE;
    for (const part of parts) {
      const x = part(s);
      if (x === FALSE) return FALSE;
      if (x === UNKNOWN) result = UNKNOWN;
    }
    return result;
  };
};

const anyTest = (parts: readonly Test[]): Test => {
  const [a, b] = parts;
  if (a !== undefined && parts.length === 1) return a;
  if (a !== undefined && b !== undefined && parts.length === 2) {
    return (s) => {
      const x = a(s);
      if (x === TRUE) return TRUE;
      const y = b(s);
      return y === TRUE ? TRUE : x === UNKNOWN ? UNKNOWN : y;
    };
  }
  return (s) => {
    let result: Truth = FALSE;
    for (const part of parts) {
      const x = part(s);
      if (x === TRUE) return TRUE;
      if (x === UNKNOWN) result = UNKNOWN;
    }
    return result;
  };
};

const never: Test = () => FALSE;

const compileQuantified = (c: Quantified, path: Path, w: Workshop): Test => {
  const type = knownFact(c.fact, [...path, 'fact'], w);
  const kind = owns(c, 'every') ? 'every' : 'some';
  if (type === undefined) return never;
  if (type.type !== 'records') {
    w.to.add([...path, kind], 'a fact that is a list of records', `\`${c.fact}\`, which is ${describeType(type)}`);
    return never;
  }
  if (w.inner === true) {
    // Of every record of one list some record of another: that has no small witness, and could not be proved.
    w.to.add([...path, kind], 'no `every` or `some` inside another', `\`${kind}\``);
    return never;
  }
  const slots = createSlots();
  const scope = innerScope(w.scope, type);
  const inner = compileCondition(innerOf(c), [...path, kind], { scope, slots, to: w.to, inner: true });
  const slot = w.slots.slotOf(c.fact);
  const places = slots.facts.map(
    (id): ReadFrom =>
      id.startsWith(FIELD_PREFIX) ? { field: id.slice(FIELD_PREFIX.length) } : { outer: w.slots.slotOf(id) },
  );
  return quantifiedTest(slot, kind === 'every', inner, places);
};

const knownFact = (id: FactId, path: Path, w: Workshop): Type | undefined => {
  const fact = w.scope.fact(id);
  if (fact === undefined) w.to.add(path, `a known fact${w.to.hint(id, w.scope.names)}`, `\`${id}\``);
  return fact?.type;
};

/** The names of an inner condition: a record's fields, and everything that is known outside of it. */
const innerScope = (outer: Scope, { fields }: RecordsType): Scope => ({
  fact: (id) => {
    if (!id.startsWith(FIELD_PREFIX)) return outer.fact(id);
    const name = id.slice(FIELD_PREFIX.length);
    const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return type === undefined ? undefined : { means: id, type, origin: 'step', argument: id };
  },
  names: () => [...Object.keys(fields).map((name) => `${FIELD_PREFIX}${name}`), ...outer.names()],
  reader: outer.reader,
});

/** Kleene like everything else: `every` is an `all` over the records, `some` an `any`. */
const quantifiedTest = (slot: number, every: boolean, inner: Test, places: readonly ReadFrom[]): Test => {
  const stop = every ? FALSE : TRUE;
  const otherwise = every ? TRUE : FALSE;
  const fields = places.flatMap((place, i) => (owns(place, 'field') ? [[i, place.field] as const] : []));
  return (s) => {
    const list = s[slot] as Sight;
    if (typeof list !== 'object') return UNKNOWN;
    const sights = places.map((place): Sight => (owns(place, 'outer') ? (s[place.outer] as Sight) : ''));
    let result: Truth = otherwise;
    for (const record of recordsOf(list)) {
      for (const [i, field] of fields) sights[i] = record[field] ?? '';
      const x = inner(sights);
      if (x === stop) return stop;
      if (x === UNKNOWN) result = UNKNOWN;
    }
    return result;
  };
};

const compileComparison = (c: Comparison, path: Path, w: Workshop): Test => {
  const { fact, op, to } = comparisonOf(c);
  const type = knownFact(fact, [...path, 'fact'], w);
  if (type === undefined) return never;
  if (!applies(op, type)) {
    const fitting = (Object.keys(OPS) as readonly Op[]).filter((other) => applies(other, type));
    const words = type.type === 'records' ? ['every', 'some'] : fitting;
    w.to.add([...path, op], `one of ${words.join(', ')} for ${describeType(type)}`, `\`${op}\``);
    return never;
  }
  const slot = w.slots.slotOf(fact);
  if (op === 'oneOf' && type.type === 'set') {
    w.to.add([...path, op], 'a fact that is not a set', describeType(type));
    return never;
  }
  if (op === 'oneOf') {
    const values = (to as readonly Value[]).map((value) => admitConstant(op, type, value));
    values.forEach((value, i) => {
      if (value === undefined) w.to.add([...path, op, i], describeType(type), picture((to as readonly Value[])[i]));
    });
    return oneOfTest(
      slot,
      values.filter((value) => value !== undefined),
    );
  }
  if (op === 'within') {
    if (typeof to !== 'number' || to < 0) w.to.add([...path, op], 'a duration in milliseconds', picture(to));
    return withinTest(slot, w.slots.slotOf('at'), Number(to));
  }
  if (op === 'during') return duringTest(slot, spansOf(to as readonly Window[]));
  return compileOperand(slot, op, to as Operand, type, [...path, op], w);
};

const applies = (op: Op, type: Type): boolean => {
  const on = OPS[op];
  if (type.type === 'records') return false;
  return on === 'any' || on === type.type || (on === 'string' && type.type === 'enum');
};

const oneOfTest = (slot: number, values: readonly Value[]): Test => {
  const among = new Set<Value>(values);
  return (s) => {
    const x = s[slot] as Sight;
    return typeof x === 'symbol' ? UNKNOWN : truth(among.has(x));
  };
};

const truth = (b: boolean): Truth => (b ? TRUE : FALSE);

const withinTest = (slot: number, at: number, duration: number): Test => {
  return (s) => {
    const x = s[slot] as Sight;
    const now = s[at] as Sight;
    if (typeof x === 'symbol' || typeof now === 'symbol') return UNKNOWN;
    return truth(typeof x === 'number' && typeof now === 'number' && now - x >= 0 && now - x <= duration);
  };
};

const duringTest = (slot: number, spans: readonly Span[]): Test => {
  return (s) => {
    const x = s[slot] as Sight;
    return typeof x === 'symbol' ? UNKNOWN : truth(typeof x === 'number' && isDuring(x, spans));
  };
};

const compileOperand = (slot: number, op: Comparing, operand: Operand, left: Type, path: Path, w: Workshop): Test => {
  const right = rightType(op, left);
  const compare = COMPARE[op];
  if (!isFactOperand(operand)) {
    const value = admitConstant(op, right, operand as Value);
    if (value === undefined) {
      w.to.add(path, describeType(right), picture(operand));
      return never;
    }
    return constantTest(slot, compare, value);
  }
  if (op === 'startsWith') {
    // Whether one text starts with another has no regions: nothing could be proved about such a policy.
    w.to.add(path, 'a constant', `\`${operand.fact}\``);
    return never;
  }
  const other = knownFact(operand.fact, [...path, 'fact'], w);
  if (other === undefined) return never;
  const kind = ({ type }: Type): string => (type === 'enum' ? 'string' : type);
  if (kind(other) !== kind(right))
    w.to.add(path, describeType(right), `\`${operand.fact}\`, which is ${describeType(other)}`);
  if (operand.plus !== undefined && other.type !== 'integer' && other.type !== 'instant') {
    w.to.add(path, 'an integer or an instant where `plus` stands', describeType(other));
  }
  return factTest(slot, compare, w.slots.slotOf(operand.fact), operand.plus ?? 0);
};

const constantTest = (slot: number, compare: Compare, value: Value): Test => {
  if (compare === sameValue && typeof value !== 'object') {
    return (s) => {
      const x = s[slot] as Sight;
      return typeof x === 'symbol' ? UNKNOWN : x === value ? TRUE : FALSE;
    };
  }
  return (s) => {
    const x = s[slot] as Sight;
    return typeof x === 'symbol' ? UNKNOWN : truth(compare(x, value));
  };
};

const factTest = (slot: number, compare: Compare, other: number, plus: number): Test => {
  return (s) => {
    const x = s[slot] as Sight;
    const y = s[other] as Sight;
    if (typeof x === 'symbol' || typeof y === 'symbol') return UNKNOWN;
    return truth(compare(x, typeof y === 'number' ? y + plus : y));
  };
};

const least = numbers((a, b) => a >= b);
const most = numbers((a, b) => a <= b);
const more = numbers((a, b) => a > b);
const less = numbers((a, b) => a < b);

const COMPARE: { readonly [O in Comparing]: Compare } = {
  is: sameValue,
  atLeast: least,
  atMost: most,
  above: more,
  below: less,
  notBefore: least,
  notAfter: most,
  after: more,
  before: less,
  contains: (a, b) => typeof a === 'object' && typeof b === 'string' && a.includes(b),
  containsAll: sets((a, b) => b.every((item) => a.includes(item))),
  subsetOf: sets((a, b) => a.every((item) => b.includes(item))),
  disjointFrom: sets((a, b) => !a.some((item) => b.includes(item))),
  startsWith: (a, b) => typeof a === 'string' && typeof b === 'string' && a.startsWith(b),
};

const STRING: Type = { type: 'string' };
