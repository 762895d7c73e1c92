/**
 * Durable appends to SQLite in groups, beside the bare driver writing the same number of bytes with the same settings.
 * Workload: one ledger; a receipt of 560 bytes with its leaf, an intent id and digest, and three disclosures of 400, 300 and
 * 250 characters; the bare driver inserts all of that as one blob a row. Each figure is the median of the rounds, and the
 * two take turns, so that a busy machine slows both.
 *
 * Then the same to PostgreSQL, where there is a server: beside bare inserts of a group of texts a statement over one connection, for
 * one tenant, and for 64 tenants over 8 connections.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteDriver, openSqliteStore, sqlitePragmas } from '@tai-autonomics/adapter-storage';
import { openPostgresStore } from '@tai-autonomics/adapter-storage/postgres';
import type { Head, LedgerStore, Row } from '@tai-autonomics/governor';
import { bareInserts, NO_SERVER, type PostgresServer, postgresOffers } from '../test/storage/postgres-server.ts';
import { amount, figure, median } from './measure.ts';
import { onPage } from './on-page.ts';

const rounds = amount(5);
/** Groups of one size, so that every line takes about as long. */
const groupsOf = (size: number): number => Math.max(20, Math.round(4000 / (size + 8)));
const groupSizes = [1, 16, 64, 256] as const;
/** 64 callers who wait for their answers fill groups of 64. */
const goal = { size: 64, atLeast: 0.3, aim: 0.6 };

const text = (length: number): string => randomBytes(length).toString('base64url').slice(0, length);
const receipt = randomBytes(560);
const disclosures = [400, 300, 250].map((length, index) => ({
  name: `evidence/fact-${index}/source`,
  text: text(length),
}));

const rowsOf = (size: number): readonly (readonly Row[])[] =>
  Array.from({ length: groupsOf(size) }, (_, group) =>
    Array.from({ length: size }, (_, index) => ({
      seq: group * size + index,
      leaf: randomBytes(32),
      bytes: receipt,
      disclosures,
      intent: { id: text(43), digest: text(43) },
    })),
  );

const bytesOf = ({ leaf, bytes, disclosures: disclosed, intent }: Row): number =>
  leaf.length +
  bytes.length +
  disclosed.reduce((sum, { name, text: disclosure }) => sum + name.length + disclosure.length, 0) +
  (intent === undefined ? 0 : intent.id.length + intent.digest.length);

/** Receipts a second through the store. */
const throughStore = async (path: string, work: readonly (readonly Row[])[]): Promise<number> => {
  const opened = await openSqliteStore(path);
  if (opened._tag === 'Left') throw new Error(opened.left.detail);
  const seconds = await appendAll(opened.right, 'bench', work);
  await opened.right.close();
  return (work.length * (work[0]?.length ?? 0)) / seconds;
};

/** Seconds that groups take, one after the other. */
const appendAll = async (store: LedgerStore, ledger: string, work: readonly (readonly Row[])[]): Promise<number> => {
  let head: Head = { size: 0, leaf: new Uint8Array(32) };
  const started = performance.now();
  for (const rows of work) {
    const appended = await store.append(ledger, head, rows);
    if (appended._tag === 'Left' || appended.right.appended !== 'ok') throw new Error(JSON.stringify(appended));
    const last = rows.at(-1)!;
    head = { size: last.seq + 1, leaf: last.leaf };
  }
  return (performance.now() - started) / 1000;
};

/** Rows a second through the driver alone: the same settings, one table, one blob a row, one transaction a group. */
const throughDriver = async (path: string, work: readonly (readonly Row[])[]): Promise<number> => {
  const driver = await openSqliteDriver(path);
  for (const [name, set] of sqlitePragmas) driver.exec(`PRAGMA ${name} = ${set}`);
  driver.exec('CREATE TABLE bare (id INTEGER PRIMARY KEY, body BLOB NOT NULL)');
  const blobs = work.map((rows) => rows.map((row) => randomBytes(bytesOf(row))));
  const started = performance.now();
  for (const group of blobs) {
    driver.exec('BEGIN IMMEDIATE');
    for (const blob of group) driver.run('INSERT INTO bare (body) VALUES (?)', [blob]);
    driver.exec('COMMIT');
  }
  const seconds = (performance.now() - started) / 1000;
  driver.close();
  return (work.length * (work[0]?.length ?? 0)) / seconds;
};

const perSecond = (value: number): string => figure('rows a second', value).padStart(12);

/** Prints one line a group size: the bare driver, the store, and their ratio. */
export const storageBench = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'tai-bench-'));
  try {
    const driver = await openSqliteDriver(join(folder, 'name.db'));
    driver.close();
    const rowBytes = bytesOf(rowsOf(1)[0]![0]!);
    console.log(`durable append to SQLite (${driver.name}, WAL, synchronous=FULL), ${rowBytes} bytes a receipt`);
    console.log('group        bare rows/s  receipts/s       ratio');
    let file = 0;
    for (const size of groupSizes) {
      const bare: number[] = [];
      const store: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const work = rowsOf(size);
        file += 1;
        bare.push(await throughDriver(join(folder, `bare-${file}.db`), work));
        store.push(await throughStore(join(folder, `store-${file}.db`), work));
      }
      const ratio = median(store.map((value, round) => value / (bare[round] ?? 1)));
      if (size === goal.size)
        onPage(
          'durable append to SQLite with 64 callers, beside the bare driver at equal bytes',
          figure('ratio', ratio, 2),
        );
      const wanted = size === goal.size ? `   (64 callers: at least ${goal.atLeast}, aim ${goal.aim})` : '';
      const cells = [perSecond(median(bare)), perSecond(median(store)), figure('ratio', ratio, 2).padStart(12)];
      console.log(`${String(size).padEnd(12)}${cells.join('')}${wanted}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  await postgresBench();
};

const TENANTS = 64;
const CONNECTIONS = 8;
/** 64 callers of one tenant fill groups of 64; each of 64 tenants has a few. */
const postgresGoals: Readonly<Record<string, string>> = {
  '64 1': '   (one hot tenant: at least 0.4)',
  '16 64': '   (64 tenants: at least 0.5)',
};

/** Receipts a second of one tenant, or of many that append at the same time. */
const throughPostgres = async (
  server: PostgresServer,
  tenants: number,
  size: number,
): Promise<readonly [number, number]> => {
  const url = await server.database();
  const opened = await openPostgresStore(url, { connections: tenants === 1 ? 1 : CONNECTIONS });
  if (opened._tag === 'Left') throw new Error(opened.left.detail);
  const store = opened.right;
  const groups = Math.max(2, Math.round(amount(groupsOf(size)) / tenants));
  const work = Array.from({ length: tenants }, () => rowsOf(size).slice(0, groups));
  const bodies = work.flatMap((own) => own.map((rows) => rows.map((row) => text(bytesOf(row)))));
  const count = bodies.length * size;
  const bare = await bareInserts(server.as(url, 'tai_owner'), bodies);
  const started = performance.now();
  await Promise.all(work.map((own, tenant) => appendAll(store, `bench-${tenant}`, own)));
  const seconds = (performance.now() - started) / 1000;
  await store.close();
  await server.reuse(url);
  return [count / bare, count / seconds];
};

const postgresBench = async (): Promise<void> => {
  const [offer] = postgresOffers(true);
  if (offer === undefined) return console.log(`\nno append to PostgreSQL: ${NO_SERVER}`);
  const server = await offer();
  try {
    console.log(`\ndurable append to ${server.name}; bare: a group a statement over one connection`);
    console.log('group tenants     bare rows/s  receipts/s       ratio');
    for (const [size, tenants] of [...groupSizes.map((one) => [one, 1] as const), [16, TENANTS] as const]) {
      const measured: (readonly [number, number])[] = [];
      for (let round = 0; round < rounds; round += 1) measured.push(await throughPostgres(server, tenants, size));
      const ratio = median(measured.map(([bare, store]) => store / bare));
      const cells = [0, 1].map((n) => perSecond(median(measured.map((one) => one[n] ?? 0))));
      const name = `${String(size).padEnd(6)}${String(tenants).padEnd(8)}`;
      const goalOf = postgresGoals[`${size} ${tenants}`] ?? '';
      console.log(`${name}  ${cells.join('')}${figure('ratio', ratio, 2).padStart(12)}${goalOf}`);
    }
  } finally {
    await server.stop();
  }
};
