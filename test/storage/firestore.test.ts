/** The Firestore store over a Firestore of our own, which enforces what the real one does: the conformance suite, and faults. */
import { createHash } from 'node:crypto';
import {
  type ConformanceRow,
  catalogStoreConformance,
  conformanceTable,
  ledgerStoreConformance,
  type Wired,
} from '@tai-autonomics/adapter-storage/conformance';
import {
  type FirestoreOptions,
  firestoreCatalogs,
  openFirestoreStore,
  parseFirestoreUrl,
} from '@tai-autonomics/adapter-storage/firestore';
import type { LedgerStore, Row } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { afterAll, describe, expect, test } from 'vitest';
import { everyStore } from '../runs.ts';
import { type FakeFirestore, fakeFirestore, lossy, statusError } from './firestore-fake.ts';
import { openedOr } from './folder.ts';
import { allRows, headAt, ledger, ok, rowAt, rowsFrom } from './rows.ts';

const NAME = 'firestore:tests/(default)';

const openOn = async (fake: FakeFirestore, options: FirestoreOptions = {}): Promise<LedgerStore> =>
  openedOr(await openFirestoreStore(fake.client, { name: NAME, ...options }));

const rows: ConformanceRow[] = [];
afterAll(() => {
  if (everyStore) process.stdout.write(`${conformanceTable(rows)}\n`);
});

ledgerStoreConformance(
  'Firestore, our fake',
  async () => openOn(fakeFirestore()),
  { describe, test },
  {
    wire: async (): Promise<Wired> => {
      const fake = fakeFirestore();
      // Only a call in trouble is to be given up soon.
      const [patient, hasty] = [await openOn(fake), await openOn(fake, { answerWithinMs: 200 })];
      let store = patient;
      return {
        store: {
          ...patient,
          append: (...asked) => store.append(...asked),
          read: (...asked) => store.read(...asked),
          purge: (...asked) => store.purge(...asked),
        },
        order: (trouble) => {
          store = trouble === undefined ? patient : hasty;
          fake.order(trouble);
        },
        struck: fake.struck,
      };
    },
    long: { none: 'the fake holds all of it in memory' },
    tell: (row) => rows.push(row),
  },
);

ledgerStoreConformance(
  'Firestore, our fake, where every second commit meets contention',
  async () => {
    const fake = fakeFirestore();
    const store = await openOn(fake);
    fake.refuse((n) => (n % 2 === 1 ? statusError(10, 'too much contention') : undefined));
    return store;
  },
  { describe, test },
  { wire: { none: 'the fake without contention was cut' }, tell: (row) => rows.push(row) },
);

catalogStoreConformance('Firestore, our fake', async () => firestoreCatalogs(fakeFirestore().client), {
  describe,
  test,
});

/** A group of so many bytes that nothing makes smaller. */
const large = (count: number, bytes: number): readonly Row[] =>
  rowsFrom(0, count).map((row) => ({
    ...row,
    bytes: new Uint8Array(Buffer.alloc(bytes, row.leaf)),
  }));

/** Rows of another writer. */
const others = (from: number, to: number, salt: string): readonly Row[] =>
  rowsFrom(from, to).map((row) => ({
    ...row,
    leaf: row.leaf.map((byte) => byte ^ salt.charCodeAt(0)),
    intent: { id: `${salt}${row.seq}`, digest: 'd' },
  }));

/** What is compared of large rows: byte by byte would take its time. */
const printsOf = (of: readonly Row[]): readonly string[] =>
  of.map((row) =>
    createHash('sha256')
      .update(row.bytes)
      .update(JSON.stringify([row.seq, [...row.leaf], row.disclosures, row.intent]))
      .digest('hex'),
  );

const blocksOf = (fake: FakeFirestore): readonly string[] =>
  [...fake.documents.keys()].filter((path) => path.includes('/tai_blocks/'));
const partsOf = (fake: FakeFirestore): readonly string[] =>
  [...fake.documents.keys()].filter((path) => path.includes('/tai_parts/'));

describe('documents', () => {
  test('an append is one document, and after the first one of a ledger one write', async () => {
    const fake = fakeFirestore();
    const store = await openOn(fake);
    expect(await store.append(ledger, headAt(0), rowsFrom(0, 100))).toEqual(ok);
    expect(await store.append(ledger, headAt(100), rowsFrom(100, 356))).toEqual(ok);
    expect(blocksOf(fake)).toHaveLength(2);
    expect(fake.commits.slice(-2)).toEqual([2, 1]);
  });

  test('a group that no document can hold is written whole or not at all, and is read as it was', async () => {
    const fake = fakeFirestore();
    const store = await openOn(fake);
    const hasty = await openOn(fake, { answerWithinMs: 300 });
    const group = large(40, 64_000);
    // The parts go ahead, the block does not come.
    fake.refuse((n) => (n > 1 ? statusError(14, 'unreachable') : undefined));
    expect(await hasty.append(ledger, headAt(0), group)).toMatchObject({ left: { outcome: 'unknown' } });
    fake.refuse(undefined);
    expect(await allRows(store)).toEqual([]);
    expect(await store.append(ledger, headAt(0), group)).toEqual(ok);
    expect(blocksOf(fake)).toHaveLength(1);
    expect(printsOf(await allRows(store))).toEqual(printsOf(group));
  });

  test('a receipt that is larger than a document comes back byte for byte, and its disclosures can be purged', async () => {
    const fake = fakeFirestore();
    const store = await openOn(fake);
    const secret = 'the secret of nobody '.repeat(80_000);
    const row: Row = {
      ...rowAt(0),
      bytes: large(1, 2_000_000)[0]?.bytes ?? new Uint8Array(0),
      disclosures: [
        { name: 'evidence/large', text: secret },
        { name: 'evidence/kept', text: 'kept' },
      ],
    };
    expect(await store.append(ledger, headAt(0), [row])).toEqual(ok);
    expect(printsOf(await allRows(store))).toEqual(printsOf([row]));
    expect(await store.purge(ledger, 0, ['evidence/large'])).toEqual(E.right(1));
    const kept = { ...row, disclosures: [{ name: 'evidence/kept', text: 'kept' }] };
    expect(printsOf(await allRows(store))).toEqual(printsOf([kept]));
    expect(holding(fake, 'secret of nobody')).toEqual([]);
  });

  test('what was purged is nowhere in the database any more', async () => {
    const fake = fakeFirestore();
    const store = await openOn(fake);
    expect(await store.append(ledger, headAt(0), rowsFrom(0, 3))).toEqual(ok);
    expect(holding(fake, 'intent-text-1')).toHaveLength(1);
    expect(await store.purge(ledger, 1, ['request/intent'])).toEqual(E.right(1));
    expect(holding(fake, 'intent-text-1')).toEqual([]);
    expect(holding(fake, 'intent-text-0')).toHaveLength(1);
  });

  test('parts that a writer left behind go with the first purge a day later, and those that are in use stay', async () => {
    const fake = fakeFirestore();
    const store = await openOn(fake);
    const hasty = await openOn(fake, { answerWithinMs: 300 });
    const group = large(40, 64_000);
    fake.refuse((n) => (n > 1 ? statusError(14, 'unreachable') : undefined));
    await hasty.append(ledger, headAt(0), group);
    fake.refuse(undefined);
    expect(partsOf(fake).length).toBeGreaterThan(0);
    const left = new Set(partsOf(fake));
    for (const kept of fake.documents.values()) if ('at' in kept.fields) kept.fields = { ...kept.fields, at: 0 };
    expect(await store.append(ledger, headAt(0), group)).toEqual(ok);
    const inUse = partsOf(fake).filter((path) => !left.has(path));
    for (const kept of fake.documents.values()) if ('at' in kept.fields) kept.fields = { ...kept.fields, at: 0 };
    expect(await store.purge(ledger, 3, ['request/intent'])).toEqual(E.right(1));
    expect(partsOf(fake).filter((path) => left.has(path))).toEqual([]);
    expect(partsOf(fake).some((path) => inUse.includes(path))).toBe(true);
    expect((await allRows(store)).length).toBe(40);
  });

  test('two stores of one database see one another, and of two that append at once one wins', async () => {
    const fake = fakeFirestore();
    const [one, other] = [await openOn(fake), await openOn(fake)];
    expect(await one.append(ledger, headAt(0), rowsFrom(0, 2))).toEqual(ok);
    const answers = await Promise.all([
      one.append(ledger, headAt(2), others(2, 4, 'b')),
      other.append(ledger, headAt(2), others(2, 4, 'c')),
    ]);
    expect(answers.map((answer) => E.isRight(answer) && answer.right.appended).sort()).toEqual(['conflict', 'ok']);
    expect(await allRows(one)).toEqual(await allRows(other));
    const purged = await Promise.all([
      one.purge(ledger, 0, ['request/intent']),
      other.purge(ledger, 1, ['request/intent']),
    ]);
    expect(purged).toEqual([E.right(1), E.right(1)]);
    expect((await allRows(one)).slice(0, 2).map(({ disclosures }) => disclosures.length)).toEqual([1, 1]);
  });
});

/** The documents whose fields hold a text. */
const holding = (fake: FakeFirestore, text: string): readonly string[] =>
  [...fake.documents]
    .filter(([, { fields }]) =>
      Object.values(fields).some((value) =>
        value instanceof Uint8Array ? Buffer.from(value).includes(text) : String(value).includes(text),
      ),
    )
    .map(([path]) => path);

describe('what Firestore says no to', () => {
  test.for([
    { code: 5, note: 'no database', says: 'it has no such database' },
    { code: 7, note: 'no right', says: 'grant roles/datastore.user' },
    { code: 8, note: 'no quota', says: 'its quota is used up' },
    { code: 9, note: 'Datastore mode', says: 'Native mode' },
    { code: 12, note: 'another mode', says: 'Native mode' },
    { code: 16, note: 'no credentials', says: 'GOOGLE_APPLICATION_CREDENTIALS' },
  ])('$note is a line that names the store and says what to do, and nothing was written', async ({ code, says }) => {
    const fake = fakeFirestore();
    const store = await openOn(fake, { answerWithinMs: 300 });
    fake.refuse(() => statusError(code, 'as it says'));
    const said = { left: { fault: 'unavailable', outcome: 'not_written', detail: expect.stringContaining(says) } };
    expect(await store.append(ledger, headAt(0), rowsFrom(0, 1))).toMatchObject(said);
    expect(await openFirestoreStore(fakeRefusing(code), { name: NAME, answerWithinMs: 300 })).toMatchObject(said);
    fake.refuse(undefined);
    expect(await allRows(store)).toEqual([]);
  });

  test('contention that never ends is unwritten, and a way that never answers is not known', async () => {
    const fake = fakeFirestore();
    const store = await openOn(fake, { answerWithinMs: 300 });
    fake.refuse(() => statusError(10, 'contention'));
    expect(await store.append(ledger, headAt(0), rowsFrom(0, 1))).toMatchObject({ left: { outcome: 'not_written' } });
    fake.refuse(() => statusError(14, 'unreachable'));
    expect(await store.append(ledger, headAt(0), rowsFrom(0, 1))).toMatchObject({ left: { outcome: 'unknown' } });
  });

  test('an append whose answer was lost is ok when the next attempt finds what it wrote', async () => {
    const fake = fakeFirestore();
    const store = await openOn(fake);
    // The client of Google tries again by itself, and then says that the document is there already.
    const client = lossy(fake);
    const other = openedOr(await openFirestoreStore(client, { name: NAME }));
    expect(await other.append(ledger, headAt(0), rowsFrom(0, 2))).toEqual(ok);
    expect(await allRows(store)).toEqual(rowsFrom(0, 2));
    expect(await other.append(ledger, headAt(0), others(0, 1, 'b'))).toMatchObject({ right: { appended: 'conflict' } });
  });

  test('half a block is a corrupt store, and never a shorter ledger', async () => {
    const fake = fakeFirestore();
    const store = await openOn(fake);
    expect(await store.append(ledger, headAt(0), rowsFrom(0, 3))).toEqual(ok);
    expect(await store.append(ledger, headAt(3), rowsFrom(3, 6))).toEqual(ok);
    const [, second] = blocksOf(fake);
    const kept = fake.documents.get(second ?? '');
    const whole = kept?.fields ?? {};
    const bytes = whole['rows'] as Uint8Array;
    const halves: readonly [string, Record<string, unknown>][] = [
      ['half of its rows', { rows: bytes.subarray(0, bytes.length / 2) }],
      ['no rows', { rows: Buffer.alloc(0) }],
      ['rows that are none', { rows: Buffer.from('nothing\n') }],
      ['parts that are not there', { rows: 'nowhere/3' }],
      ['no disclosures', { disclosures: Buffer.from('[]') }],
      ['disclosures that are none', { disclosures: Buffer.from('{') }],
      ['no last receipt', { last: 'five' }],
    ];
    for (const [note, half] of halves) {
      if (kept !== undefined) kept.fields = { ...whole, ...half };
      const seen: unknown[] = [];
      for await (const row of store.read(ledger, 0, 6)) seen.push(row);
      expect(seen.filter((row) => E.isRight(row as E.Either<unknown, unknown>)).length, note).toBeLessThanOrEqual(3);
      if (note !== 'no last receipt') expect(seen.at(-1), note).toMatchObject({ left: { fault: 'corrupt' } });
    }
    if (kept !== undefined) kept.fields = whole;
    expect(await allRows(store)).toEqual(rowsFrom(0, 6));
    // A block that is gone leaves a gap.
    fake.documents.delete(blocksOf(fake)[0] ?? '');
    const [first] = await readAll(store);
    expect(first).toMatchObject({ left: { fault: 'corrupt', detail: expect.stringContaining('seq 0 is missing') } });
  });

  test('documents of a newer release are refused', async () => {
    const fake = fakeFirestore();
    await openOn(fake);
    const version = fake.documents.get('tai_stores/store');
    if (version !== undefined) version.fields = { version: 2 };
    expect(await openFirestoreStore(fake.client, { name: NAME })).toMatchObject({
      left: { detail: expect.stringContaining('open it with a newer release') },
    });
  });
});

const readAll = async (store: LedgerStore): Promise<readonly unknown[]> => {
  const seen: unknown[] = [];
  for await (const row of store.read(ledger, 0, 99)) seen.push(row);
  return seen;
};

const fakeRefusing = (code: number): FakeFirestore['client'] => {
  const fake = fakeFirestore();
  fake.refuse(() => statusError(code, 'as it says'));
  return fake.client;
};

test('a place is read whole, or refused: nothing is thrown', () => {
  const named = (text: string) => E.map(({ name }: { readonly name: string }) => name)(parseFirestoreUrl(text));
  expect(named('firestore:acme-prod')).toEqual(E.right('firestore:acme-prod/(default)'));
  expect(named('firestore:acme-prod/ledgers')).toEqual(E.right('firestore:acme-prod/ledgers'));
  expect(named('firestore:example.com:acme-prod/(default)')).toEqual(
    E.right('firestore:example.com:acme-prod/(default)'),
  );
  for (const text of [
    'firestore:',
    'firestore:A',
    'firestore:acme/',
    'firestore:acme/x/y',
    'firestore:acme-prod/../x',
    'postgres://a@b/c',
  ])
    expect(named(text)).toMatchObject({ left: { detail: expect.stringContaining('not of the form') } });
});
