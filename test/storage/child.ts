/**
 * A process that a test starts to hold a ledger file, to be refused one, or to die at a chosen place.
 * Usage: child.ts open|die|fill PATH [PLACE]. What it knows it prints as lines of JSON, synchronously.
 */
import { writeSync } from 'node:fs';
import type { OpenSqliteDriver } from '@tai-autonomics/adapter-storage';
import { openSqliteDriver, openSqliteStore } from '@tai-autonomics/adapter-storage';
import type { LedgerStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { headAt, ledger, rowsFrom } from './rows.ts';

const [command, path = '', place = ''] = process.argv.slice(2);

const say = (line: unknown): void => {
  writeSync(1, `${JSON.stringify(line)}\n`);
};

/** SIGKILL to itself: nothing after this line runs, no handler, no flush. */
const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

let isArmed = false;

const dyingDriver: OpenSqliteDriver = async (file) => {
  const driver = await openSqliteDriver(file);
  let inserted = 0;
  return {
    ...driver,
    run: (sql, values) => {
      if (isArmed && sql.includes('INTO receipts')) inserted += 1;
      if (place === 'in mid-batch' && inserted === 3) die();
      return driver.run(sql, values);
    },
    exec: (sql) => {
      if (isArmed && sql === 'COMMIT' && place === 'before the commit') die();
      driver.exec(sql);
      if (isArmed && sql === 'COMMIT' && place === 'after the commit') die();
    },
  };
};

/** Acknowledges ten groups of five, then dies in the eleventh. */
const acknowledgeAndDie = async (store: LedgerStore): Promise<void> => {
  for (let group = 0; ; group += 1) {
    isArmed = group === 10;
    const from = group * 5;
    const appended = await store.append(ledger, headAt(from), rowsFrom(from, from + 5));
    if (isArmed && place === 'before the reply') die();
    say({ acknowledged: from + 5, appended });
  }
};

/** Fills the disk; then says what is there, frees some space through `rm` and appends again. */
const fillDisk = async (store: LedgerStore): Promise<void> => {
  const large = (from: number) => rowsFrom(from, from + 4).map((row) => ({ ...row, bytes: new Uint8Array(60_000) }));
  let size = 0;
  for (;;) {
    const appended = await store.append(ledger, headAt(size), large(size));
    if (E.isLeft(appended)) {
      say({ size, fault: appended.left, head: (await store.head(ledger))._tag });
      break;
    }
    size += 4;
  }
  const { rmSync } = await import('node:fs');
  rmSync(place);
  const again = await store.append(ledger, headAt(size), large(size));
  let rows = 0;
  for await (const row of store.read(ledger, 0, Number.MAX_SAFE_INTEGER)) rows += E.isRight(row) ? 1 : 0;
  say({ again, rows });
  await store.close();
};

const opened = await openSqliteStore(path, command === 'die' ? { driver: dyingDriver } : {});
if (E.isLeft(opened)) say(opened.left);
else if (command === 'die') await acknowledgeAndDie(opened.right);
else if (command === 'fill') await fillDisk(opened.right);
else {
  say('open');
  process.stdin.on('end', () => opened.right.close()).resume();
}
