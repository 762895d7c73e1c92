/**
 * Figures: numbers that are computed from receipts and from nothing else, in one pass and in bounded memory. The same
 * function over the ledger and over a bundle of it gives the same figure, so whoever doubts one computes it again.
 */
import { parseInstant } from '../data/instant.ts';
import type { Json, Receipt } from '../receipt/index.ts';
import { startAdoption } from './adoption.ts';
import { startApprovals } from './approvals.ts';
import { startDurations } from './durations.ts';
import { startFreshness } from './freshness.ts';
import { startIncidents } from './incidents.ts';
import { startOverview } from './overview.ts';
import { startRecurrence } from './recurrence.ts';
import type { FigureContext, StartReducer } from './reducer.ts';
import { startRefusals } from './refusals.ts';
import { startUsage } from './usage.ts';

/** The first instant that is counted, and the first one that no longer is; milliseconds. */
export interface Period {
  readonly since: number;
  readonly until: number;
}

/** A figure in progress: every receipt of the ledger in order, then the figure. */
export interface FigureRun {
  readonly step: (receipt: Receipt, disclosed: ReadonlyMap<string, Json>) => void;
  /** The figure, and how many receipts of the period it was computed from, the first and the last of them. */
  readonly finish: () => {
    readonly figure: Json;
    readonly receipts: number;
    readonly first?: number;
    readonly last?: number;
  };
  /** All that it counted so far, as plain data: a run that is given a copy of it goes on from there. */
  readonly memory: FigureMemory;
}

/** What a figure in progress remembers. It changes with each step. */
export interface FigureMemory {
  receipts: number;
  first: number | undefined;
  last: number | undefined;
  readonly counted: unknown;
}

/** Every figure, by its name. A change of what one counts is another name. */
export const FIGURES: Readonly<Record<string, StartReducer>> = {
  overview: startOverview,
  refusals: startRefusals,
  usage: startUsage,
  durations: startDurations,
  recurrence: startRecurrence,
  adoption: startAdoption,
  approvals: startApprovals,
  freshness: startFreshness,
  incidents: startIncidents,
};

/** Starts a figure, or goes on from the memory of a run of the same one; `undefined` for a name that is none. */
export const startFigure = (
  name: string,
  { since, until }: Period,
  context: FigureContext,
  before?: FigureMemory,
): FigureRun | undefined => {
  const start = Object.hasOwn(FIGURES, name) ? FIGURES[name] : undefined;
  if (start === undefined) return undefined;
  const reducer = start(context, before?.counted);
  const memory: FigureMemory = before ?? { receipts: 0, first: undefined, last: undefined, counted: reducer.memory };
  return {
    memory,
    step: (receipt, disclosed) => {
      const at = parseInstant(receipt.at) ?? 0;
      const isIn = at >= since && at < until;
      if (isIn) {
        memory.receipts += 1;
        memory.first ??= receipt.seq;
        memory.last = receipt.seq;
      }
      if (at < until) reducer.step({ receipt, at, disclosed, isIn });
    },
    finish: () => {
      const { receipts, first, last } = memory;
      return {
        figure: reducer.finish(),
        receipts,
        ...(first === undefined ? {} : { first }),
        ...(last === undefined ? {} : { last }),
      };
    },
  };
};
