/**
 * What a governor holds on to while it works: ten minutes of intents over SQLite, refused ones and reads, sixteen at a time, and the heap
 * after each minute, once all garbage is collected. Ledgers grow on the disk; a heap that grows with them is a leak.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import { ASKED, agent, start } from './asked-governor.ts';
import { amount, figure, heapBytes, isShort, median } from './measure.ts';
import { right } from './receipt-step.ts';

const MINUTES = isShort ? 2 : 10;
const MINUTE_MS = amount(60_000);
const CALLERS = 16;

/** Prints the heap of each minute, and what the last half of them has more than the first. */
export const soakBench = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'tai-soak-'));
  const governor = await start(right(await openSqliteStore(join(folder, 'ledger.db'))));
  const asked = Object.values(ASKED);
  const heaps: number[] = [];
  let intents = 0;
  for (let minute = 0; minute <= MINUTES; minute += 1) {
    const until = performance.now() + MINUTE_MS;
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (performance.now() < until) {
          intents += 1;
          const one = asked[intents % asked.length];
          const answer = one === undefined ? undefined : await governor.submit(agent, one);
          if (answer?.decided !== true) throw new Error(`not decided: ${answer?.why}`);
        }
      }),
    );
    // The first minute fills what is bounded: code, caches, the window of receipts that are remembered.
    if (minute > 0) heaps.push(heapBytes() / 1e6);
  }
  const grown = median(heaps.slice(heaps.length >> 1)) / median(heaps.slice(0, heaps.length >> 1));
  console.log(
    `soak, ${MINUTES} minutes after the first, ${figure('intents', intents)} intents, ${CALLERS} at a time: heap ${heaps.map((mb) => figure('MB', mb, 1)).join(', ')} MB; the second half beside the first: ${figure('times', grown, 2)}; resident ${figure('MB', process.memoryUsage().rss / 1e6)} MB`,
  );
  await governor.close();
  rmSync(folder, { recursive: true, force: true });
};
