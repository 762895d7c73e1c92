/** Receipts that are moved into segments: whoever reads sees one ledger, and nothing is forgotten that was not read back. */
import { rm } from 'node:fs/promises';
import { memoryStore, openSqliteStore } from '@tai-autonomics/adapter-storage';
import {
  archiveLedger,
  folderObjects,
  type ObjectStore,
  segmentedStore,
} from '@tai-autonomics/adapter-storage/objects';
import { appendLeaf, checkpointBody, emptyFrontier, formatSignatureLine, treeRoot } from '@tai-autonomics/core/receipt';
import type { LedgerStore, Row } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { afterAll, describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { newFolder, openedOr } from './folder.ts';
import { ledger } from './rows.ts';
import { rowOf } from './sealed-rows.ts';

/** Objects in memory: what the folder and the buckets do is their own tests'. */
const memoryObjects = (): ObjectStore & { readonly kept: Map<string, Uint8Array> } => {
  const kept = new Map<string, Uint8Array>();
  return {
    name: 'memory',
    kept,
    put: async (name, bytes) => {
      if (kept.has(name)) return E.right('exists');
      kept.set(name, Uint8Array.from(bytes));
      return E.right('written');
    },
    get: async (name) => E.right(kept.get(name)),
    head: async (name) => {
      const found = kept.get(name);
      return E.right(found === undefined ? undefined : { bytes: found.length });
    },
    list: async (prefix) => E.right([...kept.keys()].filter((name) => name.startsWith(prefix)).sort()),
  };
};

/** A note of the form of a checkpoint over the first rows. */
const sealing = (rows: readonly Row[], size: number) => {
  const tree = rows.slice(0, size).reduce((sum, { leaf }) => appendLeaf(nodeSha256, sum, leaf), emptyFrontier);
  const body = checkpointBody({ origin: 'localhost/r1/e/0123456789abcdef', size, root: treeRoot(nodeSha256, tree) });
  const signature = formatSignatureLine({ name: 'test', keyId: 1, signature: new Uint8Array(64) });
  return { size, note: `${body}\n${signature}` };
};

const appendAll = async (store: LedgerStore, rows: readonly Row[]): Promise<void> => {
  const [first] = rows;
  if (first === undefined) return;
  const before = openedOr(await store.head(ledger)) ?? { size: 0, leaf: new Uint8Array(32) };
  expect(await store.append(ledger, before, rows)).toEqual(E.right({ appended: 'ok' }));
};

const readAll = async (store: LedgerStore, from = 0, to = 1_000_000): Promise<readonly unknown[]> => {
  const seen: unknown[] = [];
  for await (const row of store.read(ledger, from, to)) seen.push(E.isLeft(row) ? row : plain(row.right));
  return seen;
};

const plain = (row: Row): unknown => ({
  ...row,
  bytes: Buffer.from(row.bytes).toString('hex'),
  leaf: Buffer.from(row.leaf).toString('hex'),
});

const shedIn = async (store: LedgerStore): Promise<number> => {
  let count = 0;
  for await (const row of store.read(ledger, 0, 1_000_000))
    if (E.isRight(row) && row.right.bytes.length === 0) count += 1;
  return count;
};

/** Bytes of every form: receipts are objects on a line, and a store promises no such thing. */
const bytesArbitrary = fc.oneof(
  fc.json().map((text) => new Uint8Array(Buffer.from(`{"a":${text}}`))),
  fc.uint8Array({ minLength: 1, maxLength: 40 }),
  fc.constantFrom('"', '\n', '"x"', 'a\nb', '{}\r').map((text) => new Uint8Array(Buffer.from(text))),
);

const plan = fc.record({
  bytes: fc.array(bytesArbitrary, { minLength: 1, maxLength: 40 }),
  grown: fc.array(bytesArbitrary, { maxLength: 20 }),
  perSegment: fc.integer({ min: 1, max: 9 }),
  keep: fc.integer({ min: 0, max: 12 }),
  purged: fc.array(fc.nat({ max: 39 }), { maxLength: 4 }),
  range: fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 60 })),
});

const folder = newFolder();
afterAll(() => rm(folder, { recursive: true }));
let files = 0;

describe.each([
  { name: 'memory', open: async () => memoryStore(), times: 200 },
  { name: 'SQLite', open: async () => openedOr(await openSqliteStore(`${folder}/${++files}.db`)), times: 20 },
])('over $name', ({ open, times }) => {
  test('a ledger with segments reads as the same ledger without, wherever it was cut, and so does what is appended, purged and moved later', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ bytes, grown, perSegment, keep, purged, range }) => {
        const [plainStore, live, objects] = [await open(), await open(), memoryObjects()];
        const store = segmentedStore(live, objects);
        const rows = [...bytes, ...grown].map((each, seq) => rowOf(seq, each));
        for (const [from, to] of [
          [0, bytes.length],
          [bytes.length, rows.length],
        ] as const) {
          for (const each of [plainStore, store]) {
            await appendAll(each, rows.slice(from, to));
            for (const seq of purged) openedOr(await each.purge(ledger, seq, ['request/intent']));
            openedOr(await each.putCheckpoint(ledger, sealing(rows, to)));
          }
          const moved = await archiveLedger(live, objects, ledger, { perSegment, keep });
          const whole = Math.floor(Math.max(0, to - keep) / perSegment) * perSegment;
          expect(moved).toMatchObject({ right: { archived: whole, shed: whole } });
          expect(await shedIn(live)).toBe(whole);
          expect(await readAll(store)).toEqual(await readAll(plainStore));
          expect(await readAll(store, ...range)).toEqual(await readAll(plainStore, ...range));
        }
        for (const { intent } of rows)
          if (intent !== undefined) {
            const [one, other] = [await store.find(ledger, intent.id), await plainStore.find(ledger, intent.id)];
            expect(E.map((row?: Row) => row && plain(row))(one)).toEqual(
              E.map((row?: Row) => row && plain(row))(other),
            );
          }
        expect(openedOr(await store.head(ledger))).toEqual(openedOr(await plainStore.head(ledger)));
        // What was recorded is still known to be, and disclosures are in no object.
        const again = await store.append(ledger, openedOr(await store.head(ledger))!, [
          { ...rowOf(rows.length, rows[0]!.bytes), intent: { id: 'intent-0', digest: 'd' } },
        ]);
        expect(again).toEqual(E.right({ appended: 'duplicate', id: 'intent-0', seq: 0 }));
        for (const each of objects.kept.values()) expect(Buffer.from(each).includes('evidence 0')).toBe(false);
        await plainStore.close();
        await live.close();
      }),
      { numRuns: runs(times) },
    );
  });

  test('it breaks off before or after any call, is run again, and nothing is lost on the way', async () => {
    const rows = Array.from({ length: 23 }, (_, seq) => rowOf(seq, new Uint8Array(Buffer.from(`{"seq":${seq}}`))));
    const wanted = rows.map(plain);
    let points = 0;
    for (let n = 1; ; n += 1) {
      const [live, objects] = [await open(), memoryObjects()];
      await appendAll(live, rows);
      openedOr(await live.putCheckpoint(ledger, sealing(rows, 21)));
      const cut = breakingAt(n, live, objects);
      const broken = await archiveLedger(cut.store, cut.objects, ledger, { perSegment: 4, keep: 2 }).catch(
        (error: unknown) => error,
      );
      expect(await readAll(segmentedStore(live, objects))).toEqual(wanted);
      expect(await archiveLedger(live, objects, ledger, { perSegment: 4, keep: 2 })).toMatchObject({
        right: { archived: 20, shed: 20 },
      });
      expect(await readAll(segmentedStore(live, objects))).toEqual(wanted);
      expect(objects.kept.size).toBe(5);
      await live.close();
      if (!(broken instanceof Broken)) break;
      points += 1;
    }
    // Before and after each: put and read back for five segments, and forget once.
    expect(points).toBe(22);
  });
});

class Broken extends Error {}

/** A store and objects whose process ends before or after the n-th call that leaves something behind, or that reads it back. */
const breakingAt = (n: number, store: LedgerStore, objects: ObjectStore) => {
  let seen = 0;
  const end = (): void => {
    seen += 1;
    if (seen === n) throw new Broken();
  };
  const around =
    <A extends readonly unknown[], B>(call: (...asked: A) => Promise<B>) =>
    async (...asked: A): Promise<B> => {
      end();
      const answer = await call(...asked);
      end();
      return answer;
    };
  return {
    store: { ...store, shed: around((of: string, to: number) => store.shed!(of, to)) },
    objects: { ...objects, put: around(objects.put), get: around(objects.get) },
  };
};

describe('one receipt of many segments', () => {
  const many = Array.from({ length: 40 }, (_, seq) => ({
    ...rowOf(seq, new Uint8Array(Buffer.from(`{"seq":${seq}}`))),
    intent: { id: `intent-${seq}`, digest: 'd' },
  }));

  /** Objects that count what is read of them, and how much at once. */
  const counting = () => {
    const objects = memoryObjects();
    const counted = { whole: 0, parts: 0, atOnce: 0, most: 0 };
    const store: ObjectStore = {
      ...objects,
      get: async (name) => {
        counted.whole += 1;
        counted.atOnce += 1;
        counted.most = Math.max(counted.most, counted.atOnce);
        await new Promise((resolve) => setImmediate(resolve));
        counted.atOnce -= 1;
        return objects.get(name);
      },
      part: async (name, from, to) => {
        counted.parts += 1;
        return E.right(objects.kept.get(name)?.subarray(from, to));
      },
    };
    return { objects, store, counted };
  };

  test('repeated intents read each segment once, one at a time, and then the lines that they are about', async () => {
    const live = memoryStore();
    await appendAll(live, many);
    openedOr(await live.putCheckpoint(ledger, sealing(many, 40)));
    const { objects, store, counted } = counting();
    expect(await archiveLedger(live, objects, ledger, { perSegment: 4, keep: 0 })).toMatchObject({
      right: { shed: 40 },
    });
    const segmented = segmentedStore(live, store);
    const ask = (seq: number) => segmented.find(ledger, `intent-${seq}`);
    const first = await Promise.all(many.map((_, seq) => ask((seq * 4 + (seq % 3)) % 40)));
    expect(first.every(E.isRight)).toBe(true);
    expect(counted.most).toBe(1);
    const { whole } = counted;
    const again = many.map((_, seq) => (seq * 4 + 3) % 40);
    for (const seq of again) expect(plain(openedOr(await ask(seq))!)).toEqual(plain(many[seq]!));
    expect(counted.whole).toBe(whole);
    expect(counted.parts).toBeGreaterThan(30);
  });

  test('a part that is another one than the store has is a fault', async () => {
    const live = memoryStore();
    await appendAll(live, many);
    openedOr(await live.putCheckpoint(ledger, sealing(many, 40)));
    const { objects, store } = counting();
    await archiveLedger(live, objects, ledger, { perSegment: 4, keep: 0 });
    const segmented = segmentedStore(live, { ...store, part: async () => E.right(new Uint8Array(Buffer.from('{}'))) });
    const ask = (seq: number) => segmented.find(ledger, `intent-${seq}`);
    for (const seq of [0, 4, 8]) expect(plain(openedOr(await ask(seq))!)).toEqual(plain(many[seq]!));
    expect(await ask(1)).toMatchObject({ left: { fault: 'corrupt', detail: expect.stringContaining('receipt 1 of') } });
  });

  test('no more is read for a segment than fits into it', async () => {
    const live = memoryStore();
    const large = Array.from({ length: 12 }, (_, seq) =>
      rowOf(seq, new Uint8Array(Buffer.from(`{"seq":${seq},"a":"${'x'.repeat(7_000_000)}"}`))),
    );
    await appendAll(live, large);
    openedOr(await live.putCheckpoint(ledger, sealing(large, 12)));
    const pulled: number[] = [];
    const watched: LedgerStore = {
      ...live,
      read: async function* (id, from, to) {
        const at = pulled.push(0) - 1;
        for await (const row of live.read(id, from, to)) {
          pulled[at] = (pulled[at] ?? 0) + 1;
          yield row;
        }
      },
    };
    const objects = memoryObjects();
    expect(await archiveLedger(watched, objects, ledger, { perSegment: 6, keep: 0 })).toMatchObject({
      right: { archived: 8, segments: 2 },
    });
    // The first look goes through all of it, for its leaves alone.
    expect(pulled[0]).toBe(12);
    expect(Math.max(...pulled.slice(1))).toBe(5);
  });
});

describe('what is not as it should be', () => {
  const twelve = Array.from({ length: 12 }, (_, seq) => rowOf(seq, new Uint8Array(Buffer.from(`{"seq":${seq}}`))));
  const filled = async (): Promise<LedgerStore> => {
    const live = memoryStore();
    await appendAll(live, twelve);
    openedOr(await live.putCheckpoint(ledger, sealing(twelve, 12)));
    return live;
  };
  const options = { perSegment: 4, keep: 0 };

  test('an object that is missing, cut, changed or another one is a fault, and never a shorter ledger', async () => {
    const [live, objects] = [await filled(), memoryObjects()];
    expect(await archiveLedger(live, objects, ledger, options)).toMatchObject({ right: { segments: 3 } });
    const [, second = '', third = ''] = [...objects.kept.keys()];
    const whole = objects.kept.get(second) ?? new Uint8Array(0);
    const text = Buffer.from(whole).toString('utf8');
    const spoilt: readonly [string, Uint8Array | undefined][] = [
      ['missing', undefined],
      ['empty', new Uint8Array(0)],
      ['cut', whole.subarray(0, whole.length - 3)],
      ['without its last line', Buffer.from(text.replace(/[^\n]*\n$/, ''))],
      ['changed', Buffer.from(text.replace('{"seq":5}', '{"seq":6}'))],
      ['changed at its end', Buffer.from(text.replace('{"seq":7}', '{"seq":8}'))],
      ['of other lines', Buffer.from(text.replace('{"seq":4}\n{"seq":5}', '{"seq":5}\n{"seq":4}'))],
      ['another one', objects.kept.get(third)],
      ['no text', new Uint8Array(200).fill(255)],
    ];
    for (const [note, bytes] of spoilt) {
      if (bytes === undefined) objects.kept.delete(second);
      else objects.kept.set(second, bytes);
      const seen = await readAll(segmentedStore(live, objects));
      expect(seen.at(-1), note).toMatchObject({ left: { fault: 'corrupt', outcome: 'not_written' } });
      expect(seen.length, note).toBeLessThanOrEqual(6);
      const found = await segmentedStore(live, objects).find(ledger, 'intent-4');
      if (note !== 'changed') expect(found, note).toMatchObject({ left: { fault: 'corrupt' } });
    }
    objects.kept.set(second, whole);
    expect(await readAll(segmentedStore(live, objects))).toEqual(twelve.map(plain));
  });

  test('objects that do not keep what they take are found before anything is forgotten', async () => {
    for (const lie of [
      (_: Uint8Array) => undefined,
      (bytes: Uint8Array) => bytes.subarray(1),
      (bytes: Uint8Array) => bytes.map((byte, n) => (n === 90 ? byte ^ 1 : byte)),
    ]) {
      const [live, objects] = [await filled(), memoryObjects()];
      const lying: ObjectStore = {
        ...objects,
        get: async (name) => E.right(lie(objects.kept.get(name) ?? new Uint8Array(0))),
      };
      expect(await archiveLedger(live, lying, ledger, options)).toMatchObject({
        left: expect.stringContaining('does not hold what was to be written'),
      });
      expect(await shedIn(live)).toBe(0);
    }
  });

  test('a ledger whose tree is not the one of its checkpoint, or whose receipt was changed, is not moved', async () => {
    const [live, objects] = [memoryStore(), memoryObjects()];
    await appendAll(live, twelve);
    openedOr(await live.putCheckpoint(ledger, sealing([...twelve].reverse(), 12)));
    expect(await archiveLedger(live, objects, ledger, options)).toMatchObject({
      left: expect.stringContaining('another root'),
    });
    const changed = await filled();
    const read: LedgerStore['read'] = async function* (...asked) {
      for await (const row of changed.read(...asked))
        yield E.map((each: Row) => (each.seq === 2 ? { ...each, bytes: new Uint8Array(3) } : each))(row);
    };
    expect(await archiveLedger({ ...changed, read }, objects, ledger, options)).toMatchObject({
      left: expect.stringContaining('receipt 2 was changed in the store'),
    });
    expect(objects.kept.size).toBe(0);
    expect(await shedIn(changed)).toBe(0);
  });

  test('without a checkpoint nothing is moved, and of a store that can’t forget there are copies', async () => {
    const [live, objects] = [memoryStore(), memoryObjects()];
    await appendAll(live, twelve);
    expect(await archiveLedger(live, objects, ledger, options)).toEqual(
      E.right({ ledger, archived: 0, shed: 0, segments: 0 }),
    );
    const { shed: _, ...keeping } = await filled();
    expect(await archiveLedger(keeping, objects, ledger, options)).toEqual(
      E.right({ ledger, archived: 12, shed: 0, segments: 3 }),
    );
    expect(await archiveLedger(keeping, objects, ledger, options)).toEqual(
      E.right({ ledger, archived: 12, shed: 0, segments: 0 }),
    );
    expect(await readAll(segmentedStore(keeping, objects))).toEqual(twelve.map(plain));
  });

  test('a store that has shed and is opened without its segments has receipts of another hash, not none', async () => {
    const [live, objects] = [await filled(), memoryObjects()];
    await archiveLedger(live, objects, ledger, options);
    expect((await readAll(live)).length).toBe(12);
    expect(await readAll(segmentedStore(live, memoryObjects()))).toMatchObject([
      { left: { fault: 'corrupt', detail: expect.stringContaining('no segment has receipt 0') } },
    ]);
  });

  test('segments of a time that a restore gave up are not taken for the ledger’s own', async () => {
    const [given, objects] = [await filled(), memoryObjects()];
    expect(await archiveLedger(given, objects, ledger, { perSegment: 6, keep: 0 })).toMatchObject({
      right: { archived: 12 },
    });
    // The copy had three receipts; then it went on otherwise.
    const anew = twelve.map((row, seq) => (seq < 3 ? row : rowOf(seq, new Uint8Array(Buffer.from(`{"anew":${seq}}`)))));
    const live = memoryStore();
    const store = segmentedStore(live, objects);
    await appendAll(live, anew);
    openedOr(await live.putCheckpoint(ledger, sealing(anew, 12)));
    expect(await archiveLedger(live, objects, ledger, { perSegment: 3, keep: 0 })).toEqual(
      E.right({ ledger, archived: 12, shed: 12, segments: 4 }),
    );
    expect(await readAll(store)).toEqual(anew.map(plain));
    expect(await readAll(segmentedStore(given, objects))).toEqual(twelve.map(plain));
    expect(openedOr(await store.find(ledger, 'intent-4'))).toEqual(anew[4]);
    expect(await archiveLedger(live, objects, ledger, { perSegment: 3, keep: 0 })).toMatchObject({
      right: { archived: 12, segments: 0 },
    });
  });

  test('a folder keeps segments that another process reads', async () => {
    const [live, objects] = [await filled(), folderObjects(`${folder}/segments`)];
    await archiveLedger(live, objects, ledger, options);
    expect(await readAll(segmentedStore(live, folderObjects(`${folder}/segments`)))).toEqual(twelve.map(plain));
  });
});
