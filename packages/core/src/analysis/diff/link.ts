/** What two catalogs read of one place of an observation when they declare it differently: not any two things. */

import { recordText } from '../../data/record-list.ts';
import { admit, express, MAX_SET, type RecordsType, sameValue, type Type, type Value } from '../../data/value.ts';
import { GAPS, type Sight } from '../../reading.ts';
import { NO, type Node, YES } from '../solver/diagram.ts';
import { compare } from '../symbolic/comparison.ts';
import { jointEvidence, someRecord, someScalar, someValue, type Wanted } from '../symbolic/evidence-for.ts';
import type { Stage } from '../symbolic/formula.ts';
import { type Origin, signature } from '../symbolic/origin.ts';
import { crowdOf, manyRecords, mostOf, overRecords, type Witnessing, witnessesIn } from '../symbolic/rows.ts';
import type { Space } from '../symbolic/space.ts';
import { admitsForm, isTextOf } from '../symbolic/text-type.ts';
import { type Expression, oddnessOf, type Rows } from '../symbolic/unknown.ts';

type Of<K extends Origin['kind']> = Extract<Origin, { kind: K }>;
type Common = 'same' | 'empty' | 'any' | 'never';

type Scalar = boolean | number | string;

/** An instant after which everything can be stale. */
const LATE = 100_000_000_000_000;

/** What holds of two sides' readings of the same evidence and the same arguments. */
export const linkOf = ([a, b]: readonly Stage[]): Node => {
  if (a === undefined || b === undefined) return YES;
  const s = a.space;
  let holds = YES;
  for (const [key, one] of a.readings.origins) {
    for (const [otherKey, other] of b.readings.origins) {
      if (key === otherKey) continue;
      if (one.kind === 'observed' && other.kind === 'observed' && one.fact === other.fact)
        holds = s.algebra.and(holds, linkObserved(s, one, other));
      if (one.kind === 'argument' && other.kind === 'argument' && one.name === other.name)
        holds = s.algebra.and(holds, linkArguments(s, one, other));
    }
  }
  return holds;
};

const linkObserved = (s: Space, a: Of<'observed'>, b: Of<'observed'>): Node => {
  const { and, or } = s.algebra;
  let holds = NO;
  for (const left of a.gap.labels)
    for (const right of b.gap.labels) {
      const seen = and(s.choiceIs(a.gap, [left]), s.choiceIs(b.gap, [right]));
      holds = or(holds, and(seen, together(s, a, b, [String(left), String(right)])));
    }
  return holds;
};

/** Under which condition two readings of one fact go together. */
const together = (s: Space, a: Of<'observed'>, b: Of<'observed'>, seen: readonly [string, string]): Node => {
  const types = [a.declared.type, b.declared.type] as const;
  const can = (x: Sight, y: Sight): boolean => {
    const wanted: readonly Wanted[] = [
      { declared: a.declared, sight: x },
      { declared: b.declared, sight: y },
    ];
    return jointEvidence(a.fact, wanted, { at: LATE, about: 'x' }) !== undefined;
  };
  const gapOf = (label: string): Sight => GAPS[label as keyof typeof GAPS];
  const [left, right] = seen;
  const both = trials(types[0]).filter((value) => admitsSame(types[1], types[0], value));
  if (left === 'known' && right === 'known') {
    const few = types.map((type) => (type.type === 'records' ? trials(type).slice(0, 2) : trials(type)));
    const differ = few[0]?.some((x) => few[1]?.some((y) => !sameValue(x, y) && can(x, y)));
    if (differ === true) return YES;
    return both.some((value) => can(value, value)) ? bothAre(s, a.value, b.value, types) : NO;
  }
  if (left !== 'known' && right !== 'known') return can(gapOf(left), gapOf(right)) ? YES : NO;
  const [own, other, type] = left === 'known' ? [a, types[1], types[0]] : [b, types[0], types[1]];
  const shown = (value: Value): boolean => (left === 'known' ? can(value, gapOf(right)) : can(gapOf(left), value));
  const common = trials(type).filter((value) => admitsSame(other, type, value));
  if (common.some(shown)) return YES;
  return trials(type).some((value) => !common.includes(value) && shown(value))
    ? onlyFirst(s, own.value, [type, other])
    : NO;
};

/** Values of a type with which two declarations are tried: ordinary ones, and the outermost. */
const trials = (type: Type): readonly Value[] => {
  const some = someValue(type);
  switch (type.type) {
    case 'boolean':
      return [true, false];
    case 'integer':
      return [some, type.min ?? -9, type.max ?? 9, 1].filter((n) => admit(type)(n) !== undefined);
    case 'enum':
      return type.values;
    case 'set':
      return type.of === undefined ? [some, ['t']] : [some, ...type.of.map((text) => [text])];
    case 'records':
      return [some, [someRecord(type)], ...singleTrials(type), manyRecords(type)];
    case 'string':
      return [some, 'u', 't'.repeat(type.maxLength ?? 1_024)];
    case 'instant':
      return [some, 1];
  }
};

/** Lists of one record, of which one field is at an end of its type. */
const singleTrials = ({ fields }: RecordsType): readonly Value[] => {
  const some = Object.entries(fields).map(([name, field]) => [name, someScalar(field)] as const);
  return Object.entries(fields).flatMap(([name, field]) =>
    scalars(trials(field)).map((value): Value => [recordText({ ...Object.fromEntries(some), [name]: value })]),
  );
};

const scalars = (values: readonly Value[]): readonly Scalar[] => values.filter((v) => typeof v !== 'object');

const admitsSame = (type: Type, of: Type, value: Value): boolean => {
  const read = admit(type)(express(of, value));
  return read !== undefined && sameValue(read, value);
};

const bothAre = (s: Space, a: Expression, b: Expression, types: readonly [Type, Type]): Node => {
  switch (canBeBoth(...types)) {
    case 'same':
      return s.algebra.and(s.algebra.and(isOf(s, a, types[1]), isOf(s, b, types[0])), compare(s, 'is', a, b));
    case 'empty':
      return s.algebra.and(isEmpty(s, a), isEmpty(s, b));
    case 'any':
      return YES;
    case 'never':
      return NO;
  }
};

/**
 * Whether one JSON value can be of both types. Of a text and an instant: yes, but which is left open. Of two lists whose
 * records have not one field alike: the empty one.
 */
const canBeBoth = (a: Type, b: Type): Common => {
  const [one, other] = [kindOf(a), kindOf(b)];
  if (a.type === 'records' && b.type === 'records') return recordsCanBeBoth(a, b);
  if (one === 'records' || other === 'records') return isList(one) && isList(other) ? 'empty' : 'never';
  if (one === other) return 'same';
  return [one, other].every((kind) => kind === 'string' || kind === 'instant') ? 'any' : 'never';
};

const kindOf = ({ type }: Type): string => (type === 'enum' ? 'string' : type);

const recordsCanBeBoth = (a: RecordsType, b: RecordsType): Common => {
  const names = [...new Set([...Object.keys(a.fields), ...Object.keys(b.fields)])];
  const common = names.map((name): Common => {
    const [x, y] = [a.fields[name], b.fields[name]];
    return x === undefined || y === undefined ? 'never' : canBeBoth(x, y);
  });
  return common.includes('never') ? 'empty' : common.includes('any') ? 'any' : 'same';
};

const isList = (kind: string): boolean => kind === 'records' || kind === 'set';

/** Whether a value is of another type as well. */
const isOf = (s: Space, e: Expression, type: Type): Node => {
  const { and, or } = s.algebra;
  const is = (value: Value): Node => compare(s, 'is', e, { kind: 'constant', value });
  if (e.kind === 'choice')
    return s.choiceIs(
      e.choice,
      e.choice.labels.filter((label) => admit(type)(label) !== undefined),
    );
  if (e.kind === 'quantity' && type.type === 'integer') {
    const within = (op: 'atLeast' | 'atMost', value: number): Node => compare(s, op, e, { kind: 'constant', value });
    return and(
      within('atLeast', type.min ?? Number.MIN_SAFE_INTEGER),
      within('atMost', type.max ?? Number.MAX_SAFE_INTEGER),
    );
  }
  if (e.kind === 'word' && type.type === 'string') return isTextOf(s, e.word, type);
  if (e.kind === 'word' && type.type === 'enum') return type.values.reduce<Node>((any, word) => or(any, is(word)), NO);
  if (e.kind === 'collection' && type.type === 'set' && !admitsForm(type.form, e.collection.form))
    return s.choiceIs(oddnessOf(e.collection), ['formed']);
  if (e.kind === 'collection' && type.type === 'set')
    return type.of === undefined ? YES : compare(s, 'subsetOf', e, { kind: 'constant', value: type.of });
  return e.kind === 'rows' && type.type === 'records' ? areOf(s, e.rows, type) : YES;
};

/** Whether all records are of another type, and not too many. Of a longer list it is left open how long it is. */
const areOf = (s: Space, rows: Rows, { fields, max = MAX_SET }: RecordsType): Node => {
  const { and, not } = s.algebra;
  const few = mostOf(rows) > max ? s.choiceIs(crowdOf(rows), ['few']) : YES;
  const judge = ({ fields: own }: Witnessing): { readonly met: Node; readonly kept: Node } => {
    let kept = YES;
    for (const [name, { value }] of own) kept = and(kept, isOf(s, value, fields[name] ?? { type: 'boolean' }));
    return { met: not(kept), kept };
  };
  const { all } = overRecords(s, rows, { text: signature(['of', fields]), isOfRecords: true }, judge, max);
  // Without room for each condition, there may be more records than are allowed.
  const last = witnessesIn(s, rows)[max]?.here ?? NO;
  return and(and(few, all), not(last));
};

const isEmpty = (s: Space, e: Expression): Node => compare(s, 'is', e, { kind: 'constant', value: [] });

/** A value of the first type that the second one refuses. */
const onlyFirst = (s: Space, e: Expression, types: readonly [Type, Type]): Node => {
  const common = canBeBoth(...types);
  if (common === 'empty') return s.algebra.not(isEmpty(s, e));
  return common === 'same' ? s.algebra.not(isOf(s, e, types[1])) : YES;
};

const linkArguments = (s: Space, a: Of<'argument'>, b: Of<'argument'>): Node => {
  const { and, or } = s.algebra;
  const is = (one: string, other: string): Node => and(s.choiceIs(a.presence, [one]), s.choiceIs(b.presence, [other]));
  const types = [a.declared.type, b.declared.type] as const;
  const back = [types[1], types[0]] as const;
  return [
    is('absent', 'absent'),
    is('invalid', 'invalid'),
    and(is('given', 'given'), bothAre(s, a.value, b.value, types)),
    and(is('given', 'invalid'), onlyFirst(s, a.value, types)),
    and(is('invalid', 'given'), onlyFirst(s, b.value, back)),
  ].reduce<Node>(or, NO);
};
