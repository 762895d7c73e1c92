/** The same intent id gets the same answer: the one that is recorded. */

import type { Decision } from '@tai-autonomics/core';
import { recordedDecision, TOOL_SURFACE_CHANGED } from '@tai-autonomics/core/engine';
import { encodeBase64url, isPlainObject, owns, type Receipt } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Outcome, ReceiptPlace } from '../api.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type OpenedRow, openOwnRow } from '../ledger/read-row.ts';
import type { LedgerStore, Row } from '../ports.ts';

/** Reads the answer of a row back, and looks in the rows after it for what followed. An open action has no outcome yet. */
export const recordedAnswer = async (
  store: LedgerStore,
  { id, tree, annals }: Pick<Ledger, 'id' | 'tree' | 'annals'>,
  row: Row,
  isOpen: boolean,
): Promise<E.Either<Unanswerable, RecordedAnswer>> => {
  const opened = await openOwnRow(row, tree);
  if (E.isLeft(opened)) return unreadable(opened.left);
  const { receipt, disclosed } = opened.right;
  if (disclosed === undefined) return unreadable('what is disclosed of the recorded receipt was changed in the store');
  const decision = decisionOf(opened.right);
  const place = placeOf(receipt, row.leaf);
  if (decision === undefined) {
    const isErased = annals.purges.some(({ seq, names }) => seq === row.seq && names.includes(BODY));
    return isErased ? E.left({ purged: place }) : unreadable('what the recorded receipt discloses is not in the store');
  }
  const { incident } = receipt;
  const answer = { decision, receipt: place, ...(incident === undefined ? {} : { incident }) };
  const consequences: ReceiptPlace[] = [];
  // A changed surface stands right after its decision; an outcome may be far away.
  const end = owns(receipt, 'deadline') && !isOpen ? Number.MAX_SAFE_INTEGER : row.seq + 2;
  for await (const next of store.read(id, row.seq + 1, end)) {
    if (E.isLeft(next)) return unreadable(next.left.detail);
    const later = await openOwnRow(next.right, tree);
    if (E.isLeft(later)) return unreadable(later.left);
    const followed = later.right.receipt;
    if (followed.kind === 'decision' || followed.of.seq !== row.seq) continue;
    const at = placeOf(followed, next.right.leaf);
    if (followed.kind === 'consequence') {
      if (followed.event === TOOL_SURFACE_CHANGED) consequences.push(at);
      continue;
    }
    const body = later.right.disclosed?.get('outcome/body');
    const result = isPlainObject(body) ? (body['result'] ?? null) : null;
    const outcome = { status: followed.status, result, receipt: at };
    return E.right({ ...answer, consequences, outcome });
  }
  return E.right({ ...answer, consequences });
};

const placeOf = (receipt: Receipt, leaf: Uint8Array): ReceiptPlace => ({
  origin: receipt.origin,
  seq: receipt.seq,
  leaf: encodeBase64url(leaf),
  event: receipt.event,
});

const BODY = 'decision/body';

/** What a decision's disclosures say was decided. A body that is gone answers `undefined`. */
const decisionOf = ({ receipt, disclosed }: OpenedRow): Decision | undefined =>
  disclosed === undefined || receipt.kind !== 'decision' ? undefined : recordedDecision(receipt, disclosed);

/** A recorded decision with what followed from it so far. */
export interface RecordedAnswer {
  readonly decision: Decision;
  readonly receipt: ReceiptPlace;
  readonly consequences: readonly ReceiptPlace[];
  readonly incident?: string;
  readonly outcome?: Outcome;
}

/** Why there is no answer: it was erased by order of a receipt, or it can't be read. */
export type Unanswerable = { readonly purged: ReceiptPlace } | { readonly unreadable: string };

const unreadable = (detail: string): E.Either<Unanswerable, never> => E.left({ unreadable: detail });
