/** A store that says once that it stopped answering, and once that it answers again: one line for a log, not one a request. */
import type { LedgerStore, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** On a full disk a small write may still find room: it is full until so long no write failed of it. */
const FULL_MS = 10_000;

/**
 * Passes everything on. `tell` is told of each change between answering and not answering, with the fault that says why. A store that
 * could not write answers again once it writes: that it can be read says nothing.
 */
export const watchedStore = (
  store: LedgerStore,
  tell: (change: { readonly answers: true } | { readonly answers: false; readonly fault: StoreFault }) => void,
  now: () => number = () => performance.now(),
): LedgerStore => {
  let failed: { readonly writing: boolean; readonly untilMs: number } | undefined;
  let closed = false;
  const noticing =
    (writing: boolean) =>
    <A>(answer: E.Either<StoreFault, A>): E.Either<StoreFault, A> => {
      // What was malformed says nothing about the store; and one that is closed is asked no more.
      if (closed || (E.isLeft(answer) && answer.left.fault === 'corrupt')) return answer;
      if (E.isLeft(answer)) {
        if (failed === undefined) tell({ answers: false, fault: answer.left });
        const untilMs = answer.left.fault === 'full' ? now() + FULL_MS : 0;
        failed = { writing: writing || failed?.writing === true, untilMs: Math.max(untilMs, failed?.untilMs ?? 0) };
      } else if (failed !== undefined && (writing || !failed.writing) && now() >= failed.untilMs) {
        failed = undefined;
        tell({ answers: true });
      }
      return answer;
    };
  const [read, written] = [noticing(false), noticing(true)];
  const { probe } = store;
  return {
    ...store,
    append: async (ledger, expected, rows) => written(await store.append(ledger, expected, rows)),
    head: async (ledger) => read(await store.head(ledger)),
    read: async function* (ledger, from, to) {
      for await (const row of store.read(ledger, from, to)) yield read(row);
    },
    find: async (ledger, intentId) => read(await store.find(ledger, intentId)),
    purge: async (ledger, seq, names) => written(await store.purge(ledger, seq, names)),
    putCheckpoint: async (ledger, checkpoint) => written(await store.putCheckpoint(ledger, checkpoint)),
    checkpoint: async (ledger, atMost) => read(await store.checkpoint(ledger, atMost)),
    ledgers: async () => read(await store.ledgers()),
    ...(probe === undefined ? {} : { probe: async () => written(await probe.call(store)) }),
    close: () => {
      closed = true;
      return store.close();
    },
  };
};
