/** Pages of a search. A token says where the last page ended, and of which search; it opens nothing to whoever makes one up. */

import { decodeBase64url, encodeBase64url } from '@tai-autonomics/core/receipt';
import { sha256 } from '@tai-autonomics/governor/door';
import { isProblem, type Problem } from '../answer/problem.ts';
import { textIn, utf8 } from '../request/bytes.ts';
import type { Members } from '../request/members.ts';

/** What a page begins after, and how much it may hold. */
export interface PageStart {
  /** How many were looked at before. A place and not a name: a name may be of what was not found. */
  readonly after: number;
  readonly limit: number;
  /** The token of what comes after this one. */
  token(after: number): string;
}

/** How many are looked at for one page. Each of them is a question. */
export const PAGE_MOST = 100;

const CHANGED: Problem = {
  problem: 'malformed',
  detail: 'page.token: expected `next_token` of the same search, over what there was then',
};

/**
 * Reads what a request says of its page; `search` is all else that was asked, and all that could be found: neither may change from
 * page to page.
 */
export const readPage = (page: Members | undefined, search: unknown): PageStart | Problem => {
  const digest = encodeBase64url(sha256(utf8(JSON.stringify(search))));
  const from = page?.['token'] === undefined ? undefined : placeIn(String(page['token']), digest);
  if (isProblem(from)) return from;
  const given = page?.['limit'] as number | undefined;
  if (from !== undefined && given !== undefined && given !== from.limit) return CHANGED;
  const limit = from?.limit ?? given ?? PAGE_MOST;
  return {
    after: from?.after ?? 0,
    limit,
    token: (after) => encodeBase64url(utf8(JSON.stringify([digest, limit, after]))),
  };
};

const placeIn = (token: string, digest: string): Pick<PageStart, 'after' | 'limit'> | Problem => {
  try {
    const [of, limit, after] = JSON.parse(textIn(decodeBase64url(token) ?? new Uint8Array(0))) as readonly unknown[];
    return of === digest && isCount(after) && isCount(limit) ? { after, limit } : CHANGED;
  } catch {
    return CHANGED;
  }
};

const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;
