/** Throttle limits in a file: set one at a time, whole or not at all, and read by whatever serves requests. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HandlerCall } from '@tai-autonomics/governor';
import {
  setThrottle,
  throttleFileHandler,
  throttleFileObserver,
  throttleFileReader,
} from '@tai-autonomics/governor/local';
import { createExecutor } from '@tai-autonomics/governor/node';
import { expect, test } from 'vitest';
import { scratchFolder } from './scratch.ts';
import { stepOf } from './step.ts';

const callOf = (file: unknown, resource: string, limit: unknown, tenant = 'acme'): HandlerCall => ({
  step: stepOf('set_throttle', { limit: limit as number }),
  tenant,
  resource,
  mode: 'contractual',
  options: { file },
  signal: new AbortController().signal,
});
const ACME = { tenant: 'acme', resource: 'payments' };
const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const limits = (given: Readonly<Record<string, number>>): unknown => ({
  format: 'tai-autonomics/throttle@2',
  limits: Object.keys(given).length === 0 ? {} : { acme: given },
});

test('through the executor a limit is really set, and the observer and the reader see it', async (context) => {
  const file = join(scratchFolder(context), 'limits.json');
  const executor = createExecutor([throttleFileHandler('set_throttle', file)]);
  const done = await executor.run(stepOf('set_throttle', { limit: 50 }), ACME, 'contractual');
  expect(done).toMatchObject({ status: 'success', result: { from: 0, to: 50 } });
  expect(read(file)).toEqual(limits({ payments: 50 }));
  const observer = throttleFileObserver({ source: 'throttle', file, timeoutMs: 1_000, clock: () => 7 });
  const signal = new AbortController().signal;
  expect(await observer.observe('payments', observer.facts, signal, 'acme')).toEqual([
    { fact: 'active_throttle_limit', value: 50, observedAt: 7 },
  ]);
  expect(await observer.observe('shipping', observer.facts, signal, 'acme')).toMatchObject([{ value: 0 }]);
  expect([...(await throttleFileReader(file, 'acme')())]).toEqual([['payments', 50]]);
});

test('setting, changing and lifting leaves the limits of others alone; twice is once', async (context) => {
  const file = join(scratchFolder(context), 'limits.json');
  await setThrottle(callOf(file, 'shipping', 9));
  expect(await setThrottle(callOf(file, 'payments', 50))).toEqual({ from: 0, to: 50 });
  expect(await setThrottle(callOf(file, 'payments', 70))).toEqual({ from: 50, to: 70 });
  expect(read(file)).toEqual(limits({ payments: 70, shipping: 9 }));
  const once = statSync(file).ino;
  expect(await setThrottle(callOf(file, 'payments', 70))).toEqual({ from: 70, to: 70 });
  expect(statSync(file).ino).toBe(once);
  expect(await setThrottle(callOf(file, 'payments', 0))).toEqual({ from: 70, to: 0 });
  expect(read(file)).toEqual(limits({ shipping: 9 }));
});

test('resources of odd names are resources like any other', async (context) => {
  const file = join(scratchFolder(context), 'limits.json');
  for (const name of ['../payments', '*', 'é😀', 'toString', '--limit']) {
    expect(await setThrottle(callOf(file, name, 3))).toEqual({ from: 0, to: 3 });
    expect(await setThrottle(callOf(file, name, 0))).toEqual({ from: 3, to: 0 });
  }
});

test.for([
  { note: 'no file is registered', file: undefined, limit: 5, why: /no limits file/ },
  { note: 'a negative limit', limit: -1, why: /no limit is given/ },
  { note: 'a fraction', limit: 1.5, why: /no limit is given/ },
  { note: 'a limit as text', limit: '5', why: /no limit is given/ },
  { note: 'no limit', limit: undefined, why: /no limit is given/ },
  { note: 'a file of another format', limit: 5, text: '{"limits":{}}', why: /expected \{"format"/ },
  { note: 'a limit in the file that is none', limit: 5, text: JSON.stringify(limits({ x: 0 })), why: /expected/ },
  {
    note: 'a file that names no tenants',
    limit: 5,
    text: '{"format":"tai-autonomics/throttle@1","limits":{"payments":50}}',
    why: /limits": \{tenant/,
  },
  { note: 'a file with a name twice', limit: 5, text: '{"format":"x","format":"y"}', why: /line 1/ },
  { note: 'half a file', limit: 5, text: '{"format":', why: /line 1/ },
])('$note is refused and nothing is written', async ({ limit, text, why, ...rest }, context) => {
  const folder = scratchFolder(context);
  const file = 'file' in rest ? rest.file : join(folder, 'limits.json');
  if (text !== undefined) writeFileSync(join(folder, 'limits.json'), text);
  await expect(setThrottle(callOf(file, 'payments', limit))).rejects.toThrow(why);
  if (text === undefined) expect(readdirSync(folder)).toEqual([]);
  else expect(readFileSync(join(folder, 'limits.json'), 'utf8')).toBe(text);
});

test('many at once: each limit is set, none is lost, and nothing is left behind', async (context) => {
  const folder = scratchFolder(context);
  const file = join(folder, 'limits.json');
  const names = Array.from({ length: 12 }, (_, i) => `service-${String(i).padStart(2, '0')}`);
  const setOne = async (name: string): Promise<void> => {
    for (;;) {
      try {
        await setThrottle(callOf(file, name, 5));
        return;
      } catch (thrown) {
        expect(String(thrown)).toMatch(/being changed by somebody else/);
      }
    }
  };
  await Promise.all(names.map(setOne));
  expect(read(file)).toEqual(limits(Object.fromEntries(names.map((name) => [name, 5]))));
  expect(readdirSync(folder)).toEqual(['limits.json']);
});

test('a lock that its holder never gave back is taken over after the longest that a step may run', async (context) => {
  const file = join(scratchFolder(context), 'limits.json');
  writeFileSync(`${file}.lock`, '');
  await expect(setThrottle(callOf(file, 'payments', 5))).rejects.toThrow(/being changed by somebody else/);
  const longAgo = Date.now() / 1_000 - 61;
  utimesSync(`${file}.lock`, longAgo, longAgo);
  expect(await setThrottle(callOf(file, 'payments', 5))).toEqual({ from: 0, to: 5 });
  expect(existsSync(`${file}.lock`)).toBe(false);
});

test('the mode of the file stays what it was', async (context) => {
  const file = join(scratchFolder(context), 'limits.json');
  await setThrottle(callOf(file, 'payments', 5));
  chmodSync(file, 0o640);
  await setThrottle(callOf(file, 'payments', 6));
  expect(statSync(file).mode & 0o777).toBe(0o640);
});

test('a reader keeps what it knew while the file cannot be read, and says so once', async (context) => {
  const file = join(scratchFolder(context), 'limits.json');
  const faults: string[] = [];
  const reader = throttleFileReader(file, 'acme', (detail) => faults.push(detail));
  expect([...(await reader())]).toEqual([]);
  await setThrottle(callOf(file, 'payments', 5));
  expect([...(await reader())]).toEqual([['payments', 5]]);
  writeFileSync(file, 'broken');
  expect([...(await reader())]).toEqual([['payments', 5]]);
  expect([...(await reader())]).toEqual([['payments', 5]]);
  expect(faults).toHaveLength(1);
  writeFileSync(file, JSON.stringify(limits({ payments: 8 })));
  expect([...(await reader())]).toEqual([['payments', 8]]);
});
