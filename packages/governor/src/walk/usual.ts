/**
 * What is usually asked of a ledger, computed in one pass: every figure of all time, an index of what receipts are about, and the
 * refusals that ask for an approval. Whoever asks first pays for all of it; from then on each costs what was written since, after
 * a restart as well where snapshots are kept.
 */
import type { Catalog } from '@tai-autonomics/core';
import { FIGURES, type FigureMemory, type FigureRun, type Period, startFigure } from '@tai-autonomics/core/analytics';
import { ENGINE, recordedRefusal } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { ReadRow } from '../api.ts';
import type { Fold, FoldKind } from './folds.ts';
import { createReceiptIndex, type IndexMemory, type ReceiptIndex } from './receipt-index.ts';
import type { WalkedLedger } from './walked-ledger.ts';

/** All of it. */
export interface Usual extends Fold {
  /** By name. */
  readonly figures: ReadonlyMap<string, FigureRun>;
  readonly index: ReceiptIndex;
  readonly waiting: Readonly<Waiting>;
  readonly catalogs: Map<string, Catalog | undefined>;
  readonly memory: UsualMemory;
}

/** Refusals that ask for an approval. */
export interface Waiting {
  /** The newest refusal of each binding, the newest last. */
  readonly newest: Map<string, number>;
  /** Older ones made room; below this place the ledger itself has to be read. */
  floor: number;
}

/** All that it remembers, as plain data. */
export interface UsualMemory {
  readonly figures: ReadonlyMap<string, FigureMemory>;
  readonly index: IndexMemory;
  readonly waiting: Waiting;
}

/** No receipt is outside of it: the instants of receipts have four digits for the year, and none is before 1970. */
const ALL_TIME: Period = { since: 0, until: Date.UTC(9999, 11, 31, 23, 59, 59, 999) };

/** Whether a period has no end and no beginning that matter. */
export const isAllTime = ({ since, until }: Period): boolean => since <= ALL_TIME.since && until >= ALL_TIME.until;

/** The fold of it. */
export const usual = (ledger: WalkedLedger): FoldKind<Usual> => ({
  name: 'usual',
  isUsual: true,
  make: () => startUsual(),
  kept: {
    // Another release may count otherwise: it counts again.
    format: `usual@1 ${ENGINE.version}`,
    save: ({ memory }) => memory,
    restore: (memory) => startUsual(memory as UsualMemory),
  },
  before: ({ catalogs }, row) => learned(catalogs, row, ledger),
});

/** The catalog that decided a receipt, before the receipt is looked at. */
export const learned = (
  catalogs: Map<string, Catalog | undefined>,
  { receipt }: ReadRow,
  ledger: WalkedLedger,
): Promise<E.Either<string, unknown>> | undefined => {
  const { digest } = receipt.catalog;
  if (catalogs.has(digest)) return undefined;
  return ledger.loaded(digest).then((found) => {
    if (E.isRight(found)) catalogs.set(digest, found.right?.catalog);
    return found;
  });
};

const startUsual = (before?: UsualMemory): Usual => {
  const catalogs = new Map<string, Catalog | undefined>();
  const packOf = (digest: string, action: string) => catalogs.get(digest)?.actions.get(action)?.pack;
  const figures = new Map(
    Object.keys(FIGURES).flatMap((name) => {
      const run = startFigure(name, ALL_TIME, { packOf }, before?.figures.get(name));
      return run === undefined ? [] : [[name, run] as const];
    }),
  );
  const index = createReceiptIndex(before?.index);
  const waiting: Waiting = before?.waiting ?? { newest: new Map(), floor: 0 };
  return {
    figures,
    index,
    waiting,
    catalogs,
    memory: {
      figures: new Map([...figures].map(([name, { memory }]) => [name, memory])),
      index: index.memory,
      waiting,
    },
    step: (row) => {
      for (const run of figures.values()) run.step(row.receipt, row.disclosed);
      index.add(row);
      note(waiting, row);
    },
  };
};

/** Requests that are remembered as waiting. */
const WAITING_MAX = 10_000;

const note = (waiting: Waiting, { receipt, disclosed }: ReadRow): void => {
  const refusal = recordedRefusal(receipt, disclosed)?.refusal;
  if (refusal === undefined) return;
  const { newest } = waiting;
  newest.delete(refusal.binding);
  newest.set(refusal.binding, receipt.seq);
  const [oldest] = newest;
  if (newest.size <= WAITING_MAX || oldest === undefined) return;
  newest.delete(oldest[0]);
  waiting.floor = oldest[1] + 1;
};
