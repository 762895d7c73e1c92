/** Catalogs of one action with as many requirements as one likes: what analyses are to be measured with. */
import { catalogAround, internal, seen } from '../fixtures/made-up.ts';
import type { Document } from '../fixtures/tenant.ts';

/** One requirement for each condition. */
export const requirements = (...all: readonly Document[]): readonly Document[] =>
  all.map((when, i) => ({ code: 'no', means: `requirement ${i}`, when, remedy: { by: 'world' } }));

/** A catalog of one action, `act`, that requires these. */
export const sourceOf = (facts: Document, requires: readonly Document[]): Document =>
  catalogAround({ facts, actions: { act: internal({ requires }) } });

/** Facts and conditions of so many requirements. */
export interface Family {
  readonly facts: Document;
  readonly all: readonly Document[];
}

const list = <A>(n: number, of: (i: number) => A): readonly A[] => Array.from({ length: n }, (_, i) => of(i));
const facts = (n: number, name: string, type: Document): Document =>
  Object.fromEntries(list(n, (i) => [`${name}${i}`, seen(type)]));

/** Numbers below others that look as if they were thrown, and are the same every time. */
const thrown = (seed: number): ((below: number) => number) => {
  let x = seed;
  return (below) => {
    x = (x * 48_271) % 2_147_483_647;
    return x % below;
  };
};
/** Two different ones. */
const two = (below: (n: number) => number, n: number): readonly [number, number] => {
  const one = below(n);
  return [one, (one + 1 + below(n - 1)) % n];
};

/** Kinds of actions, by what their requirements say. */
export const FAMILIES: Readonly<Record<string, (n: number) => Family>> = {
  'independent booleans': (n) => ({
    facts: facts(n, 'b', { type: 'boolean' }),
    all: list(n, (i) => ({ fact: `b${i}`, is: true })),
  }),
  'thresholds over 10 integers': (n) => ({
    facts: facts(10, 'n', { type: 'integer' }),
    all: list(n, (i) => ({ fact: `n${i % 10}`, ...(i % 20 < 10 ? { atLeast: i } : { atMost: 1_000 + i }) })),
  }),
  '3-clauses over 30 booleans': (n) => {
    const below = thrown(11);
    const one = (): Document => ({ fact: `b${below(30)}`, is: below(2) === 0 });
    return { facts: facts(30, 'b', { type: 'boolean' }), all: list(n, () => ({ any: list(3, one) })) };
  },
  'a chain of differences': (n) => ({
    facts: facts(n + 1, 'n', { type: 'integer' }),
    all: list(n, (i) => ({ fact: `n${i}`, below: { fact: `n${i + 1}` } })),
  }),
  'two differences a clause': (n) => {
    const below = thrown(13);
    const one = (): Document => {
      const [x, y] = two(below, 30);
      return { fact: `n${x}`, atMost: { fact: `n${y}`, plus: below(100) - 50 } };
    };
    return { facts: facts(30, 'n', { type: 'integer' }), all: list(n, () => ({ any: list(2, one) })) };
  },
  'string inequalities': (n) => {
    const below = thrown(17);
    const words = Math.max(2, n >> 2);
    return {
      facts: facts(words, 'w', { type: 'string' }),
      all: list(n, () => {
        const [x, y] = two(below, words);
        return { not: { fact: `w${x}`, is: { fact: `w${y}` } } };
      }),
    };
  },
  'subsets of open sets': (n) => {
    const below = thrown(19);
    const sets = Math.max(2, n >> 2);
    return {
      facts: facts(sets, 's', { type: 'set' }),
      all: list(n, () => {
        const [x, y] = two(below, sets);
        return { fact: `s${x}`, subsetOf: { fact: `s${y}` } };
      }),
    };
  },
  'every and some of one list': (n) => ({
    facts: { l: seen({ type: 'records', fields: { x: { type: 'integer' }, b: { type: 'boolean' } } }) },
    all: list(n, (i) =>
      i % 2 === 0
        ? { fact: 'l', every: { fact: 'field.x', atMost: 1_000 + i } }
        : {
            fact: 'l',
            some: {
              all: [
                { fact: 'field.x', is: i },
                { fact: 'field.b', is: i % 4 === 1 },
              ],
            },
          },
    ),
  }),
  windows: (n) => ({
    facts: facts(n, 'i', { type: 'instant' }),
    all: list(n, (i) =>
      i % 2 === 0
        ? { fact: `i${i}`, during: [{ days: ['mon', 'wed', 'fri'].slice(i % 3), from: `0${i % 8}:00`, to: '18:30' }] }
        : { fact: `i${i}`, within: 60_000 * (i + 1) },
    ),
  }),
};
