/** Price experiments: which book a tenant is offered. Decided by its name alone, so that it is offered the same for ever (B-18). */
import { eventRank } from '@tai-autonomics/core/engine';
import type { Sha256 } from '@tai-autonomics/core/receipt';

/** A book, and its share of the tenants: a whole number, relative to the other arms'. */
export interface Arm {
  readonly book: string;
  readonly weight: number;
}
/** Books that are compared. Another id draws anew. */
export interface PriceExperiment {
  readonly id: string;
  readonly arms: readonly [Arm, ...Arm[]];
}

/**
 * The book that a tenant is offered: the first 48 bits of the SHA-256 of experiment and tenant, cut by weight. It needs no
 * record, and no other tenant changes it. An arm whose weight is not a positive integer gets nobody.
 */
export const offeredBook = (sha256: Sha256, { id, arms }: PriceExperiment, tenant: string): string => {
  const open = arms.filter(({ weight }) => Number.isSafeInteger(weight) && weight > 0);
  const total = open.reduce((sum, { weight }) => sum + weight, 0);
  let left = total === 0 ? 0 : eventRank(sha256, `${id}\u0000${tenant}`) % total;
  for (const { book, weight } of open) {
    if (left < weight) return book;
    left -= weight;
  }
  return arms[0].book;
};
