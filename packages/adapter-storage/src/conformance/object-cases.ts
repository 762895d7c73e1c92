/** What a store of objects promises. */
import assert from 'node:assert/strict';
import type { ObjectStore } from '../objects/object-store.ts';
import { left, right } from './fixture.ts';

/** One promise of the port, and a program that fails when it is broken. `open` answers a new, empty store at each call. */
export interface ObjectCase {
  readonly note: string;
  readonly run: (open: () => Promise<ObjectStore>) => Promise<void>;
}

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');

export const objectCases: readonly ObjectCase[] = [
  {
    note: 'what was never written is not there, and no list has it',
    run: async (open) => {
      const store = await open();
      assert.equal(right(await store.get('a/b')), undefined);
      assert.equal(right(await store.head('a/b')), undefined);
      assert.deepEqual(right(await store.list('')), []);
      assert.deepEqual(right(await store.list('a/')), []);
    },
  },
  {
    note: 'what was written is read back byte for byte, with its length',
    run: async (open) => {
      const store = await open();
      const all = Uint8Array.from({ length: 300_000 }, (_, n) => (n * 7) % 256);
      assert.equal(right(await store.put('l/0-1.ndjson', all)), 'written');
      assert.equal(right(await store.put('l/empty', new Uint8Array(0))), 'written');
      assert.equal(Buffer.compare(right(await store.get('l/0-1.ndjson')) ?? new Uint8Array(0), all), 0);
      assert.deepEqual(right(await store.head('l/0-1.ndjson')), { bytes: 300_000 });
      assert.equal(right(await store.get('l/empty'))?.length, 0);
    },
  },
  {
    note: 'a part of an object is those bytes of it, where the store reads parts',
    run: async (open) => {
      const store = await open();
      if (store.part === undefined) return;
      const all = Uint8Array.from({ length: 300_000 }, (_, n) => (n * 7) % 256);
      right(await store.put('l/0-1.ndjson', all));
      for (const [from, to] of [
        [0, 1],
        [0, 300_000],
        [299_999, 300_000],
        [70_001, 140_003],
      ] as const) {
        const part: Uint8Array | undefined = right(await store.part('l/0-1.ndjson', from, to));
        assert.equal(Buffer.compare(part ?? new Uint8Array(0), all.subarray(from, to)), 0);
      }
      assert.equal(right(await store.part('l/none', 0, 10)), undefined);
      left(await store.part('../a', 0, 1));
    },
  },
  {
    note: 'a name that is taken stays what it is, and whoever comes second is told',
    run: async (open) => {
      const store = await open();
      assert.equal(right(await store.put('a/b', bytesOf('first'))), 'written');
      assert.equal(right(await store.put('a/b', bytesOf('second'))), 'exists');
      assert.equal(right(await store.put('a/b', bytesOf('first'))), 'exists');
      assert.equal(textOf(right(await store.get('a/b'))), 'first');
    },
  },
  {
    note: 'of many that write one name at once, one is told that it wrote, and its bytes are there',
    run: async (open) => {
      const store = await open();
      const texts = Array.from({ length: 8 }, (_, n) => `${n}`.repeat(5_000 + n));
      const puts = await Promise.all(texts.map(async (text) => right(await store.put('a/b', bytesOf(text)))));
      assert.equal(puts.filter((put) => put === 'written').length, 1);
      assert.equal(textOf(right(await store.get('a/b'))), texts[puts.indexOf('written')]);
    },
  },
  {
    note: 'a list has the names that begin so, in order, and nobody else’s',
    run: async (open) => {
      const store = await open();
      const names = ['l/2', 'l/1', 'l.b/1', 'l-b/1', 'm/n/o', 'l/1.x', 'L/1'];
      for (const name of names) right(await store.put(name, bytesOf(name)));
      assert.deepEqual(right(await store.list('l/')), ['l/1', 'l/1.x', 'l/2']);
      assert.deepEqual(right(await store.list('l/1')), ['l/1', 'l/1.x']);
      assert.deepEqual(right(await store.list('m/')), ['m/n/o']);
      assert.deepEqual(right(await store.list('')), [...names].sort());
    },
  },
  {
    note: 'a list goes on behind its first page',
    run: async (open) => {
      const store = await open();
      const names = Array.from({ length: 25 }, (_, n) => `many/${String(n).padStart(3, '0')}`);
      await Promise.all(names.map(async (name) => right(await store.put(name, bytesOf(name)))));
      assert.deepEqual(right(await store.list('many/')), names);
    },
  },
  {
    note: 'a name that leads elsewhere is refused, and nothing is written',
    run: async (open) => {
      const store = await open();
      for (const name of [
        '',
        '/a',
        'a/',
        'a//b',
        '../a',
        'a/../../b',
        '.',
        'a/.',
        'a b',
        'a?b',
        'a\0',
        'ä',
        'a'.repeat(900),
      ]) {
        assert.equal(left(await store.put(name, bytesOf('x'))).outcome, 'not_written');
        left(await store.get(name));
        left(await store.head(name));
      }
      for (const prefix of ['../', 'a/../', 'a?', 'a b']) left(await store.list(prefix));
      assert.deepEqual(right(await store.list('')), []);
    },
  },
  {
    note: 'the bytes are the store’s own: whoever changes theirs afterwards changes nothing',
    run: async (open) => {
      const store = await open();
      const mine = bytesOf('as it was');
      right(await store.put('a', mine));
      mine.fill(0);
      right(await store.get('a'))?.fill(1);
      assert.equal(textOf(right(await store.get('a'))), 'as it was');
    },
  },
];
