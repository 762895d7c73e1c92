/** When a purchase changed, where its marketplace doesn’t say: when this process first saw it so. */
import { formatInstant, type Ms } from '@tai-autonomics/core/engine';
import type { Purchase } from './purchase.ts';

/** Stamps what was read with the time at which it was first seen like this. */
export type Stamp = (purchase: Omit<Purchase, 'changedAt'>) => Purchase;

/**
 * Remembers the last sight of each purchase. A new process stamps everything anew: the same reading leaves one more receipt
 * then, and changes nothing. Of two processes that read at once, one may stamp an older reading later; its next reading mends that.
 */
export const stampOf = (clock: () => Ms): Stamp => {
  const seen = new Map<string, { readonly text: string; readonly at: Ms }>();
  return (purchase) => {
    const { asks: _, ...rest } = purchase;
    const text = JSON.stringify(rest);
    const before = seen.get(purchase.id);
    const at = before?.text === text ? before.at : Math.max(clock(), (before?.at ?? 0) + 1);
    seen.set(purchase.id, { text, at });
    return { ...purchase, changedAt: formatInstant(at) };
  };
};
