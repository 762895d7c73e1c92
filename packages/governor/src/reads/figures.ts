/** Figures of the caller's own ledger. Each names the receipts that it was computed from, so that it can be computed again. */
import { FIGURES } from '@tai-autonomics/core/analytics';
import { formatInstant } from '@tai-autonomics/core/engine';
import { encodeBase64url, rootOf } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadStep } from '../api.ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { Walk } from '../walk/walk.ts';
import { instantOf, placeOf, textOf } from './step-arguments.ts';

/** The read step `figure`: over every receipt before its own. */
export const figureOf =
  (walk: Walk): ReadStep =>
  async (step, view) => {
    const { ledger } = view;
    const name = textOf(step, 'figure');
    if (!Object.hasOwn(FIGURES, name)) return E.left(`there is no figure \`${name}\``);
    const period = { since: instantOf(step, 'since'), until: instantOf(step, 'until') };
    const found = await walk(placeOf(view), { ask: 'figure', figure: name, ...period });
    if (E.isLeft(found)) return found;
    const { figure, ...counted } = found.right;
    const loaded = await ledger.loadProof(ledger.size - 1);
    if (E.isLeft(loaded)) return loaded;
    const root = rootOf(nodeSha256, ledger.nodes, ledger.size);
    return E.right({
      name,
      figure,
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
