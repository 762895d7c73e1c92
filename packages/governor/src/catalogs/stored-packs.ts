/** Packs that need what is appended to stay, and what the store says that it keeps. */
import type { Catalog } from '@tai-autonomics/core';
import type { GovernorOptions } from '../options.ts';
import type { LedgerStore } from '../ports.ts';

/** Packs that need what is appended to stay, over a store that keeps nothing, or does not declare what it keeps. */
export const unstored = ({ capabilities }: Pick<LedgerStore, 'capabilities'>, catalog: Catalog): readonly string[] => {
  const needing = needingStorage(catalog);
  if (needing.length === 0 || (capabilities?.durable ?? false) !== false) return [];
  const what = capabilities === undefined ? 'does not declare what it keeps, which counts as nothing' : 'keeps nothing';
  return [`the store ${what}, and ${needing.join(', ')} need durable_append`];
};

/** Said once at the start: after this process nothing of the ledgers is left. */
export const tellVolatile = ({ store, catalogs, onFault }: GovernorOptions): void => {
  const needing = needingStorage(catalogs[0].catalog);
  if (store.capabilities?.durable === 'process' && needing.length > 0)
    onFault?.(
      `the store is volatile: its ledgers end with this process; durable_append is needed by ${needing.join(', ')}`,
    );
};

/** The packs that need what is appended to stay. */
const needingStorage = (catalog: Catalog): readonly string[] =>
  [...catalog.packs.values()].filter((pack) => pack.storage === 'durable_append').map(({ pack_id }) => pack_id);
