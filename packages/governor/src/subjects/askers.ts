/** Who asked for something in a ledger, and what kind of subject that is: whoever asked is there. */
import { NAMED_KINDS, type NamedKind } from '@tai-autonomics/core/author';
import { recordedObservation } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { createRecentlyUsed } from '../bounds/recently-used.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openOwnRow } from '../ledger/read-row.ts';
import type { LedgerStore } from '../ports.ts';

/** What reading a ledger on takes. */
export type ReadOn = Pick<Ledger, 'id' | 'tree' | 'head'>;

export interface Askers {
  /**
   * The kind of the subject with this pseudonym, if it asked in one of the newest receipts. A ledger is read once, and then
   * only what came since, so that no number of unknown names makes anybody wait. Rejects if the ledger can't be read.
   */
  kindOf(ledger: ReadOn, ref: string): Promise<NamedKind | undefined>;
}

/** How many of the newest receipts count. */
const COUNTED_MAX = 10_000;
const CHUNK = 500;
/** Ledgers whose askers are remembered at once. */
const LEDGERS_MAX = 256;

interface Known {
  /** How much of the ledger was read. */
  size: number;
  readonly asked: Map<string, { readonly kind: NamedKind; readonly seq: number }>;
  reading: Promise<void>;
}

/** The kind that can be named, of a type of subject. */
export const kindIn = (type: string | undefined): NamedKind | undefined => NAMED_KINDS.find((kind) => kind === type);

/** Remembers who asked, by ledger. */
export const createAskers = (store: Pick<LedgerStore, 'read'>): Askers => {
  const ledgers = createRecentlyUsed<Known>(LEDGERS_MAX);

  const knownOf = (id: string): Known => {
    const known = ledgers.get(id) ?? { size: 0, asked: new Map(), reading: Promise.resolve() };
    ledgers.set(id, known);
    return known;
  };

  const readOn = async (known: Known, { id, tree, head }: ReadOn): Promise<void> => {
    const oldest = head.size - COUNTED_MAX;
    while (known.size < head.size) {
      const from = Math.max(known.size, oldest);
      const end = Math.min(from + CHUNK, head.size);
      for await (const row of store.read(id, from, end)) {
        if (E.isLeft(row)) throw new Error(row.left.detail);
        const opened = await openOwnRow(row.right, tree);
        if (E.isLeft(opened)) throw new Error(opened.left);
        const { receipt, disclosed } = opened.right;
        if (disclosed === undefined) continue;
        const kind = kindIn(recordedObservation(receipt, disclosed)?.observation.intent.subject.type);
        if (kind !== undefined) known.asked.set(receipt.subject, { kind, seq: receipt.seq });
      }
      known.size = end;
    }
    for (const [ref, { seq }] of known.asked) if (seq < oldest) known.asked.delete(ref);
  };

  return {
    kindOf: async (ledger, ref) => {
      const known = knownOf(ledger.id);
      const read = known.reading.then(() => readOn(known, ledger));
      // A fault is told to the one who asked; the next one reads on from there.
      known.reading = read.catch(() => {});
      await read;
      return known.asked.get(ref)?.kind;
    },
  };
};
