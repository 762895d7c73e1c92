/** The same intent id gets the same answer: the one that is recorded. */
import {
  cellWrite,
  type Decision,
  encodeBase64url,
  type Json,
  parseDisclosure,
  parseReceipt,
  type Receipt,
} from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { Outcome, ReceiptPlace } from './governed.ts';
import type { LedgerId, LedgerStore, Row } from './ports.ts';
import { SURFACE_CHANGED } from './recorder.ts';

const disclosed = (row: Row, name: string): Json | undefined => {
  const stored = row.disclosures.find((d) => d.name === name);
  const parsed = stored === undefined ? undefined : parseDisclosure(stored.text);
  return parsed !== undefined && E.isRight(parsed) ? parsed.right.value : undefined;
};

const placeOf = (receipt: Receipt, leaf: Uint8Array): ReceiptPlace => ({
  origin: receipt.origin,
  seq: receipt.seq,
  leaf: encodeBase64url(leaf),
  event: receipt.event,
});

/** What a row of a decision says was decided. A purged body answers `undefined`. */
const decisionOf = (row: Row, receipt: Receipt): Decision | undefined => {
  const body = disclosed(row, 'decision/body') as unknown as Decision | undefined;
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
  ledger: LedgerId,
  row: Row,
  isOpen: boolean,
): Promise<E.Either<string, RecordedAnswer>> => {
  const receipt = parseReceipt(row.bytes);
  if (E.isLeft(receipt)) return E.left('the recorded receipt can not be read');
  const decision = decisionOf(row, receipt.right);
  if (decision === undefined) return E.left('the recorded decision was purged');
  const hasOutcome = 'deadline' in receipt.right && !isOpen;
  const consequences: ReceiptPlace[] = [];
  // A changed surface stands right after its decision; an outcome may be far away.
  const end = hasOutcome ? Number.MAX_SAFE_INTEGER : row.seq + 2;
  for await (const next of store.read(ledger, row.seq + 1, end)) {
    if (E.isLeft(next)) return E.left(next.left.detail);
    const later = parseReceipt(next.right.bytes);
    if (E.isLeft(later) || later.right.kind === 'decision' || later.right.of.seq !== row.seq) continue;
    const place = placeOf(later.right, next.right.leaf);
    if (later.right.kind === 'consequence') {
      if (later.right.event === SURFACE_CHANGED) consequences.push(place);
      continue;
    }
    const body = disclosed(next.right, 'outcome/body') as { readonly result?: unknown } | undefined;
    const outcome = { status: later.right.status, result: body?.result ?? null, receipt: place };
    return E.right({ decision, receipt: placeOf(receipt.right, row.leaf), consequences, outcome });
  }
  return E.right({ decision, receipt: placeOf(receipt.right, row.leaf), consequences });
};
