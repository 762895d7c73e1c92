/**
 * How long a tenant takes to open in a new process, by the length of its ledger: from a snapshot, and folded from its first
 * receipt. The ledgers are in SQLite files; the long one is written through the store. And how long a governor takes to start that
 * has signed for many ledgers.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { folderSnapshots, memoryStore, openSqliteStore } from '@tai-autonomics/adapter-storage';
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
/** Tenants of a deployment. */
const TENANTS = [1_000, amount(100_000)] as const;
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

/** Milliseconds of CPU time until a governor is ready that signed for so many ledgers before. */
const started = async (folder: string, count: number): Promise<number> => {
  const place = mkdtempSync(join(folder, 'many-'));
  const { secret } = right(await openKeyFile(join(place, 'bench.key'), systemRandom));
  const identity = createIdentity({ secret, domain: 'bench.example', mode: 'eval', session: 'bench' });
  const store = memoryStore();
  const leaf = new Uint8Array(32);
  const root = 'A'.repeat(43);
  const marks: unknown[] = [];
  for (let n = 0; n < count; n += 1) {
    const [id, origin] = [identity.ledger(`tenant-${n}`), identity.origin(`tenant-${n}`)];
    right(await store.append(id, { size: 0, leaf }, [{ seq: 0, leaf, bytes: new Uint8Array(8), disclosures: [] }]));
    marks.push({ origin, size: 1, root });
  }
  writeFileSync(join(place, 'bench.key.mark.json'), JSON.stringify({ format: 'tai-autonomics/marks@1', marks }));
  const began = process.cpuUsage();
  const governor = await start(place, store);
  const reasons = await governor.ready();
  const ms = cpuMsSince(began);
  if (reasons.length > 0) throw new Error(reasons.join('; '));
  await governor.close();
  return ms;
};

const printStarts = async (folder: string): Promise<void> => {
  const times = new Map<number, number[]>(TENANTS.map((count) => [count, []]));
  for (let round = -1; round < amount(5); round += 1)
    for (const count of TENANTS) {
      const ms = await started(folder, count);
      if (round >= 0) times.get(count)?.push(ms);
    }
  const [few = 0, many = 0] = TENANTS.map((count) => median(times.get(count) ?? []));
  const [less, more] = TENANTS.map((count) => figure('tenants', count));
  console.log(
    `starting a governor until it is ready: ${less} tenants ${figure('ms', few, 1)} ms of CPU, ${more} tenants ${figure('ms', many, 1)} ms: ${figure('times', many / few, 2)} times`,
  );
};

/** Prints both lengths and their ratio, and what a start takes with few tenants and with many. */
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
    await printStarts(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
