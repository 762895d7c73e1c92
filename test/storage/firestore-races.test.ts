/**
 * Firestore where writers meet, answers are lost and work breaks off: each time what is recorded is whole, what was purged is gone, and
 * no part is left that no block names.
 */
import { createHash } from 'node:crypto';
import { type FirestoreOptions, openFirestoreStore } from '@tai-autonomics/adapter-storage/firestore';
import type { LedgerStore, Row } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { type FakeFirestore, fakeFirestore, lossy, statusError } from './firestore-fake.ts';
import { openedOr } from './folder.ts';
import { allRows, headAt, ledger, ok, rowAt, rowsFrom } from './rows.ts';

const openOn = async (
  client: FakeFirestore['client'],
  options: Omit<FirestoreOptions, 'name'> = {},
): Promise<LedgerStore> =>
  openedOr(await openFirestoreStore(client, { name: 'firestore:tests/(default)', ...options }));

/** A text of so many characters that nothing makes smaller. */
const noise = (seed: string, length: number): string => {
  let text = '';
  for (let n = 0; text.length < length; n += 1) text += createHash('sha512').update(`${seed} ${n}`).digest('base64url');
  return text.slice(0, length);
};

/** Rows of one block whose disclosures fit into no document. */
const wide = (count: number, characters: number): readonly Row[] =>
  rowsFrom(0, count).map((row) => ({
    ...row,
    disclosures: [
      { name: 'evidence/a', text: `a-${row.seq} ${noise(`a ${row.seq}`, characters)}` },
      { name: 'evidence/b', text: `b-${row.seq} ${noise(`b ${row.seq}`, characters)}` },
    ],
  }));

const without = (rows: readonly Row[], gone: readonly (readonly [seq: number, name: string])[]): readonly Row[] =>
  rows.map((row) => ({
    ...row,
    disclosures: row.disclosures.filter(({ name }) => !gone.some(([seq, of]) => seq === row.seq && of === name)),
  }));

const partsOf = (fake: FakeFirestore): readonly string[] =>
  [...fake.documents.keys()].filter((path) => path.includes('/tai_parts/'));

/** The parts that blocks name. */
const namedParts = (fake: FakeFirestore): readonly string[] =>
  [...fake.documents].flatMap(([path, { fields }]) => {
    if (!path.includes('/tai_blocks/')) return [];
    return [fields['rows'], fields['disclosures']].flatMap((field) => {
      const [name, count] = typeof field === 'string' ? field.split('/') : [];
      return Array.from({ length: Number(count ?? 0) }, (_, n) => `tai_ledgers/l_${ledger}/tai_parts/${name}-${n}`);
    });
  });

const settled = (fake: FakeFirestore): void => expect([...partsOf(fake)].sort()).toEqual([...namedParts(fake)].sort());

/** As if a day had gone by since parts were written. */
const aDayLater = (fake: FakeFirestore): void => {
  for (const kept of fake.documents.values()) if ('at' in kept.fields) kept.fields = { ...kept.fields, at: 0 };
};

describe('answers that are lost', () => {
  const group = wide(4, 400_000);

  test('a block of parts that was created, and then said to be there already, is the caller’s own, and keeps its parts', async () => {
    const fake = fakeFirestore();
    const store = await openOn(lossy(fake));
    expect(await store.append(ledger, headAt(0), group)).toEqual(ok);
    expect(partsOf(fake).length).toBeGreaterThan(1);
    settled(fake);
    expect(await allRows(store)).toEqual(group);
  });

  test('whose block was created, and who cannot look, is told that it is not known, and nothing of it is taken away', async () => {
    const fake = fakeFirestore();
    const store = await openOn(fake.client);
    const { client } = fake;
    let isAway = false;
    const blind: FakeFirestore['client'] = {
      ...lossy(fake),
      doc: (path) => {
        const ref = client.doc(path);
        return {
          ...ref,
          get: async () => {
            isAway ||= path.includes('/tai_blocks/');
            if (isAway) throw statusError(14, 'unreachable');
            return ref.get();
          },
        };
      },
    };
    const hasty = await openOn(blind, { answerWithinMs: 1_000 });
    expect(await hasty.append(ledger, headAt(0), group)).toMatchObject({ left: { outcome: 'unknown' } });
    settled(fake);
    expect(await allRows(store)).toEqual(group);
    expect(await store.append(ledger, headAt(0), group)).toMatchObject({ right: { appended: 'duplicate', seq: 0 } });
  });

  test('a purge whose answer was lost counts what it took, once, and keeps the parts that it wrote', async () => {
    const fake = fakeFirestore();
    const [plain, store] = [await openOn(fake.client), await openOn(lossy(fake))];
    expect(await plain.append(ledger, headAt(0), group)).toEqual(ok);
    expect(await store.purge(ledger, 1, ['evidence/a', 'evidence/none'])).toEqual(E.right(1));
    settled(fake);
    expect(await allRows(plain)).toEqual(without(group, [[1, 'evidence/a']]));
    expect(await store.purge(ledger, 1, ['evidence/a'])).toEqual(E.right(0));
  });
});

describe('writers that meet', () => {
  test('of purges of one block that overtake one another each takes its own, and leaves no part behind', async () => {
    const fake = fakeFirestore();
    const stores = await Promise.all([1, 2, 3, 4].map(() => openOn(fake.client)));
    const group = wide(4, 300_000);
    expect(await stores[0]?.append(ledger, headAt(0), group)).toEqual(ok);
    const purged = await Promise.all(stores.map((store, seq) => store.purge(ledger, seq, ['evidence/a'])));
    expect(purged).toEqual(stores.map(() => E.right(1)));
    settled(fake);
    const gone = stores.map((_, seq) => [seq, 'evidence/a'] as const);
    expect(await allRows(stores[1]!)).toEqual(without(group, gone));
  });

  test('while one purges, the ledger grows, and whoever reads finds it whole', async () => {
    const fake = fakeFirestore();
    const [writer, eraser, reader] = await Promise.all([1, 2, 3].map(() => openOn(fake.client)));
    const first = wide(4, 300_000);
    expect(await writer?.append(ledger, headAt(0), first)).toEqual(ok);
    const grown = async (): Promise<void> => {
      for (let seq = 4; seq < 24; seq += 1) expect(await writer?.append(ledger, headAt(seq), [rowAt(seq)])).toEqual(ok);
    };
    const erased = async (): Promise<void> => {
      for (let seq = 0; seq < 4; seq += 1) expect(await eraser?.purge(ledger, seq, ['evidence/b'])).toEqual(E.right(1));
      for (let seq = 4; seq < 8; seq += 1) {
        // What is not there yet has nothing to erase.
        const count = openedOr((await eraser?.purge(ledger, seq, ['request/intent'])) ?? E.right(0));
        expect([0, 1]).toContain(count);
      }
    };
    const looked = async (): Promise<void> => {
      for (let n = 0; n < 8; n += 1) {
        const rows = await allRows(reader!);
        expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, at) => at));
        expect(rows.length).toBeGreaterThanOrEqual(4);
      }
    };
    await Promise.all([grown(), erased(), looked()]);
    settled(fake);
    const rows = await allRows(reader!);
    expect(rows).toHaveLength(24);
    expect(rows.slice(0, 4).map(({ disclosures }) => disclosures.map(({ name }) => name))).toEqual(
      first.map(() => ['evidence/a']),
    );
  });
});

test('a purge that breaks off at any request is run again: the disclosure is gone, all else is there, and a day later no part is left', async () => {
  const group = wide(3, 350_000);
  let points = 0;
  for (const towards of ['store', 'caller'] as const)
    for (let message = 1; ; message += 1) {
      const fake = fakeFirestore();
      const [patient, hasty] = [await openOn(fake.client), await openOn(fake.client, { answerWithinMs: 40 })];
      expect(await patient.append(ledger, headAt(0), group)).toEqual(ok);
      fake.order({ how: 'cut', towards, message });
      const broken = await hasty.purge(ledger, 1, ['evidence/a']);
      const isStruck = fake.struck();
      fake.order(undefined);
      if (!isStruck) {
        if (E.isRight(broken)) break;
        // A busy machine: it gave up before its turn came. The same request once more.
        message -= 1;
        continue;
      }
      points += 1;
      const again = openedOr(await patient.purge(ledger, 1, ['evidence/a']));
      expect(E.isRight(broken) ? broken.right + again : [0, 1].includes(again)).toBe(E.isRight(broken) ? 1 : true);
      expect(await allRows(patient)).toEqual(without(group, [[1, 'evidence/a']]));
      aDayLater(fake);
      expect(await patient.purge(ledger, 2, ['evidence/b'])).toEqual(E.right(1));
      settled(fake);
    }
  expect(points).toBeGreaterThan(8);
}, 120_000);

describe('limits', () => {
  test('a group of 256 receipts with 40 MB beside them is asked for in requests that Firestore takes, and purged in such', async () => {
    const fake = fakeFirestore();
    const store = await openOn(fake.client);
    const group = wide(256, 80_000);
    // The fake refuses a request of more than 10 MiB or 500 writes, and a document of more than 1 MiB.
    expect(await store.append(ledger, headAt(0), group)).toEqual(ok);
    expect(partsOf(fake).length).toBeGreaterThan(40);
    expect(await store.purge(ledger, 200, ['evidence/a'])).toEqual(E.right(1));
    settled(fake);
    expect((await allRows(store)).map(({ disclosures }) => disclosures.length)).toEqual(
      group.map(({ seq }) => (seq === 200 ? 1 : 2)),
    );
  });

  test('what just fits stands within the block, and one character more beside it; both are read as they were', async () => {
    let beside = 0;
    for (const characters of [449_800, 449_900, 449_950, 450_000, 450_100]) {
      const fake = fakeFirestore();
      const store = await openOn(fake.client);
      const group = wide(1, characters);
      expect(await store.append(ledger, headAt(0), group)).toEqual(ok);
      beside += partsOf(fake).length === 0 ? 0 : 1;
      expect(await allRows(store)).toEqual(group);
    }
    expect([1, 2, 3, 4]).toContain(beside);
  });

  test('a page is as many blocks as their disclosures allow', async () => {
    const fake = fakeFirestore();
    const store = await openOn(fake.client);
    const rows = rowsFrom(0, 40).map((row) => ({
      ...row,
      disclosures: [{ name: 'evidence/a', text: noise(`${row.seq}`, 800_000) }],
    }));
    for (const row of rows) expect(await store.append(ledger, headAt(row.seq), [row])).toEqual(ok);
    fake.pages.splice(0);
    expect((await allRows(store)).length).toBe(40);
    // Five blocks of 800 000 characters are 4 MB.
    expect(Math.max(...fake.pages)).toBeLessThanOrEqual(5);
    expect(fake.pages.length).toBeLessThan(15);
  });
});
