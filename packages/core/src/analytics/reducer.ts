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
}

/** What a figure may ask beside the receipts: the pack of an action, as the catalogs that decided say it. */
export interface FigureContext {
  readonly packOf: (catalog: string, action: string) => string | undefined;
}
