/** What every store refuses before it touches anything: calls that no ledger could hold. */
import type { Head, LedgerId, Row, StoredCheckpoint, StoreFault } from '@tai-autonomics/governor';

/** SHA-256: every leaf hash has this many bytes. */
const leafBytes = 32;

const ledgerId = /^[a-z0-9._-]+$/;
/** Databases cut a text at U+0000 and replace a lone surrogate, and say nothing; so neither gets that far. */
const printable = /^[ -~]*$/;
const notPlain = /[\p{Cc}\p{Surrogate}]/u;
const notNote = /[\p{Surrogate}]|(?!\n)\p{Cc}/u;

/** True for `[a-z0-9._-]+`; the empty string is not a ledger id. */
export const isLedgerId = (id: string): boolean => ledgerId.test(id);

/** True for well-formed Unicode without control characters: what a name, a disclosure or an intent id consists of. */
export const isPlainText = (text: string): boolean => printable.test(text) || !notPlain.test(text);

/**
 * Says why `rows` can't be one append, or `undefined` when they can: they continue `expected` without a gap, every leaf
 * is 32 bytes, every text is plain, and no two decide the same intent. Anything else is the caller's mistake, and nothing
 * of it is written.
 */
export const groupFault = (ledger: LedgerId, expected: Head, rows: readonly Row[]): StoreFault | undefined => {
  if (!isLedgerId(ledger)) return malformed(`the ledger id ${JSON.stringify(ledger)} is not [a-z0-9._-]+`);
  if (!isSize(expected.size)) return malformed(`there is no size ${expected.size}`);
  const intents = new Set<string>();
  for (const [index, row] of rows.entries()) {
    const why = rowFault(row, expected.size + index);
    if (why !== undefined) return malformed(why);
    if (row.intent === undefined) continue;
    if (intents.has(row.intent.id)) return malformed(`seq ${row.seq} decides an intent that its group decides already`);
    intents.add(row.intent.id);
  }
  return undefined;
};

/** Says why a checkpoint can't be kept, or `undefined` when it can. A note has line breaks and no other control character. */
export const checkpointFault = (ledger: LedgerId, { size, note }: StoredCheckpoint): StoreFault | undefined => {
  if (!isLedgerId(ledger)) return malformed(`the ledger id ${JSON.stringify(ledger)} is not [a-z0-9._-]+`);
  if (!isSize(size)) return malformed(`there is no size ${size}`);
  return notNote.test(note) ? malformed(`the checkpoint of size ${size} is not plain text`) : undefined;
};

/** The leaf of a head that a store reports for a ledger without rows: a store does not know the origin's genesis value. */
export const noLeaf = (): Uint8Array => new Uint8Array(0);

/** What a store answers after `close`. */
export const closedFault: StoreFault = {
  fault: 'unavailable',
  detail: 'the store is closed',
  outcome: 'not_written',
};

const isSize = (size: number): boolean => Number.isSafeInteger(size) && size >= 0;

const rowFault = ({ seq, leaf, disclosures, intent }: Row, expectedSeq: number): string | undefined => {
  if (seq !== expectedSeq) return `a row has seq ${seq}, expected ${expectedSeq}`;
  if (leaf.length !== leafBytes) return `the leaf of seq ${seq} has ${leaf.length} bytes, expected ${leafBytes}`;
  const isPlain = disclosures.every(({ name, text }) => isPlainText(name) && isPlainText(text));
  if (!isPlain) return `a disclosure of seq ${seq} is not plain text`;
  const isPlainIntent = intent === undefined || (isPlainText(intent.id) && isPlainText(intent.digest));
  return isPlainIntent ? undefined : `the intent of seq ${seq} is not plain text`;
};

const malformed = (why: string): StoreFault => ({
  fault: 'corrupt',
  detail: `malformed, and not written: ${why}`,
  outcome: 'not_written',
});
