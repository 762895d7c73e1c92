/** The end of a ledger, as its one writer holds it: all that the next receipt needs. */
import { either as E } from 'fp-ts';
import { encodeBase64url, pureTextCodec, type TextCodec } from '../encoding/bytes.ts';
import type { Sha256 } from '../encoding/crypto.ts';
import { type FormatIssue, issue } from '../encoding/format-issue.ts';
import type { LedgerEntry } from '../receipt.ts';
import { placeReceipt, type SealedReceipt, sealReceipt } from '../receipt-codec.ts';
import { receiptInstantMs } from '../receipt-instant.ts';
import type { Checkpoint } from '../signing/checkpoint.ts';
import { genesis, isOrigin } from './leaf.ts';
import { appendLeaf, emptyFrontier, type Frontier, treeRoot } from './tree.ts';

/** A ledger after `size` receipts. `prev` is the last leaf (of an empty ledger, the genesis value). */
export interface LedgerHead {
  readonly origin: string;
  readonly size: number;
  readonly prev: Uint8Array;
  readonly frontier: Frontier;
  /** `at` of the last receipt, in milliseconds; 0 for an empty ledger. The next one is not earlier. */
  readonly lastAt: number;
}

/** A receipt that was appended, and the ledger's end after it. Nothing is durable yet. */
export interface AppendedReceipt extends SealedReceipt {
  readonly head: LedgerHead;
}

/** The end of a ledger without receipts. */
export const emptyHead = (hash: Sha256, origin: string): E.Either<FormatIssue, LedgerHead> =>
  isOrigin(origin)
    ? E.right({ origin, size: 0, prev: genesis(hash, origin), frontier: emptyFrontier, lastAt: 0 })
    : issue(['origin'], 'domain/path… in lower case', origin);

/** The end of a ledger after a receipt whose leaf and instant are known, for replaying what a store holds. */
export const advanceHead = (hash: Sha256, head: LedgerHead, leaf: Uint8Array, atMs: number): LedgerHead => ({
  origin: head.origin,
  size: head.size + 1,
  prev: leaf,
  frontier: appendLeaf(hash, head.frontier, leaf),
  lastAt: atMs,
});

/** The next receipt of a ledger. Refused if the entry is not one, or is earlier than the receipt before. Pure: `head` stays. */
export const appendReceipt = (
  hash: Sha256,
  head: LedgerHead,
  entry: LedgerEntry,
  codec: TextCodec = pureTextCodec,
): E.Either<FormatIssue, AppendedReceipt> => {
  const place = { origin: head.origin, seq: head.size, prev: encodeBase64url(head.prev) };
  const sealed = sealReceipt(hash, placeReceipt(entry, place), codec);
  if (E.isLeft(sealed)) return sealed;
  const atMs = receiptInstantMs(entry.at) ?? 0;
  if (atMs < head.lastAt) return issue(['at'], 'an instant not before the last receipt', entry.at);
  const { receipt, bytes, leaf } = sealed.right;
  return E.right({ receipt, bytes, leaf, head: advanceHead(hash, head, leaf, atMs) });
};

/** What a checkpoint of this ledger says now. */
export const checkpointOf = (hash: Sha256, head: LedgerHead): Checkpoint => ({
  origin: head.origin,
  size: head.size,
  root: treeRoot(hash, head.frontier),
});
