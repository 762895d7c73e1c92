/** Signals of packs reach who asked for them: in process, and by webhook over the ledger as the outbox. */
import { createHmac, generateKeyPairSync, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startWebhooks, type WebhookOptions, webhookHeaders } from '@tai-autonomics/cli';
import type { Asked, Row, Signal } from '@tai-autonomics/governor';
import { createSubscriber } from '@tai-autonomics/governor/testing';
import { either as E } from 'fp-ts';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { eventsOf, makeReady, people, right, rollback, type Setting, shipped, startGovernor } from '../governor/kit.ts';
import { scratch } from './scratch.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const PAUSES = { firstMs: 1, mostMs: 5, lookEveryMs: 60_000 };

interface Received {
  readonly id: string;
  readonly type: string;
  readonly seq: number;
  readonly text: string;
}

/** A receiver over loopback, which checks the signature as the specification says. */
const receiving = async (answer: (place: number) => number = () => 204) => {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString('utf8');
      const id = String(request.headers['webhook-id']);
      const signed = `${id}.${request.headers['webhook-timestamp']}.${text}`;
      const key = Buffer.from(SECRET.slice(6), 'base64');
      const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
      const isSigned = request.headers['webhook-signature'] === expected;
      const status = isSigned ? answer(received.length) : 401;
      const { type, data } = JSON.parse(text) as { readonly type: string; readonly data: { readonly seq: number } };
      received.push({ id, type, seq: data.seq, text });
      response.writeHead(status).end('planted-answer');
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
  return { ...started, said };
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

  test('a catalog that can’t be read, and a receipt that is none, are said; the next signal is told', async () => {
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
      'the webhook siem does not take signals: it answers 500; they stand in the ledger, and are sent later',
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

  test('a receiver that is gone (410) is asked no more, after a restart neither', async () => {
    const made = await setting();
    const dir = scratch();
    const { received, url } = await receiving(() => 410);
    const { wake, said, stop } = await sender(made, dir, url);
    await refuse(made);
    wake();
    await vi.waitFor(() => expect(said).toHaveLength(1));
    expect(said[0]).toBe('the webhook siem wants no more signals (410); take it out of config.json');
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

  test('a catalog that can’t be read moves no cursor: the signal is sent when it can', async () => {
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

  test('a ledger that can’t be read keeps no other one back, and nobody blames the receiver', async () => {
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
  const whole = Buffer.concat([seed, publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]);
  const message = { id: 'msg_1', body: '{"a":1}' };
  const [first, second] = [seed, whole].map((key) =>
    webhookHeaders(message, `whsk_${key.toString('base64')}`, 1_614_265_330_000),
  );
  expect(first).toEqual(second);
  const [version, base64 = ''] = (first?.['webhook-signature'] ?? '').split(',');
  const isSigned = (text: string): boolean => verify(null, Buffer.from(text), publicKey, Buffer.from(base64, 'base64'));
  expect([version, isSigned('msg_1.1614265330.{"a":1}'), isSigned('msg_1.1614265330.{"a":2}')]).toEqual([
    'v1a',
    true,
    false,
  ]);
});
