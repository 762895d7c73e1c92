/**
 * Catalogs so small that every observation of them can be written down: facts of few values, of every origin, type and
 * kind of comparison, in one pack that is always on. `test/reference/every-observation.ts` writes them down.
 */
import type { FactId, Type } from '@tai-autonomics/core/author';
import { catalogAround } from '../fixtures/made-up.ts';
import type { Dice } from './dice.ts';

type Json = { readonly [member: string]: unknown };

/** The instant around which everything happens. */
export const SMALL_AT: number = Date.UTC(2026, 0, 26, 12);
const instant = (offset: number): string => new Date(SMALL_AT + offset).toISOString();

/** Texts that facts can be: two that conditions name, two that merely start like them, and others. */
export const TEXTS = ['a', 'ab', 'f', 'g'] as const;

/** All lists of at most so many of these records. */
const listsOf = (records: readonly Json[], most: number): readonly (readonly Json[])[] => {
  const lists: (readonly Json[])[] = [[]];
  for (const record of records) lists.push(...lists.filter((l) => l.length < most).map((l) => [...l, record]));
  return lists;
};

interface Kind {
  readonly id: FactId;
  readonly type: Type;
  readonly values: readonly unknown[];
}
const SMALL: Type = { type: 'integer', min: 0, max: 2 };
const NAMED: Type = { type: 'string', maxLength: 9 };
const CLOSED: Type = { type: 'set', of: ['a', 'z'] };
const CLOSED_SETS = [[], ['a'], ['z'], ['a', 'z']];
const OPEN_SETS = [[], ['a'], ['f'], ['a', 'f'], ['g'], ['f', 'g']];
const INSTANTS = [-2, -1, 0, 1, 2].map(instant);

/** What can be observed. */
export const OBSERVED: readonly Kind[] = [
  { id: 'b', type: { type: 'boolean' }, values: [true, false] },
  { id: 'e', type: { type: 'enum', values: ['a', 'y', 'z'] }, values: ['a', 'y', 'z'] },
  { id: 'o', type: { type: 'integer', min: 0, max: 3 }, values: [0, 1, 2, 3] },
  { id: 'v', type: NAMED, values: TEXTS },
  { id: 'r', type: { type: 'set' }, values: OPEN_SETS },
  { id: 'i', type: { type: 'instant' }, values: INSTANTS },
  {
    id: 'l',
    type: {
      type: 'records',
      fields: { x: { type: 'integer', min: 0, max: 1 }, e: { type: 'enum', values: ['a', 'y'] } },
      max: 3,
    },
    values: listsOf(
      [0, 1].flatMap((x) => ['a', 'y'].map((e) => ({ x, e }))),
      3,
    ),
  },
];
/** What the ledger can say. */
export const KEPT: readonly (Kind & { readonly key: readonly unknown[]; readonly otherwise: unknown })[] = [
  { id: 'n', type: SMALL, values: [0, 1, 2], key: [], otherwise: 0 },
  { id: 'm', type: SMALL, values: [0, 1, 2], key: [], otherwise: 2 },
  { id: 'w', type: NAMED, values: TEXTS, key: [], otherwise: '' },
  { id: 's', type: CLOSED, values: CLOSED_SETS, key: [], otherwise: ['a'] },
  { id: 'z', type: { type: 'set' }, values: OPEN_SETS, key: [], otherwise: [] },
  { id: 't', type: { type: 'instant' }, values: INSTANTS, key: [], otherwise: instant(0) },
  // One cell with two keys that can be the same.
  { id: 'own', type: SMALL, values: [0, 1, 2], key: [{ fact: 'subject' }], otherwise: 0 },
  { id: 'of_a', type: SMALL, values: [0, 1, 2], key: ['a'], otherwise: 1 },
];
/** What can be asked with. */
export const ASKED: readonly (Kind & { readonly otherwise?: unknown })[] = [
  { id: 'argument.k', type: SMALL, values: [0, 1, 2], otherwise: 1 },
  { id: 'argument.u', type: NAMED, values: TEXTS },
  {
    id: 'argument.q',
    type: { type: 'records', fields: { v: NAMED }, max: 2 },
    values: listsOf(
      TEXTS.map((v) => ({ v })),
      2,
    ),
    otherwise: [],
  },
];
/** What the governor stamps. */
export const STAMPED: readonly Kind[] = [
  { id: 'subject', type: { type: 'string' }, values: TEXTS },
  {
    id: 'subject_type',
    type: { type: 'enum', values: ['agent', 'user', 'service', 'marketplace', 'system'] },
    values: ['agent', 'user', 'service'],
  },
  { id: 'at', type: { type: 'instant' }, values: INSTANTS },
];

/** The cell of a kept fact; the two keyed ones share theirs. */
export const cellOf = (id: FactId): string => (id === 'own' || id === 'of_a' ? 'held' : id);

/** A catalog with a few of these facts, as it is written. */
export interface SmallCatalog {
  readonly source: Json;
  readonly facts: readonly Kind[];
}

const kindOf = ({ type }: Type): string => (type === 'enum' ? 'string' : type);
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  boolean: ['is'],
  string: ['is', 'is', 'oneOf', 'startsWith'],
  integer: ['is', 'oneOf', 'atLeast', 'atMost', 'above', 'below'],
  instant: ['is', 'before', 'after', 'notBefore', 'notAfter', 'within'],
  set: ['is', 'contains', 'containsAll', 'subsetOf', 'disjointFrom'],
};

const constantFor = (d: Dice, op: string, { type, values }: Kind): unknown => {
  // Not the outermost instants: there are values on both sides of every constant.
  const named = type.type === 'instant' ? values.slice(1, 4) : values.slice(0, 3);
  if (op === 'within') return d.pick([0, 1, 2]);
  if (op === 'startsWith') return d.pick(['a', 'ab']);
  if (op === 'contains') return d.pick(type.type === 'set' && type.of !== undefined ? type.of : ['a', 'f']);
  if (op === 'oneOf') return d.times(1 + d.below(2), () => d.pick(named));
  return d.pick(named);
};

/** A field of a record, with the values that records have there. */
const fieldsOf = ({ type, values }: Kind): readonly Kind[] =>
  type.type !== 'records'
    ? []
    : Object.entries(type.fields).map(([name, field]) => ({
        id: `field.${name}`,
        type: field,
        values: [...new Set((values as readonly (readonly Json[])[]).flat().map((record) => record[name]))],
      }));

/** A comparison; of a list of records, what each of them is, or one. */
const comparison = (d: Dice, facts: readonly Kind[]): Json => {
  const kind = d.pick(facts);
  if (kind.type.type === 'records') {
    const others = facts.filter(({ type }) => type.type !== 'records');
    const own = fieldsOf(kind);
    return { fact: kind.id, [d.pick(['every', 'some'])]: smallCondition(d, [...own, ...own, ...others], 1) };
  }
  const op = d.pick(OPERATORS[kindOf(kind.type)] ?? []).toString();
  const wanted = op === 'contains' ? 'string' : kindOf(kind.type);
  const others = facts.filter(({ id, type }) => id !== kind.id && kindOf(type) === wanted);
  const alone = op === 'oneOf' || op === 'within' || op === 'startsWith' || others.length === 0;
  if (alone || d.chance(40)) return { fact: kind.id, [op]: constantFor(d, op, kind) };
  const moved = (wanted === 'integer' || wanted === 'instant') && d.chance(50) ? { plus: d.pick([-1, 1, 2]) } : {};
  return { fact: kind.id, [op]: { fact: d.pick(others).id, ...moved } };
};

/** A condition over these facts. */
export const smallCondition = (d: Dice, facts: readonly Kind[], depth = 2): Json => {
  switch (depth === 0 ? 0 : d.below(6)) {
    case 3:
      return { not: smallCondition(d, facts, depth - 1) };
    case 4:
      return { all: d.times(2, () => smallCondition(d, facts, depth - 1)) };
    case 5:
      return { any: d.times(2, () => smallCondition(d, facts, depth - 1)) };
    default:
      return comparison(d, facts);
  }
};

const byId = (entries: readonly (readonly [string, unknown])[]): Json => Object.fromEntries(entries);

/** Which facts there are, by name. */
export const smallFacts = (d: Dice, most = 3): readonly Kind[] => {
  const all = [...OBSERVED, ...KEPT, ...ASKED, ...STAMPED];
  const first = d.pick(all);
  // Facts of one kind meet more often than chance would have it.
  const alike = all.filter(({ id, type }) => id !== first.id && kindOf(type) === kindOf(first.type));
  const more = d.times(most - 1, () => (alike.length > 0 && d.chance(60) ? d.pick(alike) : d.pick(all)));
  return [...new Set([first, ...more])];
};

/** An action that writes these facts' cells: to anything, or to their first value. */
const mending = (kept: typeof KEPT, anything: boolean): Json => ({
  means: 'mends',
  who: ['user'],
  entitlement: 'none',
  roles: [],
  arguments: byId(kept.map(({ id, type }) => [id, { means: id, type }])),
  requires: [],
  emits: { approve: 'action_approved', refuse: 'action_refused' },
  writes: kept.map(({ id, key, values }) => ({
    cell: cellOf(id),
    key,
    change: { set: anything ? { fact: `argument.${id}` } : values[0] },
  })),
  does: { effect: 'internal' },
});

/** A catalog over these facts, with so many requirements, and an action that writes what is kept of some. */
export const smallCatalog = (
  d: Dice,
  facts: readonly Kind[],
  requirements: number = 1 + d.below(3),
  mends: readonly FactId[] = [],
  anything = true,
): SmallCatalog => {
  const has = ({ id }: Kind): boolean => facts.some((fact) => fact.id === id);
  const kept = KEPT.filter(has);
  const cells = new Map(
    kept.map(({ id, type, key }) => [cellOf(id), { means: id, key: key.map((_, i) => `k${i}`), type }]),
  );
  const requires = d.times(requirements, (i) => ({
    code: d.pick(['one', 'two']),
    means: `requirement ${i}`,
    when: smallCondition(d, facts),
    remedy:
      ASKED.some(has) && d.chance(40)
        ? { by: 'request', argument: d.pick(ASKED.filter(has)).id.slice(9) }
        : { by: 'nobody', why: 'because' },
  }));
  const act = {
    means: 'acts',
    who: d.pick([['agent'], ['agent', 'user']]),
    entitlement: 'none',
    roles: [],
    arguments: byId(
      ASKED.filter(has).map(({ id, type, otherwise }) => [
        id.slice(9),
        { means: id, type, ...(otherwise === undefined ? {} : { otherwise }) },
      ]),
    ),
    requires,
    emits: { approve: 'action_approved', refuse: 'action_refused' },
    writes: kept
      .filter(({ key }) => key.length === 0)
      .slice(0, d.below(2))
      .map(({ id }) => ({ cell: id, key: [], change: { clear: true } })),
    does: { effect: 'internal' },
  };
  const source = catalogAround({
    facts: byId([
      ...OBSERVED.filter(has).map(
        ({ id, type }) => [id, { means: id, type, origin: 'observed', sources: ['s'], maxAgeMs: 1_000 }] as const,
      ),
      ...kept.map(
        ({ id, type, key, otherwise }) =>
          [id, { means: id, type, origin: 'ledger', cell: cellOf(id), key, otherwise }] as const,
      ),
    ]),
    cells: Object.fromEntries(cells),
    actions: {
      act,
      ...(mends.length === 0
        ? {}
        : {
            mend: mending(
              kept.filter(({ id }) => mends.includes(id)),
              anything,
            ),
          }),
    },
    codes: { one: 'the first', two: 'the second' },
  });
  return { facts, source };
};
