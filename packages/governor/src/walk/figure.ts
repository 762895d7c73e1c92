/** A figure over a ledger, kept as a fold. */
import type { Catalog } from '@tai-autonomics/core';
import { type FigureRun, startFigure } from '@tai-autonomics/core/analytics';
import { parseInstant } from '@tai-autonomics/core/engine';
import type { ReadRow } from '../api.ts';
import type { Answer } from './answering.ts';
import type { Fold } from './folds.ts';
import type { WalkedLedger } from './walked-ledger.ts';

interface FigureFold extends Fold {
  readonly finish: FigureRun['finish'];
  readonly catalogs: Map<string, Catalog | undefined>;
}

/** A figure of a period. Nothing after the period changes it, so nothing after it is read. */
export const figure: Answer<'figure'> = async ({ folded }, { figure: name, since, until }, ledger) => {
  const make = (): FigureFold => {
    const catalogs = new Map<string, Catalog | undefined>();
    const packOf = (digest: string, action: string) => catalogs.get(digest)?.actions.get(action)?.pack;
    const run = startFigure(name, { since, until }, { packOf });
    let isDone = run === undefined;
    return {
      catalogs,
      step: ({ receipt, disclosed }) => {
        if ((parseInstant(receipt.at) ?? 0) >= until) isDone = true;
        else run?.step(receipt, disclosed);
      },
      isDone: () => isDone,
      finish: run?.finish ?? (() => ({ figure: null, receipts: 0 })),
    };
  };
  const before = ({ catalogs }: FigureFold, row: ReadRow) => learned(catalogs, row, ledger);
  return folded({ name: `figure ${name} ${since} ${until}`, make, before }, ledger, ({ finish }) => finish());
};

/** The catalog that decided a receipt, before the receipt is looked at. */
const learned = (
  catalogs: Map<string, Catalog | undefined>,
  { receipt }: ReadRow,
  ledger: WalkedLedger,
): Promise<void> | undefined => {
  const { digest } = receipt.catalog;
  if (catalogs.has(digest)) return undefined;
  return ledger.loaded(digest).then((found) => void catalogs.set(digest, found?.catalog));
};
