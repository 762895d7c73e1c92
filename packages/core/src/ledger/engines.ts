/**
 * Every released meaning of `decide` and of the fold, by number. A receipt pins the one that it was decided with, and is
 * re-derived with that one for ever; a number that is not here reads "not available", never "falsified".
 */

import { decide } from '../decide.ts';
import { SEMANTICS_CELL } from '../receipt/ledger-rules.ts';
import { createFold, type Entry, emptyState, evolve, type Fold, type State, valueIn } from '../state.ts';
import { SEMANTICS } from './engine.ts';

/** One released meaning. */
export interface Engine {
  readonly decide: typeof decide;
  readonly evolve: typeof evolve;
  /** The same in place. Continues a fold: from the empty state, or from where another version left it. */
  readonly createFold: (from: State) => Fold;
}

/** The released versions by their number, `engine.semantics`. */
export type Engines = ReadonlyMap<number, Engine>;

/** A fold over a ledger that changes its meaning on the way. */
export interface VersionedFold {
  readonly state: State;
  /** Whether the state is known: every receipt so far was of a version that is here. */
  readonly known: boolean;
  /** Folds one entry as its own version means it. An unknown version leaves the state, which is then not known any more. */
  apply(semantics: number, entry: Entry): void;
}

/** All that this version of the library knows. A release that changes a meaning adds one and keeps the others. */
export const ENGINES: Engines = new Map([[SEMANTICS, { decide, evolve, createFold }]]);

/**
 * The meaning of the next receipt: what the ledger moved to, else what the receipt before was decided with, `last`; for
 * an empty ledger the newest of this library.
 */
export const nextSemantics = (state: State, last: number | undefined): number => {
  const moved = valueIn(state, SEMANTICS_CELL);
  return typeof moved === 'number' ? moved : (last ?? SEMANTICS);
};

/** Starts a versioned fold at the empty state. */
export const createVersionedFold = (engines: Engines): VersionedFold => {
  let fold: { readonly semantics: number; readonly fold: Fold } | undefined;
  let known = true;
  return {
    get state() {
      return fold?.fold.state ?? emptyState;
    },
    get known() {
      return known;
    },
    apply: (semantics, entry) => {
      if (fold?.semantics !== semantics) {
        const engine = engines.get(semantics);
        if (engine === undefined) {
          known = false;
          return;
        }
        fold = { semantics, fold: engine.createFold(fold?.fold.state ?? emptyState) };
      }
      fold.fold.apply(entry);
    },
  };
};
