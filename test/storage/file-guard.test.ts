/** A ledger file that is taken away from under an open store. */
import { copyFileSync, linkSync, mkdtempSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import type { LedgerStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { headAt, ledger, ok, rowsFrom } from './rows.ts';

let dir: string;
let path: string;
let store: LedgerStore;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tai-guard-'));
  path = join(dir, 'ledger.db');
  const opened = await openSqliteStore(path);
  if (E.isLeft(opened)) throw new Error(opened.left.detail);
  store = opened.right;
  expect(await store.append(ledger, headAt(0), rowsFrom(0, 2))).toEqual(ok);
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const lost = {
  left: { fault: 'unavailable', detail: expect.stringContaining('was deleted or replaced while it was open') },
};

test.for([
  { note: 'the file is deleted', take: () => rmSync(path) },
  { note: 'the file is put aside', take: () => renameSync(path, `${path}.old`) },
  {
    note: 'a copy takes its place',
    take: () => {
      copyFileSync(path, `${path}.copy`);
      renameSync(`${path}.copy`, path);
    },
  },
  { note: 'it gets a second name', take: () => linkSync(path, `${path}.link`) },
  { note: 'its log is deleted', take: () => rmSync(`${path}-wal`) },
])('$note: nothing is acknowledged or signed any more, and the probe says so', async ({ take }) => {
  expect(await store.probe?.()).toEqual(E.right(undefined));
  take();
  expect(await store.append(ledger, headAt(2), rowsFrom(2, 3))).toMatchObject(lost);
  expect(await store.putCheckpoint(ledger, { size: 2, note: 'a note' })).toMatchObject(lost);
  expect(await store.head(ledger)).toMatchObject(lost);
  expect(await store.probe?.()).toMatchObject(lost);
});

test('a file that is put back counts again', async () => {
  renameSync(path, `${path}.old`);
  expect(await store.append(ledger, headAt(2), rowsFrom(2, 3))).toMatchObject(lost);
  renameSync(`${path}.old`, path);
  expect(await store.append(ledger, headAt(2), rowsFrom(2, 3))).toEqual(ok);
});

test.for([1, 100, 4_095])('a file that lost its last %d bytes is not opened, and is left as it is', async (lost) => {
  await store.append(ledger, headAt(2), rowsFrom(2, 40));
  await store.close();
  const { size } = statSync(path);
  truncateSync(path, size - lost);
  expect(await openSqliteStore(path)).toMatchObject({
    left: { fault: 'corrupt', detail: expect.stringContaining('its end was cut off; restore a backup') },
  });
  expect(statSync(path).size).toBe(size - lost);
});
