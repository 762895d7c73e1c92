/** A store that says once that it stopped answering, and once that it answers again: one line for a log, not one a request. */
import type { LedgerStore, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** Passes everything on. `tell` is told of each change between answering and not answering, with the fault that says why. */
export const watchedStore = (
  store: LedgerStore,
  tell: (change: { readonly answers: true } | { readonly answers: false; readonly fault: StoreFault }) => void,
): LedgerStore => {
  let answers = true;
  let closed = false;
  const noticed = <A>(answer: E.Either<StoreFault, A>): E.Either<StoreFault, A> => {
    // What was malformed says nothing about the store; and one that is closed is asked no more.
    if (closed || (E.isLeft(answer) && answer.left.fault === 'corrupt')) return answer;
    const now = E.isRight(answer);
    if (now !== answers) {
      answers = now;
      tell(E.isLeft(answer) ? { answers: false, fault: answer.left } : { answers: true });
    }
    return answer;
  };
  const { probe } = store;
  return {
    ...store,
    append: async (ledger, expected, rows) => noticed(await store.append(ledger, expected, rows)),
    head: async (ledger) => noticed(await store.head(ledger)),
    read: async function* (ledger, from, to) {
      for await (const row of store.read(ledger, from, to)) yield noticed(row);
    },
    find: async (ledger, intentId) => noticed(await store.find(ledger, intentId)),
    purge: async (ledger, seq, names) => noticed(await store.purge(ledger, seq, names)),
    putCheckpoint: async (ledger, checkpoint) => noticed(await store.putCheckpoint(ledger, checkpoint)),
    checkpoint: async (ledger, atMost) => noticed(await store.checkpoint(ledger, atMost)),
    ledgers: async () => noticed(await store.ledgers()),
    ...(probe === undefined ? {} : { probe: async () => noticed(await probe.call(store)) }),
    close: () => {
      closed = true;
      return store.close();
    },
  };
};
