/** What the conformance cases are made of: rows without meaning, and answers that have to be there. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Head, LedgerId, LedgerStore, Row, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** The ledger that most cases write to. */
export const ledger: LedgerId = 'ledger-1';

/** Head of a ledger without rows. Its leaf is the origin's genesis value, which a store neither knows nor checks. */
export const emptyHead: Head = { size: 0, leaf: new Uint8Array(32) };

/** Row `seq` of a series; another `salt` gives another row. It decides the intent `<salt>-<seq>`. */
export const rowAt = (seq: number, salt = 'a'): Row => ({
  seq,
  leaf: new Uint8Array(createHash('sha256').update(`${salt}/${seq}`).digest()),
  bytes: new Uint8Array(Buffer.from(`{"salt":"${salt}","seq":${seq}}`)),
  disclosures: [
    { name: 'request/intent', text: `intent${salt}${seq}` },
    { name: 'evidence/a b/ü😀', text: `evidence${salt}${seq}` },
  ],
  intent: { id: `${salt}-${seq}`, digest: `digest-${salt}-${seq}` },
});

/** Rows `from ≤ seq < to` of a series. */
export const rowsFrom = (from: number, to: number, salt = 'a'): readonly Row[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => rowAt(from + index, salt));

/** The head after `row`. */
export const headAfter = (row: Row): Head => ({ size: row.seq + 1, leaf: row.leaf });

/** The head after the first `size` rows of a series. */
export const headAt = (size: number, salt = 'a'): Head => (size === 0 ? emptyHead : headAfter(rowAt(size - 1, salt)));

/** Appends `size` rows of a series to an empty ledger, in groups of at most 100. */
export const fill = async (store: LedgerStore, size: number, into: LedgerId = ledger, salt = 'a'): Promise<void> => {
  for (let from = 0; from < size; from += 100) {
    const rows = rowsFrom(from, Math.min(from + 100, size), salt);
    assert.deepEqual(await store.append(into, headAt(from, salt), rows), E.right({ appended: 'ok' }));
  }
};

/** All rows of `from ≤ seq < to`; fails at the first fault. */
export const readRows = async (
  store: LedgerStore,
  from = 0,
  to: number = Number.MAX_SAFE_INTEGER,
  of: LedgerId = ledger,
): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for await (const row of store.read(of, from, to)) rows.push(right(row));
  return rows;
};

/** The answer, which must not be a fault. */
export const right = <A>(answer: E.Either<StoreFault, A>): A => {
  if (E.isLeft(answer)) assert.fail(`${answer.left.fault}: ${answer.left.detail}`);
  return answer.right;
};

/** The fault, which must be there. */
export const left = <A>(answer: E.Either<StoreFault, A>): StoreFault => {
  if (E.isRight(answer)) assert.fail(`expected a fault, found ${JSON.stringify(answer.right)}`);
  return answer.left;
};
