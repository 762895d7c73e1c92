/** A ledger as a store has it, for whoever walks it without a governor that holds it open. */
import { either as E } from 'fp-ts';
import type { LedgerId, LedgerStore, Row } from '../ports.ts';
import { alone } from './alone.ts';
import type { WalkSource } from './walk-source.ts';

/** What is read of a store. */
type StoreReader = Pick<LedgerStore, 'read'> & Partial<Pick<LedgerStore, 'checkpoint'>>;

/** Its receipts before the one at `size`, as they are stored: nobody says here whether they are the ledger's own. It keeps no fold and knows no catalog. */
export const storedLedger = (store: StoreReader, ledger: LedgerId, size: number): WalkSource => ({
  id: `store ${numberOf(store)} ${ledger}`,
  tenant: ledger,
  size,
  digests: [],
  rows: async (from, to) => {
    const rows: Row[] = [];
    for await (const row of store.read(ledger, from, to)) {
      if (E.isLeft(row)) return E.left(row.left.detail);
      rows.push(row.right);
    }
    return E.right(rows.map((row) => ({ row: alone(row), isOurs: true })));
  },
  checkpoint: async (atMost) =>
    E.mapLeft(({ detail }: { readonly detail: string }) => detail)(
      (await store.checkpoint?.(ledger, atMost)) ?? E.right(undefined),
    ),
  keptEvery: undefined,
  takeFold: async () => undefined,
  keepFold: async () => undefined,
  catalog: async () => E.right(undefined),
});

/** Stores are told apart, so that what was folded of one is never gone on with over another. */
const numbers = new WeakMap<object, number>();
let count = 0;
const numberOf = (store: object): number => {
  const known = numbers.get(store);
  if (known !== undefined) return known;
  count += 1;
  numbers.set(store, count);
  return count;
};
