/** Price experiments: which book a tenant is offered. Decided by its name alone, so that it is offered the same for ever (B-18). */
import type { Issue } from '@tai-autonomics/core';
import { eventRank } from '@tai-autonomics/core/engine';
import { isPlainObject, type Sha256 } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';

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

/** Reads a price experiment that somebody wrote, whose arms are of these books. Everything wrong is listed. */
export const parsePriceExperiment = (
  json: unknown,
  books: readonly string[],
): E.Either<readonly [Issue, ...Issue[]], PriceExperiment> => {
  const issues: Issue[] = [];
  const wrong = (path: Issue['path'], expected: string, found: unknown): void =>
    void issues.push({
      path,
      expected,
      found: typeof found === 'string' ? JSON.stringify(found.slice(0, 80)) : typeof found,
    });
  const { id, arms, ...rest }: Readonly<Record<string, unknown>> = isPlainObject(json) ? json : {};
  for (const name of Object.keys(rest)) wrong([name], 'id or arms', name);
  if (typeof id !== 'string' || !/^[a-z0-9][a-z0-9-]{0,63}$/.test(id))
    wrong(['id'], 'an id: letters, digits, dashes', id);
  if (!Array.isArray(arms) || arms.length === 0) wrong(['arms'], 'a list of at least one arm', arms);
  for (const [i, arm] of (Array.isArray(arms) ? (arms as readonly unknown[]) : []).entries()) {
    const { book, weight, ...others }: Readonly<Record<string, unknown>> = isPlainObject(arm) ? arm : {};
    for (const name of Object.keys(others)) wrong(['arms', i, name], 'book or weight', name);
    if (typeof book !== 'string' || !books.includes(book))
      wrong(['arms', i, 'book'], `one of ${books.join(', ')}`, book);
    if (!Number.isSafeInteger(weight) || Number(weight) < 0) wrong(['arms', i, 'weight'], 'a whole number', weight);
  }
  const [first, ...more] = issues;
  return first === undefined ? E.right(json as PriceExperiment) : E.left([first, ...more]);
};
