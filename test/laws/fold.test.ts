/** What a write does, said once more as plainly as can be: a list of places and what each holds. */
import type { CellChange, CellWrite } from '@tai-autonomics/core/engine';
import { emptyState, evolve } from '@tai-autonomics/core/engine';
import { expect, test } from 'vitest';
import { type Dice, holds } from '../generators/dice.ts';

type Held = boolean | number | string | readonly string[];

const WORDS = ['b', 'a', 'd', 'c'] as const;
/** Keys by cell; of several parts, some that would be the same text if they were written one after the other. */
const KEYS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  whole: [[]],
  by_one: [['a'], ['b'], ['["a","b"]']],
  by_two: [
    ['ab', 'c'],
    ['a', 'bc'],
    ['abc', ''],
  ],
};

const changeOf = (d: Dice): CellChange =>
  d.pick<CellChange>([
    { set: d.pick([true, 7, 'x', '']) },
    { at: d.below(1_000) },
    { replace: d.some(WORDS) },
    { add: d.some(WORDS) },
    { remove: d.some(WORDS) },
    { plus: d.pick([1, -1, 4, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) },
    { clear: true },
  ]);

/** What a place holds after a change; nothing where it is cleared. */
const after = (before: Held | undefined, change: CellChange): Held | undefined => {
  const members = Array.isArray(before) ? (before as readonly string[]) : [];
  const inOrder = (all: readonly string[]): readonly string[] => WORDS.toSorted().filter((word) => all.includes(word));
  if ('set' in change) return change.set;
  if ('at' in change) return change.at;
  if ('replace' in change) return inOrder(change.replace);
  if ('add' in change) return inOrder([...members, ...change.add]);
  if ('remove' in change) return inOrder(members.filter((word) => !change.remove.includes(word)));
  if (!('plus' in change)) return undefined;
  const sum = BigInt(typeof before === 'number' ? before : 0) + BigInt(change.plus);
  const [least, most] = [BigInt(Number.MIN_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER)];
  return Number(sum < least ? least : sum > most ? most : sum);
};

/** The place of a key in a cell, as a text that no other key has. */
const placeOf = ({ cell, key }: CellWrite): string => JSON.stringify([cell, key]);

test('after any writes every place holds what they say, and a cell in which nothing is held is not there', () => {
  holds(400, (d) => {
    const told = new Map<string, Held>();
    let state = emptyState;
    for (let seq = 0; seq < 6; seq++) {
      const writes = d.times(d.below(4), () => {
        const cell = d.pick(Object.keys(KEYS));
        return { cell, key: d.pick(KEYS[cell] ?? []), change: changeOf(d) };
      });
      const verdict = d.pick(['approve', 'approve', 'refuse'] as const);
      state = evolve(state, { kind: 'decision', seq, verdict, writes });
      for (const write of verdict === 'refuse' ? [] : writes) {
        const place = placeOf(write);
        const held = after(told.get(place), write.change);
        if (held === undefined) told.delete(place);
        else told.set(place, held);
      }
    }
    const cells = [...new Set([...told.keys()].map((place) => (JSON.parse(place) as readonly string[])[0]))];
    expect([...state.cells.keys()].sort()).toEqual(cells.sort());
    // Told by number of places and by what stands in them: how a key becomes a text is the fold's own affair.
    const values = (all: Iterable<unknown>): readonly string[] => [...all].map((value) => JSON.stringify(value)).sort();
    expect(values([...state.cells.values()].flatMap((cell) => [...cell.values()]))).toEqual(values(told.values()));
  });
});
