/**
 * What the governor's shell costs: a whole `submit`, over the store in memory, beside a decision with its complete receipt, which is
 * the least that it could be. A refusal for which two observers looked, and a read. Then 64 callers at once over SQLite, beside the
 * bare driver at equal bytes. Process CPU time; what is compared takes turns; medians of the rounds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { memoryStore, openSqliteDriver, openSqliteStore } from '@tai-autonomics/adapter-storage';
import type { Asked, Governor, LedgerStore, Row } from '@tai-autonomics/governor';
import { nodeSha256, nodeTextCodec } from '@tai-autonomics/governor/node';
import { ASKED, agent, loaded, start } from './asked-governor.ts';
import { amount, cpuMs, cpuMsSince, figure, median } from './measure.ts';
import { onPage } from './on-page.ts';
import { receiptStep, right } from './receipt-step.ts';
import { rollbackWorkload } from './rollback-workload.ts';

const SEED = 20_261_121;
const ROUNDS = amount(15);
const WARM_UP = 3;
const INTENTS = amount(1_000);
const CALLERS = 64;
const submitted = async (governor: Governor, asked: Asked): Promise<void> => {
  const answer = await governor.submit(agent, asked);
  if (!answer.decided) throw new Error(`${answer.why}: ${answer.detail}`);
};

/** Microseconds of CPU time for each of so many intents, one after the other. */
const alone = async (governor: Governor, asked: Asked): Promise<number> => {
  const began = process.cpuUsage();
  for (let n = 0; n < INTENTS; n += 1) await submitted(governor, asked);
  return (cpuMsSince(began) * 1e3) / INTENTS;
};

/** Milliseconds that the middle one of so many takes, from question to answer. */
const p50 = async (governor: Governor, asked: Asked): Promise<number> => {
  const taken: number[] = [];
  for (let n = 0; n < INTENTS; n += 1) {
    const began = performance.now();
    await submitted(governor, asked);
    taken.push(performance.now() - began);
  }
  return median(taken);
};

/** Intents of each kind before anything is measured, in a short run too: code that is not compiled yet says nothing of what it costs. */
const WARM_INTENTS = 1_000;

const inMemory = async (): Promise<void> => {
  const { observations } = rollbackWorkload(loaded.catalog, 256, SEED);
  const governor = await start(memoryStore());
  const names = Object.keys(ASKED);
  for (const name of names) for (let n = 0; n < WARM_INTENTS; n += 1) await submitted(governor, ASKED[name] as Asked);
  const [least, ...costs] = [[], ...names.map(() => [])] as number[][] as [number[], ...number[][]];
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const floor = (cpuMs(() => void receiptStep(nodeSha256, loaded, observations, nodeTextCodec)) * 1e3) / 256;
    if (round >= 0) least.push(floor);
    for (const [n, name] of names.entries()) {
      const cost = await alone(governor, ASKED[name] as Asked);
      if (round >= 0) costs[n]?.push(cost);
    }
  }
  console.log('submit, over the store in memory        µs of CPU    times decide + receipt    p50 ms');
  console.log(`${'decide + receipt'.padEnd(36)}${figure('µs', median(least), 1).padStart(13)}`);
  for (const [n, name] of names.entries()) {
    const cost = median(costs[n] ?? []);
    const middle = await p50(governor, ASKED[name] as Asked);
    console.log(
      `${name.padEnd(36)}${figure('µs', cost, 1).padStart(13)}${figure('times', cost / median(least), 2).padStart(26)}${figure('ms', middle, 3).padStart(10)}`,
    );
  }
  const times = costs.map((cost) => figure('times', median(cost) / median(least), 1));
  onPage(
    '`submit` in memory, beside a decision with its receipt: a refusal with evidence of two observers; a read',
    times.join('; '),
  );
  await governor.close();
};

const bytesOf = ({ bytes, disclosures }: Row): number =>
  bytes.length + disclosures.reduce((sum, { name, text }) => sum + name.length + text.length, 0);

/** Rows a second of the bare driver, in transactions of so many. */
const bare = async (path: string, sizes: readonly number[]): Promise<number> => {
  const driver = await openSqliteDriver(path);
  driver.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE bare (body BLOB)');
  const began = performance.now();
  for (let n = 0; n < sizes.length; n += CALLERS) {
    driver.exec('BEGIN IMMEDIATE');
    for (const size of sizes.slice(n, n + CALLERS))
      driver.run('INSERT INTO bare (body) VALUES (?)', [new Uint8Array(size)]);
    driver.exec('COMMIT');
  }
  const seconds = (performance.now() - began) / 1e3;
  driver.close();
  return sizes.length / seconds;
};

const onDisk = async (folder: string): Promise<void> => {
  const asked = ASKED['refused, two observers looked'] as Asked;
  const [ratios, rates, bounds]: [number[], number[], number[]] = [[], [], []];
  const { observations } = rollbackWorkload(loaded.catalog, 256, SEED);
  for (let round = 0; round < amount(7); round += 1) {
    const sizes: number[] = [];
    const inner = right(await openSqliteStore(join(folder, `store-${round}.db`)));
    const append: LedgerStore['append'] = (ledger, expected, rows) => {
      for (const row of rows) sizes.push(bytesOf(row));
      return inner.append(ledger, expected, rows);
    };
    const governor = await start({ ...inner, append });
    const before = sizes.length;
    const began = performance.now();
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        for (let n = 0; n < INTENTS / 16; n += 1) await submitted(governor, asked);
      }),
    );
    const rows = sizes.length - before;
    const rate = rows / ((performance.now() - began) / 1e3);
    await governor.close();
    const floor = await bare(join(folder, `bare-${round}.db`), sizes.slice(before));
    rates.push(rate);
    ratios.push(rate / floor);
    const started = performance.now();
    receiptStep(nodeSha256, loaded, observations, nodeTextCodec);
    bounds.push(256 / ((performance.now() - started) / 1e3) / floor);
  }
  console.log(
    `submit over SQLite, ${CALLERS} callers: ${figure('a second', median(rates))} a second, ${figure('times', median(ratios), 3)} of the bare driver’s rows   (at least 0.25, aim 0.5)`,
  );
  onPage(
    'the whole of `submit`, durable in SQLite, 64 callers, beside rows of the bare driver',
    figure('times', median(ratios), 2),
  );
  console.log(
    `what bounds it on one thread: deciding and receipts alone, with nothing stored, reach ${figure('times', median(bounds), 3)} of those rows`,
  );
};

/** Prints both. */
export const governorBench = async (): Promise<void> => {
  await inMemory();
  const folder = mkdtempSync(join(tmpdir(), 'tai-governor-'));
  try {
    await onDisk(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
