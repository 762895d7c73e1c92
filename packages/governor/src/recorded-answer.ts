/** The same intent id gets the same answer: the one that is recorded. */
import { cellWrite, type Decision, encodeBase64url, type Receipt } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { Outcome, ReceiptPlace } from './governed.ts';
import type { Ledger } from './ledger.ts';
import { type OpenedRow, openRow } from './open-row.ts';
import type { LedgerStore, Row } from './ports.ts';
import { SURFACE_CHANGED } from './recorder.ts';

const placeOf = (receipt: Receipt, leaf: Uint8Array): ReceiptPlace => ({
  origin: receipt.origin,
  seq: receipt.seq,
  leaf: encodeBase64url(leaf),
  event: receipt.event,
});

/** What a decision's disclosures say was decided. A purged body answers `undefined`. */
const decisionOf = ({ receipt, disclosed }: OpenedRow): Decision | undefined => {
  const body = disclosed?.get('decision/body') as unknown as Decision | undefined;
  if (body === undefined || receipt.kind !== 'decision') return undefined;
  return body.verdict === 'approve' ? { ...body, writes: receipt.writes.map(cellWrite) } : body;
};

/** A recorded decision with what followed from it so far. */
export interface RecordedAnswer {
  readonly decision: Decision;
  readonly receipt: ReceiptPlace;
  readonly consequences: readonly ReceiptPlace[];
  readonly outcome?: Outcome;
}

/** Reads the answer of a row back, and looks in the rows after it for what followed. An open action has no outcome yet. */
export const recordedAnswer = async (
  store: LedgerStore,
  { id, tree }: Pick<Ledger, 'id' | 'tree'>,
  row: Row,
  isOpen: boolean,
): Promise<E.Either<string, RecordedAnswer>> => {
  const opened = openRow(row, tree);
  if (E.isLeft(opened)) return opened;
  const { receipt, disclosed } = opened.right;
  if (disclosed === undefined) return E.left('what is disclosed of the recorded receipt was changed in the store');
  const decision = decisionOf(opened.right);
  if (decision === undefined) return E.left('the recorded decision was purged');
  const answer = { decision, receipt: placeOf(receipt, row.leaf) };
  const consequences: ReceiptPlace[] = [];
  // A changed surface stands right after its decision; an outcome may be far away.
  const end = 'deadline' in receipt && !isOpen ? Number.MAX_SAFE_INTEGER : row.seq + 2;
  for await (const next of store.read(id, row.seq + 1, end)) {
    if (E.isLeft(next)) return E.left(next.left.detail);
    const later = openRow(next.right, tree);
    if (E.isLeft(later)) return later;
    const followed = later.right.receipt;
    if (followed.kind === 'decision' || followed.of.seq !== row.seq) continue;
    const place = placeOf(followed, next.right.leaf);
    if (followed.kind === 'consequence') {
      if (followed.event === SURFACE_CHANGED) consequences.push(place);
      continue;
    }
    const body = later.right.disclosed?.get('outcome/body') as { readonly result?: unknown } | undefined;
    const outcome = { status: followed.status, result: body?.result ?? null, receipt: place };
    return E.right({ ...answer, consequences, outcome });
  }
  return E.right({ ...answer, consequences });
};
