/**
 * Signals by webhook: at least once, in the order of each ledger. The ledger itself is the outbox: each webhook remembers how
 * far it has come, so a restart loses nothing and memory holds one message.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { EventId } from '@tai-autonomics/core/author';
import { formatInstant } from '@tai-autonomics/core/engine';
import type { CatalogStore, LoadedCatalog, Row, Signal, SignalTable } from '@tai-autonomics/governor';
import { systemClock } from '@tai-autonomics/governor/node';
import { readSignalReceipt, signalOf, signalTable } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import type { LedgerReader } from '../local/local-deployment.ts';
import { type Deliveries, type Delivery, hashOfUrl, readDeliveries, writeDeliveries } from './delivery-state.ts';
import { webhookHeaders } from './standard-webhook.ts';

/** One receiver. */
export interface Webhook {
  readonly name: string;
  readonly url: string;
  /** `whsec_…` */
  readonly secret: string;
  /** All signals where absent. */
  readonly signals?: readonly EventId[];
}

/** What sending takes. */
export interface WebhookOptions {
  readonly dir: string;
  readonly webhooks: readonly Webhook[];
  readonly store: LedgerReader;
  readonly catalogStore: CatalogStore;
  readonly catalog: LoadedCatalog;
  /** The tenant of a ledger, where the folder names it. */
  readonly tenantOf: (ledger: string) => string | undefined;
  /** Told once that a receiver does not answer, and once that it answers again. */
  readonly say: (line: string) => void;
  readonly pauses?: { readonly firstMs: number; readonly mostMs: number; readonly lookEveryMs: number };
}

/** The senders of a deployment. */
export interface WebhookSender {
  /** A signal may have been written: look now. */
  wake(): void;
  /** Ends what is on its way. What was not answered is sent again by the next. */
  stop(): Promise<void>;
}

const PAUSES = { firstMs: 1_000, mostMs: 300_000, lookEveryMs: 30_000 };
const TIMEOUT_MS = 10_000;
const CHUNK = 256;

/**
 * Starts them. One that is new begins at the ends of the ledgers, as does one that was gone and has another URL now. One that
 * is no more among them is forgotten. Left: what was delivered can't be known.
 */
export const startWebhooks = async (options: WebhookOptions): Promise<E.Either<string, WebhookSender>> => {
  const { dir, store, webhooks } = options;
  const known = await readDeliveries(dir);
  if (E.isLeft(known)) return known;
  const before = new Map(Object.entries(known.right));
  const standing = webhooks.map(({ name, url }): readonly [string, Delivery | undefined] => {
    const delivery = before.get(name);
    return [name, delivery?.gone === undefined || delivery.gone === hashOfUrl(url) ? delivery : undefined];
  });
  const isNew = standing.some(([, delivery]) => delivery === undefined);
  const ends = isNew ? await endsOf(store) : E.right({});
  if (E.isLeft(ends)) return ends;
  const begun = standing.map(([name, delivery]) => [name, delivery ?? { cursors: ends.right }] as const);
  const kept = deliveriesIn(dir, Object.fromEntries(begun), options.say);
  if (begun.length + before.size > 0) await kept.write();
  const stopping = new AbortController();
  const wakes = webhooks.map((webhook) => sending(options, webhook, kept, stopping.signal));
  return E.right({
    wake: () => {
      for (const { wake } of wakes) wake();
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(wakes.map(({ ended }) => ended));
      await kept.write();
    },
  });
};

const endsOf = async (store: LedgerReader): Promise<E.Either<string, Delivery['cursors']>> => {
  const ledgers = await store.ledgers();
  if (E.isLeft(ledgers)) return E.left(ledgers.left.detail);
  const ends: Record<string, number> = {};
  for (const ledger of ledgers.right) {
    const head = await store.head(ledger);
    if (E.isLeft(head)) return E.left(head.left.detail);
    ends[ledger] = head.right?.size ?? 0;
  }
  return E.right(ends);
};

/** What is remembered of all of them, written one after the other. */
interface Kept {
  of(name: string): Delivery;
  change(name: string, delivery: Delivery): void;
  write(): Promise<void>;
}

const deliveriesIn = (dir: string, begun: Deliveries, say: (line: string) => void): Kept => {
  let now = begun;
  let last: Promise<void> = Promise.resolve();
  return {
    of: (name) => now[name] ?? { cursors: {} },
    change: (name, delivery) => {
      now = { ...now, [name]: delivery };
    },
    write: () => {
      last = last.then(async () => {
        const written = await writeDeliveries(dir, now);
        if (E.isLeft(written)) say(`what was delivered by webhook is not written down: ${written.left}`);
      });
      return last;
    },
  };
};

/** How a round ended: nothing is left, a ledger could not be read, the receiver did not take it, or it wants no more. */
type Round = 'done' | 'unread' | 'failed' | 'gone';

const sending = (
  options: WebhookOptions,
  webhook: Webhook,
  kept: Kept,
  signal: AbortSignal,
): { readonly wake: () => void; readonly ended: Promise<void> } => {
  const { firstMs, mostMs, lookEveryMs } = options.pauses ?? PAUSES;
  let waking = new AbortController();
  const rest = (ms: number, until: AbortSignal): Promise<unknown> =>
    pause(ms, undefined, { signal: AbortSignal.any([signal, until]), ref: false }).catch(() => undefined);
  const run = async (): Promise<void> => {
    let tries = 0;
    while (!signal.aborted) {
      const { signal: woken } = waking;
      const round = await lookThrough(options, webhook, kept, signal);
      if (round === 'gone') return;
      tries = round === 'done' ? 0 : tries + 1;
      // Full jitter: a receiver that comes back is not met by all at once. A new signal is no reason to knock earlier.
      const backoffMs = Math.random() * Math.min(mostMs, firstMs * 2 ** Math.min(tries, 20));
      if (round === 'done') await rest(lookEveryMs, woken);
      else await rest(backoffMs, round === 'failed' ? signal : woken);
    }
  };
  return {
    wake: () => {
      const before = waking;
      waking = new AbortController();
      before.abort();
    },
    ended: kept.of(webhook.name).gone !== undefined ? Promise.resolve() : run(),
  };
};

/** Delivers what is left in each ledger, in its order. One that can't be read keeps no other one back. */
const lookThrough = async (
  options: WebhookOptions,
  webhook: Webhook,
  kept: Kept,
  stopped: AbortSignal,
): Promise<Round> => {
  const ledgers = await options.store.ledgers();
  if (E.isLeft(ledgers)) return unread(kept, webhook, ledgers.left.detail, options.say);
  const before = kept.of(webhook.name);
  let worst: Round = 'done';
  for (const ledger of ledgers.right) {
    const round = await lookInto(options, webhook, kept, ledger, stopped);
    if (round === 'failed' || round === 'gone') return round;
    if (round === 'unread') worst = round;
  }
  const { unread: last, ...now } = kept.of(webhook.name);
  if (worst === 'done' && last !== undefined && !stopped.aborted) {
    kept.change(webhook.name, now);
    options.say(`all ledgers can be read again for the webhook ${webhook.name}`);
  }
  if (kept.of(webhook.name) !== before) await kept.write();
  return worst;
};

const lookInto = async (
  options: WebhookOptions,
  webhook: Webhook,
  kept: Kept,
  ledger: string,
  stopped: AbortSignal,
): Promise<Round> => {
  const { store, say } = options;
  const head = await store.head(ledger);
  if (E.isLeft(head)) return unread(kept, webhook, head.left.detail, say);
  const size = head.right?.size ?? 0;
  for (let from = kept.of(webhook.name).cursors[ledger] ?? 0; from < size && !stopped.aborted; from += CHUNK) {
    for await (const row of store.read(ledger, from, Math.min(size, from + CHUNK))) {
      if (stopped.aborted) return 'done';
      if (E.isLeft(row)) return unread(kept, webhook, row.left.detail, say);
      const round = await deliver(options, webhook, kept, ledger, row.right, stopped);
      if (round !== 'done') return round;
    }
  }
  return 'done';
};

/** One receipt: nothing is sent where it is no signal of this receiver. */
const deliver = async (
  options: WebhookOptions,
  webhook: Webhook,
  kept: Kept,
  ledger: string,
  row: Row,
  stopped: AbortSignal,
): Promise<Round> => {
  const read = await signalIn(options, row);
  if (E.isLeft(read)) return unread(kept, webhook, read.left, options.say);
  const found = read.right;
  const wanted = found !== undefined && webhook.signals?.includes(found.signal) !== false ? found : undefined;
  const answer =
    wanted === undefined ? undefined : await send(webhook, messageOf(wanted, options.tenantOf(ledger)), stopped);
  if (answer === 'stopped') return 'done';
  if (answer === 410) {
    kept.change(webhook.name, { cursors: kept.of(webhook.name).cursors, gone: hashOfUrl(webhook.url) });
    await kept.write();
    options.say(`the webhook ${webhook.name} wants no more signals (410); take it out of config.json`);
    return 'gone';
  }
  if (typeof answer === 'string' || (typeof answer === 'number' && (answer < 200 || answer > 299)))
    return failed(kept, webhook, typeof answer === 'string' ? answer : `it answers ${answer}`, options.say);
  const { cursors, failing, unread: unreadable } = kept.of(webhook.name);
  kept.change(webhook.name, {
    cursors: { ...cursors, [ledger]: row.seq + 1 },
    ...(unreadable === undefined ? {} : { unread: unreadable }),
    ...(answer === undefined && failing !== undefined ? { failing } : {}),
  });
  if (answer !== undefined) {
    await kept.write();
    if (failing !== undefined) options.say(`the webhook ${webhook.name} answers again`);
  }
  return 'done';
};

const failed = async (kept: Kept, { name }: Webhook, why: string, say: (line: string) => void): Promise<Round> => {
  const { failing } = kept.of(name);
  kept.change(name, {
    ...kept.of(name),
    failing: { since: failing?.since ?? formatInstant(systemClock()), why },
  });
  if (failing?.why !== why) await kept.write();
  if (failing === undefined)
    say(`the webhook ${name} does not take signals: ${why}; they stand in the ledger, and are sent later`);
  return 'failed';
};

/** It is the store's fault, not the receiver's: the cursor stays, and the other ledgers go on. */
const unread = async (kept: Kept, { name }: Webhook, why: string, say: (line: string) => void): Promise<Round> => {
  const { unread: last } = kept.of(name);
  if (last?.why === why) return 'unread';
  kept.change(name, { ...kept.of(name), unread: { since: last?.since ?? formatInstant(systemClock()), why } });
  await kept.write();
  if (last === undefined)
    say(`the store failed, for the webhook ${name}: ${why}; the signals of that ledger wait, and are sent later`);
  return 'unread';
};

const tables = new WeakMap<CatalogStore, Map<string, SignalTable>>();

/** The signal that a row is, by the catalog that its receipt names. */
const signalIn = async (
  { catalog, catalogStore }: WebhookOptions,
  row: Row,
): Promise<E.Either<string, Signal | undefined>> => {
  const receipt = readSignalReceipt(row);
  if (E.isLeft(receipt)) return E.right(undefined);
  const { digest } = receipt.right.catalog;
  const known = tables.get(catalogStore) ?? new Map<string, SignalTable>();
  tables.set(catalogStore, known);
  const last = known.get(digest) ?? (digest === catalog.digest ? signalTable(catalog.catalog.source) : undefined);
  const read = last === undefined ? await keptTable(catalogStore, digest) : E.right(last);
  if (E.isLeft(read)) return read;
  const table = read.right;
  if (table !== undefined) known.set(digest, table);
  return E.right(table === undefined ? undefined : signalOf(receipt.right, row.leaf, table));
};

/** Of a catalog that decided earlier its text is enough: what is kept under a digest has it. */
const keptTable = async (
  catalogStore: CatalogStore,
  digest: string,
): Promise<E.Either<string, SignalTable | undefined>> => {
  const text = await catalogStore.read(digest);
  if (E.isLeft(text)) return E.left(text.left.detail);
  return E.right(
    text.right === undefined ? undefined : signalTable(JSON.parse(text.right) as Parameters<typeof signalTable>[0]),
  );
};

/** The id is the receipt's own leaf: a message that comes twice is known by it. */
const messageOf = ({ signal, at, ...data }: Signal, tenant: string | undefined) => ({
  id: `msg_${data.leaf}`,
  body: JSON.stringify({ type: signal, timestamp: at, data: { ...(tenant === undefined ? {} : { tenant }), ...data } }),
});

/** The status of the answer, or why there is none. What a receiver says is not read. */
const send = async (
  { url, secret }: Webhook,
  message: { readonly id: string; readonly body: string },
  stopped: AbortSignal,
): Promise<number | string> => {
  try {
    const { status, body } = await fetch(url, {
      method: 'POST',
      headers: webhookHeaders(message, secret, systemClock()),
      body: message.body,
      redirect: 'manual',
      signal: AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await body?.cancel();
    return status;
  } catch {
    return stopped.aborted ? 'stopped' : 'it cannot be reached';
  }
};
