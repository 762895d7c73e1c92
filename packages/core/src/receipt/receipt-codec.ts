/** Building and reading receipts: the exact bytes are the leaf. */
import { either as E } from 'fp-ts';
import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { MAX_RECEIPT_BYTES, readJson } from './canonical.ts';
import type { Sha256 } from './crypto.ts';
import { type FormatIssue, issue } from './format-issue.ts';
import { leafHash } from './leaf.ts';
import { RECEIPT_VERSION, type Receipt, type ReceiptParts, type WireWrite } from './receipt.ts';
import { receiptText } from './receipt-schema.ts';

/** A receipt, its canonical bytes and their leaf hash. */
export interface SealedReceipt {
  readonly receipt: Receipt;
  readonly bytes: Uint8Array;
  readonly leaf: Uint8Array;
}

const isSorted = (items: readonly string[]): boolean => {
  for (let i = 1; i < items.length; i++) if ((items[i - 1] ?? '') > (items[i] ?? '')) return false;
  return true;
};

/** The same set in canonical order; repetitions stay and are refused by the schema. */
const sorted = (items: readonly string[]): readonly string[] => (isSorted(items) ? items : items.slice().sort());

const sortedWrite = (write: WireWrite): WireWrite => {
  if ('add' in write && !isSorted(write.add)) return { ...write, add: sorted(write.add) };
  if ('remove' in write && !isSorted(write.remove)) return { ...write, remove: sorted(write.remove) };
  return 'replace' in write && !isSorted(write.replace) ? { ...write, replace: sorted(write.replace) } : write;
};

/**
 * The receipt of its parts, with its bytes and leaf. Sets (`_sd`, `codes`, the lists of writes) are put in order;
 * everything else must be as the schema says, else the left side names the member.
 */
export const buildReceipt = (hash: Sha256, parts: ReceiptParts): E.Either<FormatIssue, SealedReceipt> => {
  const ordered = { ...parts, v: RECEIPT_VERSION, _sd_alg: 'sha-256', _sd: sorted(parts._sd) } as Receipt;
  const receipt: Receipt = {
    ...ordered,
    ...(ordered.kind === 'decision' && { codes: sorted(ordered.codes) }),
    writes: ordered.writes.map(sortedWrite),
  } as Receipt;
  const text = receiptText(receipt);
  if (E.isLeft(text)) return text;
  const bytes = encodeUtf8(text.right);
  if (bytes === undefined || bytes.length > MAX_RECEIPT_BYTES)
    return issue([], `at most ${MAX_RECEIPT_BYTES} bytes`, text.right);
  return E.right({ receipt, bytes, leaf: leafHash(hash, bytes) });
};

/**
 * Reads a receipt from exact bytes: at most 65,535 of them, fatal UTF-8, JSON, the closed schema, and the same bytes when
 * it is written again, which refuses duplicate names, needless escapes, spaces and other spellings of numbers.
 */
export const parseReceipt = (bytes: Uint8Array): E.Either<FormatIssue, Receipt> => {
  if (bytes.length > MAX_RECEIPT_BYTES) return issue([], `at most ${MAX_RECEIPT_BYTES} bytes`, bytes);
  const text = decodeUtf8(bytes);
  if (text === undefined) return issue([], 'UTF-8', bytes);
  const json = readJson(text);
  if (E.isLeft(json)) return json;
  const again = receiptText(json.right);
  if (E.isLeft(again)) return again;
  return again.right === text
    ? E.right(json.right as unknown as Receipt)
    : issue([], 'canonical JSON (RFC 8785)', 'another spelling of it');
};
