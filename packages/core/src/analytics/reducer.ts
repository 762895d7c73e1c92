/** What every figure is made of: a reducer over receipts. */
import type { Json, Receipt } from '../receipt/index.ts';

/** One receipt as a figure sees it. */
export interface Counted {
  readonly receipt: Receipt;
  readonly at: number;
  readonly disclosed: ReadonlyMap<string, Json>;
  /** Whether it is in the period: what is before it is context, and is not counted. */
  readonly isIn: boolean;
}

/** Accumulates one figure. */
export interface Reducer {
  readonly step: (counted: Counted) => void;
  readonly finish: () => Json;
  /** All that it counted so far: maps, sets, texts and numbers. It changes with each step; another run goes on from a copy. */
  readonly memory: unknown;
}

/** What a figure may ask beside the receipts: the pack of an action, as the catalogs that decided say it. */
export interface FigureContext {
  readonly packOf: (catalog: string, action: string) => string | undefined;
}

/** Begins a figure, or goes on from the memory of a run of the same one. */
export type StartReducer = (context: FigureContext, memory?: unknown) => Reducer;

/** A figure by what it remembers, how a receipt changes that, and what it comes to. */
export const reducerOf =
  <M>(
    begin: () => M,
    step: (memory: M, counted: Counted, context: FigureContext) => void,
    finish: (memory: M) => Json,
  ): StartReducer =>
  (context, kept) => {
    const memory = (kept ?? begin()) as M;
    return { memory, step: (counted) => step(memory, counted, context), finish: () => finish(memory) };
  };
