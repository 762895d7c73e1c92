/** What a ledger says of itself that was lost: it was restored from a copy with fewer receipts than had been sealed. */
import { decodeBase64url, equalBytes } from '../encoding/bytes.ts';
import { owns } from '../encoding/own.ts';
import { RESTORE_ACCEPTED, RESTORES_CELL } from '../ledger-rules.ts';
import type { Receipt } from '../receipt.ts';
import type { Checkpoint } from '../signing/checkpoint.ts';

/** One restore that the operator accepted, as the receipt says in clear. */
export interface Restore {
  /** The receipt that says so. */
  readonly seq: number;
  /** How many receipts the copy had. */
  readonly size: number;
  /** How many had been sealed. */
  readonly lostSize: number;
  /** The root of what had been sealed, base64url. */
  readonly lostRoot: string;
}

/** More are not followed: what they would excuse is no beginning of this ledger. */
export const RESTORES_MAX = 1_000;

/** The restore that a receipt accepts, if it does. */
export const restoreOf = (receipt: Receipt): Restore | undefined => {
  if (receipt.kind !== 'decision' || receipt.verdict !== 'approve' || receipt.event !== RESTORE_ACCEPTED)
    return undefined;
  const write = receipt.writes.find(({ cell }) => cell === RESTORES_CELL);
  if (write === undefined || !owns(write, 'set') || typeof write.set !== 'number') return undefined;
  const [lost = '', lostRoot = ''] = write.key;
  const [size, lostSize] = [write.set, Number(lost)];
  // Nobody can have lost what came after.
  const isNumber = /^[1-9]\d{0,15}$/.test(lost) && Number.isSafeInteger(lostSize);
  const isPossible = isNumber && size >= 0 && size < lostSize && size <= receipt.seq;
  return isPossible ? { seq: receipt.seq, size, lostSize, lostRoot } : undefined;
};

/** The restore in which, as the ledger says, what an auditor saw was lost. It excuses nothing that the copy still had. */
export const lostIn = (restores: readonly Restore[], { size, root }: Checkpoint): Restore | undefined =>
  restores.find((restore) => {
    if (size <= restore.size || size > restore.lostSize) return false;
    const lost = size < restore.lostSize ? undefined : decodeBase64url(restore.lostRoot);
    return size < restore.lostSize || (lost !== undefined && equalBytes(lost, root));
  });
