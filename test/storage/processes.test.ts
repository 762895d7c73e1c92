import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import { either as E } from 'fp-ts';
import { afterAll, describe, expect, test } from 'vitest';
import { builtFrom } from '../programs/program.ts';
import { inTheLongRun } from '../runs.ts';
import { newFolder, openedOr } from './folder.ts';
import { allRows, headAt, ledger, ok, rowAt, rowsFrom } from './rows.ts';

const folder = newFolder();
afterAll(() => rm(folder, { recursive: true }));

const child = builtFrom(import.meta.resolve('./child.ts'));

const start = (...args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [child, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });

/** All lines that a process prints until it ends, and the signal that ended it. */
const toTheEnd = async (running: ChildProcess): Promise<{ lines: readonly unknown[]; signal: unknown }> => {
  const ended = once(running, 'exit');
  const lines: unknown[] = [];
  for await (const line of createInterface({ input: running.stdout! })) lines.push(JSON.parse(line));
  return { lines, signal: (await ended)[1] };
};

const firstLine = async (running: ChildProcess): Promise<unknown> => {
  const [line] = await once(createInterface({ input: running.stdout! }), 'line');
  return JSON.parse(line);
};

describe('a process that is killed', () => {
  const places = [
    { place: 'in mid-batch', isKept: false },
    { place: 'before the commit', isKept: false },
    { place: 'after the commit', isKept: true },
    { place: 'before the reply', isKept: true },
  ];
  test.concurrent.for(places)(
    '$place leaves every acknowledged receipt, and none twice',
    async ({ place, isKept }, context) => {
      if (place !== 'before the reply') inTheLongRun(context);
      const path = `${folder}/${place}.db`;
      const { lines, signal } = await toTheEnd(start('die', path, place));
      context.expect(signal).toBe('SIGKILL');
      context.expect(lines.at(-1)).toEqual({ acknowledged: 50, appended: ok });

      const store = openedOr(await openSqliteStore(path));
      const size = isKept ? 55 : 50;
      context.expect(await allRows(store)).toEqual(rowsFrom(0, size));

      const retried = await store.append(ledger, headAt(50), rowsFrom(50, 55));
      context.expect(retried).toEqual(isKept ? E.right({ appended: 'duplicate', id: 'intent-50', seq: 50 }) : ok);
      context.expect(await store.append(ledger, headAt(55), [rowAt(55)])).toEqual(ok);
      context.expect(await allRows(store)).toEqual(rowsFrom(0, 56));
      await store.close();
    },
  );
});

describe('a ledger file has one owner', () => {
  test('a second process is refused, told which process holds the file, and what to do', async () => {
    const path = `${folder}/owned.db`;
    const store = openedOr(await openSqliteStore(path));
    await store.append(ledger, headAt(0), rowsFrom(0, 2));
    const { lines } = await toTheEnd(start('open', path));
    expect(lines).toEqual([
      {
        fault: 'held',
        detail: expect.stringContaining(`process ${process.pid} holds it, since `),
        outcome: 'not_written',
      },
    ]);
    expect(lines[0]).toMatchObject({
      detail: expect.stringContaining('stop it, or ask it through its HTTP or MCP door'),
    });
    expect(await store.append(ledger, headAt(2), rowsFrom(2, 3))).toEqual(ok);
    await store.close();
  });

  test('this process is refused while another holds the file, and gets it when that one closes or is killed', async () => {
    const path = `${folder}/passed-on.db`;
    for (const end of [(held: ChildProcess) => held.stdin?.end(), (held: ChildProcess) => held.kill('SIGKILL')]) {
      const holder = start('open', path);
      expect(await firstLine(holder)).toBe('open');
      const refused = await openSqliteStore(path);
      expect(refused).toMatchObject({
        left: { fault: 'held', detail: expect.stringContaining(`process ${holder.pid} `) },
      });
      const ended = once(holder, 'exit');
      end(holder);
      await ended;
      await openedOr(await openSqliteStore(path)).close();
    }
  });
});

describe('a disk that is really full', () => {
  // A small file system of its own, in a mount namespace that goes with the process; not every machine permits that.
  const inNamespace = (script: string, ...args: readonly string[]) =>
    spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-euc', script, 'sh', ...args], {
      encoding: 'utf8',
    });
  const mount = 'mount -t tmpfs -o size=2m tmpfs "$1"';
  const isPermitted = inNamespace(`${mount}; true`, folder).status === 0;

  test('refuses the append, keeps the ledger, and takes the next one when there is room', (context) => {
    context.skip(!isPermitted, 'this machine permits no mount namespace of our own');
    const script = `${mount}; head -c 400000 /dev/zero > "$1/ballast"; shift; exec "$@"`;
    const { stdout } = inNamespace(
      script,
      folder,
      process.execPath,
      child,
      'fill',
      `${folder}/full.db`,
      `${folder}/ballast`,
    );
    const [full, after] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(full).toMatchObject({ fault: { fault: 'full', outcome: 'not_written' }, head: 'Right' });
    expect(full.size).toBeGreaterThan(0);
    expect(after).toEqual({ again: ok, rows: full.size + 4 });
  });
});
