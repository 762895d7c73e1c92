/** Signals of packs reach who asked for them: in process, and by webhook over the ledger as the outbox. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import {
  publicWebhookKey,
  readMessage,
  verifyWebhook,
  WEBHOOK_TOLERANCE_MS,
  webhookHeaders,
} from '@tai-autonomics/adapter-http/events';
import { main, startWebhooks, type WebhookOptions } from '@tai-autonomics/cli';
import type { Asked, Row, Signal } from '@tai-autonomics/governor';
import { createSubscriber } from '@tai-autonomics/governor/testing';
import { either as E } from 'fp-ts';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { eventsOf, makeReady, people, right, rollback, type Setting, shipped, startGovernor } from '../governor/kit.ts';
import { inTheLongRun } from '../runs.ts';
import { layOutBought } from './bought.ts';
import { startTai } from './process.ts';
import { scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const PAUSES = { firstMs: 1, mostMs: 5, lookEveryMs: 60_000, gatherMs: 1 };

interface Received {
  readonly id: string;
  readonly type: string;
  readonly seq: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a receiver answers: a status, and perhaps headers. */
type Answer = (place: number, seq: number) => number | readonly [number, Readonly<Record<string, string>>];

/** A receiver over loopback, which verifies each message. */
const receiving = async (answer: Answer = () => 204, keys: readonly string[] = [SECRET]) => {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString('utf8');
      const headers = new Headers(request.headers as Record<string, string>);
      const id = verifyWebhook(headers, text, keys, Date.now());
      const json = text === '' ? {} : (JSON.parse(text) as object);
      const [{ type = '', subject = '', data = {} }] = [json].flat() as [Partial<Record<string, never>>];
      const { seq = Number(subject) } = data as { readonly seq?: number };
      const place = received.length;
      received.push({ id: right(id), type, seq, text, headers: Object.fromEntries(headers) });
      const answered = answer(place, seq);
      const [status, more] = typeof answered === 'number' ? [answered, {}] : answered;
      response.writeHead(status, more).end('planted-answer');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
};

const setting = async (onSignal?: (tenant: string, signal: Signal) => void): Promise<Setting> => {
  const made = await startGovernor({ ...(onSignal === undefined ? {} : { onSignal }) });
  onTestFinished(() => made.governor.close());
  await makeReady(made);
  return made;
};

/** Refused, which is a signal of the pack `rollback_guard`. */
const refuse = async ({ governor }: Setting, more: Partial<Asked> = {}): Promise<void> =>
  void (await governor.submit(people().agent, { ...rollback, ...more }));

const sender = async ({ store, identity }: Setting, dir: string, url: string, more: Partial<WebhookOptions> = {}) => {
  const said: string[] = [];
  const started = right(
    await startWebhooks({
      dir,
      webhooks: [{ name: 'siem', url, secret: SECRET }],
      store,
      catalogStore: { read: async () => E.right(undefined), write: async () => E.right('') },
      catalog: shipped,
      tenantOf: (ledger) => (ledger === identity.ledger('acme') ? 'acme' : undefined),
      say: (line) => void said.push(line),
      pauses: PAUSES,
      ...more,
    }),
  );
  onTestFinished(() => started.stop());
  const wake = (ledger = identity.ledger('acme')): void => started.wake(ledger);
  return { ...started, wake, said };
};

describe('in this process', () => {
  test('whoever listens is told of each signal that is written, in order, and of no other event', async () => {
    const told: Signal[] = [];
    const made = await setting((tenant, signal) => {
      expect(tenant).toBe('acme');
      told.push(signal);
    });
    await refuse(made);
    await refuse(made, { resource: 'other' });
    const events = await eventsOf(made);
    await vi.waitFor(() => expect(told).toHaveLength(2));
    expect(events.length).toBeGreaterThan(2);
    expect(told.map(({ signal, pack, seq }) => ({ signal, pack, event: events[seq] }))).toEqual(
      [0, 1].map(() => ({ signal: 'rollback_refused', pack: 'rollback_guard', event: 'rollback_refused' })),
    );
    expect(told[0]?.seq).toBeLessThan(told[1]?.seq ?? 0);
  });

  test('a listener that throws is said, and decides nothing', async () => {
    const made = await setting(() => {
      throw new Error('of the listener');
    });
    await refuse(made);
    await vi.waitFor(() => expect(made.faults.join()).toContain('a listener for signals failed: of the listener'));
  });
});

describe('whoever is told, of rows as they are written', () => {
  type Catalogs = Parameters<typeof createSubscriber>[0]['catalogs'];
  const subscribed = async (load: Catalogs['load']) => {
    const made = await setting();
    await refuse(made);
    await refuse(made, { resource: 'other' });
    const rows: Row[] = [];
    for await (const row of made.store.read(made.identity.ledger('acme'), 0, 1_000)) rows.push(right(row));
    const [told, faults]: [number[], string[]] = [[], []];
    const noticed = createSubscriber(
      { catalogs: { load } as Catalogs, onFault: (why) => void faults.push(why) },
      (_, { seq }) => void told.push(seq),
    );
    return { refused: rows.slice(-2), noticed, told, faults };
  };
  const loading = async () => E.right(shipped);

  test('a signal waits for the one before, whose catalog takes long to load', async () => {
    const loads: (() => void)[] = [];
    const slow: Catalogs['load'] = () => new Promise((go) => loads.push(() => go(E.right(shipped))));
    const { refused, noticed, told } = await subscribed(slow);
    const [first, second] = refused as [Row, Row];
    noticed({ id: 'acme' }, [first]);
    noticed({ id: 'acme' }, [second]);
    await vi.waitFor(() => expect(loads.length).toBeGreaterThan(0));
    // Whoever asked last is answered first.
    for (const go of [...loads].reverse()) go();
    await vi.waitFor(() => expect(told).toHaveLength(2));
    expect(told).toEqual([first.seq, second.seq]);
    expect(loads).toHaveLength(1);
  });

  test('a catalog that cannot be read, and a receipt that is none, are said; the next signal is told', async () => {
    let isAway = true;
    const away = E.left({ fault: 'unavailable', detail: 'the disk is away' } as const);
    const { refused, noticed, told, faults } = await subscribed(async () => (isAway ? away : loading()));
    const [first, second] = refused as [Row, Row];
    noticed({ id: 'acme' }, [first]);
    await vi.waitFor(() => expect(faults).toHaveLength(1));
    expect(faults[0]).toMatch(/^a signal was not told: the catalog [\w-]{43} cannot be read$/);
    isAway = false;
    noticed({ id: 'acme' }, [{ ...first, bytes: Uint8Array.of(1) }, second]);
    await vi.waitFor(() => expect(told).toEqual([second.seq]));
    expect(faults[1]).toMatch(/^a signal was not told: /);
  });
});

describe('by webhook', () => {
  test('a signal is sent once its receipt is there, signed, with no evidence in it; what was before is not', async () => {
    const made = await setting();
    await refuse(made);
    const { received, url } = await receiving();
    const { wake, said } = await sender(made, scratch(), url);
    await refuse(made, { resource: 'planted-resource', arguments: { planted: 'planted' } });
    wake();
    await vi.waitFor(() => expect(received).toHaveLength(1));
    const events = await eventsOf(made);
    expect(JSON.parse(received[0]?.text ?? '')).toEqual({
      type: 'rollback_refused',
      timestamp: expect.stringMatching(/^2026-/),
      data: {
        tenant: 'acme',
        pack: 'rollback_guard',
        origin: made.identity.origin('acme'),
        seq: events.length - 1,
        leaf: received[0]?.id.slice('msg_'.length),
      },
    });
    expect(received[0]?.text).not.toMatch(/planted/);
    expect(said).toEqual([]);
  });

  test('what is not taken is sent again, the same under the same id, and nothing overtakes it; it is said once', async () => {
    const made = await setting();
    const { received, url } = await receiving((place) => (place < 3 ? 500 : 200));
    const { wake, said } = await sender(made, scratch(), url);
    await refuse(made);
    await refuse(made, { resource: 'other' });
    wake();
    await vi.waitFor(() => expect(received).toHaveLength(5));
    const [first] = received;
    expect(received.slice(0, 4).map(({ id, seq }) => ({ id, seq }))).toEqual(
      Array.from({ length: 4 }, () => ({ id: first?.id, seq: first?.seq })),
    );
    expect(received[4]?.seq).toBeGreaterThan(first?.seq ?? 0);
    await vi.waitFor(() => expect(said).toHaveLength(2));
    expect(said).toEqual([
      'the webhook siem does not take messages: it answers 500; they stand in the ledger, and are sent later',
      'the webhook siem answers again',
    ]);
  });

  test('nothing is lost over a restart, and what was taken does not come again', async () => {
    const made = await setting();
    const dir = scratch();
    const { received, url } = await receiving();
    const first = await sender(made, dir, url);
    await refuse(made);
    first.wake();
    await vi.waitFor(() => expect(received).toHaveLength(1));
    await first.stop();
    await refuse(made, { resource: 'meanwhile' });
    expect(received).toHaveLength(1);
    await sender(made, dir, url);
    await vi.waitFor(() => expect(received).toHaveLength(2));
    expect(received[1]?.seq).toBeGreaterThan(received[0]?.seq ?? 0);
  });

  test('a receiver that answers with another protocol (101) takes nothing, and what it did not take waits', async () => {
    const made = await setting();
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { wake, said, stop } = await sender(made, scratch(), url);
    await refuse(made);
    wake();
    await vi.waitFor(() => expect(said).toHaveLength(1));
    await stop();
    expect(said[0]).toContain('the webhook siem does not take messages: it answers 101; ');
  });

  test.for([
    { note: 'ends the connection', answer: undefined, says: 'it ended the connection without an answer' },
    {
      note: 'begins an answer and never says its headers',
      answer: 'HTTP/1.1 200 OK\r\n',
      says: 'no answer came within',
    },
  ])(
    'a receiver that $note can be reached, and is said to have answered nothing',
    async ({ answer, says }, context) => {
      if (answer !== undefined) inTheLongRun(context);
      const server = createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => (answer === undefined ? socket.destroy() : socket.write(answer)));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close());
      const made = await setting();
      const { wake, said, stop } = await sender(
        made,
        scratch(),
        `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      );
      await refuse(made);
      wake();
      await vi.waitFor(() => expect(said).toHaveLength(1), { timeout: 60_000 });
      await stop();
      expect(said[0]).toContain(says);
    },
  );

  test('a receiver that is gone (410) is asked no more, after a restart neither', async () => {
    const made = await setting();
    const dir = scratch();
    const { received, url } = await receiving(() => 410);
    const { wake, said, stop } = await sender(made, dir, url);
    await refuse(made);
    wake();
    await vi.waitFor(() => expect(said).toHaveLength(1));
    expect(said[0]).toBe('the webhook siem wants no more messages (410); take it out of config.json');
    await stop();
    await refuse(made, { resource: 'other' });
    const again = await sender(made, dir, url);
    again.wake();
    await again.stop();
    expect(received).toHaveLength(1);
    expect(JSON.parse(readFileSync(join(dir, 'webhooks.json'), 'utf8')).webhooks.siem.gone).toMatch(/^[\w-]{43}$/);
    await refuse(made, { resource: 'before another' });
    // Another receiver under the same name begins at the ends of the ledgers.
    const { received: elsewhere, url: other } = await receiving();
    const moved = await sender(made, dir, other);
    await refuse(made, { resource: 'after another' });
    moved.wake();
    await vi.waitFor(() => expect(elsewhere).not.toEqual([]));
    await moved.stop();
    expect(elsewhere).toHaveLength(1);
  });

  test('one that is taken out and put back begins at the ends of the ledgers', async () => {
    const made = await setting();
    const dir = scratch();
    const { received, url } = await receiving();
    await (await sender(made, dir, url)).stop();
    await (await sender(made, dir, url, { webhooks: [] })).stop();
    await refuse(made);
    const { wake, stop } = await sender(made, dir, url);
    await refuse(made, { resource: 'other' });
    wake();
    await vi.waitFor(() => expect(received).not.toEqual([]));
    await stop();
    expect(received.map(({ seq }) => seq)).toEqual([(await eventsOf(made)).length - 1]);
  });

  test('a catalog that cannot be read moves no cursor: the signal is sent when it can', async () => {
    const made = await setting();
    const { received, url } = await receiving();
    let isBroken = true;
    const catalogStore: WebhookOptions['catalogStore'] = {
      read: async () =>
        isBroken
          ? E.left({ fault: 'unavailable', detail: 'the disk is away', outcome: 'not_written' })
          : E.right(JSON.stringify(shipped.catalog.source)),
      write: async () => E.right(''),
    };
    const catalog = { ...shipped, digest: 'another' };
    const { wake, said } = await sender(made, scratch(), url, { catalog, catalogStore });
    await refuse(made);
    wake();
    await vi.waitFor(() => expect(said).toHaveLength(1));
    expect(said[0]).toMatch(/^the store failed, for the webhook siem: the disk is away; /);
    expect(received).toEqual([]);
    isBroken = false;
    await vi.waitFor(() => expect(received).toHaveLength(1));
    await vi.waitFor(() => expect(said).toHaveLength(2));
  });

  test('a ledger that cannot be read keeps no other one back, and nobody blames the receiver', async () => {
    const made = await setting();
    const { received, url } = await receiving();
    const broken = E.left({ fault: 'corrupt', detail: 'row 0 is damaged', outcome: 'not_written' } as const);
    const { store } = made;
    const beside: WebhookOptions['store'] = {
      ...store,
      ledgers: async () => E.map((all: readonly string[]) => ['a-damaged-one', ...all])(await store.ledgers()),
      head: (ledger) => (ledger === 'a-damaged-one' ? Promise.resolve(broken) : store.head(ledger)),
    };
    const dir = scratch();
    await (await sender(made, dir, url)).stop();
    const { wake, said } = await sender(made, dir, url, { store: beside });
    await refuse(made);
    wake();
    await vi.waitFor(() => expect(received).toHaveLength(1));
    expect(said).toEqual([expect.stringMatching(/^the store failed, for the webhook siem: row 0 is damaged; /)]);
  });

  test('a receiver of some signals gets these', async () => {
    const made = await setting();
    const { received, url } = await receiving();
    const webhooks = [
      { name: 'other', url, secret: SECRET, signals: ['rollback_completed'] },
      { name: 'siem', url, secret: SECRET, signals: ['rollback_refused'] },
    ];
    const { wake } = await sender(made, scratch(), url, { webhooks });
    await refuse(made);
    wake();
    await vi.waitFor(() => expect(received).toHaveLength(1));
    await refuse(made, { resource: 'other' });
    wake();
    await vi.waitFor(() => expect(received).toHaveLength(2));
    expect(received.map(({ type }) => type)).toEqual(['rollback_refused', 'rollback_refused']);
  });
});

/** What the folder remembers of the one webhook. */
const remembered = (dir: string) => JSON.parse(readFileSync(join(dir, 'webhooks.json'), 'utf8')).webhooks.siem;
const siem = (url: string, more: Partial<WebhookOptions['webhooks'][number]> = {}) => ({
  webhooks: [{ name: 'siem', url, secret: SECRET, ...more }],
});

describe('a receiver that does not take one', () => {
  /** A second tenant’s ledger, of which the sender is told. */
  const two = async (made: Setting) => {
    const { store, identity } = made;
    const other = await startGovernor();
    onTestFinished(() => other.governor.close());
    await makeReady(other);
    const theirs = `b-${other.identity.ledger('acme')}`;
    const both: WebhookOptions['store'] = {
      ...store,
      ledgers: async () => E.right([identity.ledger('acme'), theirs]),
      head: (ledger) => (ledger === theirs ? other.store.head(ledger.slice(2)) : store.head(ledger)),
      read: (ledger, from, to) =>
        ledger === theirs ? other.store.read(ledger.slice(2), from, to) : store.read(ledger, from, to),
    };
    const tenantOf = (ledger: string): string => (ledger === theirs ? 'umbrella' : 'acme');
    return { other, theirs, more: { store: both, tenantOf } };
  };

  test('waits with that ledger alone: the others go on', async () => {
    const made = await setting();
    const { other, theirs, more } = await two(made);
    const { received, url } = await receiving((place) => (place === 0 ? 400 : 204));
    const pauses = { ...PAUSES, firstMs: 600_000, mostMs: 600_000 };
    const { wake, stop } = await sender(made, scratch(), url, { ...more, pauses });
    await refuse(made);
    wake();
    await vi.waitFor(() => expect(received).toHaveLength(1));
    await refuse(other);
    wake(theirs);
    await vi.waitFor(() => expect(received).toHaveLength(2));
    await refuse(made, { resource: 'other' });
    wake();
    await refuse(other, { resource: 'other' });
    wake(theirs);
    await vi.waitFor(() => expect(received).toHaveLength(3));
    await stop();
    // The first ledger’s second message did not overtake its first.
    expect(received.map(({ text }) => JSON.parse(text).data.tenant)).toEqual(['acme', 'umbrella', 'umbrella']);
  });

  test.for([
    { note: 'in seconds', status: 503, header: () => '86400' },
    { note: 'as a date', status: 429, header: () => new Date(Date.now() + 3_600_000).toUTCString() },
  ])('is not asked again before it says, $note, and no other ledger is tried', async ({ status, header }) => {
    const made = await setting();
    const { other, theirs, more } = await two(made);
    const { received, url } = await receiving(() => [status, { 'retry-after': header() }]);
    const { wake, stop, said } = await sender(made, scratch(), url, more);
    await refuse(made);
    await refuse(other);
    wake();
    await vi.waitFor(() => expect(said).toHaveLength(1));
    for (let i = 0; i < 20; i += 1) {
      wake();
      wake(theirs);
      await new Promise((go) => setTimeout(go, 2));
    }
    await stop();
    expect(received).toHaveLength(1);
  });

  test('a message that is old, and was not taken for as long, is given up and kept by its place; the next one goes', async () => {
    const made = await setting();
    const { received, url } = await receiving((_, seq) => (seq === poison ? 400 : 204));
    const dir = scratch();
    let poison = -1;
    await (await sender(made, dir, url)).stop();
    await refuse(made);
    poison = (await eventsOf(made)).length - 1;
    await refuse(made, { resource: 'other' });
    const { said, stop } = await sender(made, dir, url, { giveUpMs: 0 });
    await vi.waitFor(() => expect(received.at(-1)?.seq).toBe(poison + 1));
    await stop();
    expect(said.join()).toContain(
      `the webhook siem did not take receipt ${poison} (rollback_refused) in all this time: it answers 400; it is given up`,
    );
    const ledger = made.identity.ledger('acme');
    const letter = { ledger, seq: poison, event: 'rollback_refused', why: 'it answers 400', at: expect.any(String) };
    expect(remembered(dir)).toMatchObject({ cursors: { [ledger]: poison + 2 }, deadCount: 1, dead: [letter] });
  });

  test('a message that is young waits, however often it is not taken', async () => {
    const made = await setting();
    const { received, url } = await receiving(() => 400);
    const dir = scratch();
    const { wake, stop } = await sender(made, dir, url, { giveUpMs: 3_600_000 * 24 * 365 * 100 });
    await refuse(made);
    wake();
    await vi.waitFor(() => expect(received.length).toBeGreaterThan(4));
    await stop();
    expect(remembered(dir).dead).toBeUndefined();
    expect(Object.values(remembered(dir).waiting)).toEqual([{ since: expect.any(String), why: 'it answers 400' }]);
  });
});

describe('what is told, and how', () => {
  const LIMITS = { maxBytes: 1_000_000, maxDepth: 32 };
  const messageIn = ({ headers, text }: Received) => right(readMessage({ headers, body: Buffer.from(text) }, LIMITS));

  test.for(['structured', 'binary'] as const)('every receipt, as a CloudEvent: %s', async (form) => {
    const made = await setting();
    const { received, url } = await receiving();
    const dir = scratch();
    const first = (await eventsOf(made)).length;
    const { wake } = await sender(made, dir, url, siem(url, { tells: 'receipts', form }));
    await refuse(made);
    await made.governor.submit(people().agent, { action: 'check_health', resource: '*' });
    wake();
    const events = await eventsOf(made);
    await vi.waitFor(() => expect(received).toHaveLength(events.length - first));
    const told = received.flatMap(messageIn);
    expect(told.map(({ type }) => type)).toEqual(events.slice(first).map((event) => `tai-autonomics.receipt.${event}`));
    const rows: Row[] = [];
    for await (const row of made.store.read(made.identity.ledger('acme'), first, events.length)) rows.push(right(row));
    expect(told.map(({ data }) => (data?.form === 'json' ? (data.value as { receipt: string }).receipt : ''))).toEqual(
      rows.map(({ bytes }) => Buffer.from(bytes).toString('utf8')),
    );
    expect(told.map(({ id }) => id)).toEqual(rows.map(({ leaf }) => Buffer.from(leaf).toString('base64url')));
    expect(told[0]?.source).toBe(`//${made.identity.origin('acme')}`);
  });

  test('in a batch where that was asked for: all that waits, in one message', async () => {
    const made = await setting();
    const { received, url } = await receiving();
    const dir = scratch();
    const webhooks = siem(url, { form: 'batch' });
    await (await sender(made, dir, url, webhooks)).stop();
    await refuse(made);
    await refuse(made, { resource: 'other' });
    const { stop } = await sender(made, dir, url, webhooks);
    await vi.waitFor(() => expect(received).toHaveLength(1));
    await stop();
    const events = messageIn(received[0] as Received);
    expect(events.map(({ type }) => type)).toEqual(Array(2).fill('tai-autonomics.signal.rollback_refused'));
    expect(received[0]?.id).toBe(`msg_${events[0]?.id}-${events[1]?.id}`);
    expect(received[0]?.headers['content-type']).toBe('application/cloudevents-batch+json; charset=utf-8');
  });

  test('Andons alone, and nothing else', async () => {
    const made = await setting();
    const { received, url } = await receiving();
    const { wake } = await sender(made, scratch(), url, siem(url, { tells: 'andons', form: 'structured' }));
    await refuse(made);
    const raised = await made.governor.submit(people().owner, {
      action: 'raise_andon',
      resource: rollback.resource,
      arguments: { severity: 'low', finding: 'a drill' },
    });
    expect(raised).toMatchObject({ decision: { verdict: 'approve' } });
    wake();
    await vi.waitFor(() => expect(received).toHaveLength(1));
    expect(received[0]?.type).toBe('tai-autonomics.andon.andon_raised');
  });

  test('with two secrets while one replaces the other: the receiver knows either', async () => {
    const made = await setting();
    const next = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    const { received, url } = await receiving(undefined, [next]);
    const { wake } = await sender(made, scratch(), url, siem(url, { secret: [SECRET, next] }));
    await refuse(made);
    wake();
    await vi.waitFor(() => expect(received).toHaveLength(1));
  });
});

test('tai serve tells what was recorded when it was, and not when it next looks through all ledgers', async () => {
  const dir = scratch();
  const { received, url } = await receiving();
  layOutBought(dir, { webhooks: { siem: { url, secret: 'siem.whsec', tells: 'receipts' } } }, 'base');
  writeFileSync(join(dir, '.tai', 'siem.whsec'), `${SECRET}\n`, { mode: 0o600 });
  const serving = startTai(dir, 'serve', '--port', '0', '--log', 'off');
  onTestFinished(() => void serving.child.kill('SIGKILL'));
  await serving.says(/^serving on /m);
  // The look at the start is over once something came; what follows it would wait for half a minute.
  const asked = ['submit', 'check_health', '--tenant', 'acme', '--as', 'agent:robot'];
  for (const [n, argv] of [['event', 'event.json'], asked, asked].entries()) {
    const { io, err } = captureIo(dir);
    const code = await main(argv, io);
    expect([code, err()]).toEqual([0, '']);
    await vi.waitFor(() => expect(received.length).toBeGreaterThan(n), { timeout: 20_000 });
  }
});

describe('where a message may go', () => {
  /** A name of this machine that no URL rule takes for loopback. */
  const elsewhere = (url: string): string => url.replace('127.0.0.1', '127.0.0.2');

  test('an address of this machine or of a private network is refused, unless the webhook names it', async () => {
    const made = await setting();
    const { received, url } = await receiving();
    for (const target of [
      elsewhere(url),
      'https://10.0.0.1/',
      'https://[::ffff:169.254.169.254]/',
      'https://[fd00::1]/',
      'https://[::10.0.0.1]/',
      'https://[::ffff:0:10.0.0.1]/',
    ]) {
      const { wake, said, stop } = await sender(made, scratch(), target, siem(target));
      await refuse(made, { resource: target.slice(0, 40) });
      wake();
      await vi.waitFor(() => expect(said).toHaveLength(1));
      expect(said[0]).toContain('its address is none that messages may be sent to (see `addresses`)');
      await stop();
    }
    expect(received).toEqual([]);
  });

  test('a range that the webhook names is allowed', async () => {
    const made = await setting();
    const server = createServer((_, response) => response.writeHead(204).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve));
    onTestFinished(() => void server.close());
    let came = 0;
    server.on('request', () => {
      came += 1;
    });
    const url = `http://127.0.0.2:${(server.address() as AddressInfo).port}/`;
    const { wake, stop } = await sender(made, scratch(), url, siem(url, { addresses: ['127.0.0.2/32'] }));
    await refuse(made);
    wake();
    await vi.waitFor(() => expect(came).toBe(1));
    await stop();
  });
});

test('tai status says which webhook waits, and which receipts were given up', async () => {
  const dir = scratch();
  const place = { url: 'https://siem.example/', secret: 'siem.whsec' };
  layOutBought(dir, { webhooks: { siem: place, away: place } }, 'base');
  const letter = {
    ledger: 'b',
    seq: 7,
    event: 'rollback_refused',
    at: '2026-11-21T08:00:00.000Z',
    why: 'it answers 400',
  };
  const since = (hour: number) => ({ since: `2026-11-21T0${hour}:00:00.000Z`, why: `of ${hour}` });
  const webhooks = {
    siem: { cursors: {}, deadCount: 40, dead: [letter] },
    away: { cursors: {}, waiting: { a: since(5), b: since(3) } },
  };
  writeFileSync(join(dir, '.tai', 'webhooks.json'), JSON.stringify({ format: 'tai-autonomics/webhooks@1', webhooks }), {
    mode: 0o600,
  });
  const told = captureIo(dir);
  await main(['status'], told.io);
  expect(told.out()).toContain(
    [
      'webhook siem sends',
      'given up: 40 of webhook siem, the last of them:',
      '  receipt 7 of ledger b (rollback_refused), 2026-11-21T08:00:00.000Z: it answers 400',
      'webhook away waits since 2026-11-21T03:00:00.000Z: of 3',
    ].join('\n'),
  );
  const asJson = captureIo(dir);
  await main(['status', '--json'], asJson.io);
  expect(JSON.parse(asJson.out()).webhooks).toEqual([
    { webhook: 'siem', stands: 'sends', dead: { count: 40, last: [letter] } },
    { webhook: 'away', stands: 'waits', failing: since(3) },
  ]);
});

test('a message is signed as the example of Standard Webhooks is', () => {
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' };
  expect(webhookHeaders(message, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 1_614_265_330_000)).toEqual({
    'content-type': 'application/json',
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('a message under a private key is signed so that its public half verifies it, and no other message', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  const half = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const secret = (key: Uint8Array): string => `whsk_${Buffer.from(key).toString('base64')}`;
  const message = { id: 'msg_1', body: '{"a":1}' };
  const [first, second] = [seed, Buffer.concat([seed, half])].map((key) => webhookHeaders(message, secret(key), AT));
  expect(first).toEqual(second);
  const key = publicWebhookKey(secret(seed));
  expect(key).toBe(`whpk_${half.toString('base64')}`);
  const verified = (body: string) => verifyWebhook(new Headers(first), body, [key ?? ''], AT);
  expect([verified('{"a":1}'), verified('{"a":2}')]).toEqual([E.right('msg_1'), E.left('not_signed')]);
});

const AT = 1_614_265_330_000;

describe('a message is not taken for one of ours', () => {
  const body = '{"a":1}';
  const lawful = webhookHeaders({ id: 'msg_1', body }, SECRET, AT);
  const signature = lawful['webhook-signature'] ?? '';
  const verified = (change: Readonly<Record<string, string | undefined>>, atMs = AT, keys = [SECRET]) => {
    const all = Object.entries({ ...lawful, ...change }).filter((one): one is [string, string] => one[1] !== undefined);
    return verifyWebhook(new Headers(all), body, keys, atMs);
  };

  test('it is, as it was sent; with another signature beside, and under another key beside', () => {
    expect(verified({})).toEqual(E.right('msg_1'));
    expect(verified({ 'webhook-signature': `v1,AAAA v2,x ${signature}` })).toEqual(E.right('msg_1'));
    expect(verified({}, AT, ['whsec_', 'rubbish', SECRET])).toEqual(E.right('msg_1'));
    expect(verified({}, AT + WEBHOOK_TOLERANCE_MS)).toEqual(E.right('msg_1'));
  });

  test.for([
    { note: 'no id', change: { 'webhook-id': undefined }, fault: 'header_missing' },
    { note: 'no time', change: { 'webhook-timestamp': undefined }, fault: 'header_missing' },
    { note: 'no signature', change: { 'webhook-signature': undefined }, fault: 'header_missing' },
    { note: 'letters behind the time', change: { 'webhook-timestamp': '1614265330abc' }, fault: 'header_malformed' },
    { note: 'a time with a sign', change: { 'webhook-timestamp': '-1' }, fault: 'header_malformed' },
    { note: 'an id of 300 characters', change: { 'webhook-id': 'x'.repeat(300) }, fault: 'header_malformed' },
    { note: 'another id', change: { 'webhook-id': 'msg_2' }, fault: 'not_signed' },
    { note: 'another time', change: { 'webhook-timestamp': '1614265331' }, fault: 'not_signed' },
    {
      note: 'a signature of another version',
      change: { 'webhook-signature': signature.replace('v1', 'v1a') },
      fault: 'not_signed',
    },
    { note: 'half a signature', change: { 'webhook-signature': signature.slice(0, 20) }, fault: 'not_signed' },
    { note: 'too old by a second', atMs: AT + WEBHOOK_TOLERANCE_MS + 1_000, fault: 'too_old' },
    { note: 'too new by a second', atMs: AT - WEBHOOK_TOLERANCE_MS - 1_000, fault: 'too_new' },
    { note: 'an empty key', keys: ['whsec_'], fault: 'not_signed' },
    { note: 'another key', keys: [`whsec_${Buffer.alloc(32, 8).toString('base64')}`], fault: 'not_signed' },
    { note: 'no key', keys: [], fault: 'not_signed' },
    {
      note: 'a public key that is none',
      keys: [`whpk_${Buffer.alloc(32, 255).toString('base64')}`],
      fault: 'not_signed',
    },
  ])('$note', ({ change = {}, atMs = AT, keys = [SECRET], fault }) => {
    expect(verified(change, atMs, keys)).toEqual(E.left(fault));
  });
});
