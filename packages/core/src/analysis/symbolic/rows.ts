/**
 * Lists of records in a diagram. What conditions say of a list is `every` and `some`: each needs one record at most that
 * bears it out, and a list without the other records is decided alike. So a list is as many witnesses as there are
 * conditions on it, each of which may be there or not. That is exact, and bounded.
 */
import { type RecordValue, recordsOf, recordText } from '../../data/record-list.ts';
import { type FieldType, MAX_SET, type RecordsType, type Type, type Value } from '../../data/value.ts';
import { NO, type Node, YES } from '../solver/diagram.ts';
import { presence, unknownOf } from './origin.ts';
import type { Seats } from './seating.ts';
import type { Space } from './space.ts';
import type { Choice, Expression, Quantity, Rows } from './unknown.ts';

/** A record that may be in a list: where it is, and what its fields are. */
export interface Witnessing {
  readonly here: Node;
  readonly fields: ReadonlyMap<string, { readonly type: Type; readonly value: Expression }>;
}

type Fields = Witnessing['fields'];

/** The most records that a list can have. */
export const mostOf = (rows: Rows): number => rows.type.max ?? MAX_SET;

/** Whether a witness is there. */
export const presenceOf = (rows: Rows, place: number): Choice => ({
  ...presence(rows.key, `record ${place}`, ['absent', 'present']),
  small: true,
});

/** The fields of a witness, which can be anything of their types. */
export const unknownFields = (rows: Rows, place: number): Fields =>
  fieldsOf(rows.type, (name, field) => unknownOf(`${rows.key} record ${place} ${name}`, field));

/** The records that a list may have, as far as `condition` and what else is said of it can tell. */
export const witnessesIn = (s: Space, rows: Rows, condition?: unknown): readonly Witnessing[] =>
  seated(s, rows, s.witnesses(rows, condition));

/** A condition on the records of a list. */
export interface Saying {
  readonly text: string;
  /** Whether it looks at nothing else: then it says the same of a record wherever it is asked. */
  readonly isOfRecords: boolean;
}
/** Where a record bears a condition out, and where it doesn't; neither where it is unknown. */
interface Judged {
  readonly met: Node;
  readonly kept: Node;
}

/**
 * Where some record meets a condition, and where all keep it. One that is of records alone has a place of its own, and
 * the first record that matters to it sits there or before. So no list is written down in many ways that differ in the
 * order of its records alone: a search would try one after the other.
 */
export const overRecords = (
  s: Space,
  rows: Rows,
  { text, isOfRecords }: Saying,
  judge: (record: Witnessing) => Judged,
  most?: number,
): { readonly some: Node; readonly all: Node } => {
  const { and, or, not } = s.algebra;
  const seats = s.witnesses(rows, text, most);
  const records = seated(s, rows, seats);
  const judged = records.map(judge);
  const met = judged.map((one, i) => and(records[i]?.here ?? NO, one.met));
  const strays = judged.map((one, i) => and(records[i]?.here ?? NO, not(one.kept)));
  const any = (nodes: readonly Node[]): Node => nodes.reduce<Node>(or, NO);
  const { own, isRoomy } = seats;
  if (own === undefined || !isRoomy || !isOfRecords) return { some: any(met), all: not(any(strays)) };
  const first = (nodes: readonly Node[]): Node => {
    const found = any(nodes.slice(0, own + 1));
    s.require(or(not(any(nodes.slice(own + 1))), found));
    return found;
  };
  s.require(or(not(records[own]?.here ?? NO), strays[own] ?? NO));
  return { some: first(met), all: not(first(strays)) };
};

/** The same of the records of a list that is known. */
export const overKnown = (
  { algebra: { and, or } }: Space,
  records: readonly Witnessing[],
  judge: (record: Witnessing) => Judged,
): { readonly some: Node; readonly all: Node } => {
  const judged = records.map(judge);
  return {
    some: judged.reduce<Node>((any, { met }) => or(any, met), NO),
    all: judged.reduce<Node>((every, { kept }) => and(every, kept), YES),
  };
};

/** The records of a list that is known. */
export const recordsIn = (type: RecordsType, list: Value): readonly Witnessing[] =>
  typeof list !== 'object'
    ? []
    : recordsOf(list).map((record) => ({
        here: YES,
        fields: fieldsOf(type, (name) => ({ kind: 'constant', value: record[name] ?? '' })),
      }));

/** Integers and instants of the records that a list may have. */
export const quantitiesIn = (s: Space, rows: Rows): readonly Quantity[] =>
  Array.from({ length: s.witnesses(rows).count }, (_, place) => [...unknownFields(rows, place).values()])
    .flat()
    .flatMap(({ value }) => (value.kind === 'quantity' ? [value.quantity] : []));

/** Whether a list has more records than another declaration of its fact allows. Matters where two declarations are compared. */
export const crowdOf = (rows: Rows): Choice => ({
  key: `choice ${rows.key} crowd`,
  owner: rows.key,
  labels: ['few', 'many'],
  costs: [0, 0],
});

/** As many records as a list may have, or as there are. */
export const manyRecords = ({ fields, max = MAX_SET }: RecordsType): readonly string[] => {
  let records: readonly RecordValue[] = [{}];
  for (const [name, field] of Object.entries(fields)) {
    const values = manyOf(field);
    records = records.flatMap((record) => values.map((value) => ({ ...record, [name]: value }))).slice(0, max);
  }
  return records.map(recordText).sort();
};

/** Without room for each condition a record is anywhere, but none is after a place where none is. */
const seated = (s: Space, rows: Rows, { count, isRoomy }: Seats): readonly Witnessing[] => {
  let before = YES;
  return Array.from({ length: count }, (_, place) => {
    const here = s.choiceIs(presenceOf(rows, place), ['present']);
    if (!isRoomy) s.require(s.algebra.or(before, s.algebra.not(here)));
    before = here;
    return { here, fields: unknownFields(rows, place) };
  });
};

const fieldsOf = (type: RecordsType, value: (name: string, field: Type) => Expression): Fields =>
  new Map(Object.entries(type.fields).map(([name, field]) => [name, { type: field, value: value(name, field) }]));

/** So many values of a field's type as it has; 256 at most. */
const manyOf = (type: FieldType): readonly (boolean | number | string)[] => {
  const count = (from: number, to: number): readonly number[] =>
    Array.from({ length: Math.min(MAX_SET, to - from + 1) }, (_, i) => from + i);
  if (type.type === 'boolean') return [true, false];
  if (type.type === 'enum') return type.values;
  if (type.type === 'integer') return count(type.min ?? 0, type.max ?? Number.MAX_SAFE_INTEGER);
  const some = count(0x4e00, 0x4e00 + MAX_SET);
  return type.type === 'instant' ? some : some.map((code) => String.fromCharCode(code));
};
