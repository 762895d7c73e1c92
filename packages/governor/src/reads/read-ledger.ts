/** The caller's ledger as a read may look at it. A store is not believed: each row is checked before it is shown. */
import { either as E } from 'fp-ts';
import type { ReadLedger, ReadRow } from '../api.ts';
import type { Context } from '../context.ts';
import { openOwnRow } from '../ledger/read-row.ts';
import type { LedgerStore } from '../ports.ts';
import type { Tenant } from '../tenant.ts';

const NOTHING: ReadRow['disclosed'] = new Map();

/** A tenant's ledger before the receipt at `size`. */
export const readLedger = (
  { store, catalogs }: Pick<Context, 'store' | 'catalogs'>,
  tenant: Tenant,
  size: number,
): ReadLedger => ({
  origin: tenant.ledger.origin,
  size,
  nodes: tenant.ledger.tree.read,
  loadProof: tenant.ledger.tree.loadProof,
  rows: (from, to) => rowsOf(store, tenant, Math.max(0, from), Math.min(to, size)),
  catalogs: async () => {
    const found = await Promise.all(tenant.ledger.annals.catalogs.map((digest) => catalogs.load(digest)));
    return found.flatMap((one) => (E.isLeft(one) ? [] : [one.right]));
  },
  seal: () => tenant.checkpoints.seal(),
});

async function* rowsOf(
  store: Pick<LedgerStore, 'read'>,
  { ledger }: Tenant,
  from: number,
  to: number,
): AsyncGenerator<E.Either<string, ReadRow>> {
  for await (const row of store.read(ledger.id, from, to)) {
    if (E.isLeft(row)) {
      yield E.left(row.left.detail);
      return;
    }
    const opened = await openOwnRow(row.right, ledger.tree);
    if (E.isLeft(opened)) {
      yield opened;
      return;
    }
    const { receipt, disclosed = NOTHING } = opened.right;
    yield E.right({ row: row.right, receipt, disclosed });
  }
}
