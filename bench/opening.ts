/**
 * How long a tenant takes to open in a new process, by the length of its ledger: from a snapshot, and folded from its first
 * receipt. The ledgers are in SQLite files; the long one is written through the store. And how long a governor takes to start that
 * has signed for many ledgers.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { folderSnapshots, openSqliteStore } from '@tai-autonomics/adapter-storage';
import {
  advanceHead,
  appendReceipt,
  emptyHead,
  type LedgerEntry,
  type LedgerHead,
  parseReceipt,
} from '@tai-autonomics/core/receipt';
import {
  anyResource,
  anySubject,
  type Caller,
  createGovernor,
  type Governor,
  type LedgerStore,
  loadCatalog,
  type Row,
  type SnapshotStore,
} from '@tai-autonomics/governor';
import { createIdentity, openKeyFile } from '@tai-autonomics/governor/keys';
import { nodeSha256, nodeTextCodec, systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { bought } from './audited-ledger.ts';
import { amount, cpuMsSince, figure, median } from './measure.ts';
import { right } from './receipt-step.ts';

const NOW = Date.UTC(2026, 10, 21, 8);
const SHORT = 1_000;
const LONG = amount(1_000_000);
const ROUNDS = amount(41);
const GROUP = 256;
const GOAL = 1.3;
const TENANT = 'acme';
const agent: Caller = { tenant: TENANT, subject: { type: 'agent', id: 'bot' }, scope: ['read_deployment'] };
const catalog = right(loadCatalog(library));

const start = async (folder: string, store: LedgerStore, snapshots?: SnapshotStore): Promise<Governor> => {
  const key = right(await openKeyFile(join(folder, 'bench.key'), systemRandom));
  return right(
    await createGovernor({
      standing: { mode: 'eval', session: 'bench' },
      domain: 'bench.example',
      catalogs: [catalog],
      // Closed by whoever opened it.
      store: { ...store, close: async () => {} },
      signer: key.signer,
      secret: key.secret,
      ...(snapshots === undefined ? {} : { snapshots }),
      clock: () => NOW,
      random: systemRandom,
      resources: anyResource('sandbox'),
      subjects: anySubject,
      observers: [],
      handlers: [],
      ownerOf: () => ({ type: 'user', id: 'olivia' }),
    }),
  );
};

/** The tenant's ledger as its first process left it. */
const ledgerIn = async (folder: string, store: LedgerStore) => {
  const { secret } = right(await openKeyFile(join(folder, 'bench.key'), systemRandom));
  const id = createIdentity({ secret, domain: 'bench.example', mode: 'eval', session: 'bench' }).ledger(TENANT);
  const rows: Row[] = [];
  for await (const row of store.read(id, 0, 100)) rows.push(right(row));
  return { id, rows };
};

/** Brings the ledger to a length, with its last receipt again and again, each linked to the one before. */
const grow = async (folder: string, store: LedgerStore, size: number): Promise<void> => {
  const { id, rows } = await ledgerIn(folder, store);
  const { origin, seq: _, prev: __, ...entry } = right(parseReceipt((rows.at(-1) as Row).bytes));
  let head: LedgerHead = right(emptyHead(nodeSha256, origin));
  for (const { leaf } of rows) head = advanceHead(nodeSha256, head, leaf, NOW);
  while (head.size < size) {
    const expected = { size: head.size, leaf: head.prev };
    const group: Row[] = [];
    while (group.length < GROUP && head.size < size) {
      const appended = right(appendReceipt(nodeSha256, head, entry as unknown as LedgerEntry, nodeTextCodec));
      const { receipt, bytes, leaf } = appended;
      group.push({ seq: receipt.seq, bytes, leaf, disclosures: [] });
      head = appended.head;
    }
    const done = right(await store.append(id, expected, group));
    if (done.appended !== 'ok') throw new Error(`the ledger could not be grown: ${done.appended}`);
  }
};

interface Ledger {
  readonly folder: string;
  readonly store: LedgerStore;
  readonly snapshots: SnapshotStore;
  readonly size: number;
  readonly foldedMs: number;
}

const made = async (folder: string, size: number): Promise<Ledger> => {
  const store = right(await openSqliteStore(join(folder, `ledger-${size}.db`)));
  const place = mkdtempSync(join(folder, 'process-'));
  const first = await start(place, store);
  const shop: Caller = { tenant: TENANT, subject: { type: 'marketplace', id: 'shop' }, scope: [] };
  for (const [caller, asked] of [
    [shop, bought(NOW)],
    [agent, { action: 'check_health', resource: 'here' }],
  ] as const) {
    const answer = await first.submit(caller, asked);
    if (!answer.decided || answer.decision.verdict === 'refuse') throw new Error(JSON.stringify(answer));
  }
  await first.close();
  await grow(place, store, size);
  const snapshots = folderSnapshots(join(place, 'snapshots'));
  const second = await start(place, store, snapshots);
  const began = performance.now();
  const stands = right(await second.head(TENANT))?.size;
  const foldedMs = performance.now() - began;
  if (stands !== size) throw new Error(`the ledger has ${stands} receipts instead of ${size}`);
  right(await second.seal(TENANT));
  await second.close();
  return { folder: place, store, snapshots, size, foldedMs };
};

/** Milliseconds of CPU time until a new governor knows where the ledger stands. */
const opened = async ({ folder, store, snapshots, size }: Ledger): Promise<number> => {
  const governor = await start(folder, store, snapshots);
  const began = process.cpuUsage();
  const stands = right(await governor.head(TENANT))?.size ?? 0;
  const ms = cpuMsSince(began);
  if (stands < size) throw new Error(`the ledger has ${stands} receipts instead of ${size}`);
  await governor.close();
  return ms;
};

/** Prints both lengths, and their ratio. */
export const openingBench = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'tai-opening-'));
  try {
    const ledgers = [await made(folder, SHORT), await made(folder, LONG)] as const;
    const times: [number[], number[]] = [[], []];
    for (let round = -2; round < ROUNDS; round += 1)
      for (const [n, ledger] of ledgers.entries()) {
        const ms = await opened(ledger);
        if (round >= 0) times[n]?.push(ms);
      }
    const [short, long] = times.map(median) as [number, number];
    console.log('\nopening a tenant in SQLite        from a snapshot (CPU)   from its first receipt');
    for (const [n, { size, foldedMs }] of ledgers.entries())
      console.log(
        `${figure('receipts', size).padStart(9)} receipts${figure('ms', [short, long][n] ?? 0, 2).padStart(33)} ms${figure('ms', foldedMs).padStart(22)} ms`,
      );
    console.log(`the long one takes ${figure('times', long / short, 2)} times the short one   (within ${GOAL})`);
    for (const { store } of ledgers) await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
