/** Lists receipts by what they are about. The cursor is a place in the ledger: a ledger only grows, so it never goes stale. */
import { either as E } from 'fp-ts';
import type { ReadStep } from '../api.ts';
import type { Walk } from '../walk/walk.ts';
import { instantOf, integerOf, placeOf, textOf, wordsOf } from './step-arguments.ts';
import { viewerOf } from './viewer.ts';

/** The read step `list_receipts`: at most `limit` lines from the place `cursor` on, and `next` where there is more. */
export const listReceipts =
  (walk: Walk): ReadStep =>
  async (step, view) => {
    const viewer = viewerOf(step);
    const incident = textOf(step, 'incident');
    const found = await walk(placeOf(view), {
      ask: 'receipts',
      viewer,
      actions: wordsOf(step, 'actions'),
      codes: wordsOf(step, 'codes'),
      events: wordsOf(step, 'events'),
      ...(incident === '*' ? {} : { incident }),
      since: instantOf(step, 'since'),
      until: instantOf(step, 'until'),
      cursor: integerOf(step, 'cursor'),
      limit: integerOf(step, 'limit'),
    });
    if (E.isLeft(found)) return found;
    const { receipts, next } = found.right;
    const shown = viewer.seesAll ? 'all' : 'own';
    return E.right({ receipts, shown, size: view.ledger.size, ...(next === undefined ? {} : { next }) });
  };
