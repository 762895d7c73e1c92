/** Whether an approved action may begin: what was recorded since its approval may have taken back what it rested on. */

import type { Observation } from '@tai-autonomics/core';
import {
  type CompiledAction,
  createWithdrawalCheck,
  type Engine,
  type Entry,
  entryOf,
} from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openOwnRow } from '../ledger/read-row.ts';
import type { LedgerStore } from '../ports.ts';

/** An approval, as it was decided. */
export interface Approval {
  /** The engine and the catalog that decided it. */
  readonly engine: Engine;
  readonly catalog: LoadedCatalog;
  readonly action: CompiledAction;
  readonly observation: Observation;
}

/** The codes that take an approval back, given everything that was recorded after it; none while it stands. */
export const withdrawnBy = ({ engine, catalog, observation }: Approval, since: readonly Entry[]): readonly string[] => {
  const standing = createWithdrawalCheck(engine, catalog.catalog, observation);
  for (const entry of since) standing.apply(entry);
  return standing.withdrawnBy();
};

/** The entries of a ledger's places `from ≤ seq < to`, out of the store. */
export const entriesFrom = async (
  store: LedgerStore,
  { id, tree }: Pick<Ledger, 'id' | 'tree'>,
  from: number,
  to: number,
): Promise<E.Either<string, readonly Entry[]>> => {
  const entries: Entry[] = [];
  for await (const row of store.read(id, from, to)) {
    if (E.isLeft(row)) return E.left(row.left.detail);
    const opened = await openOwnRow(row.right, tree);
    if (E.isLeft(opened)) return opened;
    entries.push(entryOf(opened.right.receipt));
  }
  return E.right(entries);
};
