/** Figures of the caller's own ledger. Each names the receipts that it was computed from, so that it can be computed again. */
import type { Catalog } from '@tai-autonomics/core';
import { type FigureContext, startFigure } from '@tai-autonomics/core/analytics';
import { formatInstant } from '@tai-autonomics/core/engine';
import { encodeBase64url, rootOf } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadLedger, ReadStep } from '../api.ts';
import { nodeSha256 } from '../node/crypto.ts';
import { instantOf, textOf } from './step-arguments.ts';

/** The read step `figure`: over every receipt before its own. */
export const figure: ReadStep = async (step, { ledger }) => {
  const name = textOf(step, 'figure');
  const period = { since: instantOf(step, 'since'), until: instantOf(step, 'until') };
  const run = startFigure(name, period, await contextOf(ledger));
  if (run === undefined) return E.left(`there is no figure \`${name}\``);
  for await (const row of ledger.rows(0, ledger.size)) {
    if (E.isLeft(row)) return row;
    run.step(row.right.receipt, row.right.disclosed);
  }
  const { figure: found, ...counted } = run.finish();
  const root = rootOf(nodeSha256, ledger.nodes, ledger.size);
  return E.right({
    name,
    figure: found,
    computedFrom: {
      ...counted,
      ledger: ledger.origin,
      size: ledger.size,
      root: root === undefined ? '' : encodeBase64url(root),
      since: formatInstant(period.since),
      until: formatInstant(period.until),
    },
  });
};

/** The pack of an action, as the catalog that decided says it. */
const contextOf = async (ledger: ReadLedger): Promise<FigureContext> => {
  const catalogs = new Map<string, Catalog>();
  for (const { digest, catalog } of await ledger.catalogs()) catalogs.set(digest, catalog);
  return { packOf: (digest, action) => catalogs.get(digest)?.actions.get(action)?.pack };
};
