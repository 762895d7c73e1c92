/** What is said of a store that stops answering: once, and once when it answers again; on a full disk not at every second write. */
import { memoryStore, watchedStore } from '@tai-autonomics/adapter-storage';
import type { LedgerStore, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';

const watched = () => {
  const inner = memoryStore();
  const state: { fault?: StoreFault['fault']; unreadable?: boolean; at: number } = { at: 0 };
  const left = (fault: StoreFault['fault']) => E.left({ fault, detail: fault, outcome: 'not_written' } as const);
  const store: LedgerStore = {
    ...inner,
    append: async () => (state.fault === undefined ? E.right({ appended: 'ok' }) : left(state.fault)),
    ledgers: async () => (state.unreadable === true ? left('unavailable') : E.right([])),
  };
  const told: string[] = [];
  const tell = (change: Parameters<Parameters<typeof watchedStore>[1]>[0]): void =>
    void told.push(change.answers ? 'answers' : change.fault.fault);
  const { append, ledgers } = watchedStore(store, tell, () => state.at);
  const write = () => append('l', { size: 0, leaf: new Uint8Array(32) }, []);
  return { state, told, write, read: () => ledgers() };
};

test('a store that could not write answers again once it writes, not once it is read', async () => {
  const { state, told, write, read } = watched();
  state.fault = 'unavailable';
  for (let n = 0; n < 3; n++) {
    await write();
    await read();
  }
  expect(told).toEqual(['unavailable']);
  delete state.fault;
  await read();
  expect(told).toEqual(['unavailable']);
  await write();
  expect(told).toEqual(['unavailable', 'answers']);
});

test('one that could not be read answers again once it is read', async () => {
  const { state, told, read } = watched();
  state.unreadable = true;
  await read();
  state.unreadable = false;
  await read();
  expect(told).toEqual(['unavailable', 'answers']);
});

test('a disk is full until for a while no write fails, though some find room', async () => {
  const { state, told, write } = watched();
  for (let n = 0; n < 20; n++) {
    state.at += 1_000;
    if (n % 2 === 0) state.fault = 'full';
    else delete state.fault;
    await write();
  }
  expect(told).toEqual(['full']);
  state.at += 20_000;
  await write();
  expect(told).toEqual(['full', 'answers']);
});
