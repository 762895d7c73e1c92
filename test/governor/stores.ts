/** Stores that do as a test says: they watch, fail, lie, wait, and forget. */
import { parseReceipt, type Receipt } from '@tai-autonomics/core/receipt';
import type { Answer, Appended, Head, LedgerId, LedgerStore, Row, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** One append as it reached the store. */
export interface Append {
  readonly ledger: LedgerId;
  readonly expected: Head;
  readonly rows: readonly Row[];
  /** What the rows say, read from their bytes. */
  readonly receipts: readonly Receipt[];
}

type Next = () => Answer<Appended>;

/** A store with a gate before its one writing primitive. Without a gate it only counts. */
export interface GatedStore extends LedgerStore {
  /** Called in place of each append; `next` carries it out. */
  gate: ((append: Append, next: Next) => Answer<Appended>) | undefined;
  /** While set, nothing can be read either. */
  blind: boolean;
  readonly appends: Append[];
}

export const fault = (
  kind: StoreFault['fault'],
  outcome: StoreFault['outcome'] = 'not_written',
): E.Either<StoreFault, never> => E.left({ fault: kind, detail: `a test made it ${kind}`, outcome });

const receiptsOf = (rows: readonly Row[]): readonly Receipt[] =>
  rows.flatMap(({ bytes }) => {
    const receipt = parseReceipt(bytes);
    return E.isRight(receipt) ? [receipt.right] : [];
  });

export const gatedStore = (inner: LedgerStore): GatedStore => {
  const appends: Append[] = [];
  const store: GatedStore = {
    ...inner,
    gate: undefined,
    blind: false,
    appends,
    append: (ledger, expected, rows) => {
      const append: Append = { ledger, expected, rows, receipts: receiptsOf(rows) };
      appends.push(append);
      const next: Next = () => inner.append(ledger, expected, rows);
      return store.gate === undefined ? next() : store.gate(append, next);
    },
    head: async (ledger) => (store.blind ? fault('unavailable') : inner.head(ledger)),
    find: async (ledger, id) => (store.blind ? fault('unavailable') : inner.find(ledger, id)),
    close: async () => {},
  };
  return store;
};

/** Every row of a ledger; fails the test at a fault. */
export const allRows = async (store: LedgerStore, ledger: LedgerId): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for await (const row of store.read(ledger, 0, Number.MAX_SAFE_INTEGER)) {
    if (E.isLeft(row)) throw new Error(row.left.detail);
    rows.push(row.right);
  }
  return rows;
};
