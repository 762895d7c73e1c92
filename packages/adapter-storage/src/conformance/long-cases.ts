/** What a ledger promises however long it is, and whatever the clock of its process says. */
import assert from 'node:assert/strict';
import { either as E } from 'fp-ts';
import type { ConformanceCase } from './case.ts';
import { emptyHead, fill, headAt, ledger, readRows, right, rowAt, rowsFrom } from './fixture.ts';

const MILLION = 1_000_000;
/** Rows of one append. */
const GROUP = 1_000;
const DAY_MS = 86_400_000;

/** Cases that take minutes: they are left to a run that says so. */
export const longCases: readonly ConformanceCase[] = [
  {
    note: 'of a million rows each is found, read and kept apart as of ten',
    run: async (open) => {
      const store = await open();
      await fill(store, 3, 'ledger-2', 'b');
      for (let from = 0; from < MILLION; from += GROUP) {
        const appended = await store.append(ledger, headAt(from), rowsFrom(from, from + GROUP));
        assert.deepEqual(appended, E.right({ appended: 'ok' }));
      }
      assert.deepEqual(right(await store.head(ledger)), headAt(MILLION));
      for (const from of [0, 4_095, 499_990, MILLION - 5])
        assert.deepEqual(await readRows(store, from, from + 10), rowsFrom(from, Math.min(MILLION, from + 10)));
      for (const seq of [0, 123_456, MILLION - 1])
        assert.deepEqual(right(await store.find(ledger, `a-${seq}`)), rowAt(seq));
      const again = { ...rowAt(MILLION), intent: { id: 'a-654321', digest: 'd' } };
      const repeated = await store.append(ledger, headAt(MILLION), [again]);
      assert.deepEqual(repeated, E.right({ appended: 'duplicate', id: 'a-654321', seq: 654_321 }));
      assert.equal(right(await store.purge(ledger, 777_777, ['request/intent'])), 1);
      assert.deepEqual(await readRows(store, 0, 9, 'ledger-2'), rowsFrom(0, 3, 'b'));
      let count = 0;
      for await (const row of store.read(ledger, 0, Number.MAX_SAFE_INTEGER)) {
        assert.equal(right(row).seq, count);
        count += 1;
      }
      assert.equal(count, MILLION);
    },
  },
];

/** Runs with a clock that is so far off. */
const offBy = async (ms: number, act: () => Promise<void>): Promise<void> => {
  const { now } = Date;
  Date.now = () => now() + ms;
  try {
    await act();
  } finally {
    Date.now = now;
  }
};

export const clockCases: readonly ConformanceCase[] = [
  {
    note: 'a clock that is a day ahead or behind changes nothing of what is recorded, found and erased',
    run: async (open) => {
      const store = await open();
      assert.deepEqual(await store.append(ledger, emptyHead, rowsFrom(0, 2)), E.right({ appended: 'ok' }));
      await offBy(2 * DAY_MS, async () => {
        assert.deepEqual(await store.append(ledger, headAt(2), rowsFrom(2, 4)), E.right({ appended: 'ok' }));
        assert.equal(right(await store.purge(ledger, 0, ['request/intent'])), 1);
      });
      await offBy(-2 * DAY_MS, async () => {
        assert.deepEqual(await store.append(ledger, headAt(4), rowsFrom(4, 6)), E.right({ appended: 'ok' }));
        assert.equal(right(await store.purge(ledger, 3, ['request/intent'])), 1);
        assert.equal(right(await store.append(ledger, headAt(4), rowsFrom(4, 5))).appended, 'duplicate');
      });
      const rows = rowsFrom(0, 6).map((row) =>
        row.seq === 0 || row.seq === 3
          ? { ...row, disclosures: row.disclosures.filter(({ name }) => name !== 'request/intent') }
          : row,
      );
      assert.deepEqual(await readRows(store), rows);
      assert.deepEqual(right(await store.find(ledger, 'a-5')), rowAt(5));
    },
  },
];
