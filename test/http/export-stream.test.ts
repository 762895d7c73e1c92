/** `GET /v1/export` as a stream: the same bytes as the bundle in a file, made while they are read, and no further than that. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ExportSelection } from '@tai-autonomics/adapter-http';
import { exportStream, type LedgerSource } from '@tai-autonomics/governor/bundle';
import type { Verified } from '@tai-autonomics/governor/tokens';
import { either as E } from 'fp-ts';
import { expect, onTestFinished, test, vi } from 'vitest';
import { exportTo, sourceOf } from '../bundle/evidence.ts';
import { makeReady, right, startGovernor } from '../governor/kit.ts';
import { answered, getting, keys, openDoor, posting } from './door.ts';

const open = async (streams: (source: LedgerSource) => LedgerSource = (same) => same) => {
  const setting = await startGovernor();
  await makeReady(setting);
  const dir = await mkdtemp(join(tmpdir(), 'tai-stream-'));
  onTestFinished(async () => {
    await setting.governor.close();
    await rm(dir, { recursive: true });
  });
  const asked: ExportSelection[] = [];
  const ended: (string | undefined)[] = [];
  const door = openDoor(setting.governor, {
    exports: {
      stream: async (_tenant, selection) => {
        asked.push(selection);
        return E.right(exportStream(streams(sourceOf(setting)), selection, (why) => ended.push(why)));
      },
    },
  });
  return { setting, door, dir, asked, ended };
};

test('what comes is the bundle that a file would be, byte for byte', async () => {
  const { setting, door, dir, asked, ended } = await open();
  const response = await door.fetch(getting('/v1/export', { key: keys.owner }));
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/gzip']);
  const streamed = gunzipSync(await response.arrayBuffer());
  await exportTo(sourceOf(setting), join(dir, 'bundle.tar'));
  expect(streamed.equals(readFileSync(join(dir, 'bundle.tar')))).toBe(true);
  expect(asked).toEqual([{}]);
  await vi.waitFor(() => expect(ended).toEqual([undefined]));
});

test('a period, an incident and what is withheld reach whoever makes it', async () => {
  const { door, asked } = await open();
  const query = 'since=2026-01-01T00:00:00Z&incident=INC-7&withhold=subject,request';
  await (await door.fetch(getting(`/v1/export?${query}`, { key: keys.owner }))).body?.cancel();
  expect(asked).toEqual([
    { from: { at: Date.parse('2026-01-01T00:00:00Z') }, incident: 'INC-7', withhold: ['subject', 'request'] },
  ]);
});

test('whoever asks for the head alone has no bundle made, and one that nobody began to read is none', async () => {
  const { setting, door, asked, ended } = await open();
  const head = await door.fetch(getting('/v1/export', { key: keys.owner }, 'HEAD'));
  expect([head.status, head.headers.get('content-type'), head.body]).toEqual([200, 'application/gzip', null]);
  expect(asked).toEqual([]);
  let read = 0;
  exportStream({ ...sourceOf(setting), watch: { onRead: (receipts: number) => (read += receipts) } }, {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([read, ended]).toEqual([0, []]);
});

/** Bytes that no packing makes less of, in pieces without an end. */
const endless = () => {
  const ends: unknown[] = [];
  const pulled = { parts: 0 };
  const stream = async () =>
    E.right(
      new ReadableStream<Uint8Array>(
        {
          pull: (controller) => {
            pulled.parts += 1;
            controller.enqueue(randomBytes(65_536));
          },
          cancel: (why) => void ends.push(why),
        },
        { highWaterMark: 0 },
      ),
    );
  return { ends, pulled, exports: { stream } };
};

test('what is packed waits for its reader too, on every release of Node: a large ledger is never held in memory', async () => {
  const { setting } = await open();
  const { pulled, exports } = endless();
  const door = openDoor(setting.governor, { exports });
  const reader = (await door.fetch(getting('/v1/export', { key: keys.owner }))).body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(pulled.parts).toBeLessThan(8);
  await reader?.cancel();
});

test('a tenant has two exports open at once, and no third; one that ends makes room', async () => {
  const { setting } = await open();
  const { ends, exports } = endless();
  const door = openDoor(setting.governor, { exports });
  const ask = () => door.fetch(getting('/v1/export', { key: keys.owner }));
  const readers = await Promise.all(
    [1, 2].map(async () => {
      const reader = (await ask()).body?.getReader();
      expect((await reader?.read())?.done).toBe(false);
      return reader;
    }),
  );
  const size = async () => right(await setting.governor.head('acme'))?.size;
  const before = await size();
  const { status, json } = await answered(await ask());
  expect([status, json['code'], await size()]).toEqual([429, 'overloaded', before]);
  await readers[0]?.cancel();
  const [third, fourth] = [await ask(), await ask()];
  expect([third.status, fourth.status]).toEqual([200, 200]);
  expect((await third.body?.getReader().read())?.done).toBe(false);
  // It was let in before the other one was read, and is one too many now.
  await expect(fourth.body?.getReader().read()).rejects.toThrow('too many exports');
  expect(ends).toHaveLength(2);
});

test('an export breaks off where the credential no longer counts', async () => {
  const { setting } = await open();
  const { ends, exports } = endless();
  let verified: Verified = E.right({
    tenant: 'acme',
    keyId: 'abcd',
    subject: { type: 'user', id: 'olivia' },
    scope: [],
    relations: ['owner'],
  });
  const door = openDoor(setting.governor, {
    exports,
    authenticate: async () => verified,
  });
  const reader = (await door.fetch(getting('/v1/export', { key: keys.owner }))).body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  verified = E.left('unauthenticated');
  const drain = async () => {
    for (let n = 0; n < 100; n += 1) await reader?.read();
  };
  await expect(drain()).rejects.toThrow('the credential no longer counts');
  await vi.waitFor(() => expect(ends).toHaveLength(1));
});

test('an export that nobody reads on ends within five seconds after its credential, and is not held', async () => {
  const { setting } = await open();
  const { ends, exports } = endless();
  const subject = { type: 'user', id: 'olivia' } as const;
  let verified: Verified = E.right({ tenant: 'acme', keyId: 'abcd', subject, scope: [], relations: ['owner'] });
  const door = openDoor(setting.governor, { exports, authenticate: async () => verified });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const reader = (await door.fetch(getting('/v1/export', { key: keys.owner }))).body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  await vi.advanceTimersByTimeAsync(60_000);
  verified = E.left('unauthenticated');
  await vi.advanceTimersByTimeAsync(5_000);
  await expect(reader?.closed).rejects.toThrow('the credential no longer counts');
  await vi.waitFor(() => expect(ends).toHaveLength(1));
  expect(vi.getTimerCount()).toBe(0);
});

test('whoever may not have it is refused with the decision, and nothing is made', async () => {
  const { door, asked } = await open();
  const { status, json } = await answered(await door.fetch(getting('/v1/export', { key: keys.agent })));
  expect([status, json['verdict']]).toEqual([403, 'refuse']);
  expect(asked).toEqual([]);
});

test('it waits for its reader, and ends when the reader is gone', async () => {
  let read = 0;
  const { setting, door } = await open();
  for (let n = 0; n < 40; n += 1)
    await door.fetch(posting('/v1/actions', { action: 'check_health', resource: '*' }, { key: keys.owner }));
  await setting.governor.seal('acme');
  const source = { ...sourceOf(setting), watch: { onRead: (receipts: number) => (read += receipts) } };
  const size = (await sourceOf(setting).store.head(sourceOf(setting).ledger).then(right))?.size ?? 0;
  const ended: (string | undefined)[] = [];
  const reader = exportStream(source, {}, (why) => ended.push(why)).getReader();
  expect((await reader.read()).done).toBe(false);
  // The ledger is read three times for a whole bundle: once to look at it, and twice while it is written.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(read).toBeLessThan(size * 3);
  expect(ended).toEqual([]);
  await reader.cancel();
  await vi.waitFor(() => expect(ended).toEqual(['nobody reads it any more']));
  const before = read;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(read).toBe(before);
});

test('what breaks on the way breaks the stream: half a bundle is never taken for a whole one', async () => {
  const { door, ended } = await open((source) => {
    let reads = 0;
    return {
      ...source,
      store: {
        ...source.store,
        read: async function* (ledger, from, to) {
          reads += 1;
          for await (const row of source.store.read(ledger, from, to))
            yield reads > 1
              ? E.left({ fault: 'unavailable', detail: 'the disk is gone', outcome: 'not_written' })
              : row;
        } as LedgerSource['store']['read'],
      },
    };
  });
  const response = await door.fetch(getting('/v1/export', { key: keys.owner }));
  await expect(response.arrayBuffer()).rejects.toThrow();
  expect(ended).toEqual([expect.stringContaining('the disk is gone')]);
});
