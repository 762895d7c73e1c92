/** What every store refuses before it touches anything: calls that no ledger could hold. */
import type { Head, LedgerId, Row, StoredDisclosure, StoreFault } from '@tai-autonomics/governor';

/** SHA-256: every leaf hash has this many bytes. */
export const leafBytes = 32;

const ledgerId = /^[a-z0-9._-]+$/;

/** True for `[a-z0-9._-]+`; the empty string is not a ledger id. */
export const isLedgerId = (id: string): boolean => ledgerId.test(id);

/**
 * Says why `rows` can't be one append, or `undefined` when they can: they continue `expected` without a gap, every leaf
 * is 32 bytes, no disclosure holds a line break, and no two decide the same intent. Such a call is the caller's mistake, so nothing is written.
 */
export const groupFault = (ledger: LedgerId, expected: Head, rows: readonly Row[]): StoreFault | undefined => {
  if (!isLedgerId(ledger)) return malformed(`the ledger id ${JSON.stringify(ledger)} is not [a-z0-9._-]+`);
  if (!Number.isSafeInteger(expected.size) || expected.size < 0) return malformed(`there is no size ${expected.size}`);
  const intents = new Set<string>();
  for (const [index, row] of rows.entries()) {
    const seq = expected.size + index;
    if (row.seq !== seq) return malformed(`row ${index} of the group has seq ${row.seq}, expected ${seq}`);
    if (row.leaf.length !== leafBytes)
      return malformed(`the leaf of seq ${seq} has ${row.leaf.length} bytes, expected 32`);
    if (row.disclosures.some(holdsLineBreak)) return malformed(`a disclosure of seq ${seq} holds a line break`);
    if (row.intent === undefined) continue;
    if (intents.has(row.intent.id))
      return malformed(`seq ${seq} decides an intent that the same group decides already`);
    intents.add(row.intent.id);
  }
  return undefined;
};

/** The leaf of a head that a store reports for a ledger without rows: a store does not know the origin's genesis value. */
export const noLeaf = (): Uint8Array => new Uint8Array(0);

/** What a store answers after `close`. */
export const closedFault: StoreFault = {
  fault: 'unavailable',
  detail: 'the store is closed',
  outcome: 'not_written',
};

const holdsLineBreak = ({ name, text }: StoredDisclosure): boolean => name.includes('\n') || text.includes('\n');

const malformed = (why: string): StoreFault => ({
  fault: 'corrupt',
  detail: `a malformed group was not written: ${why}`,
  outcome: 'not_written',
});
