/** What was erased: disclosures that are not here, and the receipt that ordered it. An order stands in clear, behind what it erases. */
import { owns } from '../encoding/own.ts';
import { PURGED_CELL } from '../ledger-rules.ts';
import type { Receipt } from '../receipt.ts';
import type { Erased } from './report.ts';

/** Orders of erasure, and receipts whose disclosures are not here. Mutable: it belongs to one verification. */
export interface Erasures {
  /** The first order about each receipt. */
  readonly orders: Map<number, number>;
  readonly withheld: Set<number>;
}

/** More are counted as withheld. */
const ERASED_MAX = 10_000;

/** Nothing was erased yet. */
export const noErasures = (): Erasures => ({ orders: new Map(), withheld: new Set() });

/** Follows one receipt: whether it orders an erasure, and whether its own disclosures are here. */
export const followErasures = ({ orders, withheld }: Erasures, receipt: Receipt, isWithheld: boolean): void => {
  if (isWithheld && withheld.size < ERASED_MAX) withheld.add(receipt.seq);
  if (receipt.kind !== 'decision' || receipt.verdict !== 'approve') return;
  for (const write of receipt.writes) {
    const [place = '', ...more] = write.key;
    const isOrder = write.cell === PURGED_CELL && more.length === 0 && /^(0|[1-9]\d{0,15})$/.test(place);
    const seq = Number(place);
    // Nobody can order beforehand what is not there yet.
    if (!isOrder || !owns(write, 'add') || seq >= receipt.seq || orders.has(seq) || orders.size >= ERASED_MAX) continue;
    orders.set(seq, receipt.seq);
  }
};

/** The receipts of which something is not here, and was erased by an order. */
export const erasedOf = ({ orders, withheld }: Erasures): readonly Erased[] =>
  [...withheld].flatMap((seq) => {
    const order = orders.get(seq);
    return order === undefined ? [] : [{ seq, order }];
  });
