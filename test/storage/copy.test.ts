/** A ledger that is copied from one store to another: in parts, compared, and never over another one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryCatalogs, memoryStore } from '@tai-autonomics/adapter-storage';
import { type LedgerStore, openDeployment, type Row } from '@tai-autonomics/governor';
import { checkLedger, copyLedger } from '@tai-autonomics/governor/operator';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openedOr } from './folder.ts';
import { allRows } from './rows.ts';

const dir = mkdtempSync(join(tmpdir(), 'tai-copy-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const from = memoryStore();
let ledger = '';

beforeAll(async () => {
  const catalogs = memoryCatalogs();
  const kept: LedgerStore = { ...from, close: async () => {} };
  const opened = await openDeployment({
    dir,
    catalog: library,
    storage: { ledgers: async () => E.right(kept), catalogs: () => catalogs },
  });
  if (!opened.opened) throw new Error(opened.wrong.join('\n'));
  const { governor, identity, openTenant, close } = opened.deployment;
  await openTenant('acme', 'olivia');
  const caller = { tenant: 'acme', subject: { type: 'agent', id: 'bot' }, scope: ['read_deployment'] } as const;
  for (const id of ['a', 'b', 'c']) await governor.submit(caller, { id, action: 'check_health', resource: '*' });
  openedOr(
    E.mapLeft(
      ({ detail }: { readonly detail: string }) => ({ fault: 'unavailable', detail, outcome: 'unknown' }) as const,
    )(await governor.seal('acme')),
  );
  await close();
  ledger = identity.ledger('acme');
});

/** The store as somebody made it look. */
const reading = (as: (row: Row) => Row): LedgerStore => ({
  ...from,
  read: async function* (of, first, end) {
    for await (const row of from.read(of, first, end)) yield E.map(as)(row);
  },
});

test('a ledger that goes on while it is copied is copied as it stood when the copy began', async () => {
  const all = await allRows(from, ledger);
  let stands = all.length - 1;
  const growing: LedgerStore = {
    ...from,
    head: async () => E.right({ size: stands, leaf: (all[stands - 1] as Row).leaf }),
    read: (of, first, end) => from.read(of, first, Math.min(end, stands)),
  };
  const to = memoryStore();
  const copied = await copyLedger(growing, to, ledger, {
    onRead: () => {
      stands = all.length;
    },
  });
  expect(copied).toMatchObject({ right: { receipts: all.length - 1, copied: all.length - 1, checkpoints: 0 } });
  expect(await copyLedger(growing, to, ledger)).toMatchObject({ right: { copied: 1, checkpoints: 1 } });
});

test('a copy that was stopped goes on where it ended, and is the same at the end, checkpoints too', async () => {
  const to = memoryStore();
  let read = 0;
  const stopped = await copyLedger(from, to, ledger, { onRead: () => read++, isStopped: () => read === 2 });
  expect(stopped).toMatchObject({ left: expect.stringContaining('run it again') });
  expect((await allRows(to, ledger)).length).toBe(2);
  const all = await allRows(from, ledger);
  expect(await copyLedger(from, to, ledger)).toMatchObject({ right: { receipts: all.length, copied: all.length - 2 } });
  expect(await allRows(to, ledger)).toEqual(all);
  expect(await to.checkpoint(ledger)).toEqual(await from.checkpoint(ledger));
  expect(openedOr(await checkLedger(to, ledger))).toMatchObject({ faults: [], receipts: all.length });
});

test('what was erased since an earlier copy is erased in it, too', async () => {
  const to = memoryStore();
  openedOr(
    await copyLedger(from, to, ledger).then(
      E.mapLeft((detail) => ({ fault: 'unavailable', detail, outcome: 'unknown' }) as const),
    ),
  );
  const [, second] = await allRows(from, ledger);
  const erased = reading((row) => (row.seq === 1 ? { ...row, disclosures: row.disclosures.slice(1) } : row));
  expect(await copyLedger(erased, to, ledger)).toMatchObject({ right: { copied: 0, erased: 1 } });
  expect((await allRows(to, ledger))[1]?.disclosures).toEqual(second?.disclosures.slice(1));
});

test('another ledger is not copied over', async () => {
  const to = memoryStore();
  const other = (await allRows(from, ledger)).slice(0, 1).map((row) => ({ ...row, leaf: new Uint8Array(32).fill(7) }));
  openedOr(await to.append(ledger, { size: 0, leaf: new Uint8Array(32) }, other));
  expect(await copyLedger(from, to, ledger)).toMatchObject({ left: expect.stringContaining('holds another ledger') });
});

test('a receipt whose bytes were changed is not copied, nor what follows it', async () => {
  const to = memoryStore();
  const changed = reading((row) => (row.seq === 1 ? { ...row, bytes: new Uint8Array(3) } : row));
  expect(await copyLedger(changed, to, ledger)).toMatchObject({
    left: expect.stringContaining('receipt 1 was changed in the store'),
  });
  expect((await allRows(to, ledger)).length).toBeLessThan(2);
});

test('of however many checkpoints the newest is named', async () => {
  const many = 150_000;
  const sealed: LedgerStore = {
    ...from,
    checkpoint: async (_of, atMost = many) => {
      const size = Math.min(atMost, many);
      return E.right(size < 1 ? undefined : { size, note: '' });
    },
  };
  expect(openedOr(await checkLedger(sealed, ledger))).toMatchObject({ sealed: many, checkpoints: many });
});
