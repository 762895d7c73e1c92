/** Who listens in this process: told of each signal that it writes, in the order of each ledger. Nothing waits for them. */
import { either as E } from 'fp-ts';
import type { TenantId } from '../api.ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Context } from '../context.ts';
import type { Row } from '../ports.ts';
import type { Tenant } from '../tenant.ts';
import { type OnSignal, readSignalReceipt, type SignalTable, signalOf, signalTable } from './signal.ts';

/** Tells a listener of the signals among receipts that are durable. Returns at once. */
export const createSubscriber = (
  { catalogs, onFault }: Pick<Context, 'catalogs' | 'onFault'>,
  onSignal: OnSignal,
): ((tenant: Pick<Tenant, 'id'>, rows: readonly Row[]) => void) => {
  const tables = new Map<string, SignalTable>();
  const tableOf = async (digest: string): Promise<E.Either<string, SignalTable>> => {
    const known = tables.get(digest);
    if (known !== undefined) return E.right(known);
    const loaded = await catalogs.load(digest);
    if (E.isLeft(loaded)) return E.left(`the catalog ${digest} cannot be read`);
    const table = signalTable(loaded.right.catalog.source);
    // One a catalog; a tenant’s own candidates come and go.
    if (tables.size >= TABLES_MAX) tables.clear();
    tables.set(digest, table);
    return E.right(table);
  };
  const tell = async (tenant: TenantId, row: Row): Promise<void> => {
    try {
      const receipt = readSignalReceipt(row);
      if (E.isLeft(receipt)) return onFault(`a signal was not told: ${receipt.left}`);
      const table = await tableOf(receipt.right.catalog.digest);
      if (E.isLeft(table)) return onFault(`a signal was not told: ${table.left}`);
      const signal = signalOf(receipt.right, row.leaf, table.right);
      if (signal !== undefined) onSignal(tenant, signal);
    } catch (thrown) {
      onFault(`a listener for signals failed: ${messageOf(thrown)}`);
    }
  };
  const last = new Map<TenantId, Promise<void>>();
  return ({ id }, rows) => {
    const told = rows.reduce((before, row) => before.then(() => tell(id, row)), last.get(id) ?? Promise.resolve());
    last.set(id, told);
    void told.then(() => {
      if (last.get(id) === told) last.delete(id);
    });
  };
};

const TABLES_MAX = 64;
