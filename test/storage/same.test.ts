import { rm } from 'node:fs/promises';
import { memoryStore, openSqliteStore } from '@tai-autonomics/adapter-storage';
import type { Head, LedgerStore, Row } from '@tai-autonomics/governor';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { afterAll, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { newFolder, openedOr } from './folder.ts';
import { rowAt } from './rows.ts';

const folder = newFolder();
afterAll(() => rm(folder, { recursive: true }));

const ledgers = fc.constantFrom('a', 'a', 'a', 'b', 'c.1');
const name = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom('x/1', 'x/1 2', 'y/2', 'ü/3', '😀/4') },
  fc.constantFrom('nul\0/5', 'half\ud83d/6'),
);
const names = fc.uniqueArray(name, { maxLength: 3 });
const place = fc.nat({ max: 9 });

/** One call as data: `lag` asks for a head that is so many rows old, `intents` are drawn from few, so that some repeat. */
const call = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      call: fc.constant('append' as const),
      ledger: ledgers,
      lag: fc.constantFrom(0, 0, 0, 1, 2),
      skew: fc.constantFrom(0, 0, 0, 0, 1),
      wrongLeaf: fc.constantFrom(false, false, false, true),
      rows: fc.array(
        fc.record({ bytes: fc.uint8Array({ maxLength: 40 }), names, intent: fc.option(fc.nat({ max: 30 })) }),
        { maxLength: 4 },
      ),
    }),
  },
  fc.record({ call: fc.constant('read' as const), ledger: ledgers, from: fc.integer({ min: -1, max: 9 }), to: place }),
  fc.record({ call: fc.constant('find' as const), ledger: ledgers, intent: fc.nat({ max: 30 }) }),
  fc.record({ call: fc.constant('purge' as const), ledger: ledgers, seq: place, names }),
  fc.record({
    call: fc.constant('putCheckpoint' as const),
    ledger: ledgers,
    size: place,
    note: fc.string({
      unit: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('a', '\n', '—', '😀') }, fc.constantFrom('\0', '\ud83d')),
    }),
  }),
  fc.record({
    call: fc.constant('checkpoint' as const),
    ledger: ledgers,
    atMost: fc.option(place, { nil: undefined }),
  }),
  fc.record({ call: fc.constant('head' as const), ledger: ledgers }),
  fc.record({ call: fc.constant('ledgers' as const), ledger: ledgers }),
);
type Call = typeof call extends fc.Arbitrary<infer A> ? A : never;

/** The answer of a store, with its faults reduced to their kind: each store words its own details. */
const answerOf = async (store: LedgerStore, asked: Call): Promise<unknown> => {
  const plain = (answer: E.Either<{ fault: string; outcome: string }, unknown>): unknown =>
    E.isLeft(answer) ? { fault: answer.left.fault, outcome: answer.left.outcome } : answer.right;
  switch (asked.call) {
    case 'append': {
      const head = await store.head(asked.ledger);
      const size = E.isRight(head) ? (head.right?.size ?? 0) : 0;
      const expected = await olderHead(store, asked.ledger, size, asked.lag, asked.wrongLeaf);
      return plain(await store.append(asked.ledger, expected, rowsOf(asked, expected.size)));
    }
    case 'read': {
      const rows: unknown[] = [];
      for await (const row of store.read(asked.ledger, asked.from, asked.to)) rows.push(plain(row));
      return rows;
    }
    case 'find':
      return plain(await store.find(asked.ledger, `intent-${asked.intent}`));
    case 'purge':
      return plain(await store.purge(asked.ledger, asked.seq, asked.names));
    case 'putCheckpoint':
      return plain(await store.putCheckpoint(asked.ledger, { size: asked.size, note: asked.note }));
    case 'checkpoint':
      return plain(await store.checkpoint(asked.ledger, asked.atMost));
    case 'head':
      return plain(await store.head(asked.ledger));
    case 'ledgers':
      return plain(await store.ledgers());
  }
};

const rowsOf = (asked: Call & { call: 'append' }, from: number): readonly Row[] =>
  asked.rows.map(({ bytes, names: disclosed, intent }, index) => ({
    seq: from + index + (index > 0 ? asked.skew : 0),
    leaf: rowAt(from + index).leaf,
    bytes,
    disclosures: disclosed.map((name) => ({ name, text: `${name}-${from}` })),
    ...(intent === null ? {} : { intent: { id: `intent-${intent}`, digest: `digest-${bytes.length}` } }),
  }));

const olderHead = async (
  store: LedgerStore,
  ledger: string,
  size: number,
  lag: number,
  wrongLeaf: boolean,
): Promise<Head> => {
  const older = Math.max(0, size - lag);
  for await (const row of store.read(ledger, older - 1, older)) {
    if (E.isRight(row) && !wrongLeaf) return { size: older, leaf: row.right.leaf };
  }
  return { size: older, leaf: new Uint8Array(32) };
};

test('any sequence of calls has the same answers from SQLite as from memory', async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 60, size: 'max' }), async (calls) => {
      count += 1;
      const memory = memoryStore();
      const sqlite = openedOr(await openSqliteStore(`${folder}/${count}.db`));
      try {
        for (const asked of calls) {
          const wanted = await answerOf(memory, asked);
          const found = await answerOf(sqlite, asked);
          expectSame(found, wanted, asked);
        }
      } finally {
        await sqlite.close();
      }
    }),
    { numRuns: runs(60) },
  );
});

const expectSame = (found: unknown, wanted: unknown, asked: Call): void => {
  expect({ asked, answer: found }).toStrictEqual({ asked, answer: wanted });
};
