/** Lists over a ledger: receipts by what they are about, and refusals that ask for an approval. */
import { parseInstant, recordedRefusal } from '@tai-autonomics/core/engine';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadRow } from '../api.ts';
import type { Answer } from './answering.ts';
import { isChosen, memberId, wordsWanted } from './choose-receipts.ts';
import type { Folded } from './folds.ts';
import { BLOCK } from './receipt-index.ts';
import { usual } from './usual.ts';
import type { WalkedLedger } from './walked-ledger.ts';

/** Receipts that one list looks at: what is not reached is the next one's. */
const LOOKED_AT_MAX = 2_000;

/** At most `limit` lines from the place `cursor` on, and `next` where there may be more. */
export const receipts: Answer<'receipts'> = async ({ folded }, question, ledger) => {
  const { cursor, limit, since, until } = question;
  const { size } = ledger;
  const groups = wordsWanted(question);
  // Before any page of its own: whoever waits for the turn of a fold while a page is theirs keeps the page from whose turn it is.
  const holds = groups.length === 0 ? E.right(() => true) : await holding(folded, ledger, groups);
  if (E.isLeft(holds)) return holds;
  const start = Math.max(cursor, E.getOrElse(() => 0)(await firstAt(ledger, since)));
  const found: Readonly<Record<string, unknown>>[] = [];
  let [next, looked] = [start, 0];
  while (next < size && looked < LOOKED_AT_MAX && found.length < limit) {
    const block = Math.floor(next / BLOCK);
    if (!holds.right(block)) {
      next = Math.min(size, (block + 1) * BLOCK);
      continue;
    }
    const before = next;
    for await (const row of ledger.rows(next, Math.min(size, (block + 1) * BLOCK), BLOCK)) {
      if (E.isLeft(row)) return row;
      const { receipt } = row.right;
      if ((parseInstant(receipt.at) ?? 0) >= until) return E.right({ receipts: found });
      next = receipt.seq + 1;
      looked += 1;
      if (isChosen(question, row.right)) found.push(lineOf(row.right));
      if (found.length >= limit) break;
    }
    if (next === before) return E.left(`the ledger ends at receipt ${next}`);
  }
  return E.right({ receipts: found, ...(next < size ? { next } : {}) });
};

/** Receipts below the floor that one question looks at. */
const BELOW_MAX = 2_000;

/** Places of refusals that ask for an approval, the newest first. */
export const waiting: Answer<'waiting'> = async ({ folded }, { before, most }, ledger) => {
  const kept = await folded({ ...usual(ledger), mayBeAhead: true }, ledger, ({ waiting: { newest, floor } }) => ({
    places: [...newest.values()].filter((seq) => seq < before).reverse(),
    floor,
  }));
  if (E.isLeft(kept)) return kept;
  const { places, floor } = kept.right;
  const last = places[most - 1];
  if (places.length > most && last !== undefined) return E.right({ places: places.slice(0, most), next: last });
  // The oldest made room for newer ones: there, the ledger itself is looked at.
  if (places.length > 0 || floor === 0) return E.right({ places, next: floor });
  const [from, to] = [Math.max(0, Math.min(before, floor) - BELOW_MAX), Math.min(before, floor)];
  const below: number[] = [];
  for await (const row of ledger.rows(from, to)) {
    if (E.isLeft(row)) return row;
    if (recordedRefusal(row.right.receipt, row.right.disclosed) !== undefined) below.push(row.right.receipt.seq);
  }
  return E.right({ places: below.reverse(), next: from });
};

/** Whether a block may hold what is asked for, by an index that has seen the whole ledger. */
const holding = (
  folded: Folded,
  ledger: WalkedLedger,
  groups: readonly (readonly string[])[],
): Promise<E.Either<string, (block: number) => boolean>> =>
  folded({ ...usual(ledger), mayBeAhead: true }, ledger, ({ index }) => index.mayHold(groups));

/** The first receipt that is not before an instant: the instants of a ledger never go back. */
const firstAt = async (ledger: WalkedLedger, since: number): Promise<E.Either<string, number>> => {
  let [low, high] = since <= 0 ? [0, 0] : [0, ledger.size];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const before = high - low;
    for await (const row of ledger.rows(middle, middle + 1, 1)) {
      if (E.isLeft(row)) return row;
      if ((parseInstant(row.right.receipt.at) ?? 0) < since) low = middle + 1;
      else high = middle;
    }
    if (high - low === before) return E.left(`the ledger ends at receipt ${middle}`);
  }
  return E.right(low);
};

/** What a receipt says of itself in one line. Action and resource are there unless their disclosure was erased. */
const lineOf = ({ row, receipt, disclosed }: ReadRow): Readonly<Record<string, unknown>> => {
  const intent = disclosed.get('request/intent');
  const [action, resource] = [memberId(intent, 'action'), memberId(intent, 'resource')];
  return {
    seq: receipt.seq,
    leaf: encodeBase64url(row.leaf),
    at: receipt.at,
    kind: receipt.kind,
    event: receipt.event,
    subject: receipt.subject,
    ...(receipt.kind === 'decision' ? { verdict: receipt.verdict, codes: receipt.codes } : { of: receipt.of.seq }),
    ...(receipt.kind === 'outcome' ? { status: receipt.status } : {}),
    ...(action === undefined ? {} : { action }),
    ...(resource === undefined ? {} : { resource }),
    ...(receipt.incident === undefined ? {} : { incident: receipt.incident }),
  };
};
