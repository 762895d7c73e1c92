/** A figure over a ledger, kept as a fold. */
import type { Catalog } from '@tai-autonomics/core';
import { type FigureRun, type Period, startFigure } from '@tai-autonomics/core/analytics';
import { parseInstant } from '@tai-autonomics/core/engine';
import type { Answer } from './answering.ts';
import type { Fold, FoldKind } from './folds.ts';
import { isAllTime, learned, usual } from './usual.ts';
import type { WalkedLedger } from './walked-ledger.ts';

/** A figure of a period. Nothing after the period changes it, so nothing after it is read. */
export const figure: Answer<'figure'> = async ({ folded }, { figure: name, since, until }, ledger) =>
  isAllTime({ since, until })
    ? folded(usual(ledger), ledger, ({ figures }) => (figures.get(name) ?? NONE).finish())
    : folded(figureOf(name, { since, until }, ledger), ledger, ({ finish }) => finish());

interface FigureFold extends Fold, Pick<FigureRun, 'finish'> {
  readonly catalogs: Map<string, Catalog | undefined>;
}

const NONE: Pick<FigureRun, 'finish'> = { finish: () => ({ figure: null, receipts: 0 }) };

const figureOf = (name: string, period: Period, ledger: WalkedLedger): FoldKind<FigureFold> => ({
  name: `figure ${name} ${period.since} ${period.until}`,
  make: () => {
    const catalogs = new Map<string, Catalog | undefined>();
    const packOf = (digest: string, action: string) => catalogs.get(digest)?.actions.get(action)?.pack;
    const run = startFigure(name, period, { packOf });
    let isDone = run === undefined;
    return {
      catalogs,
      step: ({ receipt, disclosed }) => {
        if ((parseInstant(receipt.at) ?? 0) >= period.until) isDone = true;
        else run?.step(receipt, disclosed);
      },
      isDone: () => isDone,
      finish: (run ?? NONE).finish,
    };
  },
  before: ({ catalogs }, row) => learned(catalogs, row, ledger),
});
