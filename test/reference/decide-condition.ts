/** Conditions, interpreted as they are written: unfolded over the catalog's rows, then Kleene's three values. For tests only. */
import type { CatalogSource } from '@tai-autonomics/core';
import {
  type Comparison,
  type Condition,
  type Day,
  type FactId,
  type Op,
  type Right,
  ROLES,
  type Type,
  type Value,
  type Window,
} from '@tai-autonomics/core/author';
import { admitted, type Seen, same } from './decide-reading.ts';

export type Truth = 'true' | 'false' | 'unknown';
type Row = Readonly<Record<string, Value>>;

/** The one operator of a comparison, and what stands on its right. */
const partsOf = (c: Comparison): { readonly op: Op; readonly right: Right } => {
  const [op] = Object.keys(c).filter((key) => key !== 'fact') as [Op];
  return { op, right: c[op] as Right };
};

const rowsOf = (source: CatalogSource, table: 'plan' | 'pack'): readonly Row[] => {
  const isAlwaysOn = (id: string): boolean => source.packs.some((pack) => pack.pack_id === id && pack.always === true);
  if (table === 'plan') {
    return Object.keys(source.plans)
      .sort()
      .map((id) => {
        const { sku_id, packs, iam_roles } = source.plans[id] as NonNullable<CatalogSource['plans'][string]>;
        return { id, sku_id, packs: [...packs].sort(), iam_roles: [...iam_roles].sort() };
      });
  }
  return source.packs
    .filter(({ pack_id }) => !isAlwaysOn(pack_id))
    .map((pack) => ({
      id: pack.pack_id,
      requires: pack.requires.filter((id) => !isAlwaysOn(id)).sort(),
      incompatible_with: [...pack.incompatible_with].sort(),
    }));
};

const known = (source: CatalogSource, kind: string): readonly string[] => {
  if (kind === 'packs') return source.packs.map(({ pack_id }) => pack_id).sort();
  if (kind === 'plans') return Object.keys(source.plans).sort();
  return kind === 'roles' ? [...ROLES].sort() : source.packs.flatMap(({ actions }) => Object.keys(actions)).sort();
};

/** The same condition with `each`, `catalog` and `row` replaced by what they stand for. */
export const unfold = (source: CatalogSource, c: Condition, row: Row = {}): Condition => {
  if ('all' in c) return { all: c.all.map((part) => unfold(source, part, row)) };
  if ('any' in c) return { any: c.any.map((part) => unfold(source, part, row)) };
  if ('not' in c) return { not: unfold(source, c.not, row) };
  if ('each' in c) return { all: rowsOf(source, c.each).map((at) => unfold(source, c.holds, at)) };
  if ('every' in c) return { fact: c.fact, every: unfold(source, c.every, row) };
  if ('some' in c) return { fact: c.fact, some: unfold(source, c.some, row) };
  const { op, right } = partsOf(c);
  if (Array.isArray(right))
    return op === 'oneOf' || op === 'during' ? c : ({ fact: c.fact, [op]: [...right].sort() } as Comparison);
  if (typeof right !== 'object' || 'fact' in right) return c;
  return {
    fact: c.fact,
    [op]: 'catalog' in right ? known(source, right.catalog) : row[(right as { readonly row: string }).row],
  } as Comparison;
};

/** The facts of an unfolded condition, by first mention. */
export const mentioned = (c: Condition): readonly FactId[] => {
  if ('all' in c) return [...new Set(c.all.flatMap(mentioned))];
  if ('any' in c) return [...new Set(c.any.flatMap(mentioned))];
  if ('not' in c) return mentioned(c.not);
  if ('each' in c) return mentioned(c.holds);
  if ('every' in c || 'some' in c) {
    const inner = mentioned('every' in c ? c.every : c.some).filter((id) => !id.startsWith('field.'));
    return [...new Set([c.fact, ...inner])];
  }
  const { op, right } = partsOf(c);
  const other = typeof right === 'object' && 'fact' in right ? [right.fact] : [];
  return [...new Set([c.fact, ...(op === 'within' ? ['at'] : []), ...other])];
};

const holds = (op: Op, left: Value, right: Value, at: number): boolean => {
  const [a, b] = [left as number, right as number];
  const [set, others] = [left as readonly string[], right as readonly string[]];
  switch (op) {
    case 'is':
      return same(left, right);
    case 'oneOf':
      return (right as unknown as readonly Value[]).some((value) => same(left, value));
    case 'atLeast':
    case 'notBefore':
      return a >= b;
    case 'atMost':
    case 'notAfter':
      return a <= b;
    case 'above':
    case 'after':
      return a > b;
    case 'below':
    case 'before':
      return a < b;
    case 'within':
      return a <= at && at - a <= b;
    case 'contains':
      return set.includes(right as string);
    case 'containsAll':
      return others.every((item) => set.includes(item));
    case 'subsetOf':
      return set.every((item) => others.includes(item));
    case 'disjointFrom':
      return set.every((item) => !others.includes(item));
    case 'during':
      return (right as unknown as readonly Window[]).some((window) => isOpen(window, a));
    case 'startsWith':
      return String(left).startsWith(String(right));
  }
};

const NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const DAY_MS = 86_400_000;

/** Whether a window is open: the one that began today, or the one that began yesterday and ends today. */
export const isOpen = ({ days, from, to }: Window, at: number): boolean =>
  [0, DAY_MS].some((ago) => {
    const began = new Date(at - ago);
    if (days !== undefined && !days.includes(NAMES[began.getUTCDay()] as Day)) return false;
    const midnight = Date.UTC(began.getUTCFullYear(), began.getUTCMonth(), began.getUTCDate());
    const minutes = (clock: string): number => Number(clock.split(':')[0]) * 60 + Number(clock.split(':')[1]);
    const opens = midnight + minutes(from) * 60_000;
    const closes = midnight + minutes(to) * 60_000 + (minutes(to) < minutes(from) ? DAY_MS : 0);
    return opens <= at && at < closes;
  });

/** What a condition is evaluated in: a reading and a type for every fact. */
export interface World {
  readonly at: number;
  readonly read: (id: FactId) => Seen;
  readonly typeOf: (id: FactId) => Type;
}

const constant = (op: Op, type: Type, x: Right): Value => {
  if (op === 'during') return x as unknown as Value;
  if (op === 'oneOf') return (x as readonly Value[]).map((value) => constant('is', type, value)) as unknown as Value;
  return type.type === 'instant' && op !== 'within'
    ? (admitted(type, x) as Value)
    : Array.isArray(x)
      ? [...x].sort()
      : (x as Value);
};

const compare = (c: Comparison, w: World): Truth => {
  const { op, right } = partsOf(c);
  const left = w.read(c.fact);
  if (!('known' in left)) return 'unknown';
  if (typeof right !== 'object' || !('fact' in right)) {
    return holds(op, left.known, constant(op, w.typeOf(c.fact), right), w.at) ? 'true' : 'false';
  }
  const other = w.read(right.fact);
  if (!('known' in other)) return 'unknown';
  const moved = right.plus === undefined ? other.known : (other.known as number) + right.plus;
  return holds(op, left.known, moved, w.at) ? 'true' : 'false';
};

/** The world as one record of a list sees it: its own fields, and everything outside. */
const inside = (record: Readonly<Record<string, Value>>, types: Readonly<Record<string, Type>>, w: World): World => ({
  at: w.at,
  read: (id) => (id.startsWith('field.') ? { known: record[id.slice(6)] as Value } : w.read(id)),
  typeOf: (id) => (id.startsWith('field.') ? (types[id.slice(6)] as Type) : w.typeOf(id)),
});

/** One truth for each record of a list; nothing where the list is not known. */
const truthsIn = (fact: FactId, inner: Condition, w: World): readonly Truth[] | undefined => {
  const [seen, type] = [w.read(fact), w.typeOf(fact)];
  if (!('known' in seen) || type.type !== 'records') return undefined;
  const records = (seen.known as readonly string[]).map((text) => JSON.parse(text) as Readonly<Record<string, Value>>);
  return records.map((record) => truthOf(inner, inside(record, type.fields, w)));
};

/** Kleene: one false part makes `all` false, one true part makes `any` true, and what is unknown stays so under `not`. */
export const truthOf = (c: Condition, w: World): Truth => {
  if ('all' in c) {
    const parts = c.all.map((part) => truthOf(part, w));
    return parts.includes('false') ? 'false' : parts.includes('unknown') ? 'unknown' : 'true';
  }
  if ('any' in c) {
    const parts = c.any.map((part) => truthOf(part, w));
    return parts.includes('true') ? 'true' : parts.includes('unknown') ? 'unknown' : 'false';
  }
  if ('not' in c) {
    const part = truthOf(c.not, w);
    return part === 'unknown' ? part : part === 'true' ? 'false' : 'true';
  }
  if ('every' in c) {
    const records = truthsIn(c.fact, c.every, w) ?? ['unknown'];
    return records.includes('false') ? 'false' : records.includes('unknown') ? 'unknown' : 'true';
  }
  if ('some' in c) {
    const records = truthsIn(c.fact, c.some, w) ?? ['unknown'];
    return records.includes('true') ? 'true' : records.includes('unknown') ? 'unknown' : 'false';
  }
  return 'each' in c ? 'unknown' : compare(c, w);
};
