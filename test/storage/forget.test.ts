/** A whole ledger is forgotten: all of it or nothing, nothing of another one, and no byte of it is left in the file. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { memoryStore, openSqliteStore } from '@tai-autonomics/adapter-storage';
import { either as E } from 'fp-ts';
import { afterAll, describe, expect, test } from 'vitest';
import { newFolder, openedOr } from './folder.ts';
import { allRows, headAt, ledger, ok, rowsFrom } from './rows.ts';

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

describe.each([
  { name: 'memory', open: async () => memoryStore() },
  { name: 'SQLite', open: async () => openedOr(await openSqliteStore(join(folder, `${++files}.db`))) },
])('over $name', ({ open }) => {
  test('forget takes a ledger whose head is the one that is named, with all that belongs to it, and no other', async () => {
    const store = await open();
    for (const id of [ledger, 'ledger-2']) {
      expect(await store.append(id, headAt(0), rowsFrom(0, 5))).toEqual(ok);
      openedOr(await store.putCheckpoint(id, { size: 5, note: 'a note' }));
    }
    for (const other of [headAt(4), headAt(6), { size: 5, leaf: headAt(4).leaf }, headAt(0)])
      expect(await store.forget?.(ledger, other)).toEqual(E.right(false));
    expect(await store.forget?.('nothing', headAt(5))).toEqual(E.right(false));
    expect(await allRows(store)).toHaveLength(5);

    expect(await store.forget?.(ledger, headAt(5))).toEqual(E.right(true));
    expect(await store.forget?.(ledger, headAt(5))).toEqual(E.right(false));
    expect(await allRows(store)).toEqual([]);
    expect(openedOr(await store.head(ledger))).toBeUndefined();
    expect(openedOr(await store.checkpoint(ledger))).toBeUndefined();
    expect(openedOr(await store.find(ledger, 'intent-1'))).toBeUndefined();
    expect(openedOr(await store.ledgers())).toEqual(['ledger-2']);
    expect(await allRows(store, 'ledger-2')).toEqual(rowsFrom(0, 5));
    // What keeps receipts as they are is there again: an append goes on, and an id that was free begins anew.
    expect(await store.append('ledger-2', headAt(5), rowsFrom(5, 6))).toEqual(ok);
    expect(await store.append(ledger, headAt(0), rowsFrom(0, 1))).toEqual(ok);
    await store.close();
  });
});

test('forget leaves no byte of the ledger in the file, and the triggers as they were', async () => {
  const path = join(folder, 'bytes.db');
  const store = openedOr(await openSqliteStore(path));
  expect(await store.append(ledger, headAt(0), rowsFrom(0, 3))).toEqual(ok);
  expect(
    await store.append(
      'ledger-2',
      headAt(0),
      rowsFrom(7, 8).map((row) => ({ ...row, seq: 0 })),
    ),
  ).toEqual(ok);
  expect(await store.forget?.(ledger, headAt(3))).toEqual(E.right(true));
  const bytes = ['', '-wal'].map((end) => {
    try {
      return readFileSync(`${path}${end}`);
    } catch {
      return Buffer.alloc(0);
    }
  });
  for (const each of bytes) expect(each.includes('intent-text-1')).toBe(false);
  expect(bytes.some((each) => each.includes('intent-text-7'))).toBe(true);
  await store.close();
  const { openSqliteDriver } = await import('@tai-autonomics/adapter-storage');
  const driver = await openSqliteDriver(path);
  expect(() => driver.exec('DELETE FROM receipts')).toThrow(/append-only/);
  const triggers = driver.all("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name", []);
  expect(triggers.map(({ name }) => name)).toEqual([
    'checkpoints_kept',
    'checkpoints_unchanged',
    'receipts_kept',
    'receipts_unchanged',
  ]);
  driver.close();
});
