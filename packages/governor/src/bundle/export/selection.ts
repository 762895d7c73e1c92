/** Which receipts of a ledger an export is about. */

import { parseInstant } from '@tai-autonomics/core/engine';
import type { Receipt } from '@tai-autonomics/core/receipt';
import { owns } from '@tai-autonomics/core/receipt';
import type { Ms } from '../../ports.ts';

/** A place in the ledger, or an instant. */
export type Bound = { readonly seq: number } | { readonly at: Ms };

/** Every condition that is there must hold. None: the whole ledger. */
export interface Selection {
  /** The first one that is in. */
  readonly from?: Bound;
  /** The first one that is no longer in. */
  readonly to?: Bound;
  /** Receipts that name this incident, and what followed from them. */
  readonly incident?: string;
  /** Single receipts. */
  readonly seqs?: readonly number[];
  /**
   * `selected`: only these receipts, each with its proof. `ledger`: every receipt, so that state can be folded, and the
   * disclosures of these alone.
   */
  readonly clear?: 'selected' | 'ledger';
  /** Disclosures that are kept back: names, beginnings of names, or `subject`. */
  readonly withhold?: readonly string[];
  /** Sizes of checkpoints that the auditor may hold: a consistency proof from each is added. */
  readonly continues?: readonly number[];
}

/** Whether nothing narrows it. */
export const isWholeLedger = ({ from, to, incident, seqs }: Selection): boolean =>
  from === undefined && to === undefined && incident === undefined && seqs === undefined;

/** Whether a place is enough to see that its receipt is not chosen: then nobody reads it. */
export const isOutByPlace = ({ from, to, incident, seqs }: Selection): ((seq: number) => boolean) => {
  // What followed from a receipt of an incident is chosen by it, so every receipt has to be looked at.
  if (incident !== undefined) return () => false;
  const places = seqs === undefined ? undefined : new Set(seqs);
  return (seq) =>
    (from !== undefined && owns(from, 'seq') && seq < from.seq) ||
    (to !== undefined && owns(to, 'seq') && seq >= to.seq) ||
    (places !== undefined && !places.has(seq));
};

/** Chooses receipts in their order: what follows from a chosen one names it, and is chosen too. */
export const createChooser = (selection: Selection): ((receipt: Receipt) => boolean) => {
  const { from, to, incident } = selection;
  const seqs = selection.seqs === undefined ? undefined : new Set(selection.seqs);
  const ofIncident = new Set<number>();
  return (receipt) => {
    const { seq } = receipt;
    const at = parseInstant(receipt.at) ?? 0;
    if (incident !== undefined) {
      const follows = receipt.kind !== 'decision' && ofIncident.has(receipt.of.seq);
      if (receipt.incident !== incident && !follows) return false;
      ofIncident.add(seq);
    }
    return (
      (from === undefined || isAtLeast(from, seq, at)) &&
      (to === undefined || !isAtLeast(to, seq, at)) &&
      (seqs === undefined || seqs.has(seq))
    );
  };
};

const isAtLeast = (bound: Bound, seq: number, at: Ms): boolean =>
  owns(bound, 'seq') ? seq >= bound.seq : at >= bound.at;
