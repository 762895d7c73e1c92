/** Values of every type, and values that are of none. */
import { admit, type Type, type Value } from '@tai-autonomics/core/author';
import type { Dice } from './dice.ts';

/** Words that are keys, members and strings all over the generated world, so that they meet. */
export const WORDS = [
  'a',
  'b',
  'sub_bot',
  'sub_ann',
  'res_svc',
  '*',
  'bind',
  'é€😀',
  'p0',
  'full',
  'v1.2.3',
  'zz',
] as const;

/** Distances at which things happen: the bounds of the shipped catalog, one to either side. */
const DISTANCES = [
  0, 1, -1, 60_000, 60_001, 59_999, -60_000, -60_001, 86_400_000, 86_400_001, -86_400_000, -86_400_001, -5_000, 5_001,
  31_536_000_000,
] as const;

/** An instant near another. */
export const near = (d: Dice, at: number): number => Math.min(Math.max(at + d.pick(DISTANCES), 0), 253_402_300_799_999);

/** A value of a type, as it stands inside. */
/** Words of the type's form, whatever it is: letters alone. */
const formed = (words: readonly string[], { form }: { readonly form?: string }): readonly string[] =>
  form === undefined ? words : words.filter((word) => /^[a-z]+$/.test(word.slice(0, 6)));

export const typed = (d: Dice, type: Type, at: number): Value => {
  switch (type.type) {
    case 'boolean':
      return d.chance(60);
    case 'integer': {
      const { min = -3, max = Number.MAX_SAFE_INTEGER } = type;
      return Math.max(min, Math.min(max, d.pick([0, 1, 2, 3, 5, -1, min, Math.min(max, 1_000), max])));
    }
    case 'string':
      return d.pick(formed(WORDS, type)).slice(0, Math.min(type.maxLength ?? 6, 6));
    case 'enum':
      return d.pick(type.values);
    case 'instant':
      return near(d, at);
    case 'set':
      return [...d.some(type.of ?? formed(WORDS, type))].sort();
    case 'records': {
      const field = ([name, t]: readonly [string, Type]): readonly [string, unknown] => [name, typed(d, t, at)];
      const texts = d.times(d.below(Math.min(type.max ?? 4, 4)), () =>
        JSON.stringify(
          Object.fromEntries(
            Object.entries(type.fields)
              .sort(([x], [y]) => (x < y ? -1 : 1))
              .map(field),
          ),
        ),
      );
      return [...new Set(texts)].sort();
    }
  }
};

/** The wire form: what a document or a caller would say. */
export const wire = (type: Type, value: Value): unknown => {
  if (type.type === 'instant') return new Date(value as number).toISOString();
  if (type.type !== 'records') return value;
  return (value as readonly string[]).map((text) => {
    const record = Object.entries(JSON.parse(text) as Readonly<Record<string, Value>>);
    return Object.fromEntries(record.map(([name, x]) => [name, wire(type.fields[name] as Type, x)]));
  });
};

const HOSTILE: readonly unknown[] = [
  null,
  '',
  'true',
  'false',
  1,
  0,
  '1740534000',
  1_740_534_000,
  1.5,
  Number.NaN,
  Number.MAX_SAFE_INTEGER + 1,
  [],
  {},
  [''],
  ['a', 'a'],
  [['a']],
  { complete: true },
  { complete: true, items: 'a' },
  { complete: 'true', items: ['a'] },
  { items: ['a'] },
  { key: undefined },
  [{}],
  [{ n: 1 }, { n: 1 }],
  [{ n: 1, s: 'a', more: true }],
  [null],
  { complete: true, items: [{ n: 1 }] },
  { complete: true, items: [{ n: '1', s: 'a' }] },
  undefined,
  '2026-02-30T00:00:00Z',
  '2026-01-26',
  '\ud800',
  'x'.repeat(2_000),
  true,
  false,
];

/** Something that is not of the type. */
export const hostile = (d: Dice, type: Type): unknown => {
  const unfit = HOSTILE.filter((x) => admit(type)(x) === undefined);
  return d.pick(unfit);
};

/** As evidence, a set or a list of records comes with the statement that it is complete. */
export const stated = (type: Type, value: Value): unknown =>
  type.type === 'set' || type.type === 'records' ? { complete: true, items: wire(type, value) } : wire(type, value);
