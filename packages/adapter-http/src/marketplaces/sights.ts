/**
 * When a purchase changed, where its marketplace doesn’t say: when it was first seen so. And which purchases a marketplace said that it
 * forgets. Both are kept for as long as their host keeps them: in a file they outlive the process, and a restart dates nothing anew.
 */
import { formatInstant, type Ms } from '@tai-autonomics/core/engine';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import type { Purchase } from './purchase.ts';

/** What was last seen of a purchase, and since when it is so. */
export interface Sight {
  /** Of what was read of it: base64url. */
  readonly digest: string;
  readonly at: Ms;
}

/** Sights of one marketplace by the ids of its purchases; a `Map` is one, for as long as the process lives. */
export interface Sights {
  get(id: string): Sight | undefined;
  set(id: string, sight: Sight): unknown;
  keys(): Iterable<string>;
}

/** Ids of purchases that a marketplace said that it forgets; a `Set` is one. */
export interface ForgottenPurchases {
  has(id: string): boolean;
  add(id: string): unknown;
}

/** Purchases as they were when they were last seen, by their ids; a `Map` is one. */
export interface LastSeen {
  get(id: string): Purchase | undefined;
  set(id: string, purchase: Purchase): unknown;
}

/** Stamps what was read with the time at which it was first seen like this. */
export type Stamp = (purchase: Omit<Purchase, 'changedAt'>) => Purchase;

/** Of two processes that read at once, one may stamp an older reading later; its next reading mends that. */
export const stampOf =
  (clock: () => Ms, sights: Sights): Stamp =>
  (purchase) => {
    const { asks: _, ...rest } = purchase;
    const digest = encodeBase64url(nodeSha256(Buffer.from(JSON.stringify(rest))));
    const before = sights.get(purchase.id);
    const at = before?.digest === digest ? before.at : Math.max(clock(), (before?.at ?? 0) + 1);
    if (before?.digest !== digest) sights.set(purchase.id, { digest, at });
    return { ...purchase, changedAt: formatInstant(at) };
  };
