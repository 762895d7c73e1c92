/**
 * Which catalog decides in a ledger: that is state too. The first receipt's, until a receipt activates another. An approved change of it takes effect at the next receipt; the one
 * that decided an action is also the one of its outcome and its consequences.
 */
import { ACTIVE_CATALOG_CELL } from '../receipt/ledger-rules.ts';
import { type CellWrite, type State, valueIn } from '../state.ts';

/** The digest of the catalog that decides next; `undefined` in an empty ledger, where the deployment's own does. */
export const activeCatalog = (state: State): string | undefined => {
  const digest = valueIn(state, ACTIVE_CATALOG_CELL);
  return typeof digest === 'string' && digest !== '' ? digest : state.began;
};

/** Whether an approval may change which catalog decides. */
export const movesCatalog = (writes: readonly Pick<CellWrite, 'cell'>[]): boolean =>
  writes.some(({ cell }) => cell === ACTIVE_CATALOG_CELL);
