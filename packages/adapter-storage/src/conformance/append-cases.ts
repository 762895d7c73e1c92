/** What `append` promises: compare-and-set, all or nothing, each intent once. */
import assert from 'node:assert/strict';
import type { Appended, LedgerStore, Row } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import type { ConformanceCase } from './case.ts';
import { emptyHead, fill, headAfter, headAt, ledger, left, readRows, right, rowAt, rowsFrom } from './fixture.ts';

const ok: E.Either<never, Appended> = E.right({ appended: 'ok' });

export const appendCases: readonly ConformanceCase[] = [
  {
    note: 'an append that answers ok is the new head',
    run: async (open) => {
      const store = await open();
      assert.deepEqual(await store.append(ledger, emptyHead, rowsFrom(0, 3)), ok);
      assert.deepEqual(right(await store.head(ledger)), headAt(3));
      assert.deepEqual(await store.append(ledger, headAt(3), rowsFrom(3, 4)), ok);
      assert.deepEqual(right(await store.head(ledger)), headAt(4));
    },
  },
  {
    note: 'an append that expects another head writes nothing and answers the actual one',
    run: async (open) => {
      const store = await open();
      await fill(store, 3);
      const stale = [
        { expected: emptyHead, rows: rowsFrom(0, 1, 'b') },
        { expected: headAt(2), rows: rowsFrom(2, 3, 'b') },
        { expected: { size: 3, leaf: rowAt(2, 'b').leaf }, rows: rowsFrom(3, 4, 'b') },
        { expected: headAt(4), rows: rowsFrom(4, 5, 'b') },
      ];
      for (const { expected, rows } of stale) {
        const want = E.right({ appended: 'conflict', head: headAt(3) });
        assert.deepEqual(await store.append(ledger, expected, rows), want);
      }
      assert.deepEqual(await readRows(store), rowsFrom(0, 3));
    },
  },
  {
    note: 'an append that expects rows in an empty ledger is a conflict with size 0',
    run: async (open) => {
      const store = await open();
      const appended = right(await store.append(ledger, headAt(2), rowsFrom(2, 3)));
      assert.equal(appended.appended, 'conflict');
      assert.equal(appended.appended === 'conflict' && appended.head.size, 0);
      assert.equal(right(await store.head(ledger)), undefined);
    },
  },
  {
    note: 'of two appends to the same head exactly one is written',
    run: async (open) => {
      const store = await open();
      await fill(store, 2);
      const answers = await Promise.all(
        ['b', 'c', 'd'].map((salt) => store.append(ledger, headAt(2), rowsFrom(2, 5, salt))),
      );
      const verdicts = answers.map((answer) => right(answer).appended).sort();
      assert.deepEqual(verdicts, ['conflict', 'conflict', 'ok']);
      assert.equal((await readRows(store)).length, 5);
    },
  },
  {
    note: 'many writers who retry on conflict lose nothing, write nothing twice and leave no gap',
    run: async (open) => {
      const store = await open();
      const salts = Array.from({ length: 12 }, (_, writer) => `w${writer}`);
      await Promise.all(salts.map((salt) => insist(store, salt, 5)));
      const rows = await readRows(store);
      assert.deepEqual(
        rows.map(({ seq }) => seq),
        rows.map((_, index) => index),
      );
      const wanted = salts.flatMap((salt) => Array.from({ length: 5 }, (_, round) => `${salt}/${round}`)).sort();
      assert.deepEqual(rows.map(({ intent }) => intent?.id).sort(), wanted);
    },
  },
  {
    note: 'twenty writers, round after round: one wins, and all others are told the head that it left',
    run: async (open) => {
      const store = await open();
      let head = emptyHead;
      for (let round = 0; round < 5; round += 1) {
        const rows = Array.from({ length: 20 }, (_, writer) => rowAt(round, `w${writer}`));
        const answers = await Promise.all(rows.map((row) => store.append(ledger, head, [row])));
        const winners = rows.filter((_, writer) => right(answers[writer] ?? ok).appended === 'ok');
        assert.equal(winners.length, 1);
        head = headAfter(winners[0] ?? rowAt(round));
        const others = answers.map(right).filter(({ appended }) => appended !== 'ok');
        for (const other of others) assert.deepEqual(other, { appended: 'conflict', head });
      }
      assert.equal((await readRows(store)).length, 5);
    },
  },
  {
    note: 'a repeated intent is answered with its place, and the whole group is left out',
    run: async (open) => {
      const store = await open();
      await fill(store, 5);
      const again: Row = { ...rowAt(6, 'b'), intent: { id: 'a-3', digest: 'another' } };
      const group = [rowAt(5, 'b'), again, rowAt(7, 'b')];
      assert.deepEqual(
        await store.append(ledger, headAt(5), group),
        E.right({ appended: 'duplicate', id: 'a-3', seq: 3 }),
      );
      assert.deepEqual(await readRows(store), rowsFrom(0, 5));
      assert.equal(right(await store.find(ledger, 'b-5')), undefined);
      assert.deepEqual(await store.append(ledger, headAt(5), rowsFrom(5, 8, 'b')), ok);
    },
  },
  {
    note: 'the same append once more, after its answer was lost, is answered as duplicate and not as conflict',
    run: async (open) => {
      const store = await open();
      await fill(store, 2);
      assert.deepEqual(await store.append(ledger, headAt(2), rowsFrom(2, 4)), ok);
      const want = E.right({ appended: 'duplicate', id: 'a-2', seq: 2 });
      assert.deepEqual(await store.append(ledger, headAt(2), rowsFrom(2, 4)), want);
      assert.deepEqual(await readRows(store), rowsFrom(0, 4));
    },
  },
  {
    note: 'the same intent id in another ledger is another intent',
    run: async (open) => {
      const store = await open();
      await fill(store, 2);
      await fill(store, 2, 'ledger-2');
      assert.equal(right(await store.find('ledger-2', 'a-1'))?.seq, 1);
    },
  },
  {
    note: 'rows without an intent never collide',
    run: async (open) => {
      const store = await open();
      const rows = rowsFrom(0, 3).map(({ intent: _, ...row }): Row => row);
      assert.deepEqual(await store.append(ledger, emptyHead, rows), ok);
      assert.deepEqual(await readRows(store), rows);
    },
  },
  {
    note: 'an append of no rows writes nothing and only compares the head',
    run: async (open) => {
      const store = await open();
      assert.deepEqual(await store.append(ledger, emptyHead, []), ok);
      assert.equal(right(await store.head(ledger)), undefined);
      await fill(store, 1);
      assert.deepEqual(await store.append(ledger, headAt(1), []), ok);
      assert.equal(right(await store.append(ledger, emptyHead, [])).appended, 'conflict');
    },
  },
  {
    note: 'a group that no ledger can hold is a fault, and nothing of it is written',
    run: async (open) => {
      const store = await open();
      await fill(store, 2);
      const short: Row = { ...rowAt(2), leaf: new Uint8Array(31) };
      const twice = [rowAt(2), { ...rowAt(3), intent: { id: 'a-2', digest: 'd' } }];
      const withText = (text: string): readonly Row[] => [{ ...rowAt(2), disclosures: [{ name: 'a/b', text }] }];
      const withName = (name: string): readonly Row[] => [{ ...rowAt(2), disclosures: [{ name, text: 'x' }] }];
      const withIntent = (id: string): readonly Row[] => [{ ...rowAt(2), intent: { id, digest: 'd' } }];
      const malformed = [
        ...['x\ny', 'x\0y', 'x\ud800'].flatMap((text) =>
          [withText(text), withName(text), withIntent(text)].map((rows) => store.append(ledger, headAt(2), rows)),
        ),
        store.append(ledger, headAt(2), [rowAt(3)]),
        store.append(ledger, headAt(2), [rowAt(2), rowAt(4)]),
        store.append(ledger, headAt(2), [rowAt(2), short]),
        store.append(ledger, headAt(2), twice),
        store.append('no such Ledger', emptyHead, rowsFrom(0, 1)),
        store.append('ledger-1\0', emptyHead, rowsFrom(0, 1)),
        store.append('', emptyHead, rowsFrom(0, 1)),
        store.append(ledger, { size: -1, leaf: emptyHead.leaf }, []),
      ];
      for (const answer of malformed) assert.equal(left(await answer).outcome, 'not_written');
      assert.deepEqual(await readRows(store), rowsFrom(0, 2));
    },
  },
  {
    note: 'a group of 256 receipts of 64 kB comes back byte for byte',
    run: async (open) => {
      const store = await open();
      const rows = rowsFrom(0, 256).map((row): Row => ({ ...row, bytes: new Uint8Array(65_535).fill(row.seq) }));
      assert.deepEqual(await store.append(ledger, emptyHead, rows), ok);
      assert.deepEqual(await readRows(store, 200), rows.slice(200));
    },
  },
  {
    note: 'what a caller does to its buffers afterwards changes nothing that is recorded',
    run: async (open) => {
      const store = await open();
      const mine = rowAt(0);
      assert.deepEqual(await store.append(ledger, emptyHead, [mine]), ok);
      mine.leaf.fill(0);
      mine.bytes.fill(0);
      const [out] = await readRows(store);
      assert.deepEqual(out, rowAt(0));
      out?.bytes.fill(1);
      out?.leaf.fill(1);
      right(await store.head(ledger))?.leaf.fill(2);
      right(await store.find(ledger, 'a-0'))?.bytes.fill(3);
      assert.deepEqual(await readRows(store), [rowAt(0)]);
      assert.deepEqual(right(await store.head(ledger)), headAfter(rowAt(0)));
    },
  },
];

/** Appends `rounds` single rows, each as often as it takes. */
const insist = async (store: LedgerStore, salt: string, rounds: number): Promise<void> => {
  for (let round = 0; round < rounds; ) {
    const head = right(await store.head(ledger)) ?? emptyHead;
    const row: Row = { ...rowAt(head.size, salt), intent: { id: `${salt}/${round}`, digest: 'd' } };
    const appended = right(await store.append(ledger, head, [row]));
    assert.notEqual(appended.appended, 'duplicate');
    if (appended.appended === 'ok') round += 1;
  }
};
