/** Ledgers that ended and were removed, as the operator's own ledger says: their marks stay, so that none of them begins anew unnoticed. */
import { cellKey } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { Identity } from '../ledger/identity.ts';
import { OPERATOR } from '../ledger/operator.ts';
import type { Tenants } from '../tenant.ts';
import type { CutLedger } from './truncation.ts';

/** The action by which the operator says that a ledger is removed, and where its archive is. */
export const REMOVE_LEDGER = 'remove_ledger';

/** Which of these ledgers are wholly gone without having been removed, or have fewer receipts than were signed. */
export const notRemoved = async (
  identity: Pick<Identity, 'ledgerOf'>,
  tenants: Pick<Tenants, 'open'>,
  cut: readonly CutLedger[],
): Promise<readonly CutLedger[]> => {
  if (cut.every(({ size }) => size > 0)) return cut;
  const operator = await tenants.open(OPERATOR);
  const removed = E.isRight(operator) ? operator.right.ledger.state.cells.get('removed_ledgers') : undefined;
  return cut.filter(
    ({ origin, size }) => size > 0 || removed?.has(cellKey([identity.ledgerOf(origin) ?? ''])) !== true,
  );
};
