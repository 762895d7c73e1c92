/** The first look of an export over its ledger, taken by the thread that walks ledgers: what decides only hands it pages. */
import { either as E } from 'fp-ts';
import { storedLedger } from '../../walk/stored-ledger.ts';
import type { WalkSource } from '../../walk/walk-source.ts';
import { walkThread } from '../../walk/walk-thread.ts';
import type { Surveyor } from './export-bundle.ts';
import { type LedgerSource, STOPPED } from './export-survey.ts';

/** Surveys for as long as `signal` does not abort, however long that is. */
export const surveyBeside =
  (signal: AbortSignal): Surveyor =>
  async (source, selection) => {
    const sealed = source.seal === undefined ? E.right(undefined) : await source.seal();
    if (E.isLeft(sealed)) return sealed;
    const { store, ledger, origin, trees } = source;
    const head = await store.head(ledger);
    if (E.isLeft(head)) return E.left(head.left.detail);
    const size = head.right?.size ?? 0;
    const question = { ask: 'surveyed', ledger, origin, selection, ...(trees === undefined ? {} : { trees }) } as const;
    const surveyed = await walkThread(question, watched(source, size), signal);
    if (E.isLeft(surveyed)) return surveyed;
    const { nodes, ...survey } = surveyed.right;
    return E.right({ ...survey, nodes: (level, index) => nodes.get(`${level} ${index}`) });
  };

/** The ledger, whose watcher is told what is read and asked whether to stop. */
const watched = ({ store, ledger, watch }: LedgerSource, size: number): WalkSource => {
  const stored = storedLedger(store, ledger, size);
  return {
    ...stored,
    rows: async (from, to) => {
      if (watch?.isStopped?.() === true) return E.left(STOPPED);
      const rows = await stored.rows(from, to);
      if (E.isRight(rows)) watch?.onRead?.(rows.right.length);
      return rows;
    },
  };
};
