/** Which actions write a cell, and how: what nobody can write stays as it is. */

import type { Catalog } from '../../catalog.ts';
import { admit, sameValue, type Type, type Value } from '../../data/value.ts';
import type { ActionId, Write } from '../../policy/action.ts';
import { STATUSES } from '../../policy/action.ts';
import { type CellId, isFactTerm } from '../../policy/fact.ts';
import { owns } from '../../receipt/encoding/own.ts';

type Kind = 'set' | 'add' | 'remove' | 'plus' | 'clear';
/** By cell and action, how it is written. */
export type Writers = ReadonlyMap<CellId, ReadonlyMap<ActionId, readonly Write[]>>;

/** What a cell can be made to hold: anything of its type, or only some constants; and whether it can be cleared. */
export interface Writable {
  readonly constants: readonly Value[] | 'any';
  readonly clears: boolean;
}

const WRITERS = new WeakMap<Catalog, Writers>();

/** The actions that write each cell, on their approval or on their outcome. Found once for each catalog. */
export const writersOf = (catalog: Catalog): Writers => {
  const known = WRITERS.get(catalog);
  if (known !== undefined) return known;
  const found = findWriters(catalog);
  WRITERS.set(catalog, found);
  return found;
};

/** What the actions of a catalog can make a cell hold. */
export const writableOf = (writers: Writers, cell: CellId, type: Type): Writable => {
  const constants: Value[] = [];
  let [any, clears] = [false, false];
  for (const { change } of [...(writers.get(cell) ?? [])].flatMap(([, writes]) => writes)) {
    if (owns(change, 'clear')) clears = true;
    else if (owns(change, 'set') && !isFactTerm(change.set)) {
      const value = admit(type)(change.set);
      if (value !== undefined) constants.push(value);
    } else any = true;
  }
  return { constants: any ? 'any' : constants, clears };
};

/** The actions that may lead from one value of a cell to another. Sorted. */
export const writersTo = (
  writers: Writers,
  cell: CellId,
  type: Type,
  [from, to]: readonly [Value | undefined, Value | undefined],
): readonly ActionId[] =>
  [...(writers.get(cell) ?? [])]
    .filter(([, writes]) => writes.some((write) => leads(write, type, from, to)))
    .map(([id]) => id)
    .sort();

const findWriters = (catalog: Catalog): Writers => {
  const writers = new Map<CellId, Map<ActionId, Write[]>>();
  const note = (id: ActionId, writes: readonly Write[]): void => {
    for (const write of writes) {
      const of = writers.get(write.cell) ?? new Map<ActionId, Write[]>();
      const own = of.get(id) ?? [];
      own.push(write);
      writers.set(write.cell, of.set(id, own));
    }
  };
  for (const [id, { action }] of catalog.actions) {
    note(id, action.writes);
    const { does } = action;
    if (owns(does, 'after')) for (const status of STATUSES) note(id, does.after[status].writes);
  }
  return writers;
};

/** Whether a write can lead from one value to another; `undefined` for a cell that is cleared. */
const leads = (write: Write, type: Type, from: Value | undefined, to: Value | undefined): boolean => {
  const { change } = write;
  const gains = (a: Value | undefined, b: Value | undefined): boolean =>
    typeof b === 'object' && b.some((text) => typeof a !== 'object' || !a.includes(text));
  if (owns(change, 'clear') || to === undefined)
    return owns(change, 'clear') && (to === undefined || sameValue(to, []));
  if (owns(change, 'set')) {
    const value = isFactTerm(change.set) ? to : admit(type)(change.set);
    return value !== undefined && sameValue(value, to);
  }
  return kindOf(write) === 'plus' || (kindOf(write) === 'add' ? gains(from, to) : gains(to, from));
};

const kindOf = ({ change }: Write): Kind =>
  owns(change, 'set')
    ? 'set'
    : owns(change, 'add')
      ? 'add'
      : owns(change, 'remove')
        ? 'remove'
        : owns(change, 'plus')
          ? 'plus'
          : 'clear';
