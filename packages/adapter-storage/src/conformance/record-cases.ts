/** What reading, purging, checkpoints and closing promise. */
import assert from 'node:assert/strict';
import type { Row } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import type { ConformanceCase } from './case.ts';
import { emptyHead, fill, headAt, ledger, left, readRows, right, rowAt, rowsFrom } from './fixture.ts';

export const recordCases: readonly ConformanceCase[] = [
  {
    note: 'a new store knows no ledger, head, row, intent or checkpoint',
    run: async (open) => {
      const store = await open();
      assert.deepEqual(right(await store.ledgers()), []);
      assert.equal(right(await store.head(ledger)), undefined);
      assert.deepEqual(await readRows(store), []);
      assert.equal(right(await store.find(ledger, 'a-0')), undefined);
      assert.equal(right(await store.checkpoint(ledger)), undefined);
      assert.equal(right(await store.purge(ledger, 0, ['request/intent'])), 0);
    },
  },
  {
    note: 'a read answers exactly the rows from ≤ seq < to, in order, across pages, with all that belongs to them',
    run: async (open) => {
      const store = await open();
      await fill(store, 700);
      const all = rowsFrom(0, 700);
      const ranges = [
        [0, 700],
        [0, 1],
        [127, 129],
        [128, 640],
        [699, 10_000],
        [5, 5],
        [9, 3],
        [700, 900],
        [0, Number.POSITIVE_INFINITY],
      ] as const;
      for (const [from, to] of ranges)
        assert.deepEqual(await readRows(store, from, to), all.slice(from, Math.max(from, to)));
    },
  },
  {
    note: 'a reader may stop early, and may append while it reads',
    run: async (open) => {
      const store = await open();
      await fill(store, 300);
      for await (const row of store.read(ledger, 0, 300)) {
        if (right(row).seq === 5) break;
      }
      let seen = 0;
      for await (const row of store.read(ledger, 0, 300)) {
        if (seen === 10) right(await store.append(ledger, headAt(300), rowsFrom(300, 301)));
        assert.deepEqual(right(row), rowAt(seen));
        seen += 1;
      }
      assert.equal(seen, 300);
      assert.deepEqual(right(await store.head(ledger)), headAt(301));
    },
  },
  {
    note: 'find answers the row that decided an intent, and nothing for an unknown one',
    run: async (open) => {
      const store = await open();
      await fill(store, 10);
      assert.deepEqual(right(await store.find(ledger, 'a-7')), rowAt(7));
      assert.equal(right(await store.find(ledger, 'a-10')), undefined);
      assert.equal(right(await store.find('ledger-2', 'a-7')), undefined);
      assert.equal(right(await store.find(ledger, 'a-7\0')), undefined);
      assert.equal(right(await store.head(`${ledger}\0`)), undefined);
    },
  },
  {
    note: 'purge deletes the named disclosures of one receipt and nothing else, and says how many were there',
    run: async (open) => {
      const store = await open();
      await fill(store, 3);
      assert.equal(right(await store.purge(ledger, 1, ['request/intent', 'unknown'])), 1);
      assert.equal(right(await store.purge(ledger, 1, ['request/intent'])), 0);
      const kept = rowAt(1).disclosures.filter(({ name }) => name !== 'request/intent');
      assert.deepEqual(await readRows(store), [rowAt(0), { ...rowAt(1), disclosures: kept }, rowAt(2)]);
      assert.equal(
        right(
          await store.purge(
            ledger,
            1,
            kept.map(({ name }) => name),
          ),
        ),
        1,
      );
      assert.deepEqual(right(await store.find(ledger, 'a-1')), { ...rowAt(1), disclosures: [] });
      assert.equal(right(await store.purge(ledger, 3, ['request/intent'])), 0);
      assert.equal(right(await store.purge(ledger, 2, [])), 0);
      assert.deepEqual(right(await store.append(ledger, headAt(3), rowsFrom(3, 4))), { appended: 'ok' });
    },
  },
  {
    note: 'disclosures of the same name are purged together, and the others keep their order',
    run: async (open) => {
      const store = await open();
      const disclosures = ['b/1', 'a/1', 'b/1', 'c/1'].map((name, index) => ({ name, text: `${index}` }));
      right(await store.append(ledger, emptyHead, [{ ...rowAt(0), disclosures }]));
      assert.deepEqual((await readRows(store))[0]?.disclosures, disclosures);
      assert.equal(right(await store.purge(ledger, 0, ['b/1'])), 2);
      assert.deepEqual((await readRows(store))[0]?.disclosures, [disclosures[1], disclosures[3]]);
    },
  },
  {
    note: 'the first checkpoint of a size stays, and whoever comes later is answered with it',
    run: async (open) => {
      const store = await open();
      await fill(store, 3);
      const first = { size: 2, note: 'first\n\n— origin c2lnbmF0dXJl\n' };
      assert.deepEqual(right(await store.putCheckpoint(ledger, first)), first);
      assert.deepEqual(right(await store.putCheckpoint(ledger, { size: 2, note: 'second' })), first);
      assert.deepEqual(right(await store.checkpoint(ledger)), first);
      assert.equal(right(await store.checkpoint('ledger-2')), undefined);
      const malformed = [
        store.putCheckpoint(ledger, { size: 3, note: 'a\0b' }),
        store.putCheckpoint(ledger, { size: 3, note: 'a\ud800' }),
        store.putCheckpoint(ledger, { size: -1, note: 'n' }),
        store.putCheckpoint('No Ledger', { size: 3, note: 'n' }),
      ];
      for (const answer of malformed) assert.equal(left(await answer).outcome, 'not_written');
      assert.deepEqual(right(await store.checkpoint(ledger)), first);
    },
  },
  {
    note: 'checkpoint answers the largest size that is not above the limit',
    run: async (open) => {
      const store = await open();
      await fill(store, 9);
      for (const size of [4, 9, 2]) right(await store.putCheckpoint(ledger, { size, note: `n${size}` }));
      const sizeAt = async (atMost?: number) => right(await store.checkpoint(ledger, atMost))?.size;
      assert.deepEqual(
        [await sizeAt(), await sizeAt(9), await sizeAt(8), await sizeAt(4), await sizeAt(3), await sizeAt(1)],
        [9, 9, 4, 4, 2, undefined],
      );
    },
  },
  {
    note: 'ledgers lists those that have rows, in order, and none sees the rows of another',
    run: async (open) => {
      const store = await open();
      await fill(store, 2, 'b.2', 'b');
      await fill(store, 3, 'a-1', 'a');
      right(await store.putCheckpoint('c_3', { size: 0, note: 'of an empty ledger' }));
      assert.deepEqual(right(await store.ledgers()), ['a-1', 'b.2']);
      assert.deepEqual(await readRows(store, 0, 9, 'b.2'), rowsFrom(0, 2, 'b'));
      assert.deepEqual(right(await store.head('a-1')), headAt(3, 'a'));
      assert.equal(right(await store.purge('a-1', 0, ['request/intent'])), 1);
      assert.deepEqual(await readRows(store, 0, 9, 'b.2'), rowsFrom(0, 2, 'b'));
    },
  },
  {
    note: 'a name that looks like another, or like a pattern of it, is another ledger',
    run: async (open) => {
      const store = await open();
      const ids = ['a', 'a.b', 'a_b', 'a-b', 'axb', 'a.', '_', '-', '.'];
      for (const [n, id] of ids.entries()) await fill(store, n + 1, id, `s${n}`);
      assert.deepEqual(right(await store.ledgers()), [...ids].sort());
      assert.equal(right(await store.purge('a_b', 0, ['request/intent'])), 1);
      for (const [n, id] of ids.entries()) {
        assert.deepEqual(right(await store.head(id)), headAt(n + 1, `s${n}`));
        const [first, ...rest] = await readRows(store, 0, 99, id);
        assert.equal(first?.disclosures.length, id === 'a_b' ? 1 : 2);
        assert.deepEqual(rest, rowsFrom(1, n + 1, `s${n}`));
      }
    },
  },
  {
    note: 'checkpoints of one size that come at once are one, and everybody is told which',
    run: async (open) => {
      const store = await open();
      await fill(store, 2);
      const notes = Array.from({ length: 8 }, (_, writer) => ({ size: 2, note: `note ${writer}\n` }));
      const answers = await Promise.all(notes.map(async (note) => right(await store.putCheckpoint(ledger, note))));
      assert.equal(new Set(answers.map(({ note }) => note)).size, 1);
      assert.deepEqual(right(await store.checkpoint(ledger)), answers[0]);
    },
  },
  {
    note: 'purges of one receipt that come at once take each disclosure once',
    run: async (open) => {
      const store = await open();
      const disclosures = Array.from({ length: 6 }, (_, n) => ({ name: `name/${n}`, text: `text${n}` }));
      right(await store.append(ledger, emptyHead, [{ ...rowAt(0), disclosures }, rowAt(1)]));
      const names = [...disclosures.map(({ name }) => name), 'name/0', 'name/1'];
      const counts = await Promise.all(names.map(async (name) => right(await store.purge(ledger, 0, [name]))));
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        6,
      );
      assert.deepEqual(await readRows(store), [{ ...rowAt(0), disclosures: [] }, rowAt(1)]);
    },
  },
  {
    note: 'an event of 64 kB that is kept for later comes back whole, and so does what surrounds it',
    run: async (open) => {
      const store = await open();
      const held = { name: 'request/intent', text: 'ü😀'.repeat(16_384) };
      const rows = [{ ...rowAt(0), disclosures: [held, { name: 'a/b', text: '' }] }, rowAt(1)];
      right(await store.append(ledger, emptyHead, rows));
      assert.deepEqual(await readRows(store), rows);
      assert.deepEqual(right(await store.find(ledger, 'a-0')), rows[0]);
    },
  },
  {
    note: 'what is shed has no bytes any more, and all else of it stays; a store that sheds nothing has no such method',
    run: async (open) => {
      const store = await open();
      await fill(store, 6);
      await fill(store, 2, 'b.2', 'b');
      if (store.shed === undefined) return;
      right(await store.shed(ledger, 4));
      const shed = rowsFrom(0, 4).map((row): Row => ({ ...row, bytes: new Uint8Array(0) }));
      assert.deepEqual(await readRows(store), [...shed, ...rowsFrom(4, 6)]);
      assert.deepEqual(right(await store.find(ledger, 'a-2')), shed[2]);
      assert.deepEqual(await readRows(store, 0, 9, 'b.2'), rowsFrom(0, 2, 'b'));
      right(await store.shed(ledger, 2));
      right(await store.shed('ledger-9', 2));
      assert.equal(right(await store.purge(ledger, 1, ['request/intent'])), 1);
      const again = await store.append(ledger, headAt(6), [{ ...rowAt(6), intent: { id: 'a-1', digest: 'd' } }]);
      assert.deepEqual(again, E.right({ appended: 'duplicate', id: 'a-1', seq: 1 }));
      right(await store.shed(ledger, 6));
      assert.deepEqual(right(await store.head(ledger)), headAt(6));
      assert.deepEqual(await store.append(ledger, headAt(6), rowsFrom(6, 7)), E.right({ appended: 'ok' }));
      assert.deepEqual((await readRows(store, 6)).length, 1);
    },
  },
  {
    note: 'a ledger that is forgotten is gone whole, and no other; a store that forgets none has no such method',
    run: async (open) => {
      const store = await open();
      await fill(store, 6);
      await fill(store, 2, 'b.2', 'b');
      if (store.forget === undefined) return;
      assert.equal(right(await store.forget(ledger, headAt(5))), false);
      assert.deepEqual(await readRows(store), rowsFrom(0, 6));
      assert.equal(right(await store.forget(ledger, headAt(6))), true);
      assert.equal(right(await store.head(ledger)), undefined);
      assert.equal(right(await store.find(ledger, 'a-2')), undefined);
      assert.deepEqual(right(await store.ledgers()), ['b.2']);
      assert.deepEqual(await readRows(store, 0, 9, 'b.2'), rowsFrom(0, 2, 'b'));
    },
  },
  {
    note: 'a probe writes where an append would, and changes nothing that is recorded',
    run: async (open) => {
      const store = await open();
      await fill(store, 2);
      for (let n = 0; n < 3; n += 1) right((await store.probe?.()) ?? E.right(undefined));
      assert.deepEqual(await readRows(store), rowsFrom(0, 2));
      assert.deepEqual(right(await store.ledgers()), [ledger]);
      assert.equal(right(await store.checkpoint(ledger)), undefined);
    },
  },
  {
    note: 'a closed store answers a fault to everything, and closing it again is harmless',
    run: async (open) => {
      const store = await open();
      await fill(store, 300);
      const reading = store.read(ledger, 0, 300)[Symbol.asyncIterator]();
      await reading.next();
      await store.close();
      await store.close();
      const faults = [
        await store.append(ledger, headAt(300), rowsFrom(300, 301)),
        await store.head(ledger),
        await store.find(ledger, 'a-0'),
        await store.purge(ledger, 0, ['request/intent']),
        await store.putCheckpoint(ledger, { size: 1, note: 'n' }),
        await store.checkpoint(ledger),
        await store.ledgers(),
      ].map((answer) => left<unknown>(answer));
      for (const fault of faults) assert.deepEqual([fault.fault, fault.outcome], ['unavailable', 'not_written']);
      let last: unknown;
      for (let step = await reading.next(); step.done !== true; step = await reading.next()) last = step.value;
      assert.equal(E.isLeft(last as E.Either<unknown, unknown>), true);
    },
  },
];
