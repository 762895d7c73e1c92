/** What a snapshot store promises. */
import assert from 'node:assert/strict';
import type { SnapshotStore } from '@tai-autonomics/governor';
import { left, right } from './fixture.ts';

/** One promise of the port, and a program that fails when it is broken. `open` answers a new, empty store at each call. */
export interface SnapshotCase {
  readonly note: string;
  readonly run: (open: () => Promise<SnapshotStore>) => Promise<void>;
}

const LEDGER = '0123456789abcdef';
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

export const snapshotCases: readonly SnapshotCase[] = [
  {
    note: 'what was never written is not there, and removing it is no fault',
    run: async (open) => {
      const store = await open();
      assert.equal(right(await store.read(LEDGER, 'state')), undefined);
      right(await store.remove(LEDGER, 'state'));
    },
  },
  {
    note: 'what was written is read back byte for byte, each ledger and part its own',
    run: async (open) => {
      const store = await open();
      const all = Uint8Array.from({ length: 70_000 }, (_, n) => n % 256);
      right(await store.write(LEDGER, 'state', all));
      right(await store.write(LEDGER, 'tiles', bytesOf('tiles')));
      right(await store.write('other', 'state', new Uint8Array(0)));
      assert.deepEqual(Uint8Array.from(right(await store.read(LEDGER, 'state')) ?? []), all);
      assert.equal(textOf(right(await store.read(LEDGER, 'tiles'))), 'tiles');
      assert.equal(right(await store.read('other', 'state'))?.length, 0);
    },
  },
  {
    note: 'the bytes are the store’s own: whoever changes theirs afterwards changes nothing',
    run: async (open) => {
      const store = await open();
      const mine = bytesOf('as it was');
      right(await store.write(LEDGER, 'state', mine));
      mine.fill(0);
      assert.equal(textOf(right(await store.read(LEDGER, 'state'))), 'as it was');
    },
  },
  {
    note: 'a newer one takes the place of an older one, and a removed one is gone',
    run: async (open) => {
      const store = await open();
      right(await store.write(LEDGER, 'state', bytesOf('the older and longer one')));
      right(await store.write(LEDGER, 'state', bytesOf('newer')));
      assert.equal(textOf(right(await store.read(LEDGER, 'state'))), 'newer');
      right(await store.remove(LEDGER, 'state'));
      assert.equal(right(await store.read(LEDGER, 'state')), undefined);
    },
  },
  {
    note: 'written at once, a reader gets the whole of one of them',
    run: async (open) => {
      const store = await open();
      const texts = Array.from({ length: 8 }, (_, n) => String(n).repeat(20_000 + n));
      const reading = Array.from({ length: 8 }, async () => textOf(right(await store.read(LEDGER, 'state'))));
      await Promise.all(texts.map(async (text) => right(await store.write(LEDGER, 'state', bytesOf(text)))));
      for (const read of [...(await Promise.all(reading)), textOf(right(await store.read(LEDGER, 'state')))])
        assert.ok(read === undefined || texts.includes(read));
    },
  },
  {
    note: 'a name that leads elsewhere is refused, and nothing is written',
    run: async (open) => {
      const store = await open();
      for (const [ledger, part] of [
        ['../x', 'state'],
        ['a/b', 'state'],
        ['', 'state'],
        [LEDGER, '../state'],
        [LEDGER, ''],
        [LEDGER, 'State'],
      ] as const) {
        left(await store.write(ledger, part, bytesOf('x')));
        left(await store.read(ledger, part));
        left(await store.remove(ledger, part));
      }
    },
  },
];
