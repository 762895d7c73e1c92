/** A log of receipts: a line for each, from which a bundle is made that is verified like any other. */
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loggedStore, memoryStore, readReceiptLog } from '@tai-autonomics/adapter-storage';
import { EXIT } from '@tai-autonomics/cli';
import type { LedgerStore } from '@tai-autonomics/governor';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { layOutBought } from '../cli/bought.ts';
import { startTai } from '../cli/process.ts';
import { runIn } from '../cli/rows.ts';
import { scratch } from '../cli/scratch.ts';
import { runs } from '../runs.ts';
import { openedOr } from './folder.ts';
import { allRows, ledger } from './rows.ts';
import { rowOf } from './sealed-rows.ts';

const row = (seq: number) => rowOf(seq, new Uint8Array(Buffer.from(`{"a":"ü","seq":${seq}}`)));
const rowsTo = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => row(from + n));
const headOf = (size: number) => ({ size, leaf: size === 0 ? new Uint8Array(32) : row(size - 1).leaf });

/** What a log gives back: all but the disclosures and the intents, which are not in it. */
const bare = (of: readonly ReturnType<typeof row>[]) =>
  of.map(({ seq, leaf, bytes }) => ({ seq, leaf, bytes, disclosures: [] }));

/** A store that breaks the way the n-th append says: nothing written and a fault, or written and a fault. */
const breaking = (store: LedgerStore, how: readonly ('ok' | 'lost' | 'down')[]): LedgerStore => {
  let n = 0;
  return {
    ...store,
    append: async (...asked) => {
      const what = how[n++] ?? 'ok';
      const answer = what === 'down' ? undefined : await store.append(...asked);
      return what === 'ok' && answer !== undefined
        ? answer
        : E.left({ fault: 'unavailable', detail: 'broken', outcome: 'unknown' });
    },
  };
};

test('a log gives back the very ledger, whatever was lost on the way, in whatever order its lines stand, twice or not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          how: fc.constantFrom('ok', 'lost', 'down'),
          size: fc.integer({ min: 1, max: 5 }),
          restarts: fc.boolean(),
        }),
        { minLength: 1, maxLength: 12 },
      ),
      fc.integer(),
      async (steps, seed) => {
        const store = memoryStore();
        const lines: string[] = [];
        const write = (line: string): void => void lines.push(line);
        let logged = loggedStore(store, write);
        for (const { how, size, restarts } of [...steps, { how: 'ok' as const, size: 1, restarts: false }]) {
          // A process that ends between an append and its lines is another one that starts.
          if (restarts) logged = loggedStore(store, write);
          const head = openedOr(await store.head(ledger))?.size ?? 0;
          await loggedStoreOver(logged, store, how, head, size, write);
        }
        const shuffled = lines.map((line, n) => ({ line, at: Math.sin(seed + n) })).sort((a, b) => a.at - b.at);
        const text = shuffled.flatMap(({ line }, n) => (n % 3 === 0 ? ['{"level":"info"}', line, line] : [line]));
        const read = openedOr(await readReceiptLog(text));
        expect(read.gaps).toEqual([]);
        expect(await allRows(read.store)).toEqual(bare(rowsTo(0, openedOr(await store.head(ledger))?.size ?? 0)));
      },
    ),
    { numRuns: runs(200) },
  );
});

/** One append that goes as it is told. */
const loggedStoreOver = async (
  logged: LedgerStore,
  store: LedgerStore,
  how: 'ok' | 'lost' | 'down',
  head: number,
  size: number,
  write: (line: string) => void,
): Promise<void> => {
  const rows = rowsTo(head, head + size);
  if (how === 'ok') expect(await logged.append(ledger, headOf(head), rows)).toEqual(E.right({ appended: 'ok' }));
  else await loggedStore(breaking(store, [how]), write).append(ledger, headOf(head), rows);
};

test('what is missing is said, and what stands behind it is left out; a line that was changed is refused, and half of one is none', async () => {
  const lines: string[] = [];
  const logged = loggedStore(memoryStore(), (line) => lines.push(line));
  expect(await logged.append(ledger, headOf(0), rowsTo(0, 6))).toEqual(E.right({ appended: 'ok' }));
  const gapped = openedOr(await readReceiptLog(lines.filter((_, n) => n !== 3)));
  expect(gapped.gaps).toEqual([`${ledger}: receipt 3 is missing, and 2 behind it are left out`]);
  expect((await allRows(gapped.store)).length).toBe(3);
  const spoilt = [
    lines.map((line) => line.replace('"seq":4}', '"seq":5}')),
    [...lines, lines[0]?.replace('"seq":0,', '"seq":3,') ?? ''],
  ];
  for (const [n, text] of spoilt.entries())
    expect(await readReceiptLog(text), `${n}`).toMatchObject({ left: { fault: 'corrupt' } });
  const cut = openedOr(await readReceiptLog(lines.map((line, n) => (n === 2 ? line.slice(0, -4) : line))));
  expect(cut).toMatchObject({ others: 1, gaps: [`${ledger}: receipt 2 is missing, and 3 behind it are left out`] });
  const again = openedOr(await readReceiptLog([lines[2]?.slice(0, -4) ?? '', '', ...lines]));
  expect(again).toMatchObject({ others: 1, gaps: [] });
  // Whoever collects logs may order the members anew.
  const anew = lines.map((line) => {
    const { receipt, ...others } = JSON.parse(line) as { readonly receipt: object };
    return `2026-11-30 host tai: ${JSON.stringify({ receipt: Object.fromEntries(Object.entries(receipt).reverse()), ...others }, null, 1).replaceAll('\n', '')}`;
  });
  expect((await allRows(openedOr(await readReceiptLog(anew)).store)).length).toBe(6);
  // Or put each line into one of their own.
  const wrapped = lines.map((line, n) =>
    JSON.stringify(
      n % 2 === 0 ? { log: `${line}\n`, stream: 'stdout' } : { jsonPayload: JSON.parse(line), severity: 'DEFAULT' },
    ),
  );
  expect((await allRows(openedOr(await readReceiptLog(wrapped)).store)).length).toBe(6);
});

test('a served deployment writes lines, and a bundle from them is verified: of its receipts nothing is missing but what was disclosed', async () => {
  const dir = scratch();
  layOutBought(dir);
  const tai = (...line: readonly string[]) => runIn(dir, line);
  const serving = startTai(dir, 'serve', '--port', '0', '--receipts-to', 'receipts.log');
  await serving.says(/stop with Ctrl-C\n/);
  expect(await tai('event', 'event.json')).toMatchObject({ code: EXIT.ok });
  for (let n = 0; n < 3; n += 1) await tai('submit', 'check_health', '--tenant', 'acme', '--as', 'agent:bot');
  expect(await tai('export', '--tenant', 'acme', '--seal', '-o', 'whole')).toMatchObject({ code: EXIT.ok });
  serving.child.kill('SIGTERM');
  expect(await serving.ended).toBe(0);
  expect(statSync(join(dir, 'receipts.log')).mode & 0o777).toBe(0o600);
  // Other lines stand between them in many logs.
  appendFileSync(join(dir, 'receipts.log'), 'another line\n{"level":"info"}\n');
  const exported = await tai('export', '--tenant', 'acme', '--from-log', 'receipts.log', '-o', 'logged');
  expect(exported).toMatchObject({ code: EXIT.ok });
  expect(readFileSync(join(dir, 'logged/receipts.jsonl'), 'utf8')).toBe(
    readFileSync(join(dir, 'whole/receipts.jsonl'), 'utf8'),
  );
  const verified = await tai('verify', 'logged');
  expect(verified.code, verified.out).not.toBe(EXIT.failed);
  expect(verified.code).not.toBe(EXIT.unreadable);
  // A log that lacks a line has a bundle that says so, and one that was changed has none.
  const log = readFileSync(join(dir, 'receipts.log'), 'utf8');
  writeFileSync(join(dir, 'changed.log'), log.replace('"kind":"decision"', '"kind":"outcome"'));
  const changed = await tai('export', '--tenant', 'acme', '--from-log', 'changed.log', '-o', 'changed');
  expect(changed).toMatchObject({ code: EXIT.unreadable, err: expect.stringContaining('was changed in the log') });
  expect(await tai('export', '--tenant', 'acme', '--from-log', 'nothing.log', '-o', 'x')).toMatchObject({
    code: EXIT.unreadable,
  });
  expect(await tai('export', '--tenant', 'acme', '--seal', '--from-log', 'receipts.log', '-o', 'x')).toMatchObject({
    code: EXIT.unreadable,
  });
}, 240_000);

test('what could not be read again at the first append is written with the next one', async () => {
  const [store, lines] = [memoryStore(), [] as string[]];
  expect(await store.append(ledger, headOf(0), rowsTo(0, 3))).toEqual(E.right({ appended: 'ok' }));
  let fails = true;
  const read: LedgerStore['read'] = async function* (...asked) {
    if (fails) yield E.left({ fault: 'unavailable', detail: 'down', outcome: 'not_written' });
    else yield* store.read(...asked);
  };
  const logged = loggedStore({ ...store, read }, (line) => lines.push(line));
  expect(await logged.append(ledger, headOf(3), rowsTo(3, 4))).toEqual(E.right({ appended: 'ok' }));
  fails = false;
  expect(await logged.append(ledger, headOf(4), rowsTo(4, 5))).toEqual(E.right({ appended: 'ok' }));
  expect(openedOr(await readReceiptLog(lines)).gaps).toEqual([]);
  expect((await allRows(openedOr(await readReceiptLog(lines)).store)).length).toBe(5);
});

test('a place that can’t be written to is refused at the start', async () => {
  const dir = scratch();
  layOutBought(dir);
  const served = await runIn(dir, ['serve', '--port', '0', '--receipts-to', 'no/such/folder.log']);
  expect(served).toMatchObject({ code: EXIT.unreadable, err: expect.stringContaining('--receipts-to') });
});
